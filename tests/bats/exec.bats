#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# exec: a further process in a guest that lives.

load helpers

setup() { bundle_new; }
teardown() { bundle_remove; }

# process_file KEY=JSON...: a `process` object for --process.
process_file() {
	local filter=$1
	shift
	jq ".process | $filter" config.json "$@" >process.json
}

# ---- result and stdio -------------------------------------------------------------

# proves: exec
@test "exec gives the exit code of the command" {
	up
	local code
	for code in 0 1 42 255; do
		expect "$code" rt exec "$ID" sh -c "exit $code"
	done
}

@test "exec gives 128+n for a command killed by signal n" {
	up
	expect 137 rt exec "$ID" sh -c 'kill -KILL $$'
	expect 143 rt exec "$ID" sh -c 'kill -TERM $$'
}

@test "exec passes stdin, stdout and stderr through" {
	up
	rt exec "$ID" sh -c 'cat; echo err >&2' <<<'hello' >out 2>err
	same "$(<out)" hello
	same "$(<err)" err
}

@test "exec leaves options of the command alone" {
	up
	ok rt exec "$ID" echo -t --cwd -- x
	prints '-t --cwd -- x'
}

@test "exec forwards signals" {
	up
	"$RUNTIME" --root "$STATE" exec "$ID" sh -c 'trap "exit 7" TERM; : >/tmp/ready
		while :; do sleep 0.01; done' </dev/null >/dev/null 2>&1 3>&- &
	wait_until test -e rootfs/tmp/ready
	kill -TERM $!
	local code=0
	wait $! || code=$?
	same "$code" 7
}

# bats test_tags=old
@test "the command is in all namespaces of the guest, its cgroup and its root" {
	up
	local pid ns
	pid=$(pid_of "$ID")
	for ns in cgroup ipc mnt net pid uts; do
		ok rt exec "$ID" readlink "/proc/self/ns/$ns"
		prints "$(readlink "/proc/$pid/ns/$ns")"
	done
	ok rt exec "$ID" grep ^0:: /proc/self/cgroup
	prints '0::/'
	ok rt exec "$ID" test -e /bin/probe
}

# bats test_tags=old
@test "the command is in a user namespace of the guest with its ids" {
	user_namespace
	up
	ok rt exec "$ID" readlink /proc/self/ns/user
	prints "$(readlink "/proc/$(pid_of "$ID")/ns/user")"
	ok rt exec "$ID" sh -c 'id -u; id -g; tr -s " " </proc/self/uid_map'
	prints $'0\n0\n 0 100000 65536'
}

@test "exec works in a created guest" {
	ok rt create "$ID"
	ok rt exec "$ID" true
	same "$(status_of "$ID")" created
}

@test "exec works in a created guest with mapped ids" {
	user_namespace
	guest ': >/tmp/up; exec sleep 1000'
	ok rt create "$ID"
	ok rt exec "$ID" sh -c 'id -u; awk "{ print \$2 }" /proc/self/uid_map; hostname'
	prints "0
100000
guest"
	same "$(status_of "$ID")" created
	ok rt start "$ID"
	wait_until test -e rootfs/tmp/up
}

@test "exec in a stopped guest is refused" {
	ok rt create "$ID"
	ok rt start "$ID"
	wait_status "$ID" stopped
	refused rt exec "$ID" true
	warren_only "runc's text and code"
	expect 255 rt exec "$ID" true
	says 'cannot exec in a stopped container'
}

# bats test_tags=old
# proves: exec --ignore-paused
@test "exec in a paused guest is refused, unless --ignore-paused" {
	warren_only "crun has no such option"
	up
	ok rt pause "$ID"
	refused rt exec "$ID" true
	rt exec --ignore-paused "$ID" sh -c 'echo x >/tmp/late' </dev/null >late.out 2>&1 &
	ok rt resume "$ID"
	wait $! || { grep . late.out; return 1; }
	same "$(<rootfs/tmp/late)" x
	warren_only "runc's text and code"
	ok rt pause "$ID"
	expect 255 rt exec "$ID" true
	says 'cannot exec in a paused container (use --ignore-paused to override)'
	ok rt resume "$ID"
}

@test "exec --ignore-paused does not hang: detached it returns, attached it can be ended" {
	warren_only "crun runs it"
	up
	ok rt pause "$ID"
	LIMIT=8 ok rt exec -d --ignore-paused --pid-file "$BUNDLE/pid" "$ID" sh -c 'echo y >/tmp/later'
	rt exec --ignore-paused "$ID" true </dev/null >/dev/null 2>&1 &
	kill -KILL $!
	wait_until dead $!
	ok rt resume "$ID"
	wait_until test -e rootfs/tmp/later
}

@test "exec in a guest that does not exist is refused" {
	refused rt exec nobody true
	warren_only "runc's text and code"
	expect 255 rt exec nobody true
	says 'container does not exist'
}

# ---- what the command is given --------------------------------------------------------

# proves: exec --cwd
@test "exec starts in the guest's cwd, or in --cwd" {
	config_set '.process.cwd = "/home/user"'
	up
	ok rt exec --cwd /tmp "$ID" pwd
	prints /tmp
	warren_only "crun starts in /"
	ok rt exec "$ID" pwd
	prints /home/user
}

# proves: exec --env
@test "exec has the guest's environment and adds to it" {
	config_set '.process.env += ["A=1", "B=2"]'
	up
	ok rt exec --env C=3 --env B=two "$ID" sh -c 'echo $A $B $C'
	prints '1 two 3'
	ok rt exec -e PATH=/opt:/bin -e D=4 "$ID" sh -c 'echo $PATH $D'
	prints '/opt:/bin 4'
	ok rt exec "$ID" sh -c 'echo $PATH'
	prints /bin:/usr/bin
}

# proves: exec --user
@test "exec -u runs as that user, HOME included" {
	up
	ok rt exec -u 1000:1000 "$ID" sh -c 'id -u; id -g; echo $HOME'
	prints $'1000\n1000\n/home/user'
}

@test "exec -u takes every number as a number" {
	up
	local user
	for user in 0 1 5 9 10 1000 65534 2147483648 4294967294; do
		[ "$user" != 2147483648 ] || warren_only "crun stops at 31 bits"
		ok rt exec -u "$user" "$ID" id -u
		prints "$user"
	done
}

@test "exec -u takes a gid" {
	up
	ok rt exec -u 1:2 "$ID" sh -c 'id -u; id -g'
	prints $'1\n2'
}

@test "exec -u of a number is never a name of /etc/passwd" {
	up # /etc/passwd has a user named 2000 with uid 0
	ok rt exec -u 2000 "$ID" id -u
	prints 2000
}

@test "exec -u refuses what is no user id" {
	warren_only "peers wrap some of these to uid 0"
	up
	local user
	for user in -1 4294967295 4294967296 4294967296:0 18446744073709551616 1x x1 '' ' 1' '1 ' \
		1: :1 1:2:3 1:x 1:-1 1:4294967296 +1 0x10 nobody root; do
		expect 255 rt exec -u "$user" "$ID" true
		says --user
		[ -n "$stderr" ] || explain "no reason for -u '$user'"
	done
}

@test "exec -u 01 is user 1" {
	up
	ok rt exec -u 01 "$ID" id -u
	prints 1
}

@test "exec -u without a gid keeps the guest's groups" {
	warren_only "crun resets them"
	config_set '.process.user = {uid: 1000, gid: 1000, additionalGids: [5, 6]}'
	chmod 1777 rootfs/tmp
	up
	ok rt exec -u 1001 "$ID" sh -c 'id -u; id -g; id -G'
	prints $'1001\n1000\n1000 5 6'
}

# proves: exec --additional-gids
@test "exec -g adds groups" {
	warren_only "runc's option"
	up
	ok rt exec -u 1000:1000 --additional-gids 7 --additional-gids 8 "$ID" sh -c 'grep ^Groups: /proc/self/status | xargs'
	says_like 'Groups: 7 8'
	warren_only "an option may be given in both its forms"
	ok rt exec -u 1000:1000 -g 7 --additional-gids 8 "$ID" sh -c 'grep ^Groups: /proc/self/status | xargs'
	says_like 'Groups: 7 8'
}

# proves: exec --cap
@test "exec --cap adds to bounding, effective and permitted, not to inheritable" {
	up
	ok rt exec --cap CAP_SYS_TIME "$ID" grep ^Cap /proc/self/status
	local line
	for line in CapBnd CapEff CapPrm; do
		[ $((0x$(awk -v k="$line:" '$1 == k { print $2 }' "$BUNDLE/out") >> 25 & 1)) -eq 1 ]
	done
	says_like 'CapInh:.0000000000000000'
}

@test "exec has the guest's capabilities, no_new_privs and rlimits" {
	warren_only "crun drops no_new_privs"
	config_set '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}]'
	up
	local filter='Cap|NoNewPrivs'
	ok rt exec "$ID" grep -E "$filter" /proc/self/status
	prints "$(grep -E "$filter" "/proc/$(pid_of "$ID")/status")"
	ok rt exec "$ID" sh -c 'ulimit -Sn; ulimit -Hn'
	prints $'100\n200'
}

# proves: exec --no-new-privs
@test "exec --no-new-privs sets the bit" {
	config_set '.process.noNewPrivileges = false'
	up
	ok rt exec "$ID" grep NoNewPrivs /proc/self/status
	says_like '0$'
	ok rt exec --no-new-privs "$ID" grep NoNewPrivs /proc/self/status
	says_like '1$'
}

# proves: linux.seccomp.syscalls[].errnoRet
@test "the guest's seccomp filter applies to exec" {
	config_set '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}'
	up
	expect 1 rt exec "$ID" probe mkdir /tmp/x
	prints 'Operation not supported'
	ok rt exec "$ID" grep Seccomp: /proc/self/status
	says_like '2$'
}

@test "exec opens no descriptors but 0, 1 and 2" {
	up
	ok rt exec "$ID" probe fds
	same "$(cut -d ' ' -f 1 <<<"$output" | xargs)" '0 1 2'
}

# proves: exec --preserve-fds
@test "exec --preserve-fds passes them on" {
	up
	echo three >three
	echo four >four
	"$RUNTIME" --root "$STATE" exec --preserve-fds 2 "$ID" sh -c 'cat <&3; cat <&4' \
		3<three 4<four >out </dev/null
	same "$(<out)" $'three\nfour'
}

# bats test_tags=old
@test "exec joins the guest's session keyring" {
	warren_only "crun joins none"
	up
	ok rt exec "$ID" probe session
	prints "_ses.$ID"
}

# proves: exec --cgroup
@test "exec --cgroup takes a cgroup below, and nothing above" {
	up
	mkdir "$CG/guest/below"
	ok rt exec --cgroup below "$ID" grep ^0:: /proc/self/cgroup
	prints '0::/below'
	warren_only "crun has other texts"
	local path
	for path in ../host ../../x below/../../host missing; do
		expect 255 rt exec --cgroup "$path" "$ID" true
	done
}

@test "exec works when the guest moved itself into a cgroup below" {
	up
	mkdir "$CG/guest/below"
	pid_of "$ID" >"$CG/guest/below/cgroup.procs"
	ok rt exec "$ID" true
}

# ---- --process, detached -------------------------------------------------------------

# proves: exec --process
@test "exec --process takes everything from the file" {
	up
	process_file '.args = ["sh", "-c", "pwd; id -u; id -g; echo $X; umask; ulimit -n"]
		| .cwd = "/tmp" | .user = {uid: 1000, gid: 1001, umask: 63} | .env = ["X=y", "PATH=/bin"]
		| .rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 88}]'
	ok rt exec --process process.json "$ID"
	prints $'/tmp\n1000\n1001\ny\n0077\n77'
}

@test "exec --process is read strictly" {
	warren_only "peers take strings for numbers, or 0 for them"
	up
	local filter
	for filter in '.user.uid = "1000"' '.user.uid = 4294967295' '.user.uid = 1.5' '.cwd = "tmp"' \
		'.args = []' '.args = "sh"' '.rlimits[0].type = "RLIMIT_BOGUS"'; do
		process_file "$filter"
		expect 255 rt exec --process process.json "$ID"
	done
	echo '{' >process.json
	expect 255 rt exec --process process.json "$ID"
	expect 255 rt exec --process missing.json "$ID"
}

# proves: exec --detach|--pid-file
@test "exec -d returns at once and writes the pid file" {
	up
	ok rt exec -d --pid-file exec.pid "$ID" sleep 1000
	local pid
	pid=$(<exec.pid)
	wait_until grep -q ^sleep "/proc/$pid/cmdline"
	grep -qx "$pid" "$CG/guest/cgroup.procs"
}

@test "exec -d gives 0 whatever becomes of the command" {
	up
	ok rt exec -d "$ID" sh -c 'exit 3'
}

@test "the end of the guest is the end of what exec started" {
	warm_up
	up
	ok rt exec -d "$ID" sleep 1000
	ok rt exec -d "$ID" sleep 1000
	ok rt delete --force "$ID"
	nothing_left
}

@test "many execs at once all work" {
	up
	local i
	for i in $(seq 20); do
		rt exec "$ID" sh -c "exit $i" </dev/null >/dev/null 2>&1 || echo $? >"code$i" &
	done
	wait
	for i in $(seq 20); do
		same "$(<"code$i")" "$i"
	done
}

# ---- commands that cannot be run -------------------------------------------------------

@test "a missing command of exec is named" {
	up
	local command
	for command in nope /nonexistent ./nope /etc; do
		refused rt exec "$ID" "$command"
		says "$command"
	done
	warren_only "the texts by which callers find codes 126 and 127"
	expect 255 rt exec "$ID" nope
	says 'exec: "nope": executable file not found in $PATH'
	expect 255 rt exec "$ID" /nonexistent
	says 'exec: "/nonexistent": stat /nonexistent: no such file or directory'
	expect 255 rt exec "$ID" /etc
	says 'exec: "/etc": is a directory'
	expect 255 rt exec "$ID" /etc/passwd
	says 'exec: "/etc/passwd": permission denied'
	says 'unable to start container process'
}

@test "a command in the wrong format is reported" {
	up
	echo garbage >rootfs/tmp/garbage
	chmod 755 rootfs/tmp/garbage
	refused rt exec "$ID" /tmp/garbage
	warren_only "runc's text"
	says 'exec format error'
}

@test "a missing cwd of exec is named" {
	up
	refused rt exec --cwd /etc/passwd "$ID" true
	says /etc/passwd
	warren_only "crun takes a relative one"
	expect 255 rt exec --cwd tmp "$ID" true
}

@test "a failed exec leaves no process and no pid file" {
	up
	host_snapshot "$BUNDLE/snapshot"
	refused rt exec --pid-file exec.pid "$ID" nope
	missing exec.pid
	nothing_left
}

@test "a PATH of the guest is searched, with the user's rights" {
	mkdir -p rootfs/opt
	printf '#!/bin/sh\necho opt\n' >rootfs/opt/tool
	chmod 700 rootfs/opt/tool
	config_set '.process.env = ["PATH=/nowhere:/opt:/bin"]'
	up
	ok rt exec "$ID" tool
	prints opt
	refused rt exec -u 1000 "$ID" tool
}

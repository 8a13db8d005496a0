#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The life of a guest: create, start, run, kill, pause, delete.

load helpers

setup() { bundle_new; }
teardown() { bundle_remove; }

# An attached run in the background; its pid in $runner.
up_attached() {
	guest "${1:-exec sleep 1000}"
	"$RUNTIME" --root "$STATE" run "$ID" </dev/null >run.out 2>run.err 3>&- &
	runner=$!
	wait_status "$ID" running
}

# ---- create, start, delete ------------------------------------------------------

# bats test_tags=old
# proves: create, start, delete
@test "create waits before the program, start lets it go, delete removes everything" {
	warm_up
	guest 'echo ran >/tmp/ran'

	ok rt create "$ID"
	prints ''
	same "$(status_of "$ID")" created
	missing rootfs/tmp/ran

	ok rt start "$ID"
	wait_status "$ID" stopped
	same "$(<rootfs/tmp/ran)" ran

	ok rt delete "$ID"
	nothing_left
}

@test "the guest's program inherits the stdio of create" {
	guest 'read line; echo "out $line"; echo err >&2'
	rt create "$ID" <<<'hello' >guest.out 2>guest.err
	ok rt start "$ID"
	wait_status "$ID" stopped
	same "$(<guest.out)" 'out hello'
	same "$(<guest.err)" err
}

@test "the configuration is a snapshot: edits after create change nothing" {
	guest 'echo first >/tmp/which'
	ok rt create "$ID"
	guest 'echo second >/tmp/which'
	ok rt start "$ID"
	wait_status "$ID" stopped
	same "$(<rootfs/tmp/which)" first
}

@test "the snapshot holds even when config.json is gone" {
	guest 'echo yes >/tmp/which'
	ok rt create "$ID"
	rm config.json
	ok rt start "$ID"
	wait_status "$ID" stopped
	same "$(<rootfs/tmp/which)" yes
}

# proves: run --bundle
@test "--bundle names the bundle from anywhere, relative too" {
	cd /
	ok rt run --bundle "$BUNDLE" "$ID"
	cd "$BUNDLE/.."
	ok rt run -b "./${BUNDLE##*/}" "$ID"
}

# proves: create --config
@test "create --config takes another file of the bundle" {
	guest 'echo other >/tmp/which'
	mv config.json other.json
	ok rt create --config other.json "$ID"
	ok rt start "$ID"
	wait_status "$ID" stopped
	same "$(<rootfs/tmp/which)" other
}


# proves: create --bundle, root.path
@test "create takes the bundle that is named, and its root from there" {
	mkdir -p other/second
	mv rootfs other/second/root
	config_set '.root.path = "second/root" | .process.args = ["sh", "-c", "echo other >/tmp/which"]'
	mv config.json other/config.json
	ok rt create --bundle other "$ID"
	ok rt start "$ID"
	wait_status "$ID" stopped
	same "$(<other/second/root/tmp/which)" other
}

# proves: run --config
@test "run --config takes another file of the bundle" {
	guest 'echo other'
	mv config.json another.json
	ok rt run --config another.json "$ID"
	prints other
	warren_only "crun looks for it in the working directory"
	cd /
	ok rt run --bundle "$BUNDLE" --config another.json "$ID"
	prints other
}

# pivot_root cannot leave the initial file system of a ramdisk; here it is only shown not to be used.
# proves: create --no-pivot, run --no-pivot
@test "--no-pivot starts a guest that does not see the host's root" {
	guest 'ls -d /warren-bats* /tests /bin/probe; ls / | xargs; awk "\$5 == \"/\"" /proc/self/mountinfo | wc -l'
	ok rt run "$ID"
	cp out expected
	ok rt run --no-pivot "$ID"
	same "$(head -n 2 out)" "$(head -n 2 expected)"
	rt create --no-pivot "$ID" </dev/null >got 2>&1
	ok rt start "$ID"
	wait_status "$ID" stopped
	same "$(grep -v 'No such file' got | head -n 2)" "$(head -n 2 expected)"
}

@test "a second guest of the same id is refused, and the first one lives" {
	up
	refused rt create "$ID"
	says 'already exists'
	same "$(status_of "$ID")" running
	warren_only "runc's text and code"
	expect 1 rt create "$ID"
	says 'container with given ID already exists'
}

@test "whoever leaves without having started a created guest has decided nothing" {
	warren_only "its start socket"
	guest ': >/tmp/up; exec sleep 1000'
	ok rt create "$ID"
	ok "$TOOLS/visit" "$STATE/$ID/start.sock"
	ok "$TOOLS/visit" "$STATE/$ID/start.sock" "no message of ours"
	same "$(status_of "$ID")" created
	missing rootfs/tmp/up
	ok rt start "$ID"
	wait_until test -e rootfs/tmp/up
}

@test "a start that dies before it has said so leaves a guest that can be started" {
	warren_only "its start socket"
	guest 'exec sleep 1000'
	ok rt create "$ID"
	mv "$STATE/$ID/start.sock" "$STATE/$ID/starting.sock"
	same "$(status_of "$ID")" created
	ok rt start "$ID"
	same "$(status_of "$ID")" running
}

# As if it had been killed between its word and its tidying up.
@test "a start that dies once it has said so leaves a running guest" {
	warren_only "its start socket"
	guest 'exec sleep 1000'
	ok rt create "$ID"
	ln "$STATE/$ID/start.sock" socket
	ok rt start "$ID"
	mv socket "$STATE/$ID/starting.sock"
	same "$(status_of "$ID")" running
	refused rt start "$ID"
	says "cannot start an already running container"
	ok rt exec "$ID" true
	ok rt delete --force "$ID"
}

@test "start of a running guest is refused" {
	up
	refused rt start "$ID"
	same "$(status_of "$ID")" running
	warren_only "runc's text"
	says 'cannot start an already running container'
}

@test "start of a stopped guest is refused" {
	ok rt create "$ID"
	ok rt start "$ID"
	wait_status "$ID" stopped
	refused rt start "$ID"
	warren_only "runc's text"
	says 'cannot start a container that has stopped'
}

@test "start of a guest whose init was killed in created is refused" {
	ok rt create "$ID"
	ok rt kill "$ID" KILL
	wait_status "$ID" stopped
	refused rt start "$ID"
	warren_only "runc's text"
	says 'cannot start a container that has stopped'
}

@test "start of a paused guest is refused" {
	warren_only "a paused guest is not started"
	ok rt create "$ID"
	ok rt pause "$ID"
	expect 1 rt start "$ID"
	says 'cannot start a container in the paused state'
	ok rt resume "$ID"
	ok rt start "$ID"
}

@test "of concurrent starts exactly one succeeds" {
	local i
	guest 'echo x >>/tmp/count; exec sleep 1000'
	ok rt create "$ID"
	for i in 1 2 3 4 5 6 7 8; do
		(
			rt start "$ID" >/dev/null 2>"start$i.err" && echo yes || echo no
		) >"start$i" &
	done
	wait
	same "$(cat start? | sort | uniq -c | tr -s ' \n' ' ')" ' 7 no 1 yes '
	wait_until test -s rootfs/tmp/count
	same "$(wc -l <rootfs/tmp/count)" 1
	warren_only "runc's text for the losers"
	same "$(grep -l 'cannot start an already running container' start?.err | wc -l)" 7
}

@test "of concurrent creates of one id exactly one succeeds" {
	local i
	for i in 1 2 3 4 5 6; do
		(
			rt create "$ID" </dev/null >/dev/null 2>"create$i.err" && echo yes || echo no
		) >"create$i" &
	done
	wait
	same "$(cat create? | sort | uniq -c | tr -s ' \n' ' ')" ' 5 no 1 yes '
	same "$(status_of "$ID")" created
	ok rt start "$ID"
}

@test "a created guest can be deleted without force" {
	warm_up
	ok rt create "$ID"
	ok rt delete "$ID"
	nothing_left
}

# proves: delete --force
@test "a running guest is deleted only with --force" {
	warm_up
	up
	refused rt delete "$ID"
	same "$(status_of "$ID")" running
	ok rt delete --force "$ID"
	nothing_left
	warren_only "runc's text"
	up
	expect 1 rt delete "$ID"
	says "cannot delete container $ID that is not stopped: running"
}

@test "a paused guest is deleted with --force" {
	warm_up
	up
	ok rt pause "$ID"
	refused rt delete "$ID"
	ok rt delete -f "$ID"
	nothing_left
}

@test "delete --force of a guest that does not exist succeeds in silence" {
	ok rt delete --force nobody
	says_not nobody
	prints ''
}

@test "delete of a guest that does not exist is refused" {
	refused rt delete nobody
	warren_only "the text that containerd looks for"
	says 'container does not exist'
}

@test "a second delete is refused" {
	ok rt create "$ID"
	ok rt delete "$ID"
	refused rt delete "$ID"
}

# bats test_tags=old
@test "delete kills what the guest's init left behind in a shared pid namespace" {
	warm_up
	namespace_drop pid
	guest 'sleep 1000 & sleep 1000 & exit 0'
	ok rt run -d "$ID"
	wait_status "$ID" stopped
	ok rt delete --force "$ID"
	nothing_left
}

@test "a broken state directory is removed by delete --force" {
	mkdir -p "$STATE/broken"
	chmod 700 "$STATE"
	ok rt delete --force broken
	missing "$STATE/broken"
}

# ---- run --------------------------------------------------------------------------

# proves: run
@test "run gives the exit code of the guest" {
	local code
	for code in 0 1 42 127 255; do
		guest "exit $code"
		expect "$code" rt run "$ID"
	done
}

@test "run gives 128+n for a guest killed by signal n" {
	namespace_drop pid # a pid namespace protects its init from its own signals
	guest 'kill -KILL $$'
	expect 137 rt run "$ID"
	guest 'kill -TERM $$'
	expect 143 rt run "$ID"
}

@test "run gives 137 when the guest is killed from outside" {
	up_attached
	ok rt kill "$ID" KILL
	code=0
	wait "$runner" || code=$?
	same "$code" 137
}

@test "run forwards signals to the guest and returns its answer" {
	up_attached 'trap "exit 7" TERM; : >/tmp/ready; while :; do sleep 0.01; done'
	wait_until test -e rootfs/tmp/ready
	kill -TERM "$runner"
	code=0
	wait "$runner" || code=$?
	same "$code" 7
}

@test "run forwards HUP, INT, USR1 and real-time signals" {
	up_attached 'for s in HUP INT USR1 40; do trap "echo $s >>/tmp/got" $s; done
		: >/tmp/ready; while ! grep -q 40 /tmp/got 2>/dev/null; do sleep 0.01; done'
	wait_until test -e rootfs/tmp/ready
	local s
	for s in HUP INT USR1 40; do
		kill -"$s" "$runner"
		wait_until grep -q "$s" rootfs/tmp/got
	done
	wait "$runner"
}

@test "run leaves nothing behind" {
	warm_up
	ok rt run "$ID"
	nothing_left
}

# proves: run --keep
@test "run --keep leaves a stopped guest" {
	warren_only "crun has it, older ones do not"
	guest 'exit 3'
	expect 3 rt run --keep "$ID"
	same "$(status_of "$ID")" stopped
	ok rt delete "$ID"
}

# proves: run --detach
@test "run -d returns while the guest runs" {
	up
	same "$(status_of "$ID")" running
}

@test "run does not wait for children that the guest leaves to nobody" {
	guest 'sleep 1000 & exit 5'
	expect 5 rt run "$ID"
}


# proves: run --no-subreaper
@test "orphans of a guest are the runtime's, with --no-subreaper the caller's" {
	local option orphan
	namespace_drop pid
	guest '(sleep 1000 & echo $! >/tmp/orphan); exec sleep 1000'
	for option in '' --no-subreaper; do
		rm -f rootfs/tmp/orphan
		"$RUNTIME" --root "$STATE" run ${option:+"$option"} "$ID" </dev/null >/dev/null 2>&1 3>&- &
		wait_until test -s rootfs/tmp/orphan
		orphan=/proc/$(<rootfs/tmp/orphan)/status
		if [ -z "$option" ]; then
			wait_until grep -qx "PPid:.$!" "$orphan"
		else
			wait_until not grep -qx "PPid:.$!" "$orphan"
			wait_until not grep -qx "PPid:.$(pid_of "$ID")" "$orphan"
		fi
		ok rt kill "$ID" KILL
		wait $! || true
	done
}

@test "run passes stdin through and its end too" {
	guest 'cat; echo end'
	rt run "$ID" <<<'through' >run.out
	same "$(<run.out)" $'through\nend'
}

@test "a megabyte of output arrives complete" {
	guest 'head -c 1000000 /dev/zero'
	rt run "$ID" </dev/null | wc -c >count
	same "$(<count)" 1000000
}

# ---- kill -------------------------------------------------------------------------

# proves: kill
@test "kill sends TERM unless told otherwise" {
	up 'trap "echo term >/tmp/got; exit" TERM; trap "echo usr1 >/tmp/got" USR1
		: >/tmp/up; while :; do sleep 0.01; done'
	ok rt kill "$ID"
	wait_until test -s rootfs/tmp/got
	same "$(<rootfs/tmp/got)" term
}

@test "kill takes names with and without SIG, any case, and numbers" {
	up 'trap "echo x >>/tmp/got" USR1; : >/tmp/up; while :; do sleep 0.01; done'
	local sig count=0
	for sig in USR1 SIGUSR1 10 usr1 sigusr1; do
		[ "$sig" != usr1 ] || warren_only "crun wants upper case"
		ok rt kill "$ID" "$sig"
		count=$((count + 1))
		wait_until sh -c "[ \$(wc -l <rootfs/tmp/got) -eq $count ]"
	done
}

@test "kill takes real-time signals by number" {
	up 'trap "echo rt >/tmp/got" 34; : >/tmp/up; while :; do sleep 0.01; done'
	ok rt kill "$ID" 34
	wait_until test -s rootfs/tmp/got
}

@test "kill takes RTMIN+n" {
	warren_only "runc knows numbers only"
	up 'trap "echo rt >/tmp/got" 37; : >/tmp/up; while :; do sleep 0.01; done'
	ok rt kill "$ID" RTMIN+3
	wait_until test -s rootfs/tmp/got
}

@test "kill 0 only asks" {
	up
	ok rt kill "$ID" 0
	same "$(status_of "$ID")" running
}

@test "kill of an unknown signal is refused" {
	up
	local sig
	for sig in BOGUS SIG 65 999 ''; do
		refused rt kill "$ID" "$sig"
	done
	same "$(status_of "$ID")" running
	warren_only "runc's text and code; numbers do not wrap"
	for sig in -1 9x 4294967305 18446744073709551625 ' 9' 0x9; do
		refused rt kill "$ID" "$sig"
	done
	same "$(status_of "$ID")" running
	expect 1 rt kill "$ID" BOGUS
	says 'unknown signal "BOGUS"'
}

@test "kill of a created guest works" {
	ok rt create "$ID"
	ok rt kill "$ID" KILL
	wait_status "$ID" stopped
	ok rt delete "$ID"
}

@test "kill after the exit is refused" {
	ok rt create "$ID"
	ok rt start "$ID"
	wait_status "$ID" stopped
	refused rt kill "$ID" TERM
	warren_only "runc's text and code"
	expect 1 rt kill "$ID" TERM
	says 'container not running'
	expect 1 rt kill "$ID" 0
}

@test "kill --all of a stopped guest succeeds" {
	ok rt create "$ID"
	ok rt start "$ID"
	wait_status "$ID" stopped
	ok rt kill --all "$ID" KILL
}

@test "kill of a guest that does not exist is refused" {
	refused rt kill nobody KILL
	warren_only "the text that containerd looks for"
	says 'container does not exist'
}

# proves: kill --all
@test "kill --all reaches every process of the guest" {
	namespace_drop pid
	up 'sleep 1000 & sleep 1000 &'
	ok rt kill --all "$ID" KILL
	wait_until nothing_runs
}

# bats test_tags=old
@test "KILL without a pid namespace of its own ends the whole guest" {
	namespace_drop pid
	up 'sleep 1000 & sleep 1000 &'
	ok rt kill "$ID" KILL
	wait_status "$ID" stopped
	warren_only "no process outlives an init killed by KILL"
	wait_until nothing_runs
}

@test "KILL reaches a paused guest" {
	up
	ok rt pause "$ID"
	ok rt kill "$ID" KILL
	wait_status "$ID" stopped
}

# ---- pause and resume ---------------------------------------------------------------

# proves: pause, resume
@test "a paused guest does not move, a resumed one does" {
	up 'while :; do echo x >>/tmp/beat; done & :'
	wait_until test -s rootfs/tmp/beat
	ok rt pause "$ID"
	grep -q '^frozen 1' "$CG/guest/cgroup.events"
	local size
	size=$(stat -c %s rootfs/tmp/beat)
	sleep 0.05 # time in which nothing may happen
	same "$(stat -c %s rootfs/tmp/beat)" "$size"
	ok rt resume "$ID"
	wait_until sh -c "[ \$(stat -c %s rootfs/tmp/beat) -gt $size ]"
	same "$(status_of "$ID")" running
}

@test "a created guest can be paused and shows it" {
	warren_only "crun goes on saying created"
	ok rt create "$ID"
	ok rt pause "$ID"
	same "$(status_of "$ID")" paused
	ok rt resume "$ID"
	same "$(status_of "$ID")" created
}

@test "pause of a stopped guest and resume of a running one are refused" {
	warren_only "runc's texts"
	up
	expect 1 rt resume "$ID"
	says 'container not paused'
	ok rt kill "$ID" KILL
	wait_status "$ID" stopped
	expect 1 rt pause "$ID"
	says 'container not running'
}

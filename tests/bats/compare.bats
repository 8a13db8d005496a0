#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The same config.json under crun (build/peers/bin/crun, or PEER) and the runtime
# under test: what the guest sees has to be equal. What is normalised is said at
# each test; PEER also brings the expectation, so nothing here is written down twice.

load helpers

setup() {
	[ -x "$PEER" ] || skip "needs crun: ./dev peers, or PEER"
	[ "$RUNTIME" != "$(readlink -f "$PEER")" ] || skip "the peer is the runtime under test"
	bundle_new
	config_set '.process.capabilities |= map_values(. + ["CAP_SYS_TIME", "CAP_CHOWN"])
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
			syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
}
teardown() { [ -z "${BUNDLE:-}" ] || bundle_remove; }

# both_program [FILTER]: what the program prints under both, through a filter, is the same.
both_program() {
	RUNTIME=$PEER STATE=$BUNDLE/peer rt run "$ID-peer" </dev/null >expected 2>peer.err ||
		{ cat peer.err; return 1; }
	rt run "$ID" </dev/null >got 2>got.err || { cat got.err; return 1; }
	[ -s expected ] || { echo "the program prints nothing"; return 1; }
	"${1:-cat}" <expected >expected.txt
	"${1:-cat}" <got >got.txt
	diff expected.txt got.txt
}

# both SCRIPT [FILTER]: the same for a script.
both() {
	guest "$1"$'\ntrue'
	both_program "${2:-cat}"
}

user() { config_set '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 6]}'; }

@test "open descriptors: numbers and what they are" {
	# Normalised: inode numbers of pipes, the files that both() redirects to.
	descriptors() { sed -E 's/:\[[0-9]+\]/:[N]/; s#/(expected|got)[a-z.]*$#/FILE#; s#/(peer|got).err$#/FILE#'; }
	program probe fds
	both_program descriptors
	user
	both_program descriptors
}

@test "identity, capabilities, no_new_privs, seccomp and signals in /proc/self/status" {
	# Normalised: nothing; pids are not among the lines.
	program grep -E '^(Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp|Seccomp_filters|Sig(Blk|Ign|Cgt)|Umask|NStgid|NSpid):' /proc/self/status
	both_program
	user
	both_program
	config_set '.process.noNewPrivileges = false | .process.capabilities.ambient = ["CAP_KILL"]
		| .process.capabilities.inheritable = ["CAP_KILL"]'
	both_program
}

@test "limits" {
	config_set '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200},
		{type: "RLIMIT_CORE", soft: 0, hard: 0}, {type: "RLIMIT_STACK", soft: 1048576, hard: 2097152}]'
	program cat /proc/self/limits
	both_program
}

@test "the mount table" {
	# Normalised: mount and parent ids, device numbers, the path within the source
	# (field 4), peer group numbers, the source's name, size and ids of a tmpfs, the
	# order of the lines, and nosymfollow, which crun adds to the cgroup mount.
	# Left out: what is mounted over masked paths, which is everybody's own way; the
	# next test looks at what it does.
	both 'cat /proc/self/mountinfo' mounts
}

mounts() {
	awk -v masked=" $(jq -r '.linux.maskedPaths[]' config.json | xargs) " '
	index(masked, " " $5 " ") { next }
	{
		optional = super = ""
		for (dash = 7; $dash != "-"; dash++) {
			sub(/:.*/, "", $dash)
			optional = optional " " $dash
		}
		n = split($(dash + 3), data, ",")
		for (i = 1; i <= n; i++)
			if (data[i] !~ /^(size|nr_inodes|nr_blocks|inode64|uid|gid)/)
				super = super " " data[i]
		sub(/,nosymfollow/, "", $6)
		print $5, $6, "optional:" optional, "type:", $(dash + 1), "super:" super
	}' | sort
}

@test "the masked and the read-only paths" {
	# Normalised: of the flags only ro counts; warren's masks have nosuid and noexec as
	# well. A path that the kernel does not have prints nothing in both.
	local paths
	paths=$(jq -r '.linux.maskedPaths + .linux.readonlyPaths | .[]' config.json | xargs)
	both "for p in $paths; do
		[ -e \$p ] || continue
		if [ -d \$p ]; then echo \"\$p \$(stat -c '%a %F' \$p) \$(ls -A \$p | wc -l)\"
		else echo \"\$p \$(stat -c '%F' \$p) \$(head -c 100 \$p 2>/dev/null | wc -c)\"; fi
		touch \$p/x 2>/dev/null && echo \"\$p can be written\"
		[ -f \$p ] && : 2>/dev/null >>\$p && echo \"\$p can be opened for writing\"
		[ -d \$p ] || awk -v p=\$p '\$5 == p { print p, substr(\$6, 1, 3) }' /proc/self/mountinfo
	done"
}

@test "the tree of /dev" {
	# Left out: crun's link core to /proc/kcore, which is masked.
	both 'cd /dev && find . ! -name core | sort | while read -r f; do stat -c "%n %F %a %u %g %t:%T" $f; readlink $f; done'
}

@test "the environment, cwd, hostname and arguments" {
	# Normalised: the order of variables; "_" and SHLVL are the shell's.
	config_set '.process.cwd = "/home/user" | .process.env += ["A=b c"]'
	program env
	both_program sort
	both 'pwd; hostname; umask; id -u; id -g; id -G; tr "\0" " " </proc/1/cmdline'
}

@test "the namespaces: which are new" {
	# Normalised: the numbers, to "new" or "host".
	local n names='cgroup ipc mnt net pid uts user time'
	for n in $names; do
		readlink "/proc/self/ns/$n"
	done >host
	kinds() { while read -r n; do grep -qxF "$n" host && echo "${n%%:*} host" || echo "${n%%:*} new"; done; }
	both "for n in $names; do readlink /proc/self/ns/\$n; done" kinds
}

@test "the sysctls and the network of new namespaces" {
	# Normalised: nothing; all of these are constants of a new namespace or set here.
	config_set '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "1234"}'
	both 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/net/dev | cut -d : -f 1; ip -o addr | tr -s " "'
}

@test "the cgroup: membership as the guest and the host see it" {
	# Normalised: the host's v1 hierarchies, which neither touches, by their number.
	both 'grep ^0:: /proc/self/cgroup; ls /sys/fs/cgroup | sort'
}

@test "oom score, scheduling and session" {
	# Normalised: nothing.
	config_set '.process.oomScoreAdj = 123'
	both 'cat /proc/self/oom_score_adj; grep -E "^(policy|prio)" /proc/self/sched | tr -d " "
		cut -d " " -f 19 /proc/self/stat; grep -E "^Cpus_allowed:|^Mems_allowed:" /proc/self/status'
}

@test "a user namespace: maps, identity, mounts" {
	# Left out: the devices, which crun binds from the host and warren makes.
	user_namespace
	both 'tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; cat /proc/self/setgroups; id -u; id -g
		stat -c "%n %u %g %a" / /dev /dev/shm /tmp /proc /sys'
}

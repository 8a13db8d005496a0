#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the guest's program is given: identity, privileges, limits, descriptors.

load helpers

setup() { bundle_new; }
teardown() { bundle_remove; }

# The value of a line of /proc/self/status, as the guest's own program sees it.
status_line() {
	program grep "^$1:" /proc/self/status
	ok rt run "$ID"
	output=$(cut -f 2 <<<"$output")
}

# ---- identity ------------------------------------------------------------------------

# proves: process.user.uid|gid|additionalGids
@test "the program runs as uid and gid, with exactly the additional groups" {
	config_set '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 6]}'
	program grep -E '^(Uid|Gid|Groups):' /proc/self/status
	ok rt run "$ID"
	prints $'Uid:\t1000\t1000\t1000\t1000\nGid:\t1001\t1001\t1001\t1001\nGroups:\t5 6 '
}

@test "without additional groups there are none, whatever the caller has" {
	status_line Groups
	same "$(xargs <<<"$output")" ''
}

@test "the largest id is an id like any other" {
	warren_only "crun stops at 31 bits"
	config_set '.process.user = {uid: 4294967294, gid: 4294967294}'
	status_line Uid
	prints 4294967294
}

@test "HOME comes from /etc/passwd, unless the environment has it" {
	config_set '.process.user = {uid: 1000, gid: 1000}'
	run_guest 'echo $HOME'
	prints /home/user
	config_set '.process.env += ["HOME=/elsewhere"]'
	run_guest 'echo $HOME'
	prints /elsewhere
}

@test "HOME is / for a user without an entry" {
	config_set '.process.user = {uid: 4242, gid: 0}'
	run_guest 'echo $HOME'
	prints /
}

@test "an /etc/passwd that is a fifo, a link to nowhere or garbage stops nobody" {
	warren_only "crun waits for a writer"
	rm rootfs/etc/passwd
	mkfifo rootfs/etc/passwd
	LIMIT=10 run_guest 'echo $HOME'
	prints /
	rm rootfs/etc/passwd
	ln -s /proc/self/fd/0 rootfs/etc/passwd
	LIMIT=10 run_guest 'echo $HOME'
	rm rootfs/etc/passwd
	head -c 100000 /dev/urandom >rootfs/etc/passwd
	run_guest 'echo $HOME'
}

# proves: process.env
@test "the environment is that of the configuration, nothing of the caller's" {
	config_set '.process.env = ["PATH=/bin", "A=1", "B=x y=z", "HOME=/"]'
	export SECRET=host
	program env
	ok rt run "$ID"
	same "$(sort <<<"$output")" $'A=1\nB=x y=z\nHOME=/\nPATH=/bin'
}

@test "of a variable given twice the last one counts" {
	config_set '.process.env += ["A=1", "A=2"]'
	run_guest 'echo $A'
	prints 2
}

# proves: process.args
@test "the program is found in PATH of the configuration, args[0] stays as written" {
	mkdir rootfs/opt
	ln -s ../bin/busybox rootfs/opt/echo
	config_set '.process.env = ["PATH=/nowhere:/opt"]'
	program echo found
	ok rt run "$ID"
	prints found
	config_set '.process.env = ["PATH=/bin"]'
	program sh -c 'tr "\0" " " </proc/$$/cmdline; :'
	ok rt run "$ID"
	says 'sh -c tr'
}

@test "a program with a slash is found from cwd" {
	config_set '.process.cwd = "/bin"'
	program ./echo found
	ok rt run "$ID"
	prints found
}

# proves: process.cwd
@test "cwd is where the program starts, and made when missing" {
	config_set '.process.cwd = "/a/new/one"'
	run_guest 'pwd; stat -c "%a %u" /a/new/one'
	prints $'/a/new/one\n755 0'
}

@test "a cwd that only the user may enter" {
	mkdir rootfs/private
	chown 1000 rootfs/private
	chmod 700 rootfs/private
	config_set '.process.cwd = "/private" | .process.user = {uid: 1000, gid: 1000}'
	run_guest pwd
	prints /private
}

@test "a cwd that is a file is refused, by name" {
	warm_up
	config_set '.process.cwd = "/etc/passwd"'
	refused rt create "$ID"
	says /etc/passwd
	is_warren || return 0
	nothing_left
}

@test "no cwd leads out of the root" {
	local n
	for n in 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		config_set '.process.cwd = $d' --arg d "/proc/self/fd/$n"
		guest 'ls -d tests ../tests /warren-bats* 2>/dev/null; pwd; stat -c %i /. ../../../../..'
		try rt run "$ID"
		[ "$status" -ne 0 ] || [ "$(tail -n 2 <<<"$output" | uniq | wc -l)" -eq 1 ] ||
			explain "a way out by descriptor $n"
	done
}

@test "no program outside of the root is reached by a descriptor" {
	local n
	for n in 3 4 5 6 7 8 9 10; do
		program "/proc/self/fd/$n/bin/busybox" true
		refused rt run "$ID"
	done
}

# proves: process.user.umask
@test "the umask is 022, or what the user's is" {
	run_guest umask
	prints 0022
	config_set '.process.user.umask = 63'
	run_guest umask
	prints 0077
}

@test "the umask of the caller changes nothing" {
	umask 077
	mount_add '{"destination": "/new/target", "type": "tmpfs", "source": "tmpfs"}'
	run_guest 'umask; stat -c %a /dev/null /new'
	says_like $'^0022\n666\n1?755$' # crun adds the sticky bit
}

# ---- privileges -------------------------------------------------------------------------

# proves: process.capabilities.bounding|inheritable|ambient
@test "the five capability sets are those of the configuration" {
	config_set '.process.capabilities = {
		bounding: ["CAP_KILL", "CAP_CHOWN", "CAP_SYS_TIME", "CAP_SETUID"],
		permitted: ["CAP_KILL", "CAP_CHOWN", "CAP_SYS_TIME"],
		effective: ["CAP_KILL", "CAP_CHOWN"],
		inheritable: ["CAP_KILL"],
		ambient: ["CAP_KILL"]} | .process.user = {uid: 1000, gid: 1000}'
	program grep ^Cap /proc/self/status
	ok rt run "$ID"
	# An ordinary user keeps through exec what is ambient, and no more.
	prints "$(printf 'CapInh:\t%016x\nCapPrm:\t%016x\nCapEff:\t%016x\nCapBnd:\t%016x\nCapAmb:\t%016x' \
		32 32 32 $((1 << 5 | 1 << 0 | 1 << 25 | 1 << 7)) 32)"
}


# What is effective counts when the program is executed, and goes with that for an ordinary user.
# proves: process.capabilities.effective|permitted
@test "a program that only a capability makes executable" {
	cp rootfs/bin/busybox rootfs/bin/pwd.new
	mv rootfs/bin/pwd.new rootfs/bin/pwd
	chmod 700 rootfs/bin/pwd
	program pwd
	config_set '.process.user = {uid: 1000, gid: 1000} | ["CAP_DAC_OVERRIDE"] as $c
		| .process.capabilities = {bounding: $c, permitted: $c, effective: $c}'
	ok rt run "$ID"
	prints /
	config_set '.process.capabilities.effective = []'
	refused rt run "$ID"
	config_set '.process.capabilities |= (.effective = .bounding | .permitted = [])'
	refused rt run "$ID"
}

@test "root has what is in bounding" {
	config_set '.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"],
		permitted: ["CAP_KILL", "CAP_CHOWN"], effective: ["CAP_KILL", "CAP_CHOWN"]}'
	program grep -E '^Cap(Inh|Eff|Bnd|Amb)' /proc/self/status
	ok rt run "$ID"
	prints "$(printf 'CapInh:\t%016x\nCapEff:\t%016x\nCapBnd:\t%016x\nCapAmb:\t%016x' 0 33 33 0)"
}

@test "without a capabilities object there are none" {
	config_set 'del(.process.capabilities)'
	program grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status
	ok rt run "$ID"
	same "$(cut -f 2 <<<"$output" | sort -u)" 0000000000000000
}

@test "an ordinary user without ambient capabilities has none" {
	config_set '.process.user = {uid: 1000, gid: 1000}'
	status_line CapEff
	prints 0000000000000000
}

# proves: process.noNewPrivileges
@test "no_new_privs is set, or not" {
	status_line NoNewPrivs
	prints 1
	config_set '.process.noNewPrivileges = false'
	status_line NoNewPrivs
	prints 0
}

@test "no_new_privs stops a setuid program" {
	cp rootfs/bin/busybox rootfs/bin/idtool
	chmod 4755 rootfs/bin/idtool
	config_set '.process.user = {uid: 1000, gid: 1000}'
	run_guest 'ln -s /bin/idtool /tmp/id && /tmp/id -u'
	prints 1000
}

@test "signals are at their defaults and none is blocked, whatever the caller does" {
	program grep -E '^Sig(Blk|Ign)' /proc/self/status
	ok rt run "$ID"
	prints $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000'
	warren_only "crun without SIGCHLD sends TERM to its whole process group"
	ok env --ignore-signal=CHLD,INT,USR1,PIPE --block-signal=TERM,USR2 "$RUNTIME" --root "$STATE" run "$ID"
	prints $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000'
}

# bats test_tags=old
# proves: run --no-new-keyring
@test "a session keyring of its own, unless told otherwise" {
	run_guest 'probe session'
	says "$ID"
	guest 'probe session'
	ok rt run --no-new-keyring "$ID"
	says_not "$ID"
}


# proves: create --no-new-keyring
@test "create --no-new-keyring leaves the caller's session keyring" {
	guest 'probe session'
	rt create --no-new-keyring "$ID" </dev/null >out
	ok rt start "$ID"
	wait_status "$ID" stopped
	not grep -q "$ID" out
}

@test "the session keyring goes with the guest" {
	up
	grep -q "_ses.$ID:" /proc/keys || skip "the keys of others are not shown"
	ok rt delete --force "$ID"
	wait_until not grep -q "_ses.$ID:" /proc/keys
}

# ---- seccomp ---------------------------------------------------------------------------------

# Allows everything but what the filter says.
seccomp() {
	config_set '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: '"$1"'}'
}

# proves: linux.seccomp.syscalls[].names|action, linux.seccomp.syscalls[].action=SCMP_ACT_ERRNO
@test "a filtered call fails with EPERM, or the error asked for" {
	seccomp '[{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]'
	run_guest 'probe mkdir /tmp/x; grep Seccomp: /proc/self/status'
	prints $'Operation not permitted\nSeccomp:\t2'
	missing rootfs/tmp/x
	warren_only "crun's cache does not look at errnoRet"
	seccomp '[{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]'
	run_guest 'probe mkdir /tmp/x'
	prints 'Function not implemented'
	missing rootfs/tmp/x
}

@test "without a profile there is no filter" {
	status_line Seccomp
	prints 0
}

# bats test_tags=old
@test "a filter works with and without no_new_privs, for root and users" {
	local nnp uid
	seccomp '[{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]'
	chmod 1777 rootfs/tmp
	for nnp in true false; do
		for uid in 0 1000; do
			config_set '.process.noNewPrivileges = $n | .process.user.uid = $u' \
				--argjson n $nnp --argjson u $uid
			run_guest 'probe mkdir /tmp/x'
			prints 'Operation not permitted'
		done
	done
}

@test "a filtered call that kills ends the guest with 128+31" {
	namespace_drop pid
	seccomp '[{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL_PROCESS"}]'
	program probe mkdir /tmp/x
	expect 159 rt run "$ID"
}

@test "arguments are compared: equal, masked, in 64 bits" {
	seccomp '[{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO",
		args: [{index: 1, value: 511, valueTwo: 493, op: "SCMP_CMP_MASKED_EQ"}]}]'
	guest 'probe mkdir /tmp/x; mkdir -m 700 /tmp/y && echo made'
	ok rt run "$ID"
	says 'Operation not permitted'
	says made
}


# proves: linux.seccomp.syscalls[].args[].index|value|valueTwo|op
# proves: linux.seccomp.syscalls[].args[].op=SCMP_CMP_NE|SCMP_CMP_LT|SCMP_CMP_LE|SCMP_CMP_EQ|SCMP_CMP_GE
# proves: linux.seccomp.syscalls[].args[].op=SCMP_CMP_GT|SCMP_CMP_MASKED_EQ
@test "each operator compares an argument as it is called" {
	local op value two want
	while read -r op value two want; do
		# The mode of mkdir(2), octal 700, 701 and 702.
		config_set '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
			syscalls: ([["mkdir", 1], ["mkdirat", 2]] | map({names: [.[0]], action: "SCMP_ACT_ERRNO",
				args: [{index: .[1], value: $v, valueTwo: $t, op: $o}]}))}' \
			--arg o "$op" --argjson v "$value" --argjson t "$two"
		run_guest 'cd /tmp; for m in 700 701 702; do probe mkdir x $m >/dev/null && rmdir x && echo $m; done'
		same "$op $(xargs <<<"$output")" "$op $want"
	done <<-EOF
		SCMP_CMP_NE 449 0 701
		SCMP_CMP_LT 449 0 701 702
		SCMP_CMP_LE 449 0 702
		SCMP_CMP_EQ 449 0 700 702
		SCMP_CMP_GE 449 0 700
		SCMP_CMP_GT 449 0 700 701
		SCMP_CMP_MASKED_EQ 2 2 700 701
	EOF
}

@test "a filter may forbid all that the start needs but the exec, and the guest's rights are as asked" {
	warren_only "peers call more after the filter"
	local user
	for user in 0 1000; do
		config_set '.process.noNewPrivileges = false | .process.user = {uid: $u, gid: $u}
			| .process.capabilities = {bounding: ["CAP_KILL"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"],
				inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]}' --argjson u "$user"
		program grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status
		seccomp '[{names: ["capset", "capget", "close_range", "getppid", "mmap", "openat2", "sendmsg",
			"recvmsg", "setresuid", "seccomp"], action: "SCMP_ACT_KILL_PROCESS"}]'
		ok rt run "$ID"
		same "$(sort -u -k 2 <<<"$output" | wc -l)" 1
		says 0000000000000020
		program probe # busybox calls prctl by itself
		config_set '.linux.seccomp.syscalls[0].names += ["prctl"]'
		expect 2 rt run "$ID"
	done
}

# What comes into a pid namespace is filtered before it is there, if the filter lets it get there.
@test "exec works behind a filter that forbids what leads to it, with the same rights" {
	local forbidden privileges
	for privileges in true false; do
		for forbidden in '"clone3"' '"clone"' '"capset", "prctl", "setsid", "sendmsg", "recvmsg", "prlimit64"'; do
			config_set '.process.noNewPrivileges = $p' --argjson p "$privileges"
			program sleep 1000
			seccomp '[{names: ['"$forbidden"'], action: "SCMP_ACT_ERRNO"}]'
			ok rt run -d "$ID"
			ok rt exec "$ID" grep -E '^(Cap(Prm|Eff|Bnd)|Seccomp)' /proc/self/status
			same "$(awk '/Cap/ { print $2 }' <<<"$output" | sort -u | wc -l)" 1
			says "Seccomp:	2"
			ok rt delete --force "$ID"
		done
	done
}

# proves: linux.seccomp.syscalls[].action=SCMP_ACT_KILL|SCMP_ACT_KILL_PROCESS|SCMP_ACT_KILL_THREAD
# proves: linux.seccomp.syscalls[].action=SCMP_ACT_TRAP|SCMP_ACT_TRACE|SCMP_ACT_LOG
@test "each action does what it is called to a filtered call" {
	local action
	namespace_drop pid
	program probe mkdir /tmp/x
	for action in KILL KILL_PROCESS KILL_THREAD TRAP; do
		seccomp "[{names: [\"mkdir\", \"mkdirat\"], action: \"SCMP_ACT_$action\"}]"
		expect 159 rt run "$ID" # SIGSYS
	done
	seccomp '[{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_TRACE"}]'
	run_guest 'probe mkdir /tmp/x' # nobody traces
	prints 'Function not implemented'
	missing rootfs/tmp/x
	config_set '.linux.seccomp.defaultAction = "SCMP_ACT_KILL_PROCESS"
		| .linux.seccomp.syscalls = [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"},
			{names: $ARGS.positional, action: "SCMP_ACT_LOG"}]' --args -- access arch_prctl brk capget \
		capset chdir clone clone3 close close_range dup dup2 dup3 execve exit exit_group faccessat faccessat2 \
		fchdir fchown fcntl fstat fstatfs futex getcwd getdents64 getegid geteuid getgid getpgrp getpid \
		getppid getrandom getresgid getresuid gettid getuid ioctl keyctl lseek lstat madvise mmap mprotect \
		mremap munmap newfstatat open openat openat2 personality pidfd_open poll ppoll prctl prlimit64 pread64 \
		read readlink readlinkat recvfrom recvmsg rseq rt_sigaction rt_sigprocmask rt_sigreturn \
		sched_getaffinity sched_yield sendmsg sendto set_robust_list set_tid_address setgid setgroups \
		setresgid setresuid setsid setuid sigaltstack socket socketpair stat statx sysinfo tgkill umask \
		uname unshare wait4 waitid write writev connect statfs setpgid nanosleep clock_nanosleep restart_syscall \
		fchmod fchmodat utimensat eventfd2 epoll_create1 epoll_ctl epoll_pwait pipe2 getsockopt \
		sched_setaffinity sched_getattr tkill kill clock_gettime getrlimit setrlimit mount umount2 pivot_root \
		setns fsopen fsconfig fsmount move_mount open_tree mount_setattr mkdirat
	config_set 'del(.linux.seccomp.syscalls[1].names[-1])'
	program probe mkdir /tmp/x
	expect 1 rt run "$ID"
	prints 'Operation not permitted'
}

# proves: linux.seccomp.defaultAction|defaultErrnoRet, linux.seccomp.syscalls[].action=SCMP_ACT_ALLOW
@test "a call that no rule names fails with the error asked for" {
	config_set '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 95,
		syscalls: [{names: $ARGS.positional, action: "SCMP_ACT_ALLOW"}]}' --args -- access arch_prctl brk \
		capget capset chdir clone clone3 close close_range dup dup2 dup3 execve exit exit_group faccessat \
		faccessat2 fchdir fchown fcntl fstat fstatfs futex getcwd getdents64 getegid geteuid getgid getpid \
		getppid getrandom getuid gettid ioctl keyctl lseek madvise mmap mprotect mremap munmap newfstatat \
		open openat openat2 poll ppoll prctl prlimit64 pread64 read readlink readlinkat recvfrom recvmsg rseq \
		rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity sched_yield sendmsg sendto \
		set_robust_list set_tid_address setgid setgroups setresgid setresuid setsid setuid sigaltstack \
		socket statx statfs tgkill umask uname write writev fstatat64 connect epoll_ctl epoll_pwait \
		epoll_create1 eventfd2 pipe2 nanosleep clock_gettime getrlimit unshare mount
	program probe mkdir /tmp/x
	expect 1 rt run "$ID"
	prints 'Operation not supported'
}

# proves: linux.seccomp.architectures
@test "a filter knows the calls of the architectures that are listed, and kills those of others" {
	[ "$(uname -m)" = x86_64 ] || skip "needs x86-64, whose programs may call both ways"
	"$TOOLS/probe" mkdir32 "$BUNDLE/x" || skip "needs a kernel with 32-bit calls"
	config_set '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}'
	program probe mkdir32 /tmp/x
	expect 1 rt run "$ID"
	prints 'Operation not supported'
	namespace_drop pid
	config_set '.linux.seccomp.architectures = ["SCMP_ARCH_X86_64"]'
	expect 159 rt run "$ID"
}

@test "an allow list with ERRNO as default works" {
	config_set '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1,
		architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_AARCH64"],
		syscalls: [{names: ["read", "write", "close", "execve", "brk", "mmap", "munmap", "mprotect",
			"arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "getrandom",
			"readlink", "readlinkat", "fstat", "newfstatat", "exit_group", "exit", "getuid",
			"geteuid", "getgid", "getegid", "rt_sigaction", "rt_sigprocmask", "ioctl", "uname",
			"prctl", "writev", "futex", "fcntl", "openat", "access", "statx", "close_range",
			"capset", "setresuid", "setresgid", "setgroups", "chdir", "getcwd", "lseek",
			"sendto", "sendmsg", "recvfrom", "recvmsg", "poll", "ppoll", "fchown", "dup", "dup2",
			"dup3", "faccessat2", "faccessat", "umask", "getpid", "gettid", "tgkill", "kill"],
			action: "SCMP_ACT_ALLOW"}]}'
	program probe mkdir /tmp/x
	expect 1 rt run "$ID"
	prints 'Operation not permitted'
}

@test "the same profile twice gives the same filter, the second one from the cache" {
	seccomp '[{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]'
	run_guest 'probe mkdir /tmp/x'
	prints 'Operation not supported'
	run_guest 'probe mkdir /tmp/x'
	prints 'Operation not supported'
	warren_only "crun's cache does not look at errnoRet"
	seccomp '[{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]'
	run_guest 'probe mkdir /tmp/x'
	prints 'Function not implemented'
}

# ---- limits and scheduling -----------------------------------------------------------------------

# proves: process.rlimits[].type|soft|hard
@test "rlimits are set" {
	config_set '.process.rlimits = [
		{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
		{type: "RLIMIT_CPU", soft: 1000, hard: 2000}, {type: "RLIMIT_FSIZE", soft: 1000000, hard: 1000000},
		{type: "RLIMIT_NPROC", soft: 500, hard: 500}]'
	run_guest 'grep -E "open files|core file|cpu time|Max file size|processes" /proc/self/limits | tr -s " "'
	says 'Max cpu time 1000 2000'
	says 'Max file size 1000000 1000000'
	says 'Max core file size 0 0'
	says 'Max processes 500 500'
	says 'Max open files 100 200'
}


# proves: process.rlimits[].type=RLIMIT_AS|RLIMIT_CORE|RLIMIT_CPU|RLIMIT_DATA|RLIMIT_FSIZE|RLIMIT_LOCKS
# proves: process.rlimits[].type=RLIMIT_MEMLOCK|RLIMIT_MSGQUEUE|RLIMIT_NOFILE|RLIMIT_NPROC|RLIMIT_RSS
# proves: process.rlimits[].type=RLIMIT_RTTIME|RLIMIT_SIGPENDING|RLIMIT_STACK
@test "each kind of rlimit is the one that it is called" {
	local limits='AS:1000000001:2000000002 CORE:3:4 CPU:1005:1006 DATA:100000007:100000008 FSIZE:1000009:1000010
		LOCKS:11:12 MEMLOCK:65537:65538 MSGQUEUE:4001:4002 NOFILE:101:102 NPROC:503:504 RSS:1013:1014
		RTTIME:1000015:1000016 SIGPENDING:17:18 STACK:1048577:1048578'
	config_set '.process.rlimits = ($l | [splits("[ \t\n]+")] | map(split(":")
		| {type: ("RLIMIT_" + .[0]), soft: (.[1] | tonumber), hard: (.[2] | tonumber)}))' --arg l "$limits"
	guest 'while read -r line; do echo "$line"; done </proc/self/limits'
	ok rt run "$ID"
	same "$(awk '!/nice|realtime priority|Soft/ { $0 = substr($0, 26); print $1, $2 }' <<<"$output" | xargs)" \
		"1005 1006 1000009 1000010 100000007 100000008 1048577 1048578 3 4 1013 1014 503 504 101 102 \
65537 65538 1000000001 2000000002 11 12 17 18 4001 4002 1000015 1000016"
}

@test "a tiny limit of open files does not stop the start" {
	warren_only "peers set it too early"
	config_set '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 4, hard: 4}]'
	program true
	ok rt run "$ID"
}

@test "an rlimit above the caller's hard one is refused" {
	local hard
	hard=$(ulimit -Hn)
	[ "$hard" != unlimited ] || skip "the caller has no limit"
	setpriv --dump | grep -q sys_resource && skip "CAP_SYS_RESOURCE raises it"
	warm_up
	config_set '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 10, hard: $h}]' --argjson h $((hard + 1))
	refused rt run "$ID"
	is_warren || return 0
	says RLIMIT_NOFILE
	nothing_left
}

# proves: process.oomScoreAdj
@test "oomScoreAdj is set, or left as the caller's" {
	config_set '.process.oomScoreAdj = 500'
	run_guest 'cat /proc/self/oom_score_adj'
	prints 500
	config_set 'del(.process.oomScoreAdj)'
	run_guest 'cat /proc/self/oom_score_adj'
	prints "$(cat /proc/self/oom_score_adj)"
}

@test "oomScoreAdj out of range is refused" {
	warren_only "crun takes 1001 for 1000"
	config_set '.process.oomScoreAdj = 1001'
	refused rt run "$ID"
}

# proves: linux.resources.unified
@test "a limit of a cgroup file is written by linux.resources.unified" {
	config_set '.linux.resources.unified = {"cgroup.max.descendants": "7"}'
	warren_only "crun wants a controller's file"
	up
	same "$(<"$CG/guest/cgroup.max.descendants")" 7
}

# proves: linux.resources.memory.reservation
@test "memory, pids and cpu limits are written" {
	needs_controller memory
	needs_controller pids
	needs_controller cpu
	config_set '.linux.resources += {memory: {limit: 67108864, swap: 67108864, reservation: 33554432},
		pids: {limit: 50}, cpu: {shares: 512, quota: 50000, period: 100000}}'
	up
	same "$(<"$CG/guest/memory.max")" 67108864
	same "$(<"$CG/guest/memory.low")" 33554432
	same "$(<"$CG/guest/pids.max")" 50
	same "$(<"$CG/guest/cpu.max")" '50000 100000'
	same "$(<"$CG/guest/cpu.weight")" 59
}

@test "a guest that needs more memory than its limit is killed" {
	needs_controller memory
	config_set '.linux.resources.memory = {limit: 33554432, swap: 33554432}'
	namespace_drop pid
	program sh -c 'head -c 100000000 /dev/zero | tail'
	try rt run "$ID"
	[ "$status" -ne 0 ]
}

@test "a guest cannot have more processes than pids.limit" {
	needs_controller pids
	config_set '.linux.resources.pids = {limit: 5}'
	guest 'for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; echo all'
	expect 2 rt run "$ID" # of a shell that cannot fork
	says_not all
}

@test "an io limit is written" {
	needs_controller io
	config_set '.linux.resources.blockIO = {weight: 100}'
	ok rt run "$ID"
}

@test "a hugetlb limit is written" {
	needs_controller hugetlb
	config_set '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]'
	up
	same "$(<"$CG/guest/hugetlb.2MB.max")" 4194304
}

@test "a hugetlb limit of a size that the machine has not is refused" {
	needs_controller hugetlb
	config_set '.linux.resources.hugepageLimits = [{pageSize: "3MB", limit: 0}]'
	refused rt run "$ID"
}

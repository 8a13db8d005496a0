#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Where and when a guest's processes run: scheduler, io priority, processors, memory nodes, personality.

load helpers

setup() { bundle_new; }
teardown() { bundle_remove; }

# "POLICY NICE RT-PRIORITY" of proc(5), by number: 0 other, 1 fifo, 2 rr, 3 batch, 5 idle.
scheduling='awk "{ print \$41, \$19, \$40 }" /proc/self/stat'
cpus='awk "/^Cpus_allowed_list/ { print \$2 }" /proc/self/status'

all_cpus() { awk '/^Cpus_allowed_list/ { print $2 }' /proc/1/status; }
needs_cpus() { [ "$(nproc --all)" -ge "$1" ] || skip "needs $1 processors"; }

# A process object for --process: the guest's, changed by FILTER, running a line of shell.
process_file() { # SCRIPT FILTER
	jq ".process | .args = [\"sh\", \"-c\", \$s] | $2" config.json --arg s "$1" >process.json
}

# ---- scheduler -----------------------------------------------------------------------

@test "without a scheduler the guest has the caller's" {
	run_guest "$scheduling"
	prints "$(eval "$scheduling")"
}

# proves: process.scheduler.policy|nice, process.scheduler.policy=SCHED_BATCH
@test "policy and nice value are set for init" {
	config_set '.process.scheduler = {policy: "SCHED_BATCH", nice: 5}'
	run_guest "$scheduling"
	prints '3 5 0'
}

# proves: process.scheduler.policy=SCHED_OTHER
@test "a nice value may be negative although the guest lacks CAP_SYS_NICE" {
	config_set '.process.scheduler = {policy: "SCHED_OTHER", nice: -3}'
	config_set '.process.user = {uid: 1000, gid: 1000}'
	run_guest "$scheduling"
	prints '0 -3 0'
}

# proves: process.scheduler.policy=SCHED_IDLE
@test "SCHED_IDLE is set" {
	config_set '.process.scheduler = {policy: "SCHED_IDLE"}'
	run_guest "$scheduling"
	prints '5 0 0'
}

# proves: process.scheduler.policy=SCHED_FIFO|SCHED_RR, process.scheduler.priority|flags
# proves: process.scheduler.flags=SCHED_FLAG_RESET_ON_FORK
@test "a real-time policy with its priority is set, and reset on fork if asked" {
	chrt -f 10 true || skip "this host refuses real-time policies"
	config_set '.process.scheduler = {policy: "SCHED_FIFO", priority: 10}'
	run_guest "$scheduling"
	prints '1 0 10'
	config_set '.process.scheduler = {policy: "SCHED_RR", priority: 7,
		flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	run_guest "awk '{ print \$41, \$40 }' /proc/\$\$/stat; $scheduling"
	prints $'2 7\n0 0 0'
}

@test "SCHED_DEADLINE is set" {
	chrt -d -T 1000000 -D 10000000 -P 10000000 0 true || skip "this host refuses SCHED_DEADLINE"
	config_set '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000,
		deadline: 10000000, period: 10000000}'
	program awk '{ print $41 }' /proc/self/stat
	ok rt run "$ID"
	prints 6
}


# proves: process.scheduler.policy=SCHED_DEADLINE, process.scheduler.runtime|deadline|period
# proves: process.scheduler.flags=SCHED_FLAG_RECLAIM|SCHED_FLAG_DL_OVERRUN
@test "SCHED_DEADLINE has the times and the flags asked for" {
	chrt -d -T 1000000 -D 10000000 -P 10000000 0 true || skip "this host refuses SCHED_DEADLINE"
	config_set '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 8000000,
		period: 10000000, flags: ["SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN"]}'
	program probe scheduling
	ok rt run "$ID"
	prints $'policy 6 flags 0x6 nice 0 priority 0\nruntime 1000000 deadline 8000000 period 10000000'
}

# proves: process.scheduler.policy=SCHED_ISO
@test "SCHED_ISO, which no kernel has, is refused" {
	config_set '.process.scheduler = {policy: "SCHED_ISO"}'
	refused rt run "$ID"
}

# proves: process.scheduler.flags=SCHED_FLAG_KEEP_POLICY|SCHED_FLAG_KEEP_PARAMS
@test "SCHED_FLAG_KEEP_POLICY and KEEP_PARAMS leave the caller's policy, or all of it" {
	program probe scheduling
	config_set '.process.scheduler = {policy: "SCHED_BATCH", nice: 5, flags: ["SCHED_FLAG_KEEP_POLICY"]}'
	ok rt run "$ID"
	says 'policy 0 flags 0 nice 5 '
	config_set '.process.scheduler.flags = ["SCHED_FLAG_KEEP_PARAMS"]'
	ok nice -n 3 timeout 30 "$RUNTIME" --root "$STATE" run "$ID"
	says 'policy 0 flags 0 nice 3 '
}

# Without utilisation clamps (CONFIG_UCLAMP_TASK) the kernel has an error of its own for them.
# proves: process.scheduler.flags=SCHED_FLAG_UTIL_CLAMP_MIN|SCHED_FLAG_UTIL_CLAMP_MAX
@test "the flags of utilisation clamps reach the kernel" {
	local flag
	for flag in MIN MAX; do
		config_set '.process.scheduler = {policy: "SCHED_BATCH", flags: ["SCHED_FLAG_UTIL_CLAMP_" + $f]}' \
			--arg f "$flag"
		program probe scheduling
		try rt run "$ID"
		[ "$status" -eq 0 ] && says 'policy 3' || says_like '[Oo]peration not supported'
	done
}

@test "exec has the guest's scheduler, or that of --process" {
	config_set '.process.scheduler = {policy: "SCHED_BATCH", nice: 5}'
	up
	ok rt exec "$ID" sh -c "$scheduling"
	prints '3 5 0'
	process_file "$scheduling" '.scheduler = {policy: "SCHED_OTHER", nice: 7}'
	ok rt exec --process process.json "$ID"
	prints '0 7 0'
	process_file "$scheduling" 'del(.scheduler)'
	ok rt exec --process process.json "$ID"
	prints "$(eval "$scheduling")"
}

@test "a scheduler that is refused says what is needed" {
	user_namespace
	config_set '.process.scheduler = {policy: "SCHED_FIFO", priority: 10}'
	host_snapshot "$BUNDLE/snapshot"
	refused rt run "$ID"
	is_warren || return 0
	says process.scheduler
	says CAP_SYS_NICE
	rt doctor --reset >/dev/null
	nothing_left
}

# ---- io priority -----------------------------------------------------------------------

# proves: process.ioPriority.class|priority
# proves: process.ioPriority.class=IOPRIO_CLASS_RT|IOPRIO_CLASS_BE|IOPRIO_CLASS_IDLE
@test "the io priority is set for init" {
	local class want
	while read -r class want; do
		config_set '.process.ioPriority = {class: $c, priority: 6}' --arg c "IOPRIO_CLASS_$class"
		run_guest 'ionice -p $$'
		[[ $output == "$want"* ]] || explain "$class"
	done <<-EOF
		BE best-effort: prio 6
		RT realtime: prio 6
		IDLE idle
	EOF
}

@test "exec has the guest's io priority, or that of --process" {
	config_set '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
	up
	ok rt exec "$ID" sh -c 'ionice -p $$'
	says idle
	process_file 'ionice -p $$' '.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 2}'
	ok rt exec --process process.json "$ID"
	prints 'realtime: prio 2'
}

@test "the io priority of the caller stays as it is" {
	config_set '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
	guest :
	ionice -c 2 -n 4 sh -c 'timeout 30 "$@" >/dev/null; ionice -p $$' sh \
		"$RUNTIME" --root "$STATE" run "$ID" </dev/null >out 2>&1 3>&- 4>&-
	same "$(<out)" 'best-effort: prio 4'
}

# ---- personality ------------------------------------------------------------------------

# proves: linux.personality.domain
@test "the personality is set for init and for exec" {
	config_set '.linux.personality = {domain: "LINUX32"}'
	run_guest 'uname -m; cat /proc/self/personality'
	says_like $'^(i686|armv8l|riscv32)\n00000008'
	up
	ok rt exec "$ID" cat /proc/self/personality
	prints 00000008
	same "$(cat /proc/self/personality)" 00000000
}


# proves: linux.personality.flags
@test "a flag of the personality is refused: the specification names none" {
	config_set '.linux.personality = {domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"]}'
	refused rt run "$ID"
}

@test "domain LINUX undoes what the caller has" {
	config_set '.linux.personality = {domain: "LINUX"}'
	guest 'cat /proc/self/personality'
	ok setarch -R timeout 30 "$RUNTIME" --root "$STATE" run "$ID"
	prints 00000000
}

@test "the personality is set although the filter forbids personality(2)" {
	config_set '.linux.personality = {domain: "LINUX32"} | .linux.seccomp = {
		defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["personality"], action: "SCMP_ACT_ERRNO"}]}'
	run_guest 'cat /proc/self/personality'
	prints 00000008
}

# ---- memory nodes -----------------------------------------------------------------------

# proves: linux.memoryPolicy.mode|nodes|flags, linux.memoryPolicy.mode=MPOL_PREFERRED|MPOL_BIND|MPOL_INTERLEAVE
# proves: linux.memoryPolicy.flags=MPOL_F_STATIC_NODES
@test "the memory policy is set for init" {
	[ -e /proc/self/numa_maps ] || skip "needs a kernel with NUMA"
	local policy='head -n 1 /proc/self/numa_maps | cut -d " " -f 2'
	run_guest "$policy"
	prints default
	config_set '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0"}'
	run_guest "$policy"
	prints interleave:0
	config_set '.linux.memoryPolicy = {mode: "MPOL_PREFERRED"}'
	run_guest "$policy"
	prints local
	config_set '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
	run_guest "$policy"
	prints bind=static:0
}

@test "exec has the memory policy of the guest" {
	[ -e /proc/self/numa_maps ] || skip "needs a kernel with NUMA"
	config_set '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
	up
	ok rt exec "$ID" sh -c 'head -n 1 /proc/self/numa_maps | cut -d " " -f 2'
	prints bind=static:0
}


# bats test_tags=old
# proves: linux.memoryPolicy.mode=MPOL_DEFAULT|MPOL_LOCAL|MPOL_PREFERRED_MANY
# proves: linux.memoryPolicy.flags=MPOL_F_NUMA_BALANCING|MPOL_F_RELATIVE_NODES
@test "each mode of the memory policy, and its flags" {
	[ -e /proc/self/numa_maps ] || skip "needs a kernel with NUMA"
	local policy want
	while read -r want policy; do
		config_set '.linux.memoryPolicy = $p' --argjson p "$policy"
		run_guest 'sed -n "1s/^[^ ]* \(.*\) file=.*/\1/p" /proc/self/numa_maps | tr -d " "'
		same "$output" "$want"
	done <<-'EOF'
		default {"mode": "MPOL_DEFAULT"}
		local {"mode": "MPOL_LOCAL"}
		prefer(many):0 {"mode": "MPOL_PREFERRED_MANY", "nodes": "0"}
		bind=relative:0 {"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_RELATIVE_NODES"]}
		bind=balancing:0 {"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_NUMA_BALANCING"]}
	EOF
}

# proves: linux.memoryPolicy.mode=MPOL_WEIGHTED_INTERLEAVE
@test "MPOL_WEIGHTED_INTERLEAVE is set" {
	[ -e /sys/kernel/mm/mempolicy/weighted_interleave ] || skip "needs weighted interleaving (6.9)"
	config_set '.linux.memoryPolicy = {mode: "MPOL_WEIGHTED_INTERLEAVE", nodes: "0"}'
	run_guest 'head -n 1 /proc/self/numa_maps'
	says ' weighted interleave:0 '
}

@test "a memory policy for a node that is not there is refused" {
	[ -e /proc/self/numa_maps ] || skip "needs a kernel with NUMA"
	config_set '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "1023"}'
	warm_up
	refused rt run "$ID"
	is_warren || return 0
	says linux.memoryPolicy
	nothing_left
}

# tests/vm has a machine with two: ./dev vm -n
needs_nodes() {
	[ "$(cat /sys/devices/system/node/has_memory 2>/dev/null)" = 0-1 ] ||
		skip "needs two memory nodes, 0 and 1"
}

# Some megabytes in a shell, and on how many nodes they lie: "N0", "N1" or "N0 N1".
filled='x=$(head -c 3000000 /dev/zero | tr "\0" x)'
nodes_of() {
	awk '/anon=/ && !/file=/ {
		for (i = 3; i <= NF; i++)
			if (split($i, part, "=") == 2 && part[1] ~ /^N[0-9]/)
				pages[part[1]] += part[2]
	}
	END { printf "%s%s%s\n", pages["N0"] ? "N0" : "", pages["N0"] && pages["N1"] ? " " : "",
		pages["N1"] ? "N1" : "" }' "/proc/$1/numa_maps"
}
lies_on() { [ "$(nodes_of "$1")" = "$2" ]; }

# bats test_tags=old
@test "memory comes from the nodes of the policy" {
	local pair
	needs_nodes
	for pair in MPOL_BIND:1:N1 MPOL_BIND:0:N0 MPOL_PREFERRED:1:N1 MPOL_PREFERRED_MANY:1:N1 \
		'MPOL_INTERLEAVE:0-1:N0 N1'; do
		config_set '.linux.memoryPolicy = {mode: $m, nodes: $n}' \
			--arg m "${pair%%:*}" --arg n "$(cut -d : -f 2 <<<"$pair")"
		guest "$filled; : >/tmp/up; while sleep 1000; do :; done"
		rm -f rootfs/tmp/up
		ok rt run -d "$ID"
		wait_until test -e rootfs/tmp/up
		same "$pair $(nodes_of "$(pid_of "$ID")")" "$pair ${pair##*:}"
		ok rt delete --force "$ID"
	done
}

# bats test_tags=old
# proves: linux.resources.cpu.mems
@test "memory comes from the nodes of the cgroup, and update moves it" {
	local pid
	needs_nodes
	needs_controller cpuset
	config_set '.linux.resources.cpu.mems = "1"'
	guest "$filled; : >/tmp/up; while sleep 1000; do :; done"
	ok rt run -d "$ID"
	wait_until test -e rootfs/tmp/up
	pid=$(pid_of "$ID")
	grep -q $'^Mems_allowed_list:\t1$' "/proc/$pid/status"
	same "$(nodes_of "$pid")" N1
	ok rt update --cpuset-mems 0 "$ID"
	grep -q $'^Mems_allowed_list:\t0$' "/proc/$pid/status"
	wait_until lies_on "$pid" N0
}

# bats test_tags=old
@test "a memory policy keeps to the nodes of the cgroup" {
	local policy='head -n 1 /proc/self/numa_maps | cut -d " " -f 2'
	needs_nodes
	needs_controller cpuset
	config_set '.linux.resources.cpu.mems = "1"
		| .linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0-1"}'
	run_guest "$policy"
	prints interleave:1
	config_set '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"]}'
	run_guest "$policy"
	prints bind=relative:1
	config_set '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}'
	refused rt run "$ID"
	is_warren || return 0
	says linux.memoryPolicy
	says 'none of the nodes is one that it may use'
}

# ---- processors ---------------------------------------------------------------------------

@test "a guest does not inherit the caller's processors" {
	needs_cpus 2
	warren_only "crun 1.28 hands them on"
	guest "$cpus"
	ok taskset -c 0 timeout 30 "$RUNTIME" --root "$STATE" run "$ID"
	prints "$(all_cpus)"
	up
	ok taskset -c 0 timeout 30 "$RUNTIME" --root "$STATE" exec "$ID" sh -c "$cpus"
	prints "$(all_cpus)"
}

@test "a guest has the processors of its cgroup" {
	needs_cpus 2
	needs_controller cpuset
	config_set '.linux.resources.cpu.cpus = "1"'
	run_guest "$cpus"
	prints 1
}

# proves: process.execCPUAffinity.final
@test "exec's final affinity counts, and the guest's own process keeps all" {
	needs_cpus 2
	config_set '.process.execCPUAffinity = {final: "1"}'
	guest "$cpus"$'\n: >/tmp/up; exec sleep 1000'
	rt run -d "$ID" >out 2>&1 </dev/null
	wait_until test -e rootfs/tmp/up
	same "$(<out)" "$(all_cpus)"
	ok rt exec "$ID" sh -c "$cpus"
	prints 1
	process_file "$cpus" '.execCPUAffinity = {initial: "1", final: "0"}'
	ok rt exec --process process.json "$ID"
	prints 0
}

# proves: process.execCPUAffinity.initial
@test "exec's initial affinity stays without a final one" {
	needs_cpus 2
	up
	process_file "$cpus; grep ^0:: /proc/self/cgroup" '.execCPUAffinity = {initial: "1"}'
	ok rt exec --process process.json "$ID"
	prints $'1\n0::/'
}

@test "exec's initial affinity is set outside of the guest's cgroup" {
	needs_cpus 2
	needs_tool strace
	up
	process_file : '.execCPUAffinity = {initial: "1"}'
	strace -f -o trace -e trace=clone3,sched_setaffinity,write "$RUNTIME" --root "$STATE" \
		exec --process process.json "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&- || true
	# no clone3 into a cgroup; then the affinity, then "0" into cgroup.procs
	run ! grep CLONE_INTO_CGROUP trace
	awk '/sched_setaffinity\(0, 8, \[1\]/ { pid = $1 }
		$1 == pid && /write\([0-9]+, "0", 1/ { found = 1 }
		END { exit !found }' trace
}

@test "exec with an initial affinity goes where init is when the guest's cgroup is divided" {
	needs_cpus 2
	namespace_drop cgroup
	up
	mkdir "$CG/guest/part"
	pid_of "$ID" >"$CG/guest/part/cgroup.procs"
	process_file 'grep ^0:: /proc/self/cgroup' '.execCPUAffinity = {initial: "1"}'
	ok rt exec --process process.json "$ID"
	prints "0::$CG_PATH/guest/part"
}

@test "an affinity with no processor of this host is refused" {
	up
	process_file : '.execCPUAffinity = {final: "8000"}'
	refused rt exec --process process.json "$ID"
	is_warren || return 0
	says execCPUAffinity.final
	process_file : '.execCPUAffinity = {initial: "8000"}'
	refused rt exec --process process.json "$ID"
	says execCPUAffinity.initial
}

# ---- cache and memory bandwidth ---------------------------------------------------------------

@test "intelRdt is refused where resctrl is not mounted" {
	[ ! -e /sys/fs/resctrl/schemata ] || skip "this host has resctrl"
	config_set '.linux.intelRdt = {l3CacheSchema: "L3:0=f"}'
	host_snapshot "$BUNDLE/snapshot"
	refused rt create "$ID"
	is_warren || return 0
	says linux.intelRdt
	says '/sys/fs/resctrl'
	nothing_left
}

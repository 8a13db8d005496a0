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

@test "policy and nice value are set for init" {
	config_set '.process.scheduler = {policy: "SCHED_BATCH", nice: 5}'
	run_guest "$scheduling"
	prints '3 5 0'
}

@test "a nice value may be negative although the guest lacks CAP_SYS_NICE" {
	config_set '.process.scheduler = {policy: "SCHED_OTHER", nice: -3}'
	config_set '.process.user = {uid: 1000, gid: 1000}'
	run_guest "$scheduling"
	prints '0 -3 0'
}

@test "SCHED_IDLE is set" {
	config_set '.process.scheduler = {policy: "SCHED_IDLE"}'
	run_guest "$scheduling"
	prints '5 0 0'
}

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

@test "the io priority is set for init and for exec" {
	config_set '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	run_guest 'ionice -p $$'
	prints 'best-effort: prio 6'
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

@test "the personality is set for init and for exec" {
	config_set '.linux.personality = {domain: "LINUX32"}'
	run_guest 'uname -m; cat /proc/self/personality'
	says_like $'^(i686|armv8l|riscv32)\n00000008'
	up
	ok rt exec "$ID" cat /proc/self/personality
	prints 00000008
	same "$(cat /proc/self/personality)" 00000000
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

@test "the memory policy is set for init and for exec" {
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
	up
	ok rt exec "$ID" sh -c "$policy"
	prints bind=static:0
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

@test "exec's initial affinity is set before the cgroup is joined, and stays without a final one" {
	needs_cpus 2
	up
	process_file "$cpus; grep ^0:: /proc/self/cgroup" '.execCPUAffinity = {initial: "1"}'
	ok rt exec --process process.json "$ID"
	prints $'1\n0::/'
	needs_tool strace
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

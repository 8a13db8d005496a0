#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# churn.sh [CYCLES] [SEED]: 8 callers start, stop, enter, pause and kill guests, and are killed themselves
# (churn.c), CYCLES times (50000) as SEED (1) has it. Before and after stands what the kernel counts; what
# has become more is a leak. Exit status 1 if there is one, or if a command ended as it should not.
set -eu -o pipefail
. "$(dirname "$0")/../common.bash"

CALLERS=8
SETTLE=${WARREN_CHURN_SETTLE:-240} # seconds at most: what has ended is freed by RCU and by workqueues, network namespaces one by one
programs=$TOP/build/churn

# What is held against a count of the kernel's memory: a cycle that loses the smallest thing that warren
# makes, a mount of 384 bytes, has lost 18 MiB after 50000. Caches that have not been full before a run
# take less, and so does what else happens on the machine.
SLAB_KIB=8192
PERCPU_KIB=2048
AVAILABLE_KIB=65536

# ---- guests --------------------------------------------------------------------------------------

# bundle_each KIND FILTER: a configuration, and a bundle for each of the callers.
bundle_each()
{
	local i

	config "$1" "$2" <"$TMPDIR/spec.json"
	for ((i = 0; i < CALLERS; i++)); do
		bundle "$1" "guests/c$i" "$TMPDIR/bundles/$1" >/dev/null
	done
}

make_bundles()
{
	local args='.process.args' mapped hooks='.hooks = {createRuntime: [{path: "/bin/true"}]'

	mapped='.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	"$CHURN_RUNTIME" spec --bundle "$TMPDIR"
	mv "$TMPDIR/config.json" "$TMPDIR/spec.json"
	bundle_each true .
	bundle_each sleep "$args = [\"/bin/sleep\", \"100000\"]"
	bundle_each write "$args = [\"/bin/sh\", \"-c\", \"echo word >/word\"] | .root.readonly = false"
	bundle_each trap "$args = [\"/bin/sh\", \"-c\", \"trap 'exit 3' TERM; sleep 100000 & wait\"]"
	bundle_each shared "$args = [\"/bin/sh\", \"-c\", \"sleep 100000 & sleep 100000\"]
		| .linux.namespaces |= map(select(.type != \"pid\"))"
	bundle_each mapped "$mapped"
	bundle_each mapped-write "$mapped | $args = [\"/bin/sh\", \"-c\", \"echo word >/word\"] | .root.readonly = false"
	bundle_each filter ".linux.seccomp = $(jq -c .linux.seccomp tests/data/bench/podman.json)
		| if \"$(uname -m)\" == \"x86_64\" then . else del(.linux.seccomp.architectures) end"
	bundle_each hooks "$hooks, createContainer: [{path: \"/bin/true\"}], poststop: [{path: \"/bin/true\"}]}"
	bundle_each missing "$args = [\"/missing\"]"
	bundle_each bad-hook "$hooks, startContainer: [{path: \"/bin/false\"}]}"
	bundle_each bad-mount '.mounts += [{destination: "/data", type: "no-such-filesystem", source: "none"}]'
}

# ---- what the kernel counts ----------------------------------------------------------------------

# count NAME NUMBER [ALLOWED]: a line of a snapshot.
count() { printf '%s\t%s\t%s\n' "$1" "$2" "${3:-0}"; }

lines() { grep -c "$@" || true; }

# The objects of a kind that are in use. Before, the slabs give back what is free in them: what lies in a
# processor's own counts as used otherwise.
objects()
{
	[ ! -w "/sys/kernel/slab/$2/shrink" ] || echo 1 >"/sys/kernel/slab/$2/shrink"
	awk -v slab="$2" -v name="$1" '$1 == slab { print name "\t" $2 }' /proc/slabinfo 2>/dev/null || true
}

# Builtins only: a helper would count itself. Whoever is in here but this script has been left.
count_processes()
{
	local file pid begun=0

	for file in "$cgroups"/**/cgroup.procs; do
		while read -r pid; do
			[ "$pid" = $$ ] || begun=$((begun + 1))
		done <"$file"
	done
	count 'processes begun by the run' "$begun"
}

# Of this run alone.
snapshot_own()
{
	count_processes
	count 'cgroups' "$(find "$cgroups" -mindepth 1 -type d | wc -l)"
	count 'cgroups that are dying' "$(awk '$1 == "nr_dying_descendants" { print $2 }' "$cgroups/cgroup.stat")"
	count 'mounts in the mount namespace' "$(wc -l </proc/self/mountinfo)"
	count 'files in the state root' "$(find "$CHURN_STATE" -mindepth 1 | wc -l)"
	count 'upper layers' "$(find "$CHURN_UPPERS" -mindepth 1 | wc -l)"
	count 'files below the directory of the run' "$(find "$TMPDIR" -xdev ! -path "$TMPDIR/snapshot*" | wc -l)"
}

# Of everybody: what others do meanwhile counts as well.
snapshot_machine()
{
	local kind

	count 'zombies' "$(cat /proc/[0-9]*/stat 2>/dev/null | lines '^[0-9]* (.*) Z ')"
	for kind in mnt net pid ipc uts user cgroup time; do
		count "$kind namespaces with processes" "$(readlink /proc/[0-9]*/ns/$kind | sort -u | wc -l)"
	done
	"$programs/count"
	objects 'network namespaces' net_namespace
	objects 'pid namespaces' pid_namespace
	objects 'user namespaces' user_namespace
	objects 'uts namespaces' uts_namespace
	count 'keys' "$(wc -l </proc/keys)"
	count 'keys of all users' "$(awk '{ split($3, n, "/"); sum += n[1] } END { print sum + 0 }' /proc/key-users)"
	count 'unix sockets' "$(lines -v '^Num' /proc/net/unix)"
	count 'abstract unix sockets' "$(lines ' @' /proc/net/unix)"
	count 'open files' "$(cut -f 1 /proc/sys/fs/file-nr)"
	count 'files in /run and /dev/shm' "$(find /run /dev/shm -xdev | wc -l)"
}

snapshot_memory()
{
	awk -v slab="$SLAB_KIB" -v percpu="$PERCPU_KIB" -v available="$AVAILABLE_KIB" '
		$1 == "SUnreclaim:" { print "KiB of slabs that cannot be reclaimed\t" $2 "\t" slab }
		$1 == "Percpu:" { print "KiB per processor\t" $2 "\t" percpu }
		$1 == "KernelStack:" { print "KiB of kernel stacks\t" $2 "\t" percpu }
		$1 == "MemAvailable:" { print "KiB of memory that is not available\t" total - $2 "\t" available }
		$1 == "MemTotal:" { total = $2 }' /proc/meminfo
}

# In a short run what others do weighs more than a leak; one in each tenth cycle it still finds.
snapshot()
{
	snapshot_memory
	snapshot_own
	snapshot_machine | awk -F '\t' -v allowed="$((total < 4000 ? total / 10 : 0))" '{ print $1 "\t" $2 "\t" allowed }'
}

# differences FILE FILE: lines "name, before, after, difference, allowed".
differences() { awk -F '\t' 'NR == FNR { before[$1] = $2; next }
	{ print $1 "\t" before[$1] "\t" $2 "\t" $2 - before[$1] "\t" $3 }' "$1" "$2"; }

leaks() { differences "$1" "$2" | awk -F '\t' '$4 > $5'; }

# Waits until nothing becomes less any more.
settle()
{
	local end=$((SECONDS + SETTLE))

	sleep 2
	snapshot >"$1"
	while sleep 1; snapshot >"$1.new"; [ "$SECONDS" -lt "$end" ]; do
		! less_than "$1" || { mv "$1.new" "$1"; continue; }
		break
	done
	rm -f "$1.new"
}
less_than() { differences "$1" "$1.new" | awk -F '\t' '!/^KiB/ && $4 < 0 { less = 1 } END { exit !less }'; }

# Waits until nothing is more than before.
settle_to()
{
	local end=$((SECONDS + SETTLE))

	while snapshot >"$2"; [ -n "$(leaks "$1" "$2")" ] && [ "$SECONDS" -lt "$end" ]; do
		sleep 1
	done
}

table()
{
	say '| what | before | after | difference |' '|---|--:|--:|--:|'
	differences "$1" "$2" | awk -F '\t' '{
		printf "| %s | %d | %d | %d%s |\n", $1, $2, $3, $4, ($5 > 0) ? " (up to " $5 " allowed)" : "" }'
}

# ---- the run -------------------------------------------------------------------------------------

cycles() { "$programs/churn" "$@" "$seed" "$CALLERS" >"$TMPDIR/snapshot.cycles"; }

# In a cgroup of its own, so that the cgroup of the run holds guests only and counts what is left of them.
enter()
{
	from=$(sed -n 's/^0:://p' /proc/self/cgroup)
	mkdir "$cgroups/callers"
	echo $$ >"$cgroups/callers/cgroup.procs"
}

leave()
{
	echo $$ >"/sys/fs/cgroup$from/cgroup.procs"
	cgroup_remove "$cgroups/callers"
}

inside()
{
	local warm_up=$((total < 4000 ? 100 : 1000)) status=0 begun

	shopt -s globstar
	. tests/bench/guests.bash
	make_state
	make_root
	ln -s busybox "$root/bin/false"
	chmod 755 "$TMPDIR" # a guest's root with mapped ids has to get through
	mkdir "$state/uppers"
	export CHURN_RUNTIME=${RUNTIME:-$TOP/build/release/warren} CHURN_STATE=$state/warren CHURN_ROOT=$root
	export CHURN_BUNDLES=$TMPDIR/bundles CHURN_CGROUPS=$cgroups CHURN_UPPERS=$state/uppers
	make_bundles
	enter
	say "$warm_up cycles to warm up, then $total with $CALLERS callers, seed $seed:" \
		"$("$CHURN_RUNTIME" --version | head -n 1), kernel $(uname -r), $(nproc) processors"
	cycles 0 "$warm_up" || status=1
	settle "$TMPDIR/snapshot.before"
	begun=$SECONDS
	cycles "$warm_up" "$total" || status=1
	say "$((SECONDS - begun)) seconds" ""
	settle_to "$TMPDIR/snapshot.before" "$TMPDIR/snapshot.after"
	leave
	report || status=1
	return "$status"
}

report()
{
	local leaks

	say '| cycle | times | mean ms | longest ms |' '|---|--:|--:|--:|'
	awk -F '\t' 'NF == 4 { print "| " $1 " | " $2 " | " $3 " | " $4 " |" }' "$TMPDIR/snapshot.cycles"
	say ""
	table "$TMPDIR/snapshot.before" "$TMPDIR/snapshot.after"
	say ""
	awk -F '\t' 'NF == 2 { print $1 ": " $2 }' "$TMPDIR/snapshot.cycles"
	leaks=$(leaks "$TMPDIR/snapshot.before" "$TMPDIR/snapshot.after")
	say "leaks: $(lines . <<<"$leaks")"
	[ -z "$leaks" ] || cut -f 1,4 <<<"$leaks"
	[ -z "$leaks" ]
}

build_programs()
{
	local flags=(-std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -I. -static)

	mkdir -p "$programs"
	cc "${flags[@]}" -o "$programs/churn" tests/churn/churn.c tests/churn/caller.c
	cc "${flags[@]}" -o "$programs/count" tests/churn/count.c
}

mode=''
[ "${1:-}" != inside ] || { mode=$1; shift; }
total=${1:-50000} seed=${2:-1}
[[ $total =~ ^[1-9][0-9]{0,7}$ && $seed =~ ^[0-9]{1,9}$ ]] || die "usage: ./dev churn [CYCLES] [SEED]"
if [ "$mode" = inside ]; then
	inside
	exit
fi
need_root
# shellcheck disable=SC2086 # a list of words
need_packages $PACKAGES_GUEST
[ -n "${RUNTIME:-}" ] || build_release
build_programs
exec tests/run-private.sh tests/churn/churn.sh inside "$total" "$seed"

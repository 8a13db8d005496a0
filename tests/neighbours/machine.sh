#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# machine.sh CONFIGURATION [HOG...]: measures, in the virtual machine, a guest beside each hog. Both have
# the configuration "spec" (what `warren spec` writes), "ids" (the same with a user namespace and ids of
# their own) or "hosting" (hosting.jq, on a host that is set up for it). Prints lines of fields between tabs:
#
#   HOG  alone|beside  OPERATION  ROUNDS  MEDIAN  P99  FAILURES  REASON      what pulse.c says
#   HOG  start         MILLISECONDS  STATUS  WHY                             a third guest, beside the hog
#   HOG  hit           TEXT                                                  what stopped the hog
#
# A cgroup of 256 MiB and 400 processes stands for the host, so that the machine outlives it.
set -eu

WARREN=/warren/build/release/warren
TOOLS=/warren/build/vm/tools/neighbours
HERE=/warren/tests/neighbours
HOST=/sys/fs/cgroup/host
LOWER=/lower
ALONE=${ALONE:-1} BESIDE=${BESIDE:-3}
PATIENCE=${PATIENCE:-60}

say() { printf '%s\n' "$@"; }
milliseconds() { say $((${EPOCHREALTIME/./} / 1000)); }

# until_true SECONDS COMMAND [ARGS]
until_true()
{
	local end=$((SECONDS + $1))
	shift

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# ---- the host ---------------------------------------------------------------------------------

make_host()
{
	mkdir "$HOST"
	say $((256 << 20)) >"$HOST/memory.max"
	say 0 >"$HOST/memory.swap.max"
	say 400 >"$HOST/pids.max"
	mkdir -p "$LOWER"/{bin,dev,proc,sys,tmp}
	cp "$TOOLS/hog" "$TOOLS/pulse" "$LOWER/bin"
	truncate -s 400M "$LOWER/large"
}

# What the host itself has to allow, once it has a limit for each guest.
open_host()
{
	say 9223372036854775807 >/proc/sys/fs/file-max
	say 1000000000 >/proc/sys/fs/aio-max-nr
	say 1000000 >/proc/sys/user/max_inotify_instances
	say 10000000 >/proc/sys/user/max_inotify_watches
	ulimit -q unlimited # of message queues
	ulimit -i unlimited # of signals that wait
	ulimit -l unlimited # of locked memory
	ulimit -u unlimited # of processes
}

# make_disk NAME: a file system of 32 MiB at /disk/NAME, its device in $device.
make_disk()
{
	busybox gunzip -c "$TOOLS/disk.gz" >"/$1.img"
	device=$(losetup -f --show "/$1.img")
	mkdir -p "/disk/$1"
	mount -o noatime "$device" "/disk/$1"
}

# ---- the guests -------------------------------------------------------------------------------

# make_bundle NAME IDS: with the configuration that is asked for, and in it only what differs between tests.
make_bundle()
{
	local dir=/guest/$1 ids=$2 filter=.

	mkdir -p "$dir"
	case $configuration in
	ids) filter=$(grep -v '^#' "$HERE/hosting.jq" | head -n 3) ;;
	hosting) filter=$(<"$HERE/hosting.jq") ;;
	esac
	"$WARREN" spec --no-terminal -b "$dir"
	jq -c --argjson ids "$ids" --argjson major "$((0x$(stat -c %t "$device")))" \
		--argjson minor "$((0x$(stat -c %T "$device")))" --arg path "/host/$1" "$filter"'
		| .root = {path: "/lower"}
		| .process.args = ["@WORDS@"]
		| .linux.cgroupsPath = $path' "$dir/config.json" >"$dir/template.json"
}

# write_config NAME PROGRAM [ARGS]
write_config()
{
	local words

	printf -v words '"%s",' "${@:2}"
	sed "s|\"@WORDS@\"|${words%,}|" "/guest/$1/template.json" >"/guest/$1/config.json"
}

# start_guest NAME DISK: its standard streams are the caller's.
start_guest()
{
	mkdir -p "/disk/$2/$1"
	timeout "$PATIENCE" "$WARREN" run -d -b "/guest/$1" --lower "$LOWER" --upper "/disk/$2/$1" "$1"
}

end_guest()
{
	local try

	for try in 1 2 3; do
		timeout "$PATIENCE" "$WARREN" delete --force "$1" && break
		say "machine.sh: delete $1, try $try" >&2
	done
	rm -rf "/disk/$2/$1"
}

# ---- the pulse --------------------------------------------------------------------------------

start_pulse()
{
	rm -f /guest/orders
	mkfifo /guest/orders
	exec 5<>/guest/orders
	: >/guest/report
	write_config pulse /bin/pulse
	start_guest pulse "$pulse_disk" <&5 >/guest/report 2>/guest/complaints
}

reported() { grep -q "^$1	end	" /guest/report; }

# take HOG alone|beside SECONDS
take()
{
	say "$3 $1-$2" >&5
	if ! until_true "$PATIENCE" reported "$1-$2"; then
		printf '%s\t%s\tend\t0\t0\t0\t1\tsilent\n' "$1" "$2"
		end_guest pulse "$pulse_disk"
		start_pulse
		return
	fi
	sed -n "s/^$1-$2	/$1	$2	/p" /guest/report
}

run_another()
{
	mkdir -p "/disk/$pulse_disk/another" &&
		timeout "$PATIENCE" "$WARREN" run -b /guest/another --lower "$LOWER" \
			--upper "/disk/$pulse_disk/another" another
}

# Starting one more guest, which ends at once.
start_another()
{
	local begin status=0

	begin=$(milliseconds)
	run_another </dev/null >/dev/null 2>/guest/why || status=$?
	rm -rf "/disk/$pulse_disk/another"
	printf '%s\tstart\t%d\t%d\t%s\n' "$1" $(($(milliseconds) - begin)) "$status" \
		"$(tail -n 1 /guest/why | tr '\t' ' ')"
	[ "$status" = 0 ] || timeout "$PATIENCE" "$WARREN" delete --force another 2>/dev/null || true
}

# ---- the hogs ---------------------------------------------------------------------------------

# event FILE KEY NAME: the name and how often, when the hog has met that limit.
event()
{
	awk -v key="$2" -v name="$3" '$1 == key && $2 > 0 { print name " (" $2 ")" }' "$HOST/hog/$1"
}

what_was_hit()
{
	local text

	text=$({
		head -n 1 /guest/said
		event pids.events max pids.max
		event memory.events high memory.high
		event memory.events max memory.max
		event memory.events oom_kill killed
		event cpu.stat nr_throttled cpu.max
	} 2>/dev/null | paste -s -d ,) || true
	printf '%s\t%s\t%s\n' "$1" hit "${text//,/, }"
}

beside()
{
	take "$1" alone "$ALONE"
	: >/guest/said
	write_config hog /bin/hog "$1"
	start_guest hog "$hog_disk" </dev/null >/guest/said 2>/guest/complaints ||
		printf '%s\tstart\t0\t1\t%s\n' "$1" "the hog itself did not start"
	until_true 15 test -s /guest/said || true
	sleep 1
	take "$1" beside "$BESIDE"
	start_another "$1"
	what_was_hit "$1"
	end_guest hog "$hog_disk"
}

configuration=$1
shift
hogs=("$@")
make_host
if [ "$configuration" != hosting ]; then
	make_disk both
	hog_disk=both pulse_disk=both
	make_bundle hog 100000
	make_bundle pulse 200000
	make_bundle another 300000
else
	open_host
	hog_disk=first pulse_disk=second
	make_disk first
	make_bundle hog 100000
	make_disk second
	make_bundle pulse 200000
	make_bundle another 300000
fi
write_config another /bin/pulse true
printf 'none\tkernel\t%s\n' "$(uname -r)"
start_pulse
start_another none >/dev/null
start_another none
for hog in "${hogs[@]}"; do
	beside "$hog"
done
take none alone "$ALONE"
end_guest pulse "$pulse_disk"

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# neighbours.sh [HOG...]: in a virtual machine, what a guest feels of a neighbour that takes all it can
# get, when both have the limits of hosting.jq, as TAP: one test for each hog.
# neighbours.sh --write [HOG...]: measures the other configurations of machine.sh too and puts the table
# into doc/NEIGHBOURS.md.
set -eu
. "$(dirname "$0")/../common.bash"

ALL='processes memory cpu faults disk inodes io cache names files pipes passed sockets aio terminals
	inotify keys queues signals namespaces'
# How many times as long as alone a median round may take. The hog may have half of the processor, and
# what the kernel does for it in threads of its own comes on top: so a third is left, and that is 3. The
# machine is emulated on a host with other work, whose speed changes by half from one second to the next.
FACTOR=5

tools=build/vm/tools/neighbours
results=build/neighbours
page=doc/NEIGHBOURS.md

# The machine has neither compiler nor mke2fs.
make_tools()
{
	local source program

	mkdir -p "$tools" "$results"
	for source in tests/neighbours/*.c; do
		program=$tools/$(basename "$source" .c)
		[ ! "$program" -nt "$source" ] || continue
		cc -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra -static -o "$program" "$source"
	done
	[ ! -e "$tools/disk.gz" ] || return 0
	truncate -s 32M "$results/disk"
	mke2fs -q -t ext4 -N 2048 -J size=4 -m 0 -E lazy_itable_init=0,nodiscard "$results/disk"
	gzip -c "$results/disk" >"$results/disk.gz"
	mv "$results/disk.gz" "$tools/disk.gz"
	rm "$results/disk"
}

# measure CONFIGURATION HOG...
measure()
{
	tests/vm/vm.sh env ALONE="${ALONE:-1}" BESIDE="${BESIDE:-3}" tests/neighbours/machine.sh "$@"
}

# judge FILE HOG...: TAP. The last measurement of a hog counts.
judge()
{
	awk -F '\t' -v hogs="${*:2}" -v factor="$FACTOR" -f tests/neighbours/results.awk \
		-f tests/neighbours/judge.awk "$1"
}

run_test()
{
	local file=$results/test status=0 slow=()

	measure hosting "$@" >"$file" || status=$?
	mapfile -t slow < <(judge "$file" "$@" | sed -n 's/^# slow: //p')
	if [ ${#slow[@]} -gt 0 ]; then
		say "# measured once more: ${slow[*]}"
		measure hosting "${slow[@]}" >>"$file" || status=$?
	fi
	judge "$file" "$@"
	[ "$status" = 0 ] || { say "# the machine ended with status $status"; return "$status"; }
}

write_page()
{
	local configuration kernel

	for configuration in spec ids hosting; do
		ALONE=2 measure "$configuration" "$@" >"$results/$configuration"
	done
	kernel=$(awk -F '\t' '$2 == "kernel" { print $3 }' "$results/hosting")
	awk -F '\t' -v hogs="$*" -f tests/neighbours/results.awk -f tests/neighbours/table.awk \
		"$results"/{spec,ids,hosting} >"$results/table"
	awk -v table="$results/table" -v when="$(date +%F), Linux $kernel" '
		/^<!-- \/neighbours -->$/ { skip = 0 }
		!skip { print }
		/^<!-- neighbours -->$/ {
			skip = 1
			print "`tests/neighbours/neighbours.sh --write` on " when ":\n"
			while ((getline line <table) > 0)
				print line
		}' "$page" >"$results/page"
	cp "$results/page" "$page"
}

action=run_test
if [ "${1:-}" = --write ]; then
	action=write_page
	shift
fi
# shellcheck disable=SC2086 # a list of words
[ $# -gt 0 ] || set -- $ALL
make_tools
"$action" "$@"

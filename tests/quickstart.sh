#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# quickstart.sh: builds warren and shows what it does, in the words of someone who sees it for the
# first time. WARREN_GUESTS=N houses N guests instead of 100. Leaves nothing behind but build/.
set -eu -o pipefail
. "$(dirname "$0")/common.bash"

guests=${WARREN_GUESTS:-100}
binary=$TOP/build/release/warren

# ---- how it talks --------------------------------------------------------------------------------

step() { printf '\n== %s\n' "$*"; }
note() { say "$*" | fold -s -w 96 | sed 's/^/   /'; }

# The commands are shown as one would type them, without --root.
show() { printf '   $ warren %s\n' "$*"; }
warren() { "$binary" --root "$work/state" "$@" </dev/null; }

# Through a file: a guest that stays would keep a pipe open.
run_shown()
{
	local status=0

	show "$@"
	warren "$@" >"$work/output" 2>&1 || status=$?
	sed 's/^/     /' "$work/output"
	return "$status"
}

# progress DONE OF WHAT: one line that counts up on a terminal, a line now and then elsewhere.
progress()
{
	if [ -t 1 ]; then
		printf '\r   %d of %d %s' "$1" "$2" "$3"
		[ "$1" -lt "$2" ] || printf '\n'
	elif [ "$1" = "$2" ] || [ $(($1 % 50)) = 0 ]; then
		printf '   %d of %d %s\n' "$1" "$2" "$3"
	fi
}

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
seconds() { awk -v ms="$1" 'BEGIN { printf "%.1f", ms / 1000 }'; }
available_kb() { awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo; }

# ---- before and after ----------------------------------------------------------------------------

# A mount namespace of its own: what is mounted for the guests ends with this script, however it ends.
enter_mounts()
{
	local mount

	[ "${WARREN_QUICKSTART:-}" = $$ ] ||
		WARREN_QUICKSTART=$$ exec unshare -m --propagation private "$TOP/tests/quickstart.sh"
	unset WARREN_QUICKSTART
	mount=$(cgroup2_mount)
	if [ -z "$mount" ]; then
		umount -R /sys/fs/cgroup 2>/dev/null || true
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		mount=/sys/fs/cgroup
	fi
	cgroup=/warren-quickstart-$$
	cgroup_directory=$mount$cgroup
}

leave()
{
	local id

	trap '' INT TERM
	for id in $(warren list -q 2>/dev/null || true); do
		warren delete --force "$id" >/dev/null 2>&1 || true
	done
	warren doctor --reset >/dev/null 2>&1 || true
	cgroup_remove "$cgroup_directory" || true
	umount -l "$work" 2>/dev/null || true
	rmdir "$work"
}

# All files lie in a tmpfs of this mount namespace: an overlay's upper layer may not lie on another
# overlay, which /tmp of a container is, and not even a kill -9 leaves more than an empty directory.
arrive()
{
	work=$(mktemp -d /tmp/warren-quickstart.XXXXXX)
	trap leave EXIT
	trap 'say "" "   interrupted: cleaning up"; exit 130' INT
	trap 'exit 143' TERM
	mount -t tmpfs -o mode=755 tmpfs "$work"
	mkdir "$cgroup_directory"
}

# ---- the parts -----------------------------------------------------------------------------------

base_image()
{
	local applet

	mkdir -p "$work"/base/{bin,dev,etc,proc,root,sys,tmp}
	cp "$(command -v busybox)" "$work/base/bin/busybox"
	for applet in $("$work/base/bin/busybox" --list | grep -v '^busybox$'); do
		ln -s busybox "$work/base/bin/$applet"
	done
	say 'root:x:0:0:root:/root:/bin/sh' >"$work/base/etc/passwd"
	note "$work/base: $(find "$work/base/bin" -type l | wc -l) commands in $(du -sh "$work/base" | cut -f 1)"
}

# bundle NAME COMMAND: a directory with a config.json, which is all that a guest is made from.
bundle()
{
	mkdir -p "$work/$1"
	jq --arg root "$work/base" --arg name "$1" --arg cgroup "$cgroup/$1" --arg command "$2" '
		.process.terminal = false
		| .process.args = ["sh", "-c", $command]
		| .root = {path: $root, readonly: true}
		| .hostname = $name
		| .linux.cgroupsPath = $cgroup' "$work/config.json" >"$work/$1/config.json"
}

one_guest()
{
	# shellcheck disable=SC2016 # for the guest's shell
	bundle hello 'echo "hello from $(hostname), where I am process $$ and $(id -un)"'
	run_shown run --bundle "$work/hello" hello
}

detached_guest()
{
	bundle burrow 'while :; do sleep 1; done'
	run_shown run --detach --bundle "$work/burrow" burrow
	note "It runs in the background now. A second program inside it:"
	run_shown exec burrow ps
	note "What warren knows about it:"
	show state burrow
	warren state burrow | jq '{id, status, pid, created}' | sed 's/^/     /'
	run_shown list
	note "Frozen, every process of it at once, and thawed:"
	run_shown pause burrow
	note "It is $(warren state burrow | jq -r .status)."
	run_shown resume burrow
	note "And its end:"
	run_shown kill burrow KILL
	wait_stopped burrow
	run_shown delete burrow
}

wait_stopped()
{
	local i

	for ((i = 0; i < 100; i++)); do
		[ "$(warren state "$1" | jq -r .status)" != stopped ] || return 0
		sleep 0.05
	done
	die "guest $1 does not end"
}

# One bundle made by jq, the others by writing another name into it.
many_bundles()
{
	local i id template

	bundle @NAME@ 'hostname >/tmp/me; exec sleep 3600'
	template=$(jq '.root.readonly = false' "$work/@NAME@/config.json")
	for ((i = 1; i <= guests; i++)); do
		id=guest-$i
		mkdir -p "$work/guests/$id/upper"
		printf '%s\n' "${template//@NAME@/$id}" >"$work/guests/$id/config.json"
	done
}

many_start()
{
	local i dir

	for ((i = 1; i <= guests; i++)); do
		dir=$work/guests/guest-$i
		warren run --detach --bundle "$dir" --lower "$work/base" --upper "$dir/upper" "guest-$i" \
			>/dev/null
		progress "$i" "$guests" "guests run"
	done
}

# Each wrote its own name into the same file: none may see another's, and the base none at all.
many_check()
{
	local i right=0 running

	running=$(warren list -f json | jq '[.[] | select(.status == "running")] | length')
	for ((i = 1; i <= guests; i++)); do
		[ "$(cat "$work/guests/guest-$i/upper/tmp/me" 2>/dev/null)" != "guest-$i" ] || right=$((right + 1))
	done
	[ ! -e "$work/base/tmp/me" ] || die "a guest wrote into the base image"
	[ "$running" = "$guests" ] || die "$running of $guests guests run"
	[ "$right" = "$guests" ] || die "$right of $guests guests have written their name"
	note "$running run. Each wrote its name to /tmp/me; the base is unchanged, each layer holds its own."
}

many_end()
{
	local i

	for ((i = 1; i <= guests; i++)); do
		warren delete --force "guest-$i"
		progress "$i" "$guests" "guests ended"
	done
}

many_guests()
{
	local before after began started ended

	note "The base stays read-only and is there once. What a guest writes goes to a layer of its own:"
	show "run -d --bundle B --lower BASE --upper LAYER guest-N"
	many_bundles
	before=$(available_kb)
	began=$(now_ms)
	many_start
	started=$(now_ms)
	sleep 0.5
	after=$(available_kb)
	many_check
	ended=$(now_ms)
	many_end
	ended=$(($(now_ms) - ended))
	table "$((started - began))" "$ended" "$((before - after))"
}

# table START_MS END_MS KB
table()
{
	printf '\n'
	printf '   %-10s %12s %12s %14s %14s\n' guests 'start, s' 'end, s' 'ms a start' 'KiB a guest'
	printf '   %-10d %12s %12s %14s %14s\n' "$guests" "$(seconds "$1")" "$(seconds "$2")" \
		"$(awk -v ms="$1" -v n="$guests" 'BEGIN { printf "%.1f", ms / n }')" \
		"$(awk -v kb="$3" -v n="$guests" 'BEGIN { if (kb > 0) printf "%.0f", kb / n; else print "too noisy" }')"
	say ""
	note "Memory is how much less the whole machine had available (MemAvailable) with all of them" \
		"running, divided by their number: kernel and programs together, and whatever else the" \
		"machine did meanwhile."
}

main()
{
	[[ $guests =~ ^[1-9][0-9]*$ ]] || die "WARREN_GUESTS is a number of guests, not '$guests'"
	step "warren isolates programs on this machine's own kernel. First: build it"
	# shellcheck disable=SC2086 # a list of words
	need_packages $PACKAGES_BUILD $PACKAGES_GUEST
	note "compiling into build/release (the first time takes a minute)"
	build_release
	note "$("$binary" --version | head -n 1)"
}

tour()
{
	arrive
	step "A base image: a directory with the programs that guests use, here busybox"
	base_image
	warren spec --bundle "$work"

	step "One guest: it starts, prints, ends, and is gone"
	one_guest

	step "A guest that stays"
	detached_guest

	step "$guests guests side by side on one base"
	many_guests

	step "Done"
	note "Nothing is left of it: no guest, no mount, no cgroup, no file outside build/." \
		"The README says what to try next."
}

need_root
if [ "${WARREN_QUICKSTART:-}" != $$ ]; then
	main
fi
enter_mounts
tour

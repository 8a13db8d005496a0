#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh [--write] [N]: `run` of /bin/true, N times each (100 by default), alternating, by warren,
# crun, runc and bare system calls (floor.c). --write puts the table into doc/BENCH.md.
set -eu
. "$(dirname "$0")/../common.bash"

programs=$TOP/build/bench
page=doc/BENCH.md
NAMES=(floor warren crun runc)

build_programs()
{
	mkdir -p "$programs"
	cc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -static -o "$programs/floor" tests/bench/floor.c
	cc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -o "$programs/bench" tests/bench/bench.c
}

runtime_path()
{
	case $1 in
	warren) say "$TOP/build/release/warren" ;;
	*) say "$TOP/build/peers/bin/$1" ;;
	esac
}

# One root, and a bundle for each runtime: the same configuration but for the cgroup's name.
make_bundles()
{
	local spec_by=warren name applet

	[ -x "$(runtime_path warren)" ] || spec_by=runc
	mkdir -p "$TMPDIR"/root/{bin,proc,dev,sys}
	cp "$(command -v busybox)" "$TMPDIR/root/bin/busybox"
	for applet in sh true; do
		ln -s busybox "$TMPDIR/root/bin/$applet"
	done
	"$(runtime_path "$spec_by")" spec --bundle "$TMPDIR"
	for name in "${NAMES[@]:1}"; do
		mkdir "$TMPDIR/$name"
		jq --arg root "$TMPDIR/root" --arg cgroup "$WARREN_TEST_CGROUP/$name" \
			'.process.terminal = false | .process.args = ["/bin/true"] | .root.path = $root
			| .linux.cgroupsPath = $cgroup' "$TMPDIR/config.json" >"$TMPDIR/$name/config.json"
	done
}

# In the mount namespace with cgroup2: prints what bench prints.
inside()
{
	local rounds=$1 name command

	make_bundles
	command=("$programs/bench" "$rounds"
		floor "$programs/floor" "$TMPDIR/root" "/sys/fs/cgroup$WARREN_TEST_CGROUP/floor")
	for name in "${NAMES[@]:1}"; do
		command+=(-- "$name" "$(runtime_path "$name")" --root "$TMPDIR/state-$name"
			run --bundle "$TMPDIR/$name" "$name")
	done
	"${command[@]}"
}

versions()
{
	local name version

	for name in "${NAMES[@]:1}"; do
		version=$("$(runtime_path "$name")" --version 2>/dev/null) || version="$name: cannot run here"
		awk 'NR == 1 { line = $0 } /^commit:/ { commit = substr($2, 1, 12) }
			END { printf "%s%s", line, commit ? " (" commit ")" : "" }' <<<"$version"
		[ "$name" = runc ] || printf ', '
	done
	say ""
}

table()
{
	local model mounts processes

	mounts=$(grep -c . /proc/self/mountinfo)
	processes=$(find /proc -maxdepth 1 -name '[0-9]*' | wc -l)
	model=$(sed -n 's/^model name[[:blank:]]*: //p' /proc/cpuinfo | head -n 1)
	say "\`./dev bench $rounds\` on $(date -u +%Y-%m-%d), Linux $(uname -r)," \
		"$(nproc) CPUs of ${model:-$(uname -m)}," \
		"$mounts mounts and $processes processes on the host."
	say "$(versions)."
	say ""
	say "| run of /bin/true | median ms | min | max | to crun | to floor |"
	say "|---|---:|---:|---:|---:|---:|"
	# The ratios stand in the order of NAMES: floor, warren, crun, runc.
	awk -F '\t' '$2 == "failed" { print "| " $1 " | cannot run here | | | | |"; next }
		{ print "| " $1 " | " $2 " | " $3 " | " $4 " | " $7 " | " $5 " |" }' <<<"$1"
}

# Replaces what stands between the two markers of the page.
write_page()
{
	local new

	new=$(mktemp)
	awk -v table="$1" '
		/<!-- bench:end -->/ { inside = 0 }
		!inside { print }
		/<!-- bench:begin -->/ { inside = 1; print table }' "$page" >"$new"
	cat "$new" >"$page"
	rm "$new"
	say "written to $page"
}

if [ "${1:-}" = inside ]; then
	inside "$2"
	exit
fi
need_root
write=
[ "${1:-}" != --write ] || { write=yes; shift; }
rounds=${1:-100}
[[ $rounds =~ ^[1-9][0-9]*$ ]] || die "usage: ./dev bench [--write] [N]"
# shellcheck disable=SC2086 # a list of words
need_packages $PACKAGES_GUEST
build_release
build_programs
[ -e build/peers/complete ] || tests/peers.sh || say "some peers cannot be compared with"
say "timing $rounds rounds"
result=$(table "$(tests/run-private.sh tests/bench/bench.sh inside "$rounds")")
say "$result"
[ -z "$write" ] || write_page "$result"

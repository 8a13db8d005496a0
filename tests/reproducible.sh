#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# reproducible.sh: builds this tree twice, elsewhere and as somebody else would: what comes out has to be
# the same to the byte. Exit status 1 if it is not; both builds are then kept for a look.
set -eu
. "$(dirname "$0")/common.bash"

OUTPUTS='warren warren-init libwarren.so libwarren.a warren.pc words/warren.8 words/warren words/_warren words/warren.fish'

# The files as they are now, once for both, and the commit that the build asks for.
copy()
{
	git clone -q --shared --no-checkout . "$1"
	git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
		[ ! -e "$file" ] || printf '%s\0' "$file"
	done | tar -c --null --no-recursion -T - | tar -x -C "$1"
}

# build SOURCE DIRECTORY JOBS
build()
{
	cmake -S "$1" -B "$2" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE='-O2 -DNDEBUG' -DWARREN_TESTS=OFF
	cmake --build "$2" -j "$3"
}

# elsewhere DIRECTORY DATE UMASK JOBS [VARIABLE=VALUE...]
elsewhere()
{
	local dir=$1 date=$2 mask=$3 jobs=$4
	shift 4

	mkdir -p "$dir/tree"
	tar -C "$top/source" -c --mtime="$date" . | (umask "$mask" && tar -C "$dir/tree" -x --no-same-permissions)
	if ! (umask "$mask" && export "${@?}" && build "$dir/tree" "$dir/build" "$jobs") \
		>"$dir/log" 2>&1 </dev/null; then
		tail -n 20 "$dir/log" >&2
		die "does not build (all of it: $dir/log)"
	fi
}

# shellcheck disable=SC2086 # a list of words
need_packages $PACKAGES_BUILD git
top=$(mktemp -d /tmp/warren-reproducible.XXXXXX)
one=$top/a two=$top/another/place/with/a/longer/name
copy "$top/source"
elsewhere "$one" '2001-02-03 04:05:06 UTC' 022 1 LC_ALL=C TZ=UTC HOME=/root
elsewhere "$two" '2020-11-12 13:14:15 UTC' 077 "$(nproc)" LC_ALL=C.UTF-8 TZ=Asia/Tokyo HOME=/nowhere
status=0
for output in $OUTPUTS; do
	if cmp "$one/build/$output" "$two/build/$output"; then
		say "$(sha256sum <"$one/build/$output" | cut -c 1-64)  $output"
	else
		status=1
	fi
done
if [ "$status" != 0 ]; then
	say "both builds are kept in $top"
	exit 1
fi
rm -rf "$top"
say "two builds, the same bytes"

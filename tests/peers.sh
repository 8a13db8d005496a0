#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# peers.sh: crun and runc of Debian sid below build/peers, for comparison, without touching the
# system: apt works in directories of its own, nothing is installed and no script of a package runs.
#
# Sid's programs need sid's C library. patchelf (unpacked beside them) writes its loader and its
# directory into copies of the two, so that they need no wrapper and no environment: runc executes
# itself again, and neither hooks nor guests may inherit a library path. Offline when done once.
set -eu
. "$(dirname "$0")/common.bash"
. tests/debian.bash

peers=$TOP/build/peers
apt=$peers/apt
root=$peers/root

# relink NAME: the copy in build/peers/bin, with the loader and the libraries unpacked beside it.
relink()
{
	local loader libraries program

	loader=$(find "$root/usr/lib" -name 'ld-linux*.so.*' -type f | head -n 1)
	libraries=$(dirname "$loader")
	program=$(find "$root/usr/bin" "$root/usr/sbin" -name "$1" -type f | head -n 1)
	"$loader" --library-path "$libraries" "$root/usr/bin/patchelf" --set-interpreter "$loader" \
		--force-rpath --set-rpath "$libraries" --output "$peers/bin/$1.new" "$program"
	mv "$peers/bin/$1.new" "$peers/bin/$1"
}

get_peers()
{
	command -v apt-get >/dev/null || die "the peers come from Debian's archive by apt, which is not here"
	say "fetching crun and runc of Debian sid"
	debian_fetch "$apt" sid crun runc patchelf
	debian_unpack "$apt" "$root"
	mkdir -p "$peers/bin"
	relink crun
	relink runc
	rm -rf "$apt"
	# Absolute paths are written into the programs: a tree that has moved must fetch again.
	say "$TOP" >"$peers/complete"
}

# inside NAME: does it start a guest? Called in a mount namespace with cgroup2.
inside()
{
	local peer=$peers/bin/$1 bundle=$TMPDIR/bundle

	mkdir -p "$bundle/rootfs/bin"
	cp "$(command -v busybox)" "$bundle/rootfs/bin/sh"
	"$peer" spec --bundle "$bundle"
	jq --arg path "$WARREN_TEST_CGROUP/peer" '.process.terminal = false | .linux.cgroupsPath = $path
		| .process.args = ["sh", "-c", "echo started"]' "$bundle/config.json" >"$bundle/new"
	mv "$bundle/new" "$bundle/config.json"
	[ "$("$peer" --root "$TMPDIR/state" run --bundle "$bundle" peer </dev/null)" = started ]
}

need_root
if [ "${1:-}" = inside ]; then
	inside "$2"
	exit
fi
# shellcheck disable=SC2086 # a list of words
need_packages $PACKAGES_GUEST
[ "$(cat "$peers/complete" 2>/dev/null)" = "$TOP" ] || get_peers
failed=0
for peer in crun runc; do
	version=$("$peers/bin/$peer" --version | head -n 1) || version="$peer: does not run here"
	if output=$(tests/run-private.sh tests/peers.sh inside "$peer" 2>&1); then
		say "$version: starts a guest (build/peers/bin/$peer)"
	else
		say "$version: cannot start a guest here:" "$output"
		failed=1
	fi
done
exit "$failed"

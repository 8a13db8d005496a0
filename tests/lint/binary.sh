#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What build/release is linked with, and what the guest side is not. Reads, never runs.
set -eu
. "$(dirname "$0")/tap.bash"

warren=build/release/warren
init=build/release/warren-init

# A start pays for each shared object: libc and its loader, the rest is static or opened when needed.
only_libc()
{
	local needed

	needed=$(readelf -d "$warren" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
	say "$needed"
	! grep -v -x -E 'libc\.so\.6|ld-linux-[a-z0-9-]+\.so\.[0-9]+' <<<"$needed" >/dev/null
}

hardened()
{
	readelf -W -l "$warren" | grep -q GNU_RELRO
	readelf -W -d "$warren" | grep -q BIND_NOW
	readelf -W -h "$warren" | grep -q 'Type: *DYN'
}

static() { ! readelf -W -l "$init" | grep -E 'INTERP|DYNAMIC'; }

small()
{
	local size

	size=$(stat -c %s "$init")
	say "$size bytes"
	[ "$size" -lt 65536 ]
}

undefined_symbols() { nm --undefined-only "$1" 2>/dev/null; }

writable_code() { readelf -W -l "$1" | awk '$1 == "LOAD" && / RWE /; $1 == "GNU_STACK" && / RWE /'; }

exported() { nm -D --defined-only build/release/libwarren.so | awk '$3 !~ /^warren_/ { print $3 }'; }

if [ ! -e "$warren" ] || [ ! -e "$init" ]; then
	skip "the release binaries" "build/release is not built"
	tap_done
	exit
fi
check "warren needs libc and nothing else" only_libc
check "warren is position-independent, with full RELRO" hardened
check "no memory of warren is writable and executable" none writable_code "$warren"
check "the library exports warren_* only" none exported
check "the guest side is static" static
check "the guest side is below 64 KiB" small
check "the guest side has no undefined symbols" none undefined_symbols "$init"
check "no memory of the guest side is writable and executable" none writable_code "$init"
tap_done

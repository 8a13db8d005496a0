#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What build/release is linked with, and what the guest side is not. Reads, never runs.
set -eu
. "$(dirname "$0")/tap.bash"

warren=build/release/warren
library=build/release/libwarren.so
init=build/release/warren-init

# A start pays for each shared object: libc and its loader, the rest is static or opened when needed.
only_libc()
{
	local needed

	needed=$(readelf -d "$warren" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
	say "$needed"
	! grep -v -x -E 'libc\.so\.6|ld-linux-[a-z0-9-]+\.so\.[0-9]+' <<<"$needed" >/dev/null
}

# All of these print what is wrong with a binary: nothing, if all is well.
not_independent() { readelf -W -h "$1" | grep -q 'Type: *DYN' || say "it has a fixed address"; }

not_read_only()
{
	readelf -W -l "$1" | grep -q GNU_RELRO || say "no RELRO"
	readelf -W -d "$1" | grep -q BIND_NOW || say "symbols are bound when they are used"
}

# A search path, or code that is changed when it is loaded.
dynamic_tags() { readelf -W -d "$1" | grep -E '\((RPATH|RUNPATH|TEXTREL)\)'; }

not_protected()
{
	local symbols

	symbols=$(nm -D --undefined-only "$1")
	grep -q ' __stack_chk_fail' <<<"$symbols" || say "no stack protector"
	grep -q -E ' __[a-z]+_chk(@|$)' <<<"$symbols" || say "no checked functions of FORTIFY_SOURCE"
}

# The first instruction of a function tells; the note in the program is there only when all that is
# linked with it has one, and Debian's archives do not.
without_landing_pad()
{
	local first

	first=$(objdump -d --no-show-raw-insn --disassemble="$2" "$1" | awk -v at="<$2>:" 'seen { print $2; exit } $2 == at { seen = 1 }')
	[[ $first =~ ^(endbr64|bti|paciasp)$ ]] || say "$2 begins with $first"
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

# Without a GNU_STACK the stack is executable.
writable_code()
{
	readelf -W -l "$1" | awk '$1 == "LOAD" && / RWE /; $1 == "GNU_STACK" { stack = 1; if (/ RWE /) print }
		END { if (!stack) print "no GNU_STACK" }'
}

# Buffers, not many more of them than there are, and nothing that has a value from the beginning.
little_writable()
{
	local file_size memory_size

	while read -r file_size memory_size; do
		say "$((memory_size)) bytes, $((file_size)) of them in the file"
		[ $((file_size)) = 0 ] && [ $((memory_size)) -le 24576 ] || return 1
	done < <(readelf -W -l "$init" | awk '$1 == "LOAD" && / RW/ { print $5, $6 }')
}

exported() { nm -D --defined-only "$library" | awk '$3 !~ /^warren_/ { print $3 }'; }

if [ ! -e "$warren" ] || [ ! -e "$library" ] || [ ! -e "$init" ]; then
	skip "the release binaries" "build/release is not built"
	tap_done
	exit
fi
check "warren needs libc and nothing else" only_libc
for binary in "$warren" "$library"; do
	check "${binary##*/} is position-independent" none not_independent "$binary"
	check "${binary##*/} is read-only where it can be, and bound before it runs" none not_read_only "$binary"
	check "${binary##*/} has no search path and no code that is relocated" none dynamic_tags "$binary"
	check "${binary##*/} guards its stack and its buffers" none not_protected "$binary"
	check "no memory of ${binary##*/} is writable and executable" none writable_code "$binary"
done
case $(uname -m) in
x86_64 | aarch64)
	check "functions of warren begin where a jump may lead" none without_landing_pad "$warren" main
	check "functions of the library do, too" none without_landing_pad "$library" warren_create
	;;
esac
check "the library exports warren_* only" none exported
check "the guest side is static" static
check "the guest side is below 64 KiB" small
check "the guest side has little that can be written" little_writable
check "the guest side has no undefined symbols" none undefined_symbols "$init"
check "no memory of the guest side is writable and executable" none writable_code "$init"
tap_done

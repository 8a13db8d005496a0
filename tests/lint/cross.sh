#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The sources compile for aarch64 without a warning; what includes a library's header is left out.
set -eu
. "$(dirname "$0")/tap.bash"

compiler=aarch64-linux-gnu-gcc
flags=(-std=c11 -O2 -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wformat=2
	-Wundef -Wwrite-strings -Wimplicit-fallthrough -Werror -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64
	'-DWARREN_VERSION=""' '-DWARREN_COMMIT=""' -I.)

sources()
{
	git ls-files 'base/*.c' 'spec/*.c' 'cgroups/*.c' 'namespaces/*.c' 'overlay/*.c' 'net/*.c' \
		'libcontainer/*.c' 'cmd/*.c' |
		xargs grep -L -E '#include <(yajl|seccomp|sys/capability|libmnl)'
}

compile() { sources | xargs -n 1 "$compiler" "${flags[@]}" -fsyntax-only; }

link_init()
{
	local out

	out=$(mktemp)
	"$compiler" "${flags[@]}" -DWARREN_INIT -Os -ffreestanding -fno-stack-protector -nostdlib \
		-nostartfiles -static -no-pie -fno-pie -fno-tree-loop-distribute-patterns \
		-mno-outline-atomics -o "$out" init/*.c
	rm "$out"
}

if command -v "$compiler" >/dev/null; then
	check "the runtime compiles for aarch64" compile
	check "the guest side links for aarch64" link_init
else
	skip "the sources compile for aarch64" "there is no $compiler"
fi
tap_done

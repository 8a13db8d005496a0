#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The library: all that the command line does, for a C program.

load helpers

setup() {
	bundle_new
	warren_only "it is warren's library"
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	DESTDIR=$BUNDLE/install cmake --install "$top/build/release" >/dev/null
	pc=$(find "$BUNDLE/install" -name warren.pc)
	prefix=$BUNDLE/install$(sed -n 's/^prefix=//p' "$pc")
	library=$(dirname "$(dirname "$pc")")
	guest 'sleep 100'
}

teardown() { bundle_remove; }

# HOW [LINK FLAGS]: the program, linked against what was installed and nothing else.
build() {
	cc -Wall -Werror -o "$BUNDLE/$1" "$BATS_TEST_DIRNAME/programs/library.c" -I"$prefix/include" \
		"${@:2}"
}

lives_in_it() {
	ok "$@" "$STATE" "$BUNDLE" "$ID"
	prints "running
exec 42
container does not exist
cwd same, umask 137, descriptors +0"
}

@test "a threaded program runs a guest by the shared library and stays as it was" {
	build shared -L"$library" -lwarren -Wl,-rpath,"$library"
	lives_in_it "$BUNDLE/shared"
}

@test "the same with the static library" {
	build static "$library/libwarren.a" -lyajl -lcap -ldl
	lives_in_it "$BUNDLE/static"
}

@test "what is installed names itself to pkg-config" {
	PKG_CONFIG_PATH=$(dirname "$pc") ok pkg-config --libs warren
	says "-lwarren"
}

@test "the shared library offers warren's names and no others" {
	ok sh -c "nm -D --defined-only '$library/libwarren.so' | awk '{ print \$3 }' | grep -v '^warren_'; true"
	prints ""
}

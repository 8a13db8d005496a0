# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Once before all files: as for tests/bats, and the attackers' tools, and the naive runtime.

. "$(dirname "${BASH_SOURCE[0]}")/../bats/setup_suite.bash"

setup_suite() {
	local here
	here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

	RUNTIME=$(command -v "${RUNTIME:-$here/../../build/release/warren}") ||
		{ echo "no runtime to attack: build it, or set RUNTIME"; return 1; }
	RUNTIME=$(cd "$(dirname "$RUNTIME")" && pwd)/$(basename "$RUNTIME")
	RUNTIME_NAME=$("$RUNTIME" --version | sed -n '1s/ .*//p')
	TOOLS=$BATS_SUITE_TMPDIR/tools
	ATTACK=$BATS_SUITE_TMPDIR/attack
	TEMPLATE=$BATS_SUITE_TMPDIR/template
	NAIVE=$BATS_SUITE_TMPDIR/naive
	export RUNTIME RUNTIME_NAME TOOLS ATTACK TEMPLATE NAIVE

	[ -z "${TMPDIR:-}" ] || chmod go+x "$TMPDIR"
	cgroup_find
	tools_build "$here/../bats/tools"
	TOOLS=$ATTACK tools_build "$here/tools"
	template_rootfs
	cp "$ATTACK"/* "$TEMPLATE/rootfs/bin"
	template_config
	# Executed from a file of its own: it is one of the mistakes that guests can write to it.
	cp "$BASH" "$BATS_SUITE_TMPDIR/shell"
	sed "1s|.*|#!$BATS_SUITE_TMPDIR/shell|" "$here/naive.bash" >"$NAIVE"
	chmod 755 "$NAIVE"
}

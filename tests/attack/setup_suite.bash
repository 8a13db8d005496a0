# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Once before all files: as for tests/bats, and the attackers' tools, and the naive runtime.

. "$(dirname "${BASH_SOURCE[0]}")/../bats/setup_suite.bash"

setup_suite() {
	local here
	here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

	suite_begin "$here"
	ATTACK=$BATS_SUITE_TMPDIR/attack
	NAIVE=$BATS_SUITE_TMPDIR/naive
	export ATTACK NAIVE
	TOOLS=$ATTACK tools_build "$here/tools"
	template_rootfs
	cp "$ATTACK"/* "$TEMPLATE/rootfs/bin"
	template_config
	# Executed from a file of its own: it is one of the mistakes that guests can write to it.
	cp "$BASH" "$BATS_SUITE_TMPDIR/shell"
	sed "1s|.*|#!$BATS_SUITE_TMPDIR/shell|" "$here/naive.bash" >"$NAIVE"
	chmod 755 "$NAIVE"
}

# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Once before all files: as for tests/bats, and what lets things go wrong.

. "$(dirname "${BASH_SOURCE[0]}")/../bats/setup_suite.bash"

setup_suite() {
	local here top
	here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
	top=$here/../..

	suite_begin "$here"
	FAULTS=$BATS_SUITE_TMPDIR/faults
	SHIM=$BATS_SUITE_TMPDIR/alloc.so
	export FAULTS SHIM
	compile -o "$FAULTS" "$here"/{faults,inject,calls,snapshot}.c
	compile -shared -fPIC -o "$SHIM" "$here/alloc.c"
	template_rootfs
	template_config
}

compile() { "${CC:-cc}" -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra -I "$top" "$@"; }

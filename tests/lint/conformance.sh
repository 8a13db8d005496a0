#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# doc/CONFORMANCE.md without running anything: every line has a test or a reason, no cell is empty, and
# the page is what the tables, the tests and the last ./dev conformance make.
set -eu
. "$(dirname "$0")/tap.bash"
. tests/conformance/conformance.bash

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

made()
{
	rows >"$work/rows"
	proofs >"$work/proofs"
	table "$work/rows" "$work/proofs" >"$work/page"
	LC_ALL=C sort -u "$work/rows" >"$work/sorted"
}

proven() { cut -f 1 "$work/proofs" | LC_ALL=C sort -u; }
remarked() { awk -F '\t' '$1 == "row" { print $2 }' $remarks; }

no_such_row() { { proven; remarked; } | LC_ALL=C sort -u | LC_ALL=C comm -23 - "$work/sorted"; }
without_test() { { proven; remarked; } | LC_ALL=C sort -u | LC_ALL=C comm -13 - "$work/sorted"; }
not_asked()
{
	cut -f 2,3 "$work/proofs" | LC_ALL=C sort -u | LC_ALL=C comm -23 - \
		<(awk -F '\t' -v OFS='\t' '$1 == "test" { print $2, $3 }' $results | LC_ALL=C sort)
}

# A title is what tells tests apart, so those that prove something must not share it.
titles_twice()
{
	cut -f 3 "$work/proofs" | sort -u >"$work/titles"
	sed -n -E 's/^@test "(.*)" \{$/\1/p' tests/bats/*.bats | sort | uniq -d | grep -x -F -f "$work/titles"
}

cells() { awk -F ' [|] ' '/^\| `/ { print $3 }' $page; }
empty_cells() { grep -n -E '^\|' $page | grep -E '\| +\|'; }
few_untested()
{
	local n

	n=$(cells | grep -c untested) || true
	[ "$n" -lt 5 ] || { say "$n lines are untested"; return 1; }
}
unsupported() { grep 'not supported yet' $page | grep -v -E '^\| `(checkpoint|restore|warren --systemd-cgroup)`'; }
same_page() { diff -u $page "$work/page" | head -n 40; }

check "the rows can be had" made
check "what is said to be proven is there" none no_such_row
check "everything has a test, or a reason why not" none without_test
check "every test that proves something was run by ./dev conformance (./dev conformance new)" none not_asked
check "a title is that of one test" none titles_twice
check "no cell is empty" none empty_cells
check "fewer than five lines are untested" few_untested
check "nothing but checkpoint, restore and the systemd driver is unsupported" none unsupported
check "the page is up to date (./dev conformance page writes it)" none same_page
tap_done

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # some of it is for those who source this
# What the scripts around doc/CONFORMANCE.md share; source it behind common.bash.
#
#   rows        what config.json and the command line have: out of warren's tables (rows.c)
#   proofs      which test proves which row: written above the tests (proofs.awk)
#   results     what became of these tests: committed, written by ./dev conformance
#   remarks     what is to be said of a row, or of a peer, in place of what a program can find out
#   table       the page: made of these four, and of nothing else (table.awk)

here=tests/conformance
results=$here/results
remarks=$here/remarks
page=doc/CONFORMANCE.md
RELEASE=${WARREN_BUILD:-build/release}

# One row a line. The library has the tables of config.json, cmd/ those of the command line.
rows()
{
	local program sources

	program=$(mktemp -d "${TMPDIR:-/tmp}/warren-rows.XXXXXX")
	sources=$(find cmd -name '*.c' ! -name main.c)
	# shellcheck disable=SC2086 # names of files
	cc -std=c11 -D_GNU_SOURCE -I. -o "$program/rows" $here/rows.c $sources "$RELEASE/libwarren.a" \
		-lyajl -lcap -ldl && "$program/rows"
	rm -r "$program"
}

proofs() { awk -f $here/proofs.awk tests/bats/*.bats tests/unit/test_*.c; }

# ROWS PROOFS: the page, from its beginning to its end.
table() { awk -f $here/table.awk -F '\t' "$remarks" "$results" "$1" "$2"; }

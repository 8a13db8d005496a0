#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# doc/SECURITY.md and the attacks name each other: no row without its test, no attack without a row.
set -eu
. "$(dirname "$0")/tap.bash"

page=doc/SECURITY.md

# "FILE: title" of each attack, as the page names it.
attacks()
{
	local file

	for file in tests/attack/*.bats; do
		sed -n "s|^@test \"\(.*\)\" {\$|$(basename "$file" .bats): \1|p" "$file"
	done
}

# What the page names in this way; a test of another layer has its folder in front: "bats/hooks: title".
named() { grep -o -E '`([a-z]+/)?[a-z]+: [^`]+`' "$page" | tr -d '`' | LC_ALL=C sort -u; }

unnamed()
{
	LC_ALL=C comm -13 <(named) <(attacks | LC_ALL=C sort)
}

missing()
{
	local name file

	named | while IFS= read -r name; do
		file=${name%%: *}
		[[ $file == */* ]] || file=attack/$file
		grep -q -x -F "@test \"${name#*: }\" {" "tests/$file.bats" || say "$name"
	done
}

twice() { attacks | sed 's/^[^:]*: //' | sort | uniq -d; }

check "each test that $page names is there" none missing
check "each attack stands in $page" none unnamed
check "no two attacks have one title" none twice
tap_done

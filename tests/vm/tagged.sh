#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tagged.sh TAG FILE...: runs the tests of these files that have the tag, or whose file has it. In the
# machine, for it changes the files: to find out what tests a file has takes bats a second for each dozen
# there.
set -eu

tag=$1
shift
for file; do
	awk -v tag="$tag" '
		/^# bats file_tags/ { all = $0 ~ "=" tag "$" }
		/^# (bats test_tags|proves)/ { held = held $0 "\n"; next }
		/^@test / { skip = !all && held !~ "test_tags=" tag "\n" }
		!skip { printf "%s%s\n", held, $0 }
		{ held = "" }
		/^}$/ { skip = 0 }' "$file" >"$file.new"
	cat "$file.new" >"$file"
	rm "$file.new"
done
exec bats --formatter tap "$@"

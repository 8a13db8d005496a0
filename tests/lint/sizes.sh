#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A function over 100 lines fails; one over 60, and a file over 600, is listed for a second look.
set -eu
. "$(dirname "$0")/tap.bash"

# "LINES FILE:LINE" for each function longer than $1: from its "{" to its "}", both in column 0.
functions_over()
{
	find_sources '*.c' '*.h' | xargs awk -v limit="$1" '
	FNR == 1 { start = 0 }
	/^\{/ { start = FNR }
	/^\}/ && start {
		lines = FNR - start - 1
		if (lines > limit)
			print lines " lines: " FILENAME ":" start
		start = 0
	}' | sort -rn
}

files_over()
{
	find_sources '*.c' '*.h' | xargs awk -v limit="$1" '
	FNR == 1 { if (lines > limit) print lines " lines: " name; name = FILENAME }
	{ lines = FNR }
	END { if (lines > limit) print lines " lines: " name }'
}

check "no function over 100 lines" none functions_over 100
check "functions over 60 lines (listed)" functions_over 60
check "files over 600 lines (listed)" files_over 600
tap_done

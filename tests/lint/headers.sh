#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every header compiles alone, by itself and twice.
set -eu
. "$(dirname "$0")/tap.bash"

read -r -a flags < <(pkg-config --cflags yajl libcap libseccomp)

compiles()
{
	printf '#include "%s"\n#include "%s"\n' "$1" "$1" |
		"${CC:-cc}" -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DTEST_DATA='""' -I. -Wall -Wextra -Wundef \
			-Wstrict-prototypes -Wno-unused-function -Werror "${flags[@]}" -fsyntax-only -x c -
}

for header in $(find_sources '*.h'); do
	check "$header" compiles "$header"
done
tap_done

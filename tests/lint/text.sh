#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What every file must and must not contain.
set -eu
. "$(dirname "$0")/tap.bash"

ours() { find_sources '*' | grep -v -e '^LICENSE$' -e '^tests/data/' -e '^tests/fuzz/corpus/'; }

sources()
{
	find_sources '*.c' '*.h' '*.sh' '*.bash' '*.bats' '*.awk' '*.cmake' CMakeLists.txt
	say dev
	say .ci/run
}

# The patterns are written so that they do not match themselves.
machine_paths() { ours | xargs grep -n -E '(^|[^A-Za-z0-9_}$.])/(wor[k]|hom[e]/[a-z]+|roo[t]/[a-z]+)/' |
	grep -v -E 'overlay|lowerdir|upperdir|workdir|:/home/user:'; }

unnumbered() { ours | xargs grep -n -E '\b(TOD[O]|FIXM[E]|XX[X])\b' | grep -v -E '#[0-9]+'; }

without_licence()
{
	sources | while read -r file; do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2\.0' || say "$file"
	done
}

line_comments() { find_sources '*.c' '*.h' | xargs grep -n -E '^[[:blank:]]*//'; }

trailing() { ours | xargs grep -n -I -E '[[:blank:]]+$'; }

unsafe_calls()
{
	find_sources '*.c' '*.h' | grep -v '^tests/' |
		xargs grep -n -E '\b(strcpy|strcat|sprintf|vsprintf|atoi|atol|strtok|alloca|gets)\('
}

check "no path of one machine" none machine_paths
check "nothing is left to do without the number of an issue" none unnumbered
check "SPDX line in each source" none without_licence
check "comments are /* */" none line_comments
check "no blanks at the end of a line" none trailing
check "no strcpy, sprintf, atoi and their like" none unsafe_calls
tap_done

# SPDX-License-Identifier: Apache-2.0
# What judge.awk and table.awk read from what machine.sh prints, a file for each configuration: how many
# times as long a median round takes beside a hog (times), and what stopped that (hit).

BEGIN { operation_first = "memory" }
FNR == 1 { file++ }
$2 == "kernel" { last = "" } # a machine's first line

# Alone is before the hog and, which the next one's line says, after it: the host may have become slower.
$2 == "alone" && $3 == "round" {
	if (last != "")
		after[file, last] = $5
	last = $1
	before[file, last] = $5
	after[file, last] = 0
}
$2 == "beside" && $3 == "round" { beside[file, $1] = $5 }
$2 == "hit" { hit[file, $1] = $3 }

function times(f, h,    alone)
{
	alone = before[f, h]
	if (after[f, h])
		alone = (alone + after[f, h]) / 2
	return alone ? beside[f, h] / alone : 0
}

# SPDX-License-Identifier: Apache-2.0
# The table of doc/NEIGHBOURS.md, after results.awk: -v hogs='A B', and the files of the configurations
# spec, ids and hosting, in this order.

$2 == "beside" && $7 > 0 {
	text = $3 == "end" ? "all" : $3
	failures[file, $1] = failures[file, $1] (failures[file, $1] == "" ? "" : ", ") text " " $8
	count[file, $1]++
	reasons[file, $1] = $8
}
$2 == "start" && $4 != 0 { unstarted[file, $1] = 1 }

function cell(f, h,    text)
{
	if (!times(f, h))
		return "not measured"
	text = sprintf("%.1f: ", times(f, h))
	if (failures[f, h] == "" && !unstarted[f, h])
		return text "held"
	if (count[f, h] > 4)
		text = text "**" count[f, h] " operations " reasons[f, h] "**"
	else if (count[f, h])
		text = text "**" failures[f, h] "**"
	if (unstarted[f, h])
		text = text (failures[f, h] == "" ? "" : ", ") "**no new guest**"
	return text
}

END {
	print "| hog | `spec` | ids of their own | `hosting.jq` | what stops it there |"
	print "|---|---|---|---|---|"
	n = split(hogs, hog, " ")
	for (i = 1; i <= n; i++) {
		h = hog[i]
		printf "| %s | %s | %s | %s | %s |\n", h, cell(1, h), cell(2, h), cell(3, h), hit[3, h]
	}
}

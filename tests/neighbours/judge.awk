# SPDX-License-Identifier: Apache-2.0
# What machine.sh has measured, as TAP: -v hogs='A B' -v factor=N, after results.awk. A hog that was
# measured again counts from there on. "# slow: HOG" marks what fails for its median alone.

$2 == "alone" && $3 == operation_first { failed[$1] = "" }
($2 == "alone" || $2 == "beside") && $7 > 0 {
	failed[$1] = failed[$1] sprintf("# %s: %s failed %d times: %s\n", $2, $3, $7, $8)
}
$2 == "start" && $4 != 0 { failed[$1] = failed[$1] sprintf("# a new guest did not start: %s\n", $5) }

function reason(h)
{
	if (hit[1, h] == "")
		return failed[h] "# the hog never said that it was at it\n"
	if (failed[h] != "" || !times(1, h))
		return failed[h] (times(1, h) ? "" : "# nothing was measured\n")
	if (times(1, h) <= factor)
		return ""
	return sprintf("# slow: %s\n# %.1f times\n", h, times(1, h))
}

END {
	n = split(hogs, hog, " ")
	print "1.." n
	for (i = 1; i <= n; i++) {
		why = reason(hog[i])
		bad += why != ""
		printf "%sok %d - %s: a neighbour fails in nothing, and takes less than %d times as long\n",
			why == "" ? "" : "not ", i, hog[i], factor
		printf "%s", why
	}
	exit bad > 0
}

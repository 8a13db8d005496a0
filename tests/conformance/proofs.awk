# SPDX-License-Identifier: Apache-2.0
# Which test proves what, as the lines directly above the tests say it:
#
#   # proves: process.cwd, mounts[].options=ro|rw, exec --cwd          above @test in a .bats file
#   /* proves: linux.intelRdt.closID */                                above a function of tests/unit
#
# "|" separates alternatives of a row's last part. Prints ROW, FILE and TITLE, with tabs between.

function trim(s) { sub(/^[ \t]+/, "", s); sub(/[ \t]+$/, "", s); return s }

# What stands before the last part of a row: "mounts[].options=" of "mounts[].options=ro".
function head(row,    n) {
	n = match(row, /[^.= ]*$/)
	return substr(row, 1, n - 1)
}

function proven(title,    n, entry, m, word, first, i, j) {
	n = split(said, entry, ",")
	for (i = 1; i <= n; i++) {
		m = split(trim(entry[i]), word, "|")
		for (j = 1; j <= m; j++)
			print (j == 1 ? word[1] : head(word[1]) word[j]) "\t" file "\t" title
	}
	said = ""
}

FNR == 1 { file = FILENAME; sub(/.*\//, "", file); said = "" }

/^# proves: / || /^\/\* proves: .* \*\/$/ {
	line = $0
	sub(/^[^:]*: /, "", line)
	sub(/ \*\/$/, "", line)
	said = said (said == "" ? "" : ", ") line
	next
}

said != "" && /^@test "/ {
	title = $0
	sub(/^@test "/, "", title)
	sub(/" \{$/, "", title)
	gsub(/\\"/, "\"", title)
	proven(title)
	next
}

said != "" && /^static void [a-z_0-9]+\(/ {
	title = $3
	sub(/\(.*/, "", title)
	proven(title)
	next
}

said != "" { print FILENAME ":" FNR ": \"proves:\" stands directly above a test" >"/dev/stderr"; said = "" }

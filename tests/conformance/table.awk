# SPDX-License-Identifier: Apache-2.0
# Prints doc/CONFORMANCE.md. Reads four files, in this order: remarks, results, the rows, the proofs.

FNR == 1 { nth++ }
/^#/ { next }

nth == 1 && $1 == "row" { remark[$2] = $3; next }
nth == 1 && $1 == "peer" { saying[$2, $3] = $4; next }
nth == 1 { next }

nth == 2 && $1 == "version" { version[$2] = $3; next }
nth == 2 && $1 == "test" { place[$2, $3] = $4; peer["crun", $2, $3] = $5; peer["runc", $2, $3] = $6; next }

nth == 3 { row[++rows] = $0; next }

{ n = ++tests[$1]; file[$1, n] = $2; title[$1, n] = $3 }

# ---- cells ---------------------------------------------------------------------

function escaped(s) { gsub(/\|/, "\\|", s); gsub(/</, "\\<", s); return s }

# LIST with WORD, if it is not there already.
function with(list, word) {
	if (index("; " list "; ", "; " word "; "))
		return list
	return list == "" ? word : list "; " word
}

function tests_of(r,    i, list) {
	for (i = 1; i <= tests[r]; i++)
		list = list (i > 1 ? "; " : "") file[r, i] ": " title[r, i]
	return list
}

function warren_of(r,    i, list) {
	for (i = 1; i <= tests[r]; i++)
		list = with(list, place[file[r, i], title[r, i]])
	# A test that has run nowhere counts only where there is no other.
	if (list ~ /native|VM|simulated/)
		gsub(/(; )?untested: [^;]*/, "", list)
	sub(/^; /, "", list)
	if (r in remark)
		return tests[r] ? remark[r] " (" list ")" : remark[r]
	return list
}

# What a peer does with the tests of a row: a failure tells more than what passes, and that more than what
# it was not asked.
function peer_of(name, r,    i, cell, failed, passed, other) {
	for (i = 1; i <= tests[r]; i++) {
		cell = peer[name, file[r, i], title[r, i]]
		if (cell ~ /^fails/)
			failed = with(failed, (name, title[r, i]) in saying ? "fails: " saying[name, title[r, i]] : cell)
		else if (cell == "passes")
			passed = cell
		else if (other == "" || other == "-")
			other = cell
	}
	if (failed != "")
		return failed
	return passed != "" ? passed : other != "" ? other : "-"
}

# ---- tables --------------------------------------------------------------------

function topic(r,    at) {
	if (r ~ /^warren --/)
		return "Global options"
	if (r ~ / --/)
		return "Options of commands"
	if ((at = index(r, "=")))
		return "The words of `" substr(r, 1, at - 1) "`"
	if (r ~ /^[a-z]+$/ && r !~ /^(hostname|domainname|annotations)$/)
		return "Commands"
	if (match(r, /^(linux\.resources|linux\.seccomp|linux|process|mounts|hooks)/))
		return "`" substr(r, RSTART, RLENGTH) "`"
	return "`config.json` itself"
}

function name_of(r,    at) {
	at = index(r, "=")
	return "`" (at ? substr(r, at + 1) : r) "`"
}

function add(t, line) {
	if (!(t in text)) {
		order[++topics] = t
		text[t] = ""
	}
	text[t] = text[t] line "\n"
}

function print_topic(t, what) {
	print "\n### " t "\n"
	print "| " what " | test | warren | crun | runc |"
	print "|---|---|---|---|---|"
	printf "%s", text[t]
}

# Tables whose title matches, or does not.
function print_topics(pattern, what, inverse,    i) {
	for (i = 1; i <= topics; i++)
		if ((order[i] ~ pattern) != inverse)
			print_topic(order[i], what)
}

function introduction() {
	print "# What was tested, and what crun and runc do with the same tests"
	print ""
	print "Every property of the Linux part of `config.json` (OCI runtime specification 1.3), every command and"
	print "every option has a line here. It names the test that would fail without it, says where warren passed"
	print "that test, and what crun and runc do with the very same test."
	print ""
	print "- **test**: a file of [tests/bats](../tests/bats) or [tests/unit](../tests/unit) and the test's title."
	print "  `tests/run-private.sh bats -f TITLE tests/bats/FILE` runs it, as root; with `RUNTIME=/usr/bin/crun`"
	print "  before it, against another runtime."
	print "- **warren**: *native*: passed on the machine of this run. *VM*: passed in the virtual machine of"
	print "  `./dev vm`, which has all controllers of cgroup v2, a swap area and huge pages. *simulated*: by a unit"
	print "  test that stands in for what machines do not have, a resctrl or a security module. *untested*, with the"
	print "  reason: nobody has seen it work."
	print "- **crun**, **runc**: *passes*; or *fails*, with what it does or says instead; or why it was not asked."
	print "  A failure need not be a fault: some of these tests are about what only warren promises."
	print "  A dash stands where a test looks at warren from inside."
	print ""
	print "The page is generated. Its lines come out of the tables with which warren reads its configuration and"
	print "its command line, its tests out of the lines `# proves:` above them. `./dev test` fails when something"
	print "new has no test, and when a test named here does not pass where this page says it does."
	print "`./dev conformance` runs the peers and writes their columns."
	print ""
	print "Peers asked on " version["date"] ": " version["crun"] ", " version["runc"] "; natively on Linux"
	print version["native"] ", in the VM on Linux " version["VM"] "."
}

function counts(    i, r, w, crun, runc, n) {
	for (i = 1; i <= rows; i++) {
		w = warren_of(row[i])
		n["native"] += w ~ /native/
		n["VM"] += w ~ /VM/ && w !~ /native/
		n["simulated"] += w ~ /simulated/ && w !~ /native|VM/
		n["untested"] += w ~ /^untested/
		n["crun"] += peer_of("crun", row[i]) == "passes"
		n["runc"] += peer_of("runc", row[i]) == "passes"
	}
	print ""
	printf "%d lines: %d native, %d in the VM, %d simulated, %d untested; ", rows, n["native"], n["VM"],
		n["simulated"], n["untested"]
	printf "crun passes %d, runc %d.\n", n["crun"], n["runc"]
}

END {
	for (i = 1; i <= rows; i++) {
		r = row[i]
		add(topic(r), "| " name_of(r) " | " escaped(tests_of(r)) " | " escaped(warren_of(r)) " | " \
			escaped(peer_of("crun", r)) " | " escaped(peer_of("runc", r)) " |")
	}
	introduction()
	counts()
	print "\n## config.json"
	print "\n`[]` is every member of a list, `.NAME` every member of a map; `*` stands for the properties above it."
	print_topics("^`", "property", 0)
	print "\n## Words that properties may be"
	print_topics("^The words", "word", 0)
	print "\n## The command line"
	print_topics("^Commands", "command", 0)
	print_topics("^Global|^Options", "option", 0)
}

# SPDX-License-Identifier: Apache-2.0
# Reads one TAP stream, prints what failed and one line for the stream, and appends to the file
# in `results` a line "passed failed skipped", a line "skip NAME: REASON" for each skip, and what is
# compared with doc/CONFORMANCE.md: "test NAME OUTCOME TITLE" with tabs between, and "absent NAME REASON"
# of a virtual machine that did not start.
# A stream that ends before its plan, or whose program failed without saying so, is a failure.
# The runner ends the stream with "# exit STATUS". With `quiet` the stream has been shown already;
# a `preparation` counts only when it fails.

function problem(text) {
	failed++
	print "not ok - " name ": " text
}

function record(outcome, title) {
	if (name ~ /^(bats|vm)(\/|$)/)
		print "test", name, outcome, title >>results
}

BEGIN { OFS = "\t" }

/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; planned = 1; if (tolower($0) ~ /# *skip/) whole = $0; next }

/^# exit [0-9]+$/ { status = $3; next }

/^(not )?ok( |$)/ {
	seen++
	reason = ""
	title = $0
	skip = match(tolower(title), /# *skip/)
	if (skip) {
		reason = substr(title, RSTART + RLENGTH)
		title = substr(title, 1, RSTART - 1)
	}
	sub(/^(not )?ok *[0-9]* *(- +)?/, "", title)
	sub(/ +$/, "", title)
	record(skip ? "skip" : $1 == "ok" ? "ok" : "fail", title)
	if (skip) {
		sub(/^[ :]+/, "", reason)
		skipped++
		print "skip " name ": " title " (" (reason == "" ? "no reason given" : reason) ")" >>results
		failing = 0
	} else if ($1 == "ok") {
		passed++
		failing = 0
	} else {
		failed++
		failing = 1
		if (!quiet)
			print name ": " $0
	}
	next
}

failing && /^[ \t]*#/ { if (!quiet) print "    " $0; next }
NF { other[n_other++ % 20] = $0 }

END {
	if (whole != "" && plan == 0) {
		sub(/.*# *[Ss][Kk][Ii][Pp][: ]*[^ ]* */, "", whole)
		skipped++
		print "skip " name " (" whole ")" >>results
	} else if (name ~ /^vm/ && !seen && (status == 75 || status == 125)) {
		skipped++ # tried twice already; no pass and no fault of what is tested
		print "skip " name ": every test of it (the virtual machine could not be made or did not start)" >>results
		print "absent", name, "the virtual machine did not start" >>results
	} else if (!planned)
		problem("no TAP plan, exit status " status)
	else if (seen != plan)
		problem("stopped after " seen + 0 " of " plan " tests, exit status " status)
	else if (status != 0 && !failed)
		problem("every test passed, but exit status " status)
	else if (status == 0 && failed)
		print "# " name ": tests failed, but exit status 0"
	if (failed && n_other && !quiet)
		for (i = n_other > 20 ? n_other - 20 : 0; i < n_other; i++)
			print "    | " other[i % 20]
	if (preparation && !failed)
		exit
	printf "%-28s %d passed, %d failed, %d skipped\n", name, passed, failed, skipped
	print "count", passed + 0, failed + 0, skipped + 0 >>results
	if (name ~ /^unit\//)
		print "test", name, failed ? "fail" : "ok", "" >>results
}

# SPDX-License-Identifier: Apache-2.0
# Compares what stands in doc/CONFORMANCE.md with a run. Reads the results of the run ("test LAYER
# OUTCOME TITLE", for unit tests "test unit/NAME OUTCOME"), those of the page, and the proofs.

FNR == 1 { nth++ }

nth == 1 && $1 == "test" {
	split($2, part, "/")
	ran[part[1]] = 1
	# A machine may be started in several forms, each of which skips what the others run.
	key = part[1] == "unit" ? $2 : part[1]
	if (!((key, $4) in found) || $3 == "fail" || found[key, $4] == "skip")
		found[key, $4] = $3
	next
}
nth == 1 && $1 == "absent" { ran[$2] = 1; absent[$2] = $3; next }
nth == 1 { next }
nth == 2 && $1 == "test" { place[$2, $3] = $4; next }
nth == 2 { next }

{
	p = place[$2, $3]
	if (p == "native")
		judge("native", "bats", $3, $1)
	else if (p == "VM")
		judge("VM", "vm", $3, $1)
	else if (p == "simulated")
		judge("simulated", "unit", "", $1, unit($2))
}

function unit(name) { sub(/^test_/, "", name); sub(/\.c$/, "", name); return "unit/" name }

# Proven in the machine as well as here is more than the page says; what only the machine has proven
# here, whose page says native, is as good.
function judge(p, layer, title, row, stream,    got, other) {
	if (!(layer in ran))
		return
	got = found[stream == "" ? layer : stream, title]
	other = layer == "bats" ? found["vm", title] : layer == "vm" ? found["bats", title] : ""
	judged[p]++
	if (got == "ok" || (got != "fail" && other == "ok"))
		return
	judged[p]--
	if (layer in absent)
		skip(row, p, absent[layer])
	else if (got == "skip" && layer == "bats")
		skip(row, p, "skipped here")
	else {
		wrong[p]++
		why[p] = why[p] "# " row ": " (title == "" ? stream : title) ": " (got == "" ? "not run" : got) "\n"
	}
}

function skip(row, p, reason) {
	if ((row, p) in skipped)
		return
	skipped[row, p] = 1
	skips[++n_skips] = row " (" p ") # SKIP " reason
}

END {
	n = split("native VM simulated", places, " ")
	for (i = 1; i <= n; i++) {
		p = places[i]
		if (!judged[p] && !wrong[p])
			continue
		count++
		printf "%sok %d - what doc/CONFORMANCE.md calls %s passed (%d)\n", wrong[p] ? "not " : "", count, p, judged[p]
		printf "%s", why[p]
	}
	for (i = 1; i <= n_skips; i++)
		print "ok " ++count " - " skips[i]
	print "1.." count + 0 (count ? "" : " # skip no layer ran that the page speaks of")
	for (p in wrong) # to look at one makes it
		if (wrong[p])
			exit 1
}

# SPDX-License-Identifier: Apache-2.0
# Reads what bats prints as TAP; prints TITLE, OUTCOME (ok, skip, fail) and, for the last two, in few
# words what was found, with tabs between. No path, id, time or number of one run is among the words.

function clean(s) {
	gsub(/\033\[[0-9;]*m/, "", s)
	sub(/^time="?[^ ]*"? /, "", s)
	sub(/^[0-9TZ:.-]+: /, "", s)
	if (match(s, /msg="/)) {
		s = substr(s, RSTART + 5)
		sub(/"[^"]*$/, "", s)
		gsub(/\\"/, "\"", s)
	}
	gsub(/\/[^ "':,]*warren-bats\.[A-Za-z0-9]+/, "BUNDLE", s)
	gsub(/\/[^ "':,]*\/build\/[^ "':,]*\//, "", s)
	gsub(/\/warren-run-[0-9]+\/warren-test-[0-9]+\/t[0-9]+\.[0-9]+/, "/CGROUP", s)
	gsub(/\/?warren-run-[0-9]+(\/warren-test-[0-9]+)?/, "CGROUP", s)
	gsub(/t[0-9]+\.[0-9][0-9]+/, "ID", s)
	gsub(/\/proc\/(self|thread-self|[0-9]+)\/fd\/[0-9]+/, "/proc/self/fd/N", s)
	gsub(/\/proc\/[0-9]+\//, "/proc/PID/", s)
	sub(/\\n$/, "", s)
	gsub(/[ \t]+/, " ", s)
	sub(/^ /, "", s)
	sub(/ $/, "", s)
	# The reason stands at the end of a long error.
	while (length(s) > 110 && match(s, /: /))
		s = substr(s, RSTART + 2)
	if (length(s) > 110)
		s = substr(s, 1, 107) "..."
	return s
}

# The last line of an error is the reason, runc's usage text before it is not.
function words(    found) {
	if (timeout != "")
		return "hangs"
	if (status == 124)
		return "hangs: " clean(asked)
	if (kind == "refusal")
		return status == 0 ? "accepts it" : "dies with status " status
	if (kind == "status" && wanted == 0 && err != "")
		return clean(err)
	if (kind == "status" && err != "")
		return "status " status " instead of " wanted ": " clean(err)
	if (kind == "status")
		return "status " status " instead of " wanted
	if (kind == "same")
		return "\"" clean(got) "\" instead of \"" clean(expected) "\""
	if (kind == "output")
		return "prints \"" clean(out) "\" instead of \"" clean(expected) "\""
	if (kind == "text")
		return "does not say \"" clean(expected) "\"" (err != "" ? ", but: " clean(err) : "")
	if (note ~ /^expected a match of: / && err != "")
		return clean(err)
	if (note != "")
		return clean(note) (err != "" ? ": " clean(err) : "")
	return err != "" ? clean(err) : clean(failed)
}

function flush() {
	if (title != "")
		print title "\t" outcome "\t" (outcome == "fail" ? words() : reason)
	title = kind = err = out = got = expected = note = failed = timeout = asked = reason = field = ""
	status = wanted = ""
}

/^(not )?ok [0-9]+ / {
	flush()
	outcome = $1 == "ok" ? "ok" : "fail"
	title = $0
	sub(/^(not )?ok [0-9]+ (- )?/, "", title)
	if (match(title, / # skip/)) {
		reason = substr(title, RSTART + 8)
		title = substr(title, 1, RSTART - 1)
		outcome = "skip"
	} else if (match(title, / # timeout after/)) {
		timeout = 1
		title = substr(title, 1, RSTART - 1)
	} else if (match(title, / in [0-9]+(ms|sec)$/))
		title = substr(title, 1, RSTART - 1)
	next
}

!/^#/ { next }
{ line = substr($0, 3) }
line ~ /(bash|bats): line [0-9]+:/ || line ~ /^waited in vain for: / && note != "" { next }
line ~ /^\(/ || line ~ /^ (in|from) / { field = ""; next }
line ~ /^ +`.*' failed/ { if (failed == "") failed = line; next }
line ~ /^status:/ { status = substr(line, 9); field = ""; next }
line ~ /^stdout:/ { out = substr(line, 9); field = "out"; next }
line ~ /^stderr:/ { err = substr(line, 9); field = "err"; next }
line ~ /^expected [0-9]+: / {
	kind = "status"
	wanted = $3
	sub(/:/, "", wanted)
	asked = line
	sub(/^expected [0-9]+: /, "", asked)
	next
}
line ~ /^expected a refusal: / { kind = "refusal"; asked = substr(line, 21); next }
line ~ /^expected the text: / { kind = "text"; expected = substr(line, 20); field = ""; next }
line ~ /^expected the output: / { kind = "output"; expected = substr(line, 22); field = "expected"; next }
line ~ /^expected: / { kind = "same"; expected = substr(line, 11); field = "expected"; next }
line ~ /^got:/ { got = substr(line, 6); sub(/^ +/, "", got); field = "got"; next }
field == "err" && line != "" {
	if (line ~ /(msg=|: )/ || err == "")
		err = line
	next
}
field == "out" && line != "" { out = out " / " line; next }
field == "expected" && line != "" { expected = expected " / " line; next }
field == "got" && line != "" { got = got " / " line; next }
line != "" && note == "" { note = line }
END { flush() }

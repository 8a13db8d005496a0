# SPDX-License-Identifier: Apache-2.0
# jq -r -f table.jq: a line of results.json as it stands on the page: how it was measured, and a table.

def fixed($digits):
	if . == null then "-" else
		pow(10; $digits) as $unit | (. * $unit | round) as $n
		| ($n / $unit | floor | tostring)
		+ if $digits == 0 then "" else "." + ("000\($n % $unit)" | .[length - $digits:]) end
	end;
def between($low; $high): if $low == null then "-" else "\($low | fixed(2)) to \($high | fixed(2))" end;

# A cell knows its column. Words stand to the left, figures to the right.
def word($title): {title: $title, rule: "---", text: (. // "-")};
def figure($title; $digits): {title: $title, rule: "---:", text: fixed($digits)};
def spread($title; $low; $high): {title: $title, rule: "---:", text: between($low; $high)};

def what: [.step, .config, .guests // empty] | map(select(. != null)) | map(tostring);
def ratios: .to as $to | ("floor", "crun", "runc") | . as $peer | $to[$peer] | figure("to \($peer)"; 2);
def times: (.median | figure("median ms"; 2)), spread("quartiles"; .low; .high);

def cells($case):
	if $case == "full" then
		(.guests | figure("guests"; 0)), (.name | word("runtime")), times, ratios, (.flat | figure("to none"; 2))
	elif $case == "callers" then
		(.network | word("network")), (.callers | figure("callers"; 0)), (.name | word("runtime")),
		(.per_second | figure("starts a second"; 0)), spread("lowest to highest"; .low; .high),
		(.p50 | figure("p50 ms"; 2)), (.p99 | figure("p99 ms"; 2)), (.to.crun | figure("to crun"; 2))
	elif $case == "memory" then
		(.name | word("runtime")), (.run | figure("run, KiB"; 0)), (.podman | figure("run as Podman, KiB"; 0)),
		(.exec | figure("exec, KiB"; 0)), (.to_crun | figure("run to crun"; 2))
	elif $case == "cgroup" then
		(.version | word("runtime")), (.kib | figure("memory.peak, KiB"; 0)), (.to_crun | figure("to crun"; 2))
	elif $case == "defences" then
		(.what | word("defence")), (.with | figure("us"; 2)), (.without | figure("us without"; 2)),
		(.times | figure("times"; 0)), (.cost | figure("us a start"; 1)), (.share | figure("% of a start"; 2))
	elif $case == "calls" then
		(.name | word("runtime")), (.run | figure("run"; 0)), (.podman | figure("run as Podman"; 0))
	else
		(what | join(" ") | word("what")), (.name | word("runtime")), times, spread("least to most"; .min; .max), ratios
	end;

# Without the columns that say nothing: no figure in any line, or the same word in all of them.
def telling:
	. as $rows
	| [range(.[0] | length) as $i | [$rows[][$i]] | map(.text) as $texts
		| select(($texts | unique) as $all | ($all == ["-"] or (.[0].title == "what" and ($all | length) == 1)) | not)
		| $i] as $kept
	| map([.[$kept[]]]);

def line: "| " + join(" | ") + " |";

"`\(.command)` on \(.date), Linux \(.kernel), \(.cpus) CPUs of \(.cpu), load \(.load),",
"\(.mounts) mounts and \(.processes) processes on the host; \(.versions | join(", ")).",
"",
(.case as $case | [.results[] | [cells($case)]] | telling
	| (.[0] | map(.title) | line), (.[0] | "|" + (map(.rule) | join("|")) + "|"), (.[] | map(.text) | line))

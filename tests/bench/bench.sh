#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh [--write] [--quick] [--guests N[,N]...] [N] [CASE...]: what a guest costs by warren, crun, runc
# and by bare system calls (floor.c), alternating, N rounds (100 by default); what each case measures
# stands in doc/BENCH.md. Prints a table a case and keeps it as a line of build/bench/results.json;
# --write puts the tables into the page as well. --quick is for trying it out: few rounds, few guests.
set -eu -o pipefail
. "$(dirname "$0")/../common.bash"

CASES='run podman steps cold callers memory calls defences list full cgroup'
STEPS=' create start exec state kill delete '
programs=$TOP/build/bench
results=$programs/results.json
page=doc/BENCH.md

usage() { die "usage: ./dev bench [--write] [--quick] [--guests N[,N]...] [N] [CASE...]; the cases: $CASES"; }

# ---- measuring: prints the objects of a case -----------------------------------------------------

# at_most N: the rounds, but no more than that, for what takes long.
at_most() { say $((rounds < $1 ? rounds : $1)); }

words_default()
{
	words_run "$1" default "$1"
	WORDS=(run "${WORDS[@]}")
}

case_run()
{
	for_each words_default floor naive "${peers[@]}"
	"$programs/bench" steps "$rounds" "${COMMAND[@]}"
}

words_config()
{
	words_run "$1" "$config" "$1"
	WORDS=("$config" "${WORDS[@]}")
}

case_podman()
{
	for config in podman docker; do
		for_each words_config "${peers[@]}"
		"$programs/bench" steps "$rounds" "${COMMAND[@]}"
	done
}

# A guest's whole life, each command by itself.
words_steps()
{
	local name=$1 words dir

	words=("$(runtime_path "$name")" --root "$state/$name")
	dir=$(bundle sleep "$name")
	WORDS=(create "${words[@]}" create --bundle "$dir" "$name"
		',' start "${words[@]}" start "$name"
		',' exec "${words[@]}" exec "$name" /bin/true
		',' state "${words[@]}" state "$name"
		',' kill "${words[@]}" kill "$name" KILL
		',' empty "$cgroups/$name"
		',' delete "${words[@]}" delete "$name")
}

# Sorted by step: what is compared stands side by side.
case_steps()
{
	for_each words_steps "${peers[@]}"
	"$programs/bench" steps "$rounds" "${COMMAND[@]}" | jq -s -c --arg steps "$STEPS" \
		'($steps | split(" ")) as $order | sort_by(.step as $s | $order | index($s)) | .[]'
}

words_list() { WORDS=(list "$(runtime_path "$1")" --root "$state/live-$1" list); }

case_list()
{
	local name count=${listed:-1000}

	for name in "${peers[@]}"; do
		say "starting $count guests by $name" >&2
		live "$name" "$state/live-$name" 1 "$count"
	done
	for_each words_list "${peers[@]}"
	"$programs/bench" steps "$(at_most 20)" "${COMMAND[@]}" | jq -c --argjson guests "$count" '.guests = $guests'
	live_end
}

words_cold()
{
	words_run "$1" default "$1"
	WORDS=(- /bin/sh -c 'echo 3 >/proc/sys/vm/drop_caches' ',' run "${WORDS[@]}")
}

case_cold()
{
	sync
	for_each words_cold floor "${peers[@]}"
	"$programs/bench" steps "$(at_most 20)" "${COMMAND[@]}"
}

# With and without network namespaces: what their locks cost many callers is the kernel's.
case_callers()
{
	local callers starts i name measured

	for config in default hostnet; do
		measured=("${peers[@]}")
		[ "$config" = hostnet ] || measured=(floor "${peers[@]}")
		for callers in 1 2 8 64; do
			starts=$((rounds < 2 * callers ? 2 * callers : rounds))
			for ((i = 0; i < callers; i++)); do
				for name in "${peers[@]}"; do
					bundle "$config" "$name-$i" >"$state/bundle"
				done
			done
			for_each words_caller "${measured[@]}"
			"$programs/bench" callers "$callers" "$starts" "$(at_most 5)" "${COMMAND[@]}" |
				jq -c --arg config "$config" '.network = if $config == "default" then "own" else "of the host" end'
		done
	done
}

words_caller() { words_run "$1" "$config" "$1-%"; }

case_memory()
{
	{
		for config in default podman; do
			for_each words_config "${peers[@]}"
			"$programs/bench" steps "$(at_most 10)" "${COMMAND[@]}"
		done
		for_each words_steps "${peers[@]}"
		"$programs/bench" steps "$(at_most 10)" "${COMMAND[@]}"
	} | jq -s -c 'def peak($name; $step): map(select(.name == $name and .step == $step))[0].peak_kib;
		. as $all | map(select(.step == "default").name)[] as $name | $all
		| {name: $name, run: peak($name; "default"), podman: peak($name; "podman"), exec: peak($name; "exec")}
		| .to_crun = (if .run and ($all | peak("crun"; "default")) then .run / ($all | peak("crun"; "default")) else null end)'
}

# What a guest's cgroup has seen when it has been created: the guest side of the runtime. Where the host
# has no memory controller for cgroup v2, in the virtual machine, with the crun and runc that it has.
case_cgroup()
{
	local output

	if ! has_controller memory; then
		output=$(tests/vm/vm.sh -s env RUNTIME=/warren/build/release/warren \
			tests/run-private.sh tests/bench/bench.sh rows 1 cgroup </dev/null) || return
		grep '^{' <<<"$output"
		return
	fi
	for_each_cgroup_peak | jq -s -c '(map(select(.name == "crun").kib)[0]) as $crun
		| .[] | .to_crun = (if .kib and $crun then .kib / $crun else null end)'
}

for_each_cgroup_peak()
{
	local name

	for name in "${peers[@]}"; do
		jq -n -c --arg name "$name" --arg version "$("$(runtime_path "$name")" --version | sed -n 1p)" \
			--arg kib "$(cgroup_peak "$name")" \
			'{name: $name, version: $version, kib: ($kib | if . == "" then null else tonumber end)}'
	done
}

cgroup_peak()
{
	local name=$1 id=$1-peak words

	words=("$(runtime_path "$name")" --root "$state/$name")
	"${words[@]}" create --bundle "$(bundle limited "$id")" "$id" </dev/null >/dev/null || return 0
	[ ! -e "$cgroups/$id/memory.peak" ] || say $(($(<"$cgroups/$id/memory.peak") / 1024))
	"${words[@]}" delete --force "$id" </dev/null >/dev/null
}

# calls NAME CONFIG: the calls of all processes of a `run`, the guest's program included.
calls()
{
	words_run "$1" "$2" "$1"
	"${WORDS[@]}" </dev/null >/dev/null 2>&1 || return 0 # the first one of all leaves something for the next
	strace -f -qq -c -U calls,name -o "$TMPDIR/calls" "${WORDS[@]}" </dev/null >/dev/null || return 0
	awk '$2 == "total" { print $1 }' "$TMPDIR/calls"
}

case_calls()
{
	local name

	for name in floor "${peers[@]}"; do
		jq -n -c --arg name "$name" --arg run "$(calls "$name" default)" \
			--arg podman "$([ "$name" = floor ] || calls "$name" podman)" \
			'def count: if . == "" then null else tonumber end;
			{name: $name, run: ($run | count), podman: ($podman | count)}'
	done
}

# As often as a start makes the calls that a defence consists of.
case_defences()
{
	local calls name dir=$cgroups/defences
	local -A count

	words_run warren default warren
	strace -f -qq -o "$TMPDIR/calls" "${WORDS[@]}" </dev/null >/dev/null
	while read -r calls name; do
		count[$name]=$calls
	done < <(sed -nE 's/^[0-9]+ ([a-z0-9_]+)\((PR_SET_DUMPABLE)?.*/\2 \1/p' "$TMPDIR/calls" |
		awk '{ print $1 }' | sort | uniq -c)
	words_default warren
	mkdir "$dir"
	{
		"$programs/bench" steps "$rounds" warren "${WORDS[@]}"
		(cd "$root" && "$programs/defences" "$(dirname "$(runtime_path warren)")/warren-init" "$rounds" "$dir" \
			root="${count[openat2]}" detached="${count[fsmount]}" shed="${count[close_range]}" \
			arm="${count[PR_SET_DUMPABLE]}" \
			look=$((count[statx] + count[fstatfs] + count[newfstatat])))
	} | jq -s -c '(map(select(.step == "run"))[0].median * 1000) as $run | map(select(.cost))
		| . + [{what: "all", cost: (map(.cost) | add)}] | .[] | .share = .cost / $run * 100'
	rmdir "$dir"
}

# With no guest, with each number of them and as many mounts, and with none again: a machine that has
# changed meanwhile shows. Warren's guests live in the state root that is measured.
case_full()
{
	local count before=0 measured=(floor naive warren classic)

	[[ " ${peers[*]} " != *' crun '* ]] || measured+=(crun)
	[[ " ${peers[*]} " != *' runc '* ]] || measured+=(runc)
	for_each words_default "${measured[@]}"
	{
		full_at 0
		for count in ${guests//,/ }; do
			say "starting guests up to $count" >&2
			live warren "$state/warren" $((before + 1)) "$count"
			live_mounts $((before + 1)) "$count"
			full_at "$count"
			before=$count
		done
		live_end
		full_at 0
	} | jq -s -c 'def none($name): map(select(.name == $name and .guests == 0 and .median) | .median)
			| if length == 0 then null else add / length end;
		. as $all | .[] | .name as $name | ($all | none($name)) as $none
		| .flat = (if .median and $none then .median / $none else null end)'
}

full_at()
{
	"$programs/bench" steps "$rounds" "${COMMAND[@]}" | jq -c --argjson guests "$1" '.guests = $guests'
}

# ---- what was measured ---------------------------------------------------------------------------

versions()
{
	local name

	for name in "${peers[@]}"; do
		"$(runtime_path "$name")" --version |
			awk 'NR == 1 { line = $0 } /^commit:/ { commit = substr($2, 1, 12) }
			END { print line (commit ? " (" commit ")" : "") }'
	done
}

# forget CASE: what it gave the last time.
forget()
{
	jq -c --arg case "$1" 'select(.case != $case)' "$results" >"$results.new"
	mv "$results.new" "$results"
}

# record CASE ROWS: its line of results.json.
record()
{
	local model

	model=$(sed -n 's/^model name[[:blank:]]*: //p' /proc/cpuinfo | head -n 1)
	jq -s -c --arg case "$1" --arg command "$(command_line "$1")" --arg date "$(date -u +%Y-%m-%d)" \
		--arg kernel "$(uname -r)" --argjson cpus "$(nproc)" --arg cpu "${model:-$(uname -m)}" \
		--argjson mounts "$(grep -c . /proc/self/mountinfo)" --argjson rounds "$rounds" --arg load "$load" \
		--argjson processes "$(compgen -G '/proc/[0-9]*' | wc -l)" --arg versions "$(versions)" '
		{case: $case, command: $command, date: $date, kernel: $kernel, cpus: $cpus, cpu: $cpu, load: $load,
			mounts: $mounts, processes: $processes, versions: ($versions | split("\n")), rounds: $rounds,
			results: .}' <<<"$2" >>"$results"
}

command_line()
{
	local line='./dev bench'

	[ -z "$listed" ] || line+=' --quick'
	[ "$1" != full ] || [ "$guests" = 1000 ] || line+=" --guests $guests"
	say "$line $rounds $1"
}

# A table as it stands in the page.
table() { jq -r --arg case "$1" 'select(.case == $case)' "$results" | jq -r -f tests/bench/table.jq; }

# What cannot be measured here, and why; nothing where it can.
cannot()
{
	case $1 in
	calls | defences) command -v strace >/dev/null || say "there is no strace" ;;
	cold) [ -w /proc/sys/vm/drop_caches ] || say "the host's caches cannot be dropped" ;;
	esac
}

# In the mount namespace with cgroup2.
prepare()
{
	. tests/bench/guests.bash
	make_state
	make_root
	mapfile -t peers < <(available warren crun runc)
	make_configs "${peers[0]}"
}

inside()
{
	local name reason rows load status failed=

	prepare
	touch "$results"
	for name in $cases; do
		forget "$name"
		reason=$(cannot "$name" || true)
		[ -z "$reason" ] || { say "$name: skipped, $reason"; continue; }
		load=$(cut -d ' ' -f 1 /proc/loadavg)
		say "" "== $name"
		set +e
		rows=$(set -e && "case_$name")
		status=$?
		set -e
		if [ "$status" != 0 ]; then
			say "$name: $([ "$status" = 75 ] && say "skipped, the virtual machine cannot be made" || say failed)"
			[ "$status" = 75 ] || failed=yes
			live_end
			continue
		fi
		record "$name" "$rows"
		table "$name"
	done
	[ -z "$failed" ]
}

# ---- outside -------------------------------------------------------------------------------------

build_programs()
{
	local name

	mkdir -p "$programs"
	for name in bench floor defences; do
		cc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -static -o "$programs/$name" "tests/bench/$name.c"
	done
}

# Replaces what stands between the two markers of each case that has been measured.
write_page()
{
	local name new table

	for name in $cases; do
		table=$(table "$name")
		[ -n "$table" ] || continue
		new=$(mktemp)
		awk -v name="$name" -v table="$table" '
			$0 == "<!-- end -->" { inside = 0 }
			!inside { print }
			$0 == "<!-- bench " name " -->" { inside = 1; print table }' "$page" >"$new"
		cat "$new" >"$page"
		rm "$new"
	done
	say "" "written to $page"
}

# One of the steps stands for all: a guest has to go through them.
add_case()
{
	local name=$1

	[[ $STEPS != *" $name "* ]] || name=steps
	[[ " $CASES " == *" $name "* ]] || usage
	[[ " $cases " == *" $name "* ]] || cases+=" $name"
}

mode='' write='' rounds='' guests='' listed='' cases=''
while [ $# -gt 0 ]; do
	case $1 in
	--write) write=yes ;;
	--quick) listed=50 ;;
	--guests) guests=${2:-}; shift ;;
	[0-9]*) rounds=$1 ;;
	inside | rows) mode=$1 ;;
	*) add_case "$1" ;;
	esac
	shift || usage
done
rounds=${rounds:-${listed:+5}} rounds=${rounds:-100}
guests=${guests:-${listed:-1000}}
cases=${cases:-$CASES}
[[ $rounds =~ ^[1-9][0-9]*$ && $guests =~ ^[1-9][0-9]*(,[1-9][0-9]*)*$ ]] || usage
case $mode in
inside)
	inside
	exit
	;;
rows) # of one case and nothing else
	prepare
	"case_${cases# }"
	exit
	;;
esac
need_root
# shellcheck disable=SC2086 # a list of words
need_packages $PACKAGES_GUEST
[[ $cases != *calls* ]] || (need_packages strace) || true # without it the case is skipped
[ -n "${RUNTIME:-}" ] || build_release
build_programs
[ -e build/peers/complete ] || tests/peers.sh || say "some peers cannot be compared with"
say "$rounds rounds of:$cases"
status=0
# shellcheck disable=SC2086 # a list of words
tests/run-private.sh tests/bench/bench.sh inside ${listed:+--quick} --guests "$guests" "$rounds" $cases || status=$?
[ -z "$write" ] || write_page
exit "$status"

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# conformance.sh [new | page | PATTERN]: runs the tests that doc/CONFORMANCE.md names, or those that it does
# not call proven yet, or those whose titles match, against warren, crun and runc: natively, and in the virtual
# machine where this one cannot. Writes tests/conformance/results and the page; "page" the page only.
set -eu
. "$(dirname "$0")/../common.bash"
. tests/conformance/conformance.bash

PEERS='crun runc'
out=build/conformance
form=()
patience=60 # seconds for a test; the machine has none of what bats needs for that

version_of() { "build/peers/bin/$1" --version | awk 'NR == 1 { line = $0 } /^commit:/ { commit = substr($2, 1, 12) }
	END { print line (commit ? " (" commit ")" : "") }'; }

known() { awk -F '\t' -v key="$1" '$1 == "version" && $2 == key { print $3 }' $results; }

# FILE and TITLE of what is to be run.
wanted()
{
	proofs | cut -f 2,3 | sort -u | grep '\.bats' | case ${1:-} in
	'') cat ;;
	new) grep -v -x -F "$(awk -F '\t' -v OFS='\t' '$1 == "test" && $4 !~ /^untested/ { print $2, $3 }' $results)" ;;
	*) grep -E -- "	.*$1" ;;
	esac
}

# bats runs the tests of the file $2 (FILE and TITLE) against runtime $1, after the words that follow.
ask()
{
	local runtime=$1 list=$2 titles files
	shift 2

	titles=$(cut -f 2 "$list" | sed -E 's/[^A-Za-z0-9 ]/./g' | paste -s -d '|')
	files=$(cut -f 1 "$list" | sort -u | sed 's|^|tests/bats/|')
	# shellcheck disable=SC2086 # names of files
	"$@" tests/run-private.sh env CONFORMANCE=yes RUNTIME="$runtime" ${patience:+BATS_TEST_TIMEOUT=$patience} \
		bats --formatter tap --filter "^($titles)\$" $files
}

# The same in the virtual machine, where peers lie as they do here: their loader's path is in them
# (PEERS_AT, if they were not made for this tree).
ask_vm()
{
	local runtime=$1 list=$2 at=${PEERS_AT:-$TOP} link=()

	[ "$runtime" = build/release/warren ] || link=(tests/conformance/as-here.sh "$at")
	patience='' ask "${link[0]+$at/}$runtime" "$list" \
		tests/vm/vm.sh "${form[@]}" "${link[@]}" env CC=/warren/tests/vm/cc.sh
}

outcomes() { awk -f $here/outcomes.awk "$1"; }

# OUTCOME and its words of a title, the last that is not a skip.
outcome_of()
{
	outcomes "$1" | awk -F '\t' -v title="$2" '$1 == title && (found == "" || $2 != "skip") { found = $2 "\t" $3 }
		END { if (found != "") print found }'
}

# What the machine takes along lies below build/vm/tools.
tools_for_vm()
{
	local source

	mkdir -p build/vm/tools
	for source in tests/bats/tools/*.c; do
		cc -std=c11 -D_GNU_SOURCE -O1 -static -o "build/vm/tools/$(basename "$source" .c)" "$source"
	done
	trap 'rm -rf build/vm/tools/peers' EXIT
	mkdir -p build/vm/tools/peers/bin
	cp build/peers/bin/{crun,runc} build/vm/tools/peers/bin
	find build/peers/root/usr/lib -name '*.so*' | while read -r source; do
		mkdir -p "build/vm/tools/peers/$(dirname "${source#build/peers/}")"
		cp -L "$source" "build/vm/tools/peers/${source#build/peers/}" 2>/dev/null || true
	done
}

# A peer that stops where a test goes on with what only warren promises has passed what comes before.
cell()
{
	local outcome=$1 text=$2

	case $outcome in
	ok) say passes ;;
	fail) say "fails: $text" ;;
	skip)
		case $text in
		'warren only: '*) say passes ;;
		'crun '* | 'runc '*) say "fails: ${text#* }" ;;
		*) say "not run: $text" ;;
		esac
		;;
	*) say "not run: it gave no result" ;;
	esac
}

# The lines of the results for what was run; the others stay.
write_results()
{
	local file title place layer peer cells outcome text

	while IFS=$'\t' read -r file title; do
		IFS=$'\t' read -r outcome text < <(outcome_of $out/warren.native "$title") || outcome=none
		layer=native place=native
		if [ "$outcome" = skip ]; then
			IFS=$'\t' read -r outcome text < <(outcome_of $out/warren.vm "$title") || outcome=none
			layer=vm place=VM
		fi
		[ "$outcome" = ok ] || { place="untested: ${text:-it was not run}"; say "$file: $title: $outcome: $text" >&2; }
		cells=
		for peer in $PEERS; do
			IFS=$'\t' read -r outcome text < <(outcome_of "$out/$peer.$layer" "$title") || outcome=none
			cells+=$'\t'$(cell "$outcome" "$text")
		done
		printf 'test\t%s\t%s\t%s%s\n' "$file" "$title" "$place" "$cells"
	done <$out/wanted
	while IFS=$'\t' read -r _ file title; do
		printf 'test\t%s\t%s\tsimulated\t-\t-\n' "$file" "$title"
	done < <(proofs | grep -P '\ttest_[a-z_0-9]+\.c\t')
	proofs | cut -f 2,3 | sort -u | grep -v -x -F -f $out/wanted |
		while IFS= read -r text; do
			grep -F "test	$text	" $results || true
		done
}

# The lines of $1 that have an outcome of that kind ($3) in $2.
with_outcome()
{
	outcomes "$2" | awk -F '\t' -v kind="$3" '$2 == kind { print $1 }' >$out/titles
	awk -F '\t' 'NR == FNR { title[$0]; next } $2 in title' $out/titles "$1"
}

# WORDS of vm.sh: what was skipped so far is tried in this form of the machine, and what has passed there
# is asked of the peers.
round()
{
	local peer

	with_outcome $out/wanted.vm $out/warren.last skip >$out/skipped
	[ -s $out/skipped ] || return 0
	say "in the virtual machine ($*): $(wc -l <$out/skipped) tests, and what passes for the peers"
	form=("$@")
	ask_vm build/release/warren $out/skipped >$out/warren.last || true
	cat $out/warren.last >>$out/warren.vm
	with_outcome $out/skipped $out/warren.last ok >$out/passed
	for peer in $PEERS; do
		[ ! -s $out/passed ] || ask_vm "build/peers/bin/$peer" $out/passed >>"$out/$peer.vm" || true
	done
}

run_all()
{
	local peer

	ask build/release/warren $out/wanted >$out/warren.native || true
	for peer in $PEERS; do
		say "natively: $peer"
		ask "build/peers/bin/$peer" $out/wanted >"$out/$peer.native" || true
	done
	cp $out/warren.native $out/warren.last
	with_outcome $out/wanted $out/warren.native skip >$out/wanted.vm
	[ -s $out/wanted.vm ] || return 0
	tools_for_vm
	round
	round -n
	round -a 'security=selinux selinux=1 enforcing=0'
}

write_page()
{
	rows >$out/rows
	proofs >$out/proofs
	table $out/rows $out/proofs >$page
	say "$page is written"
}

need_root
build_release
mkdir -p $out
if [ "${1:-}" = page ]; then
	write_page
	exit
fi
tests/peers.sh
touch $results
rm -f $out/*.native $out/*.vm
date=$(date +%F)
if [ -n "${1:-}" ]; then
	date=$(known date) # of the whole
	for peer in $PEERS; do
		[ "$(known "$peer")" = "$(version_of "$peer")" ] ||
			die "the page is of $(known "$peer"), but here is $(version_of "$peer"): run it all"
	done
fi
wanted "${1:-}" >$out/wanted || die "there is no such test"
for name in warren crun runc; do
	: >"$out/$name.native"
	: >"$out/$name.vm"
done
run_all
{
	say '# Made by ./dev conformance; doc/CONFORMANCE.md is made of it.'
	for name in $PEERS; do
		printf 'version\t%s\t%s\n' "$name" "$(version_of "$name")"
	done
	printf 'version\tdate\t%s\n' "$date"
	printf 'version\tnative\t%s\n' "$(uname -r)"
	printf 'version\tVM\t%s\n' "$(basename build/vm/trixie/usr/lib/modules/*)"
	write_results | LC_ALL=C sort -u
} >$out/results
mv $out/results $results
write_page

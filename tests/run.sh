#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [LAYER...]: runs the layers of tests, all of them by default. Every test speaks TAP.
# The last line is "N passed, N failed, N skipped"; before it stand the skips with their reasons.
set -eu
. "$(dirname "$0")/common.bash"

ALL='lint unit fuzz bats callers attack faults churn vm'
FUZZ_RUNS=${WARREN_FUZZ_RUNS:-5000}
export WARREN=$TOP/build/release/warren
results=$(mktemp /tmp/warren-results.XXXXXX)
beside=
trap 'rm -f "$results"; [ -z "$beside" ] || kill "$beside" 2>/dev/null || true' EXIT
shown=
preparation=
exec 3>&1

# tap NAME COMMAND [ARGS]: one TAP program of the run. Job control gives it the default signals,
# which a background process would not have, and lets Ctrl-C reach it through timeout.
tap()
{
	local name=$1
	shift

	{
		set -m
		timeout --kill-after 30 "${WARREN_TEST_TIMEOUT:-1800}" "$@" 2>&1 </dev/null &
		set +m
		pid=$!
		status=0
		trap 'kill -TERM "$pid"' INT TERM
		wait "$pid" || status=$?
		# A trap ends the first wait early.
		[ "$status" -lt 128 ] || { status=0; wait "$pid" || status=$?; }
		printf '\n# exit %d\n' "$status"
	} | show | awk -v name="$name" -v results="$results" -v quiet="$shown" \
		-v preparation="$preparation" -f tests/run-tap.awk
}

# A long program is shown as it goes, a short one only where it fails.
show()
{
	local line

	if [ -z "$shown" ]; then
		cat
		return
	fi
	while IFS= read -r line; do
		printf '%s\n' "$line" >&3
		printf '%s\n' "$line"
	done
}

# later NAME COMMAND [ARGS]: keeps what a TAP program says for replay NAME.
later()
{
	local kept=build/${1//\//-}.tap status=0
	shift

	timeout --kill-after 30 "${WARREN_TEST_TIMEOUT:-1800}" "$@" >"$kept" 2>&1 </dev/null || status=$?
	say "$status" >"$kept.status"
}

# shellcheck disable=SC2016 # sh expands them
replay() { tap "$1" sh -c 'cat "$0"; exit "$(cat "$0.status")"' "build/${1//\//-}.tap"; }

# one NAME COMMAND [ARGS]: a step that is a test by itself.
one() { tap "$1" tests/run-one.sh "$@"; }

# prepare NAME COMMAND [ARGS]: what cannot be installed or built is a failed test, not the end of
# the run, and no test at all when all is well.
prepare()
{
	preparation=yes
	one "$@"
	preparation=
}

packages() { prepare "$1/packages" need_packages "${@:2}"; }

# nothing LAYER REASON: one skipped test, with its reason.
nothing() { tap "$1" printf '1..1\nok 1 - %s # SKIP %s\n' "every test of this layer" "$2"; }

# absent LAYER REASON: what doc/CONFORMANCE.md says of it cannot be judged here.
absent() { printf 'absent\t%s\t%s\n' "$1" "$2" >>"$results"; }

# What ran is compared with doc/CONFORMANCE.md, once for all layers.
conformance()
{
	! grep -q -e '^test	' -e '^absent	' "$results" || tap conformance tests/conformance/judge.sh "$results"
}

# shellcheck disable=SC2086 # the lists of packages are words
layer_lint()
{
	local lint

	packages lint $PACKAGES_LINT $PACKAGES_BUILD
	prepare lint/build build_release
	for lint in tests/lint/*.sh; do
		tap "lint/$(basename "$lint" .sh)" "$lint"
	done
}

# shellcheck disable=SC2086
layer_unit()
{
	local source name

	packages unit $PACKAGES_BUILD
	prepare unit/build build_preset debug unit_tests
	for source in tests/unit/test_*.c; do
		name=$(basename "$source" .c)
		tap "unit/${name#test_}" "build/debug/$name"
	done
}

# shellcheck disable=SC2086
layer_fuzz()
{
	local source name

	packages fuzz $PACKAGES_BUILD $PACKAGES_FUZZ
	prepare fuzz/build build_preset fuzz
	for source in tests/fuzz/*.c; do
		name=$(basename "$source" .c)
		one "fuzz/$name" tests/run-fuzz.sh "$name" -runs="$FUZZ_RUNS" -seed=1
	done
}

# bats_layer LAYER PACKAGE...: in a mount namespace, a cgroup and a directory of its own.
bats_layer()
{
	local layer=$1
	shift

	if ! compgen -G "tests/$layer/*.bats" >/dev/null; then
		nothing "$layer" "there is no tests/$layer/*.bats"
		return
	fi
	packages "$layer" "$@"
	[ -n "${RUNTIME:-}" ] || prepare "$layer/build" build_release
	shown=yes
	tap "$layer" tests/run-private.sh bats --formatter tap "tests/$layer"
	shown=
}

# What is compared with a peer needs one: where it cannot be had, those tests are skipped and say so.
# shellcheck disable=SC2086 # the lists of packages are words
layer_bats()
{
	tests/peers.sh >build/peers.log 2>&1 || true
	bats_layer bats $PACKAGES_BATS
}
# shellcheck disable=SC2086
layer_callers() { bats_layer callers $PACKAGES_BATS $PACKAGES_CALLERS; }
# shellcheck disable=SC2086
layer_attack() { bats_layer attack $PACKAGES_BATS; }
# shellcheck disable=SC2086
layer_faults() { bats_layer faults $PACKAGES_BATS; }
layer_churn() { one churn tests/churn/churn.sh 300; }

# shellcheck disable=SC2086
layer_vm()
{
	local status=0

	if [ "$(uname -m)" != x86_64 ]; then
		absent vm "the virtual machine is for x86-64"
		nothing vm "the virtual machine is for x86-64"
		return
	fi
	packages vm $PACKAGES_BUILD $PACKAGES_VM
	prepare vm/build build_release
	tests/vm/make.sh >build/vm.log 2>&1 || status=$?
	if [ "$status" = 75 ]; then
		absent vm "the virtual machine could not be made"
		nothing vm "the virtual machine comes from Debian's archive, which cannot be reached (build/vm.log)"
		return
	fi
	# A machine has one processor, and so two of them go side by side; the last is two by itself.
	prepare vm/tools tests/vm/tools.sh
	(later vm/old tests/vm/suite.sh -o; later vm/selinux tests/vm/suite.sh -l) &
	beside=$!
	shown=yes
	tap vm tests/vm/suite.sh
	wait "$beside"
	replay vm/old
	replay vm/selinux
	tap vm/callers tests/vm/suite.sh -s
	tap vm/neighbours tests/neighbours/neighbours.sh processes memory cpu disk inodes io files inotify keys
	shown=
}

summary()
{
	local passed failed skipped

	read -r passed failed skipped < <(awk '$1 == "count" { p += $2; f += $3; s += $4 }
		END { print p + 0, f + 0, s + 0 }' "$results")
	say ""
	grep '^skip ' "$results" | sed 's/^skip /skipped: /' || true
	say "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

need_root
layers=("$@")
# shellcheck disable=SC2206
[ $# -gt 0 ] || layers=($ALL)
for layer in "${layers[@]}"; do
	[[ " $ALL " == *" $layer "* ]] || die "there is no layer '$layer'; the layers are: $ALL"
done
for layer in "${layers[@]}"; do
	"layer_$layer"
done
conformance
summary

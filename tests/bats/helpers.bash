# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What every test file shares. A test gets a bundle, a state root and a cgroup
# of its own; all that it starts stays below that cgroup, the test's shell
# included, so that "what is left" is a question with an exact answer: see
# host_snapshot and bundle_remove.
#
#   RUNTIME=/path/to/crun bats tests/bats       the same tests against a peer

bats_require_minimum_version 1.5.0

# ---- the runtime --------------------------------------------------------------

is_warren() { [ "$RUNTIME_NAME" = warren ]; }

# Ends a test, or what is left of it, for a peer that never promised this. ./dev conformance asks peers
# all the same when that is what the test begins with: what they do instead is to be known.
warren_only() {
	is_warren || { [ "${CONFORMANCE:-}" ] && [ -z "${tried:-}" ]; } || skip "warren only: $1"
}

# LIMIT: a runtime that hangs is a failed test, not a hanging suite.
rt() { timeout --foreground -k 2 "${LIMIT:-30}" "$RUNTIME" --root "$STATE" "$@" 3>&- 4>&-; }

# Output goes through files: a guest that lives on would keep a pipe open for ever.
try() {
	status=0 tried=yes
	"$@" >"$BUNDLE/out" 2>"$BUNDLE/err" </dev/null || status=$?
	output=$(<"$BUNDLE/out")
	stderr=$(<"$BUNDLE/err")
}

explain() {
	echo "$*"
	echo "status: $status"
	echo "stdout: $output"
	echo "stderr: $stderr"
	return 1
}

expect() {
	local want=$1
	shift
	try "$@"
	[ "$status" -eq "$want" ] || explain "expected $want: $*"
}

ok() { expect 0 "$@"; }

# An orderly refusal: neither a crash nor a timeout, and with a reason.
refused() {
	try "$@"
	case $status in
	0 | 124 | 12[89] | 1[3-9][0-9] | 2[0-4][0-9]) explain "expected a refusal: $*" ;;
	*) [ -n "$stderr" ] || explain "no reason given: $*" ;;
	esac
}

# Text that the last command printed, on whichever stream; quotes may be escaped, as in a log line.
said() { printf '%s\n' "${output//\\\"/\"}" "${stderr//\\\"/\"}"; }
says() { [[ $(said) == *"$1"* ]] || explain "expected the text: $1"; }
says_not() { [[ $(said) != *"$1"* ]] || explain "unexpected text: $1"; }
says_like() { [[ $output$stderr =~ $1 ]] || explain "expected a match of: $1"; }
prints() { [ "$output" = "$1" ] || explain "expected the output: $1"; }

same() { [ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1"; return 1; }; }

# Polls until the command succeeds; 10 s are for a machine under load, WAIT for a virtual one.
wait_until() {
	local end=$((SECONDS + ${WAIT:-10}))
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || { echo "waited in vain for: $*"; return 1; }
		sleep 0.02
	done
}

status_of() { rt state "$1" 2>/dev/null | jq -r .status; }
pid_of() { rt state "$1" | jq -r .pid; }
has_status() { [ "$(status_of "$1")" = "$2" ]; }
wait_status() { wait_until has_status "$1" "$2"; }
not() { ! "$@"; } # "! command" alone fails no test
missing() { [ ! -e "$1" ] && [ ! -L "$1" ]; }
dead() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.[ZX]' "/proc/$1/status"; }

# ---- the bundle ---------------------------------------------------------------

bundle_new() {
	if [ "$(readlink /proc/self/ns/mnt)" = "$(readlink /proc/1/ns/mnt)" ]; then
		echo "run the suite in a mount namespace of its own: ./dev test bats, or unshare -m"
		return 1
	fi
	BUNDLE=$(mktemp -d "${TMPDIR:-/tmp}/warren-bats.XXXXXX")
	chmod 755 "$BUNDLE" # a guest's root with mapped ids has to get through
	STATE=$BUNDLE/state
	ID=t$BATS_TEST_NUMBER.$$
	CG_PATH=/$CG_SUITE/$ID
	CG=$CG_MOUNT$CG_PATH
	cp -a "$TEMPLATE/." "$BUNDLE"
	mkdir -p "$CG/host" "$CG/aside"
	echo $$ >"$CG/host/cgroup.procs"
	cd "$BUNDLE" || return 1
	sed -i "s|@CGROUP@|$CG_PATH/guest|" config.json
}

# Fails when the runtime left anything behind after delete --force of its guests.
bundle_remove() {
	local left=0 dir
	[ -n "${BUNDLE:-}" ] || return 0
	cd /
	for dir in "$STATE"/[!@]*; do
		[ -d "$dir" ] || continue
		rt delete --force "${dir##*/}" >/dev/null 2>"$BUNDLE/err" ||
			{ left=1; echo "delete --force ${dir##*/}: $(<"$BUNDLE/err")"; }
	done
	echo 1 >"$CG/aside/cgroup.kill"
	wait_until nothing_runs || { left=1; host_processes; }
	host_kill
	if is_warren; then # peers leave what is above the guest's own
		wait_until cgroups_gone || { left=1; find "$CG" -mindepth 1 -type d; }
	fi
	echo $$ >"$CG_MOUNT/cgroup.procs"
	wait_until find "$CG" -depth -type d -exec rmdir {} + || left=1
	if is_warren; then
		rt doctor --reset >/dev/null 2>&1 || true
	fi
	unmount_below "$BUNDLE" && rm -rf --one-file-system "$BUNDLE"
	[ "$left" -eq 0 ]
}

unmount_below() {
	awk -v at="$1/" 'index($5, at) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		while read -r dir; do umount -l "$dir"; done
}

# config_set FILTER [jq options]: edits config.json (or $CONFIG) in place.
config_set() {
	local filter=$1 file=${CONFIG:-config.json}
	shift
	jq "$filter" "$file" "$@" >"$file.new" && mv "$file.new" "$file"
}

# The guest's program: a line of shell, or with program the words as they are.
guest() { config_set '.process.args = ["sh", "-c", $s]' --arg s "$1"; }
program() { config_set '.process.args = $ARGS.positional' --args -- "$@"; }

# A helper of the test in the background, $! is its pid: killed in the end, and no leak until then.
aside() {
	(echo "$BASHPID" >"$CG/aside/cgroup.procs" && exec "$@") <&0 3>&- 4>&- &
	wait_until is_aside $!
}
is_aside() { dead "$1" || grep -qx "$1" "$CG/aside/cgroup.procs"; }

# What the script prints counts, not how its last command ends.
run_guest() { guest "$1"$'\ntrue' && ok rt run "$ID"; }

# A guest that runs until it is killed; returns when its program is up.
up() {
	guest "${1:-:}"$'\n: >/tmp/up; exec sleep 1000'
	rm -f rootfs/tmp/up
	ok rt run -d "$ID"
	wait_until test -e rootfs/tmp/up
	tried=
}

mount_add() {
	config_set '.mounts += [$m]' --argjson m "$1"
}

# bind DESTINATION SOURCE [OPTION...]
bind() {
	config_set '.mounts += [{destination: $ARGS.positional[0], type: "bind",
		source: $ARGS.positional[1], options: $ARGS.positional[2:]}]' --args -- "$@"
}

# filesystem DESTINATION TYPE [OPTION...]
filesystem() {
	config_set '.mounts += [{destination: $ARGS.positional[0], type: $ARGS.positional[1],
		source: $ARGS.positional[1], options: $ARGS.positional[2:]}]' --args -- "$@"
}

namespace_set() { # TYPE [PATH]
	config_set '.linux.namespaces |= (map(select(.type != $t)) +
		[{type: $t} + (if $p == "" then {} else {path: $p} end)])' \
		--arg t "$1" --arg p "${2:-}"
}

namespace_drop() {
	config_set '.linux.namespaces |= map(select(.type != $t))' --arg t "$1"
}

# Guest ids 0..65535 are the host's 100000..165535.
user_namespace() {
	namespace_set user
	config_set '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	chown -hR 100000:100000 rootfs
}

needs_controller() {
	grep -qw "$1" "$CG_MOUNT/cgroup.controllers" ||
		skip "needs the $1 controller on cgroup v2"
}

# The kernel has it with a policy of weights; not in each cgroup has the controller been switched on.
needs_io_weight() { compgen -G "$CG_MOUNT/*/io.weight" >/dev/null || skip "needs io.weight"; }

# WEIGHT IO-WEIGHT: the guest's weight as the configuration has it, and as io.weight counts. Where the
# scheduler bfq is, that has a file of its own.
has_io_weight() {
	if [ -e "$CG/guest/io.bfq.weight" ]; then
		same "$(head -n 1 "$CG/guest/io.bfq.weight")" "default $1"
	else
		same "$(head -n 1 "$CG/guest/io.weight")" "default $2"
	fi
}

# What the runtime says of itself: what it does not have yet is no failure, and says so.
needs_feature() { # JQ-FILTER NAME
	"$RUNTIME" features | jq -e "$1" >/dev/null || skip "needs $2, which features does not list"
}
needs_mount_option() { needs_feature "any(.mountOptions[]; . == \"$1\")" "the mount option $1"; }

needs_tool() { command -v "$1" >/dev/null || skip "needs $1"; }

# ---- the host oracle ----------------------------------------------------------

# "PID COMMAND" of all processes below the test's cgroup but the test itself
# and what it put aside.
# Builtins only: a helper process would find itself.
host_processes() {
	local file pid comm
	shopt -s nullglob globstar
	for file in "$CG"/**/cgroup.procs; do
		[ "$file" != "$CG/aside/cgroup.procs" ] || continue
		while read -r pid; do
			[ "$pid" != $$ ] && [ "$pid" != "$BASHPID" ] || continue
			comm=gone
			{ read -r comm <"/proc/$pid/comm"; } 2>/dev/null || continue
			echo "$pid $comm"
		done <"$file"
	done 2>/dev/null
	shopt -u nullglob globstar
}

nothing_runs() { [ -z "$(host_processes)" ]; }

host_kill() {
	local pid rest
	host_processes >"$BUNDLE/left"
	while read -r pid rest; do
		kill -9 "$pid" 2>/dev/null || true
	done <"$BUNDLE/left"
}

cgroups_gone() {
	[ "$(find "$CG" -mindepth 1 -type d | sort | xargs)" = "$CG/aside $CG/host" ]
}

# What a guest could leave behind. Caches and pins are not that: their names begin
# with "@", and a pin that the kernel refuses to one start may be made by the next.
# Keyrings have a test in process.bats: the kernel takes a second to collect them.
host_snapshot() {
	{
		echo "# mounts"
		awk -v pin="$STATE/@" 'index($5, pin) != 1' /proc/self/mountinfo | sort -k 5
		echo "# cgroups"
		find "$CG" -type d | sort
		echo "# state root"
		find "$STATE" -mindepth 1 -maxdepth 1 ! -name '@*' \
			! -name .empty-directory 2>/dev/null | sort
		echo "# bundle"
		find "$BUNDLE" -mindepth 1 -maxdepth 1 ! -name 'snapshot*' ! -name out ! -name err ! -name state | sort
		echo "# processes"
	} >"$1"
	host_processes >>"$1"
}

host_matches() {
	host_snapshot "$BUNDLE/snapshot.now"
	cmp -s "$1" "$BUNDLE/snapshot.now"
}

# Exiting processes leave their cgroup a little later, so this waits.
host_same() {
	wait_until host_matches "$1" || { diff "$1" "$BUNDLE/snapshot.now"; return 1; }
}

# One start and delete, so that what a runtime keeps on purpose exists, then the snapshot.
warm_up() {
	rt run "$ID-warm-up" </dev/null >/dev/null 2>&1 || true
	host_snapshot "$BUNDLE/snapshot"
}

nothing_left() { host_same "$BUNDLE/snapshot"; }

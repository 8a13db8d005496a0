# shellcheck shell=bash disable=SC2034 # the tests read what is set here
# SPDX-License-Identifier: Apache-2.0
#
# What the callers' tests share: the assertions of the runtime's own tests, a cgroup and a scratch
# directory for each test, and a terminal.

load ../bats/helpers

IMAGE=localhost/busybox:latest

# A test's cgroup; "try" keeps the output of commands in BUNDLE.
caller_setup() {
	BUNDLE=$BATS_TEST_TMPDIR
	CG_PATH=$CG_SUITE/t$BATS_TEST_NUMBER
	CG=$CG_MOUNT$CG_PATH
	mkdir "$CG"
	cd "$BUNDLE" || return 1
}

# Fails when the caller's clean-up left a process or a guest's cgroup.
caller_teardown() {
	local left=0
	cd /
	wait_until guests_gone || { left=1; find "$CG" -mindepth 1 -type d; host_processes; }
	echo 1 >"$CG/cgroup.kill"
	wait_until cgroup_removed || left=1
	return "$left"
}

# What Podman's monitors ran in is Podman's.
guests_gone() { nothing_runs && [ -z "$(find "$CG" -mindepth 1 -type d ! -name conmon)" ]; }

cgroup_removed() { find "$CG" -depth -type d -exec rmdir {} + && missing "$CG"; }

# in_terminal COMMAND [ARGS]: in a terminal of 33 lines and 77 columns.
in_terminal() {
	LC_ALL=C SHELL=$BASH timeout --foreground -k 2 "${LIMIT:-60}" \
		script -qefc "stty rows 33 cols 77; $(printf '%q ' "$@")" /dev/null 3>&- 4>&-
}

# A terminal learns its size a little after the program in it starts.
WAIT_SIZE='until [ "$(stty size)" = "33 77" ]; do sleep 0.05; done'

# feed TEXT COMMAND [ARGS]: the command gets TEXT once it has printed "ready", then the end of its
# input once it has printed "got".
feed() {
	local text=$1 input=$BUNDLE/input writer
	shift
	mkfifo "$input"
	(
		wait_until grep -q ready "$BUNDLE/out"
		printf '%s' "$text"
		wait_until grep -q got "$BUNDLE/out"
	) >"$input" 2>"$BUNDLE/feed" 3>&- 4>&- &
	writer=$!
	status=0
	"$@" <"$input" >"$BUNDLE/out" 2>"$BUNDLE/err" || status=$?
	output=$(<"$BUNDLE/out")
	stderr=$(<"$BUNDLE/err")
	wait "$writer" || true
	rm "$input"
}

has() { grep -qF -- "$1" "$2"; }

# The lines of /proc/self/status that a guest printed: status_is NAME VALUE.
status_is() { [[ $output =~ (^|$'\n')$1:[[:blank:]]+([^$'\n']*) ]] && same "${BASH_REMATCH[2]}" "$2"; }

has_controller() { grep -qw "$1" "$CG_MOUNT/cgroup.controllers"; }

# Whether this process may raise a limit above its hard one.
can_raise_limits() { (ulimit -Hn $(($(ulimit -Hn) + 1))) 2>/dev/null; }

namespace_of() { readlink "/proc/${2:-self}/ns/$1"; }

# ---- containerd, in the directory DAEMON ------------------------------------------

containerd_config() {
	cat <<-EOF
		version = 2
		root = "$DAEMON/root"
		state = "$DAEMON/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs",
			"io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
			"io.containerd.snapshotter.v1.zfs"]
		[grpc]
			address = "$CONTAINERD_ADDRESS"
		[debug]
			level = "warn"
	EOF
}

# A socket that nobody listens on any more would make ctr wait between its attempts.
containerd_start() {
	rm -f "$CONTAINERD_ADDRESS"
	containerd_config >"$DAEMON/config.toml"
	containerd --config "$DAEMON/config.toml" >>"$DAEMON/log" 2>&1 </dev/null 3>&- 4>&- &
	echo $! >"$DAEMON/pid"
	disown
	wait_until test -S "$CONTAINERD_ADDRESS" && wait_until ctr version
}

containerd_stop() {
	local pid
	pid=$(<"$DAEMON/pid")
	kill "$pid"
	wait_until dead "$pid"
}

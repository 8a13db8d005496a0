#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run-private.sh COMMAND [ARGS]: runs it as root in a mount namespace of its own, in which
# /sys/fs/cgroup is cgroup2 whatever the host has there, with
#   WARREN_TEST_CGROUP  a cgroup made for it, as in /proc/PID/cgroup: every guest belongs below it
#   TMPDIR              a directory made for it
# Both are removed at the end, with what still runs in there. Exit status: the command's,
# 125 when the command succeeded and left a cgroup behind.
set -eu
. "$(dirname "$0")/common.bash"

if [ "${WARREN_PRIVATE:-}" != "$$" ]; then
	need_root
	WARREN_PRIVATE=$$ exec unshare -m --propagation private "$TOP/tests/run-private.sh" "$@"
fi
unset WARREN_PRIVATE

TMPDIR=$(mktemp -d /tmp/warren-run.XXXXXX)
export TMPDIR WARREN_TEST_CGROUP=/warren-run-$$
directory=/sys/fs/cgroup$WARREN_TEST_CGROUP

clean_up()
{
	trap '' INT TERM
	cgroup_remove "$directory" || true
	# What is still mounted there, the runtime's own pin for one. One file system only, if that fails.
	awk -v at="$TMPDIR/" 'index($5, at) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		xargs -r -d '\n' umount -l || true
	rm -rf --one-file-system "$TMPDIR" || true
}

# A bind of the host's mount, never a new one: mounting cgroup2 from the initial cgroup
# namespace would reset nsdelegate and its like for the whole host.
cgroup2_here()
{
	local mount

	mount=$(cgroup2_mount)
	[ "$mount" != /sys/fs/cgroup ] || return 0
	if [ -z "$mount" ]; then
		umount -R /sys/fs/cgroup 2>/dev/null || true
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		return
	fi
	mkdir "$TMPDIR/cgroup"
	mount --bind "$mount" "$TMPDIR/cgroup"
	umount -R /sys/fs/cgroup
	mount --move "$TMPDIR/cgroup" /sys/fs/cgroup
	rmdir "$TMPDIR/cgroup"
}

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cgroup2_here
mkdir "$directory"

status=0
"$@" || status=$?
left=$(find "$directory" -mindepth 1 -type d)
if [ "$status" = 0 ] && [ -n "$left" ]; then
	printf '# left behind: %s\n' "$left"
	status=125
fi
exit "$status"

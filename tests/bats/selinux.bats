#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# SELinux with a policy of our own, for a kernel that has it active and no policy yet:
# ./dev vm -a 'security=selinux selinux=1 enforcing=0' (tests/vm/suite.sh selinux)

load helpers

GUEST=test_u:test_r:guest_t:s0:c1
FILES=test_u:object_r:guest_file_t:s0:c1

has_policy() { [[ $(tr -d '\0' </proc/self/attr/current) == test_u:* ]]; }

# A policy cannot be taken back, so no host gets this one that has another, or that is in use.
setup_file() {
	[ -e /sys/fs/selinux/load ] || return 0
	has_policy || [ "$(tr -d '\0' </proc/self/attr/current)" = kernel ] || return 0
	command -v secilc >/dev/null || return 0
	has_policy && return
	secilc -c 33 -o "$BATS_FILE_TMPDIR/policy" -f /dev/null "$BATS_TEST_DIRNAME/../vm/selinux.cil"
	dd if="$BATS_FILE_TMPDIR/policy" of=/sys/fs/selinux/load bs=1M status=none
}

# A bundle as an engine leaves it: the root's files are the guest's. What it prints to is, too.
setup() {
	[ -e /sys/fs/selinux/enforce ] || skip "needs SELinux"
	has_policy || skip "needs SELinux without a policy, and secilc"
	bundle_new
	: >out
	: >err
	chcon -R "$FILES" rootfs out err
	config_set '.process.selinuxLabel = $p | .linux.mountLabel = $f' --arg p "$GUEST" --arg f "$FILES"
}

teardown() {
	[ -z "${BUNDLE:-}" ] || echo 0 >/sys/fs/selinux/enforce
	[ -z "${BUNDLE:-}" ] || bundle_remove
}

current='tr -d "\0" </proc/self/attr/current; echo'

# proves: process.selinuxLabel
@test "a guest runs with its SELinux label, and so does exec" {
	run_guest "$current"
	prints "$GUEST"
	up
	ok rt exec "$ID" sh -c "$current"
	prints "$GUEST"
	ok rt exec --user 1000:1000 "$ID" sh -c "$current"
	prints "$GUEST"
}

# proves: exec --process-label
@test "exec --process-label takes another label, and --process the one that its file names" {
	local other=test_u:test_r:guest_t:s0:c2
	up
	ok rt exec --process-label "$other" "$ID" sh -c "$current"
	prints "$other"
	jq --arg s "$current" --arg o "$other" '.process | .args = ["sh", "-c", $s] | .selinuxLabel = $o' \
		config.json >process.json
	ok rt exec --process process.json "$ID"
	prints "$other"
}

@test "the SELinux label is set without no_new_privs and in a user namespace too" {
	config_set '.process.noNewPrivileges = false'
	run_guest "$current"
	prints "$GUEST"
	user_namespace
	run_guest "$current"
	prints "$GUEST"
}

# proves: linux.mountLabel
@test "the mount label is that of the guest's own file systems, message queues and masks" {
	local pid where
	filesystem /mnt tmpfs
	config_set '.linux.maskedPaths = ["/etc"]'
	up ': >/mnt/file; : >/dev/mqueue/queue; : >/dev/shm/file'
	pid=$(pid_of "$ID")
	for where in /dev /dev/pts /dev/shm /dev/shm/file /mnt /mnt/file /etc /dev/mqueue; do
		same "$where $(stat -c %C "/proc/$pid/root$where")" "$where $FILES"
	done
	ok rt exec "$ID" grep -c "[ ,]context=\"*$FILES" /proc/self/mountinfo
	prints 5
	ok rt delete --force "$ID"
	user_namespace
	run_guest 'grep -c "[ ,]context=" /proc/self/mountinfo'
	prints 5
}

@test "the message queues of the host keep their label" {
	local before
	before=$(stat -c %C /dev/mqueue)
	[ "$before" != "$FILES" ]
	namespace_drop ipc
	run_guest ':'
	same "$(stat -c %C /dev/mqueue)" "$before"
}

@test "a policy that is enforced keeps a guest to its own files" {
	mkdir own others
	echo a >own/file
	echo b >others/file
	echo c >rootfs/etc/host
	chcon "$FILES" own/file
	chcon "${FILES%c1}c2" others/file
	chcon test_u:object_r:file_t:s0 rootfs/etc/host
	bind /own "$BUNDLE/own" bind
	bind /others "$BUNDLE/others" bind
	filesystem /mnt tmpfs
	echo 1 >/sys/fs/selinux/enforce
	run_guest 'for f in /own/file /others/file /etc/host /mnt/file; do
		echo x >$f && echo "$f written"; done'
	prints $'/own/file written\n/mnt/file written'
	says "can't create /others/file"
	says "can't create /etc/host"
	up
	ok rt exec "$ID" sh -c ': >/own/file'
	refused rt exec "$ID" sh -c ': >/others/file'
}

@test "a label that the policy does not know is refused by its name" {
	warm_up
	config_set '.process.selinuxLabel = "test_u:test_r:missing_t:s0"'
	refused rt run "$ID"
	is_warren || return 0
	says 'process.selinuxLabel "test_u:test_r:missing_t:s0"'
	says 'not a label that the loaded policy knows'
	config_set '.process.selinuxLabel = "" | .linux.mountLabel = "test_u:object_r:missing_t:s0"'
	refused rt run "$ID"
	says 'test_u:object_r:missing_t:s0'
	nothing_left
	config_set '.linux.mountLabel = ""'
	up
	expect 255 rt exec --process-label test_u:test_r:missing_t:s0 "$ID" true
	says 'test_u:test_r:missing_t:s0'
}

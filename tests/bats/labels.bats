#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Labels of AppArmor and SELinux. Hosts without them only get to see that none is dropped.

load helpers

setup() { bundle_new; }

without_apparmor() {
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] ||
		skip "this host has AppArmor"
}
without_selinux() { [ ! -e /sys/fs/selinux/enforce ] || skip "this host has SELinux"; }

@test "an AppArmor profile is refused where AppArmor is off" {
	without_apparmor
	warren_only "crun drops it"
	config_set '.process.apparmorProfile = "some-profile"'
	host_snapshot "$BUNDLE/snapshot"
	expect 1 rt create "$ID"
	says process.apparmorProfile
	says 'AppArmor is disabled'
	nothing_left
}

@test "an SELinux label is refused where SELinux is off, for processes and for mounts" {
	without_selinux
	warren_only "crun drops it"
	host_snapshot "$BUNDLE/snapshot"
	config_set '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
	expect 1 rt create "$ID"
	says process.selinuxLabel
	says 'SELinux is disabled'
	config_set 'del(.process.selinuxLabel) | .linux.mountLabel = "system_u:object_r:container_file_t:s0"'
	expect 1 rt create "$ID"
	says linux.mountLabel
	nothing_left
}

@test "no label is asked for by unconfined and by nothing" {
	config_set '.process.apparmorProfile = "unconfined" | .process.selinuxLabel = ""
		| .linux.mountLabel = ""'
	run_guest 'echo here'
	prints here
}

@test "exec refuses labels as create does" {
	warren_only "crun drops them"
	up
	if [ ! -e /sys/module/apparmor ]; then
		expect 255 rt exec --apparmor some-profile "$ID" true
		says 'AppArmor is disabled'
		jq '.process | .args = ["true"] | .apparmorProfile = "some-profile"' config.json >process.json
		expect 255 rt exec --process process.json "$ID"
		says apparmorProfile
		ok rt exec --apparmor unconfined "$ID" true
	fi
	without_selinux
	expect 255 rt exec --process-label system_u:system_r:container_t:s0 "$ID" true
	says 'SELinux is disabled'
}

# ---- AppArmor ---------------------------------------------------------------------------

# profile NAME RULES: loads it, and more than that is allowed but for what RULES deny.
profile() {
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || skip "needs AppArmor"
	needs_tool apparmor_parser
	echo "profile $1 flags=(attach_disconnected${3:-}) {
		file, network, signal, capability, ptrace, mount, unix,
		$2 }" >"$1.profile"
	apparmor_parser -r -K "$1.profile"
}

teardown() {
	local file
	for file in "$BUNDLE"/*.profile; do
		[ ! -e "$file" ] || apparmor_parser -R "$file"
	done
	bundle_remove
}

current='cat /proc/self/attr/current'

# bats test_tags=old
# proves: process.apparmorProfile
@test "a guest runs in its AppArmor profile, and so does exec" {
	profile warren-test 'deny /tmp/shut w, deny /etc/secret r,'
	echo secret >rootfs/etc/secret
	config_set '.process.apparmorProfile = "warren-test"'
	run_guest "$current; echo a >/tmp/open; echo b >/tmp/shut; cat /etc/secret; cat /tmp/*"
	prints $'warren-test (enforce)\na'
	says "can't create /tmp/shut"
	says "can't open '/etc/secret'"
	up
	ok rt exec "$ID" sh -c "$current"
	prints 'warren-test (enforce)'
	refused rt exec "$ID" sh -c 'echo b >/tmp/shut'
	says "can't create /tmp/shut"
	ok rt exec --user 1000:1000 "$ID" sh -c "$current"
	prints 'warren-test (enforce)'
}

@test "a guest runs in its AppArmor profile without no_new_privs and in a user namespace too" {
	profile warren-test 'deny /tmp/shut w,'
	config_set '.process.apparmorProfile = "warren-test" | .process.noNewPrivileges = false'
	run_guest "$current; echo b >/tmp/shut"
	prints 'warren-test (enforce)'
	says "can't create /tmp/shut"
	user_namespace
	run_guest "$current; echo b >/tmp/shut"
	prints 'warren-test (enforce)'
	says "can't create /tmp/shut"
}

# proves: exec --apparmor
@test "exec --apparmor takes another profile, and --process the one that its file names" {
	profile warren-test ''
	profile warren-test-other 'deny /tmp/shut w,' ', complain'
	config_set '.process.apparmorProfile = "warren-test" | .process.noNewPrivileges = false'
	up
	ok rt exec --apparmor warren-test-other "$ID" sh -c "$current"
	prints 'warren-test-other (complain)'
	jq --arg s "$current" '.process | .args = ["sh", "-c", $s] | .apparmorProfile = "warren-test-other"' \
		config.json >process.json
	ok rt exec --process process.json "$ID"
	prints 'warren-test-other (complain)'
	ok rt exec --apparmor unconfined "$ID" sh -c "$current"
	prints unconfined
}

# bats test_tags=old
@test "an AppArmor profile that is not loaded is refused by its name" {
	profile warren-test ''
	config_set '.process.apparmorProfile = "warren-no-such-profile"'
	warm_up
	refused rt run "$ID"
	is_warren || return 0
	says process.apparmorProfile
	says 'not loaded'
	nothing_left
	config_set '.process.apparmorProfile = "warren-test"'
	up
	expect 255 rt exec --apparmor warren-no-such-profile "$ID" true
	says 'not loaded'
	ok rt exec "$ID" true
}

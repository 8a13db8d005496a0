#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Labels of AppArmor and SELinux. Hosts without them only get to see that none is dropped.

load helpers

setup() { bundle_new; }
teardown() { bundle_remove; }

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

@test "a guest runs in its AppArmor profile, and so does exec" {
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || skip "needs AppArmor"
	needs_tool apparmor_parser
	printf 'profile warren-test flags=(attach_disconnected) { file, signal, capability, ptrace, mount, }\n' |
		apparmor_parser -r
	config_set '.process.apparmorProfile = "warren-test"'
	run_guest 'cat /proc/self/attr/current'
	prints 'warren-test (enforce)'
	up
	ok rt exec "$ID" cat /proc/self/attr/current
	prints 'warren-test (enforce)'
	config_set '.process.apparmorProfile = "warren-no-such-profile"'
	refused rt run "$ID-other"
	says 'not loaded'
}

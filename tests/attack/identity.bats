#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Who a guest's process is: ids that wrap or are looked up, capabilities and groups too many.

load helpers

is_root() { [ "$status" = 0 ] && [ "${output%%$'\n'*}" = 0 ]; }

numeric_name() {
	echo '1000:x:0:0::/:/bin/sh' >>rootfs/etc/passwd
	up
	try rt exec -u 1000 "$ID" id -u
	won_if is_root
}
@test "exec -u of a number is not looked up as a name" {
	contained numeric_name
	proven numeric_name
}

# What is no id must not become one: least of all root.
odd_users() {
	local user
	up
	for user in -1 -4294967296 4294967295 4294967296 8589934592 18446744073709551616 1x 0x0 '' ' ' +0 \
		1:-1 :0 1: 0.5 1e3 $'1\n' root user 99999999999999999999999999999999; do
		try rt exec -u "$user" "$ID" id -u
		won_if is_root
		won_if succeeded
		[ "$won" = no ] || return 0
	done
}
@test "exec -u of what is no id starts nothing, least of all as root" {
	rejected odd_users
	proven odd_users
}

single_digits() {
	local user
	up
	status=0
	for user in 1 2 3 4 5 6 7 8 9 10 65534 4294967294; do
		try rt exec -u "$user" "$ID" id -u
		[ "$status" != 0 ] || won_if not [ "$output" = "$user" ]
	done
}
@test "exec -u of every id is that id" {
	contained single_digits
}

odd_config_users() {
	local user any=1
	guest 'id -u'
	cp config.json plain.json
	for user in -1 4294967295 4294967296 18446744073709551616 '"5"' 1.5 '"0"' '[5]' true 1e-3; do
		sed "s/\"uid\": 0/\"uid\": $user/" plain.json >config.json
		try rt run "$ID"
		won_if is_root
		[ "$status" != 0 ] || any=0
		[ "$won" = no ] || return 0
	done
	status=$((any ? 1 : 0))
}
@test "a configured uid that is no id starts nothing, least of all as root" {
	rejected odd_config_users
	proven odd_config_users
}

# ---- capabilities -------------------------------------------------------------------------------

# A program of the image that may inherit CAP_CHOWN: an ordinary user gets it if the process has it
# in its inheritable set.
inheritable() {
	mkdir rootfs/bin/chown-er
	cp rootfs/bin/busybox rootfs/bin/chown-er
	"$ATTACK/trick" file-caps rootfs/bin/chown-er/busybox 0 >/dev/null
	config_set '.process.noNewPrivileges = false
		| .process.capabilities[] += ["CAP_CHOWN", "CAP_SETUID", "CAP_SETGID"]'
	up
	try rt exec -u 1000 --cap CAP_CHOWN "$ID" sh -c 'grep CapInh /proc/self/status; /bin/chown-er/busybox grep CapEff /proc/self/status'
	won_if not grep -q -x 'CapInh:.0*' <<<"$output"
	won_if grep -q 'CapEff:.*[1-9a-f]' <<<"$output"
}
@test "exec --cap gives no capability to programs that may inherit it" {
	contained inheritable
	proven inheritable
}

spec_inheritable() {
	try rt spec -b "$BUNDLE/outside"
	won_if not jq -e '.process.capabilities | (.inheritable // []) + (.ambient // []) == []' outside/config.json
	rm -f outside/config.json
	config_set '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}'
	guest 'grep Cap /proc/self/status'
	try rt run "$ID"
	won_if grep -q 'Cap\(Inh\|Eff\|Amb\|Prm\):.*[1-9a-f]' <<<"$output"
}
@test "an ordinary user of a guest has no capability, and spec writes none that stay" {
	contained spec_inheritable
}

setuid_program() {
	mkdir rootfs/bin/suid
	cp rootfs/bin/busybox rootfs/bin/suid
	chmod 4755 rootfs/bin/suid/busybox
	config_set '.process.user = {uid: 1000, gid: 1000}'
	guest '/bin/suid/busybox id -u; /bin/suid/busybox grep CapEff /proc/self/status'
	try rt run "$ID"
	won_if is_root
	won_if grep -q 'CapEff:.*[1-9a-f]' <<<"$output"
}
@test "with no_new_privs a setuid program of the image stays without" {
	contained setuid_program
	proven setuid_program
}

# ---- groups -------------------------------------------------------------------------------------

caller_groups() {
	guest 'id -G; : >/tmp/up; exec sleep 1000'
	setpriv --groups 0,4242 "$RUNTIME" --root "$STATE" run -d "$ID" </dev/null >out 2>err 3>&- 4>&-
	wait_until test -e rootfs/tmp/up
	won_if grep -qw 4242 out
	setpriv --groups 0,4242 "$RUNTIME" --root "$STATE" exec "$ID" id -G </dev/null >out 2>err 3>&- 4>&-
	won_if grep -qw 4242 out
	status=0
}
@test "the caller's groups are not the guest's" {
	contained caller_groups
	proven caller_groups
}

# A group that has less than others: who could leave it had more.
leaves_group() {
	warren_only "the guests of an ordinary user"
	install -d -o 54321 -g 54321 -m 700 run
	cp "$RUNTIME" runtime
	chown -hR 54321:54321 rootfs
	namespace_set user
	config_set '.linux.uidMappings = [{containerID: 0, hostID: 54321, size: 1}] | .linux.gidMappings = .linux.uidMappings
		| del(.linux.cgroupsPath, .linux.resources) | .linux.namespaces |= map(select(.type != "cgroup"))
		| .mounts |= map(select(.type != "cgroup" and .type != "cgroup2" and .type != "sysfs" and .type != "devpts"))
		| .process.capabilities[] += ["CAP_SETGID", "CAP_SETUID"]'
	echo secret >rootfs/secret
	chown 0:4242 rootfs/secret
	chmod 604 rootfs/secret
	guest 'cat /secret; trick drop-groups && cat /secret; true'
	try env XDG_RUNTIME_DIR="$BUNDLE/run" setpriv --reuid=54321 --regid=54321 --groups=4242 --inh-caps=-all \
		"$BUNDLE/runtime" run "$ID"
	won_if has_line secret
}
@test "a guest of an ordinary user cannot leave the groups that deny something to it" {
	contained leaves_group
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a caller's caller may have chosen: ids, annotations, lengths, bytes, options.

load helpers

odd_ids() {
	local id any=1
	for id in ../outside/owned outside/owned .. . '' / a/b 'a b' $'a\nb' ../../x "$(printf 'x%.0s' {1..5000})" \
		'@pins' '*' 'a;b' '%s%n'; do
		try rt run "$id"
		won_if outside_changed
		won_if test -e "$STATE/../owned"
		[ "$status" != 0 ] || any=0
		[ "$won" = no ] || break
	done
	rm -rf "$OUTSIDE/owned"
	status=$((any ? 1 : 0))
}
@test "an id leads to no directory but the guest's own" {
	rejected odd_ids
	proven odd_ids
}

odd_ids_later() {
	local id command
	mkdir -p "$STATE"
	for id in ../outside . .. 'x/../../outside' '@x'; do
		for command in delete 'delete --force' state kill exec; do
			# shellcheck disable=SC2086 # words
			try rt $command "$id" KILL
			won_if outside_changed
			won_if test ! -d "$OUTSIDE"
		done
	done
}
@test "no command takes an id for a path" {
	unbeaten odd_ids_later
}

annotations() {
	mkdir "$CG/aside/escaped"
	config_set '.annotations = {
			"org.systemd.property.ExecStartPre": ("[(\"/bin/touch\", [\"/bin/touch\", \"" + $o + "/new\"], false)]"),
			"org.systemd.property.TimeoutStopUSec": "uint64 1",
			"run.oci.hooks.stdout": ($o + "/new"), "run.oci.hooks.stderr": ($o + "/new"),
			"run.oci.systemd.subgroup": "../../escaped", "run.oci.delegate-cgroup": "../../aside/escaped/x",
			"run.oci.handler": "krun", "run.oci.seccomp.receiver": ($o + "/new"),
			"run.oci.pidfd_receiver": ($o + "/new"), "io.kubernetes.cri-o.umask": "000",
			"run.oci.mount_context_type": "x,suid"}
		| .hooks = {createRuntime: [{path: "/bin/echo", args: ["echo", "line"]}]}' --arg o "$OUTSIDE"
	mkdir -p rootfs/dir
	ln -s "$OUTSIDE/dir" rootfs/.krun_config.json
	try rt run "$ID"
	won_if outside_changed
	rm -f "$OUTSIDE/new"
	won_if test -d "$CG/aside/escaped/x"
	rmdir "$CG/aside/escaped/x" "$CG/aside/escaped" 2>/dev/null || true
}
@test "annotations do nothing on the host" {
	contained annotations
	proven annotations
}

systemd_property() {
	config_set '.linux.cgroupsPath = "system.slice:warren:test"
		| .annotations = {"org.systemd.property.ExecStartPre": "x"}'
	try rt --systemd-cgroup run "$ID"
	won_if succeeded
}
@test "an annotation sets no property of a systemd unit" {
	rejected systemd_property
}

# ---- lengths and bytes --------------------------------------------------------------------------

# refused_or_fine: neither a crash nor a hang.
long_values() {
	local long any=1
	long=$(printf '%070000d' 0)
	cp config.json plain.json
	for filter in '.mounts += [{destination: "/x", type: "bind", source: ("/" + $l), options: ["bind"]}]' \
		'.mounts += [{destination: ("/" + $l), type: "tmpfs"}]' \
		'.mounts += [{destination: "/x", type: "tmpfs", options: ["mode=" + $l]}]' \
		'.mounts += [{destination: "/x", type: $l}]' \
		'.hostname = $l' '.linux.cgroupsPath = "/" + $l' '.process.cwd = "/" + $l' '.root.path = $l' \
		'.linux.namespaces |= map(if .type == "ipc" then .path = "/" + $l else . end)' \
		'.linux.maskedPaths = ["/" + $l]' '.linux.readonlyPaths = ["/proc/" + $l]' \
		'.linux.sysctl = {("net." + $l): "1"}' \
		'.linux.uidMappings = [range(70000) | {containerID: ., hostID: (100000 + .), size: 1}]
			| .linux.gidMappings = .linux.uidMappings | .linux.namespaces += [{type: "user"}]'; do
		cp plain.json config.json
		config_set "$filter" --arg l "$long"
		try rt run "$ID"
		won_if [ "$status" -ge 124 -a "$status" != 255 ]
		[ "$status" != 0 ] || { any=0; echo "accepted: $filter"; }
	done
	status=$((any ? 1 : 0))
}
@test "a value of 70000 bytes, or as many mappings, is an error and not another value" {
	rejected long_values
}

# Cut at a NUL, each of these would be a value that somebody before us has not seen.
nul_bytes() {
	local any=1
	cp config.json plain.json
	for filter in '.mounts += [{destination: "/x\u0000/../..", type: "tmpfs"}]' \
		'.mounts += [{destination: "/x", type: "bind", source: "/etc\u0000/ok", options: ["bind"]}]' \
		'.root.path = "rootfs\u0000/x"' '.process.cwd = "/\u0000x"' '.process.args = ["true\u0000x"]' \
		'.process.env += ["A=b\u0000LD_PRELOAD=x"]' '.hostname = "a\u0000b"' \
		'.linux.sysctl = {"net.ipv4.ip_forward\u0000x": "1"}' \
		'.hooks = {createRuntime: [{path: "/bin/true\u0000x"}]}' \
		'.linux.maskedPaths = ["/etc\u0000/x"]' '.linux.namespaces += [{type: "user\u0000x"}]'; do
		cp plain.json config.json
		config_set "$filter"
		try rt run "$ID"
		[ "$status" != 0 ] || { any=0 won=yes; echo "accepted: $filter"; }
	done
	status=$((any ? 1 : 0))
}
@test "a string with a NUL in it is refused everywhere" {
	rejected nul_bytes
	proven nul_bytes
}

# Who lets others choose the mode of a tmpfs has not let them choose what may be executed there.
option_injection() {
	local any=1
	guest 'grep " /x " /proc/self/mountinfo | cut -d " " -f 6'
	cp config.json plain.json
	for option in mode=755,suid,dev,exec mode=755,suid size=1m,exec 'size=1m,nr_inodes=9,dev'; do
		cp plain.json config.json
		filesystem /x tmpfs nosuid nodev noexec "$option"
		try rt run "$ID"
		won_if not grep -q nosuid,nodev,noexec <<<"${output:-nosuid,nodev,noexec}"
		[ "$status" != 0 ] || any=0
	done
	status=$((any ? 1 : 0))
}
@test "no flag of a mount is cleared by what stands behind a comma" {
	rejected option_injection
	proven option_injection
}

overlay_injection() {
	warren_only "the root as layers"
	needs_feature 'any(.annotations // {} | keys[]; . == "never") | not' "--lower"
	mkdir -p upper 'base:x,lowerdir=y'
	cp -a rootfs/. 'base:x,lowerdir=y'
	mkdir -p x
	cp -a "$OUTSIDE" x/leak
	guest 'ls -d /leak; true'
	try rt run --lower "$BUNDLE/base:x,lowerdir=y" --upper "$BUNDLE/upper" "$ID"
	won_if has_line /leak
}
@test "the name of a layer is one name, whatever characters are in it" {
	contained overlay_injection
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Device nodes, and the filter of the cgroup that says who may open them.

load helpers

setup() { bundle_new; }
teardown() { bundle_remove; }

# ---- device nodes -----------------------------------------------------------------------------------

@test "the default devices are there, with their numbers and for everybody" {
	run_guest 'for d in null zero full random urandom tty; do stat -c "%n %t:%T %a %u:%g" /dev/$d; done'
	prints '/dev/null 1:3 666 0:0
/dev/zero 1:5 666 0:0
/dev/full 1:7 666 0:0
/dev/random 1:8 666 0:0
/dev/urandom 1:9 666 0:0
/dev/tty 5:0 666 0:0'
}

@test "the links of /dev are there" {
	run_guest 'for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done; [ -c /dev/ptmx ] && echo ptmx'
	prints '/proc/self/fd
/proc/self/fd/0
/proc/self/fd/1
/proc/self/fd/2
pts/ptmx
ptmx'
}

@test "there is no /dev/console without a terminal" {
	run_guest '[ -e /dev/console ] || echo none'
	prints none
}

# proves: linux.devices[].path|type|major|minor|fileMode|uid|gid
@test "a device of linux.devices is made as described" {
	config_set '.linux.devices = [
		{type: "c", path: "/dev/deep/mine", major: 1, minor: 3, fileMode: 384, uid: 5, gid: 6},
		{type: "b", path: "/dev/block", major: 7, minor: 99},
		{type: "p", path: "/dev/pipe", fileMode: 438},
		{type: "u", path: "/dev/unbuffered", major: 1, minor: 5}]
		| .process.user.umask = 63'
	run_guest 'stat -c "%n %F %t:%T %a %u:%g" /dev/deep/mine /dev/block /dev/pipe /dev/unbuffered'
	prints '/dev/deep/mine character special file 1:3 600 5:6
/dev/block block special file 7:63 666 0:0
/dev/pipe fifo 0:0 666 0:0
/dev/unbuffered character special file 1:5 666 0:0'
}

@test "an entry for a default device decides its mode" {
	config_set '.linux.devices = [{type: "c", path: "/dev/null", major: 1, minor: 3, fileMode: 416, uid: 0, gid: 7}]'
	run_guest 'stat -c "%t:%T %a %g" /dev/null'
	prints '1:3 640 7'
}

@test "another file in the place of a device is refused" {
	warren_only "crun takes what is there"
	config_set '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .linux.devices = [{type: "c", path: "/dev/mine", major: 1, minor: 3}]'
	echo x >rootfs/dev/mine
	refused rt run "$ID"
	says /dev/mine
}

@test "a /dev bound from outside is left as it is" {
	mkdir mydev
	mknod mydev/null c 1 3
	config_set '.mounts |= map(select(.destination | startswith("/dev") | not))'
	bind /dev "$BUNDLE/mydev" bind
	ok rt run "$ID"
	same "$(ls mydev)" null
}

@test "a null in /dev that leads elsewhere is not used for masking" {
	mkdir mydev
	ln -s /etc/group mydev/null
	echo secret >rootfs/etc/secret
	config_set '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .linux.maskedPaths = ["/etc/secret"]'
	bind /dev "$BUNDLE/mydev" bind
	guest 'cat /etc/secret; echo x >/etc/secret'
	try rt run "$ID"
	says_not secret
	says_not root:
	grep -q root: rootfs/etc/group
}

# ---- the device cgroup -----------------------------------------------------------------------------------

# Nobody drives character devices of major 240: who may open one is told that
# there is no such device, who may not that this is not permitted.
device_guest() {
	config_set '.process.capabilities |= map_values(. + ["CAP_MKNOD"])
		| (.mounts[] | select(.destination == "/dev")).options |= map(select(. != "nodev"))'
	run_guest "mknod /dev/a c 240 7; mknod /dev/b c 240 8; $1"
}
NONE='No such device or address'
DENIED='Operation not permitted'

@test "without rules the default devices work and others are denied" {
	device_guest 'probe open /dev/a; for d in null zero full random urandom; do probe open /dev/$d; done'
	prints "$DENIED"$'\nok\nok\nok\nok\nok'
}

# proves: linux.resources.devices[].allow|major|minor|access
@test "a rule allows a device, for reading or writing" {
	config_set '.linux.resources.devices += [{allow: true, type: "c", major: 240, minor: 7, access: "r"}]'
	device_guest 'probe open /dev/a r; probe open /dev/a w; probe open /dev/b r'
	prints "$NONE"$'\n'"$DENIED"$'\n'"$DENIED"
}

@test "the last rule that matches decides" {
	config_set '.linux.resources.devices += [{allow: true, access: "rwm"},
		{allow: false, type: "c", major: 240, minor: 7, access: "w"}]'
	device_guest 'probe open /dev/a r; probe open /dev/a w; probe open /dev/b w'
	prints "$NONE"$'\n'"$DENIED"$'\n'"$NONE"
}

# proves: linux.resources.devices[].type
@test "a rule without a minor is for all of them, without a type for all types" {
	config_set '.linux.resources.devices += [{allow: true, type: "c", major: 240, access: "rw"}]'
	device_guest 'probe open /dev/b; mknod /dev/other c 241 7; probe open /dev/other'
	prints "$NONE"$'\n'"$DENIED"
	config_set '.linux.resources.devices += [{allow: true, access: "rw"}]'
	device_guest 'probe open /dev/b; mknod /dev/block b 240 7; probe open /dev/block'
	prints "$NONE"$'\n'"$NONE"
}

@test "rules cannot take the default devices away" {
	config_set '.linux.resources.devices += [{allow: false, type: "c", major: 1, minor: 3, access: "rwm"}]'
	device_guest 'probe open /dev/null w'
	prints ok
}

@test "the filter holds for exec too" {
	up
	mknod rootfs/tmp/a c 240 7
	ok rt exec "$ID" sh -c 'probe open /tmp/a; true'
	prints "$DENIED"
}

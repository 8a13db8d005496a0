#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Mounts and layers that show their files with other ids.

load helpers

setup() {
	bundle_new
	needs_feature '.linux.mountExtensions.idmap.enabled' 'id-mapped mounts'
	mkdir source
	echo content >source/file
	chmod 600 source/file
	echo user >source/user
	chown 5:6 source/user
}
teardown() { bundle_remove; }

# bind DESTINATION SOURCE [OPTION...]
bind() {
	config_set '.mounts += [{destination: $ARGS.positional[0], source: $ARGS.positional[1],
		options: $ARGS.positional[2:]}]' --args -- "$@"
}

# Mappings of the last mount: "CONTAINER HOST SIZE" for uids, and the same or others for gids.
maps() {
	config_set 'def map: split(" ") | map(tonumber) | [{containerID: .[0], hostID: .[1], size: .[2]}];
		.mounts[-1] += {uidMappings: ($u | map), gidMappings: ($g | map)}' \
		--arg u "$1" --arg g "${2:-$1}"
}

owners() { run_guest 'cd /mnt; stat -c "%n %u:%g" file user'; }

# ---- binds ---------------------------------------------------------------------------------

# bats test_tags=old
@test "idmap alone takes the maps of the guest's user namespace" {
	user_namespace
	bind /mnt "$BUNDLE/source" bind idmap
	owners
	prints $'file 0:0\nuser 5:6'
	config_set '.process.capabilities |= map_values(. + ["CAP_CHOWN"])'
	run_guest 'cat /mnt/file; echo new >/mnt/new; chown 7:8 /mnt/file'
	prints content
	same "$(stat -c '%u:%g' source/new source/file | xargs)" '0:0 7:8'
}

@test "without idmap the files belong to nobody in the guest" {
	user_namespace
	bind /mnt "$BUNDLE/source" bind
	owners
	prints $'file 65534:65534\nuser 65534:65534'
}

# proves: mounts[].uidMappings|gidMappings, mounts[].*idMappings[].containerID|hostID
@test "mappings of the mount's own, with the option or without it" {
	user_namespace
	bind /mnt "$BUNDLE/source" bind
	maps '0 101000 100' '0 102000 100'
	owners
	prints $'file 1000:2000\nuser 1005:2006'
	config_set '.mounts[-1].options += ["idmap"]'
	owners
	prints $'file 1000:2000\nuser 1005:2006'
}

@test "a guest without a user namespace has id-mapped binds too" {
	bind /mnt "$BUNDLE/source" bind idmap
	maps '0 1000 10' '0 2000 10'
	owners
	prints $'file 1000:2000\nuser 1005:2006'
	run_guest 'echo new >/mnt/new || echo refused'
	says refused # its root is nobody there
}

@test "two mounts with different mappings, and one without" {
	bind /a "$BUNDLE/source" bind idmap
	maps '0 1000 10'
	bind /b "$BUNDLE/source" bind idmap
	maps '0 2000 10'
	bind /c "$BUNDLE/source" bind
	run_guest 'stat -c %u /a/user /b/user /c/user'
	prints $'1005\n2005\n5'
}

# proves: mounts[].*idMappings[].size
@test "an id that is not mapped is nobody's" {
	bind /mnt "$BUNDLE/source" bind
	maps '0 1000 5'
	owners
	prints $'file 1000:1000\nuser 65534:65534'
}

@test "an id-mapped file" {
	user_namespace
	bind /etc/file "$BUNDLE/source/file" bind idmap ro
	run_guest 'stat -c %u:%g /etc/file; cat /etc/file; echo x >/etc/file || echo ro'
	prints $'0:0\ncontent\nro'
}

@test "mount points that an id-mapped mount lacks are made in it, and are its root's" {
	warren_only "runc makes them with ids that nobody has there"
	user_namespace
	mkdir source/closed
	chown 5:6 source/closed
	chmod 500 source/closed
	bind /mnt "$BUNDLE/source" bind idmap
	bind /mnt/new/deep "$BUNDLE/rootfs/etc" bind
	bind /mnt/file "$BUNDLE/rootfs/etc/passwd" bind
	bind /mnt/closed/dir "$BUNDLE/rootfs/etc" bind
	filesystem /memory tmpfs mode=700
	run_guest 'ls /mnt/new/deep/passwd; head -c 4 /mnt/file; stat -c %u:%g /mnt/new /memory'
	prints "/mnt/new/deep/passwd
root0:0
0:0"
	same "$(stat -c %u:%g source/new source/new/deep source/closed/dir | xargs)" '0:0 0:0 0:0'
}

# bats test_tags=old
# proves: mounts[].options=idmap|ridmap
@test "idmap maps the mount, ridmap all below it" {
	mkdir source/sub other
	mount --bind other source/sub
	bind /mnt "$BUNDLE/source" rbind idmap
	maps '0 1000 10'
	run_guest 'stat -c %u /mnt/user /mnt/sub'
	prints $'1005\n0'
	config_set '.mounts[-1].options = ["rbind", "ridmap"]'
	run_guest 'stat -c %u /mnt/user /mnt/sub'
	prints $'1005\n1000'
}

# bats test_tags=old
@test "a tmpfs of the host's is id-mapped like a disk" {
	mkdir memory mapped
	mount -t tmpfs -o uid=3 tmpfs memory
	user_namespace
	up
	if ! "$TOOLS/idmount" memory mapped "$(pid_of "$ID")"; then # before Linux 6.3
		bind /mnt "$BUNDLE/memory" bind idmap
		refused rt run "$ID-2"
		says "file system tmpfs at $BUNDLE/memory may not support id-mapped mounts"
		return
	fi
	ok rt delete --force "$ID"
	bind /mnt "$BUNDLE/memory" bind idmap
	run_guest 'stat -c %u /mnt'
	prints 3
}

@test "the maps of a user namespace that is joined" {
	local pid
	user_namespace
	up
	pid=$(pid_of "$ID")
	namespace_set user "/proc/$pid/ns/user"
	config_set '.linux.cgroupsPath += "2" | del(.linux.uidMappings, .linux.gidMappings)'
	bind /mnt "$BUNDLE/source" bind idmap
	guest 'stat -c %u:%g /mnt/file /mnt/user'
	ok rt run "$ID-2"
	prints $'0:0\n5:6'
}

@test "an id-mapped bind is locked in a user namespace, and stays mapped" {
	warren_only "peers do not lock them against the guest's own root"
	user_namespace
	config_set '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"])'
	bind /mnt "$BUNDLE/source" bind idmap ro
	run_guest 'mount -o remount,bind,rw /mnt || echo 1; umount -l /mnt || echo 2
		mkdir /other; mount -o bind /mnt /other; stat -c %u /other/user'
	prints $'1\n2\n5'
}

@test "the host's mount table and its files stay as they are" {
	warm_up
	user_namespace
	bind /mnt "$BUNDLE/source" rbind ridmap
	host_snapshot "$BUNDLE/snapshot"
	owners
	nothing_left
	same "$(stat -c '%u:%g' source/file source/user | xargs)" '0:0 5:6'
}

# ---- refusals --------------------------------------------------------------------------------

@test "idmap without mappings and without a user namespace is refused" {
	bind /mnt "$BUNDLE/source" bind idmap
	refused rt create "$ID"
	is_warren || return 0
	says 'mounts['
	says uidMappings
}

@test "uid mappings without gid mappings are refused, and the other way round" {
	bind /mnt "$BUNDLE/source" bind
	maps '0 1000 10'
	config_set 'del(.mounts[-1].gidMappings)'
	refused rt create "$ID"
	config_set '.mounts[-1] |= (.gidMappings = .uidMappings | del(.uidMappings))'
	refused rt create "$ID"
}

@test "mappings that overlap are refused" {
	bind /mnt "$BUNDLE/source" bind
	maps '0 1000 10'
	config_set '.mounts[-1].uidMappings += [{containerID: 5, hostID: 5000, size: 10}]'
	refused rt create "$ID"
}

@test "a file system that cannot be id-mapped is refused by its name" {
	mkdir -p o/{lower,upper,work,merged}
	mount -t overlay overlay -o "lowerdir=o/lower,upperdir=o/upper,workdir=o/work" o/merged
	user_namespace
	warm_up
	bind /mnt "$BUNDLE/o/merged" bind idmap
	refused rt create "$ID"
	is_warren || return 0
	nothing_left
	says "the file system overlay at $BUNDLE/o/merged may not support id-mapped mounts"
}

@test "of a tree the mount that cannot be id-mapped is named, blanks and all" {
	warren_only "peers say that something is wrong"
	mkdir -p o/{lower,upper,work} "source/a b"
	mount -t overlay overlay -o "lowerdir=o/lower,upperdir=o/upper,workdir=o/work" "source/a b"
	bind /mnt "$BUNDLE/source" rbind ridmap
	maps '0 1000 10'
	refused rt create "$ID"
	umount "source/a b"
	says "the file system overlay at $BUNDLE/source/a b may not support id-mapped mounts"
}

@test "what is id-mapped already is refused" {
	warren_only "crun maps it once more, or says that something is wrong"
	mkdir mapped
	user_namespace
	up
	"$TOOLS/idmount" source mapped "$(pid_of "$ID")"
	same "$(stat -c %u mapped/user)" 100005
	config_set '.linux.cgroupsPath += "2"'
	bind /mnt "$BUNDLE/mapped" bind idmap
	refused rt create "$ID-2"
	says "$BUNDLE/mapped is id-mapped already"
	mv rootfs lower
	mkdir upper
	chown -h 0:0 lower
	config_set 'del(.mounts[-1])'
	"$TOOLS/idmount" lower mapped "$(pid_of "$ID")"
	refused rt create --lower mapped --upper upper "$ID-2"
	says mapped
}

@test "file systems that the guest gets new are not id-mapped" {
	warren_only "crun maps a tmpfs"
	local type
	for type in tmpfs proc sysfs mqueue cgroup; do
		config_set '.mounts |= map(select(.destination != "/mnt"))'
		mount_add "{\"destination\": \"/mnt\", \"type\": \"$type\", \"options\": [\"idmap\"]}"
		maps '0 1000 10'
		refused rt create "$ID"
		says "$type"
	done
}

@test "crun's way to write mappings is refused, not handed to a file system" {
	warren_only "crun's own"
	mount_add '{"destination": "/mnt", "type": "tmpfs", "options": ["idmap=uids=0-1-2"]}'
	refused rt create "$ID"
	says 'idmap=uids=0-1-2'
}

# ---- layers ----------------------------------------------------------------------------------

layers() {
	warren_only "no peer has these options"
	user_namespace
	chown -hR 0:0 rootfs
	echo user >rootfs/etc/user
	chown 5:6 rootfs/etc/user
	mv rootfs lower
	mkdir upper
}

run_layers() { # SCRIPT [OPTION...]
	guest "$1"$'\ntrue'
	shift
	ok rt run --lower lower --upper upper "$@" "$ID"
}

@test "a base of the host's root belongs to the guest's root, who may change it" {
	layers
	run_layers 'stat -c %u:%g / /etc/passwd /etc/user /tmp
		echo more >>/etc/group && echo new >/new && rm /etc/passwd && mkdir /dir && echo done'
	prints $'0:0\n0:0\n5:6\n0:0\ndone'
}

# bats test_tags=old
@test "what the guest writes has its ids on the host, the base stays as it is" {
	layers
	config_set '.process.capabilities |= map_values(. + ["CAP_CHOWN", "CAP_DAC_OVERRIDE"])'
	run_layers 'echo more >>/etc/group; echo new >/new; echo x >/etc/user; chown 5:6 /new'
	same "$(stat -c '%u:%g' upper upper/etc upper/etc/group upper/new upper/etc/user | xargs)" \
		'100000:100000 100000:100000 100000:100000 100005:100006 100005:100006'
	same "$(find lower ! -user 0 -printf '%p %U:%G\n')" 'lower/etc/user 5:6'
}

@test "a second guest goes on with the upper layer of the first" {
	layers
	run_layers 'echo kept >/etc/kept'
	run_layers 'cat /etc/kept; echo more >>/etc/kept; stat -c %u /etc/kept /etc'
	prints $'kept\n0\n0'
}

@test "two guests with different maps share a base" {
	layers
	run_layers 'echo x >/x'
	config_set '.linux.uidMappings[0].hostID = 300000 | .linux.gidMappings[0].hostID = 300000'
	mkdir upper2
	guest 'stat -c %u /etc/passwd; echo x >/x'
	ok rt run --lower lower --upper upper2 "$ID"
	prints 0
	same "$(stat -c %u upper/x upper2/x | xargs)" '100000 300000'
}

# bats test_tags=old
@test "several layers are all id-mapped" {
	layers
	mkdir -p top/etc
	echo top >top/etc/group
	guest 'stat -c %u:%g /etc/group /etc/passwd; cat /etc/group; echo x >>/etc/group && echo done'
	ok rt run --lower top --lower lower --upper upper "$ID"
	prints $'0:0\n0:0\ntop\ndone'
}

@test "layers with the maps of a user namespace that is joined" {
	local pid
	user_namespace
	up
	pid=$(pid_of "$ID")
	layers
	namespace_set user "/proc/$pid/ns/user"
	config_set '.linux.cgroupsPath += "2" | del(.linux.uidMappings, .linux.gidMappings)'
	guest 'stat -c %u /etc/passwd /etc/user; echo x >/x'
	ok rt run --lower lower --upper upper "$ID-2"
	prints $'0\n5'
	same "$(stat -c %u upper/x)" 100000
}

@test "mounts and their missing targets on id-mapped layers" {
	layers
	bind /new/target "$BUNDLE/source" bind idmap
	run_layers 'stat -c %u /new /new/target /new/target/user; ls /dev/null'
	prints $'0\n0\n5\n/dev/null'
}

@test "a base that belongs to nobody in the guest is refused" {
	layers
	chown -h 100000:100000 lower
	host_snapshot "$BUNDLE/snapshot"
	refused rt create --lower lower --upper upper "$ID"
	nothing_left
	says 'belongs to 100000:100000'
	same "$(stat -c %u upper)" 0
}

@test "an upper layer of somebody else's is refused, an empty one is given to the guest" {
	layers
	echo x >upper/file
	host_snapshot "$BUNDLE/snapshot"
	refused rt create --lower lower --upper upper "$ID"
	nothing_left
	says 'belongs to 0:0'
	same "$(stat -c %u upper)" 0
	rm upper/file
	run_layers 'echo x >/file'
	same "$(stat -c %u upper)" 100000
}

@test "a base on a file system that cannot be id-mapped is refused by its name" {
	layers
	mkdir -p o/{upper,work,merged}
	mount -t overlay overlay -o "lowerdir=lower,upperdir=o/upper,workdir=o/work" o/merged
	refused rt create --lower o/merged --upper upper "$ID"
	says o/merged
	says 'its file system, overlay, may not support that'
}

@test "a guest without a user namespace has the layers as they are" {
	layers
	namespace_drop user
	config_set 'del(.linux.uidMappings, .linux.gidMappings)'
	run_layers 'stat -c %u:%g /etc/user; echo x >/x'
	prints 5:6
	same "$(stat -c %u upper upper/x | xargs)" '0 0'
}

@test "the host's mount table never sees the layers" {
	layers
	guest ': >/up; exec sleep 1000'
	sort /proc/self/mountinfo | grep -v '@template' >before
	ok rt run -d --lower lower --upper upper "$ID"
	wait_until test -e upper/up
	same "$(sort /proc/self/mountinfo | grep -v -e '@template' -e "$STATE")" "$(<before)"
	ok rt delete --force "$ID"
}

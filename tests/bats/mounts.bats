#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the guest finds mounted, and where its mounts land.

load helpers

setup() {
	bundle_new
	mkdir source
	echo content >source/file
	chmod 755 source
}
teardown() { bundle_remove; }

# The mount line of a path as the guest sees it: "options propagation... - type source super".
mount_line() {
	run_guest "awk '\$5 == \"$1\"' /proc/self/mountinfo | tail -n 1"
	output=$(cut -d ' ' -f 6- <<<"$output")
	[ -n "$output" ] || explain "nothing is mounted on $1"
}

has_options() { # WORD...
	local word
	for word; do
		[[ ,${output%% *}, == *,$word,* ]] || explain "no $word"
	done
}

has_not_options() {
	local word
	for word; do
		[[ ,${output%% *}, != *,$word,* ]] || explain "unexpected $word"
	done
}

# ---- filesystems ---------------------------------------------------------------------

# bats test_tags=old
# proves: mounts[].type
@test "the usual filesystems are mounted, each with its type and flags" {
	local path type flags
	while read -r path type flags; do
		mount_line "$path"
		says " - $type "
		# shellcheck disable=SC2086 # words
		has_options $flags
	done <<-EOF
		/proc proc
		/dev tmpfs nosuid
		/dev/pts devpts nosuid noexec
		/dev/shm tmpfs nosuid noexec nodev
		/dev/mqueue mqueue nosuid noexec nodev
		/sys sysfs nosuid noexec nodev ro
		/sys/fs/cgroup cgroup2 nosuid noexec nodev ro
	EOF
}

@test "nothing of the host's mounts is seen" {
	run_guest 'cut -d " " -f 5 /proc/self/mountinfo'
	local line
	while read -r line; do
		[[ $line =~ ^/($|proc|dev|sys) ]] || explain "$line is mounted"
	done <<<"$output"
	says_not "$BUNDLE"
}

# proves: mounts[].options
@test "a tmpfs has the size, mode and flags asked for" {
	filesystem /mnt tmpfs size=1m mode=0711 nosuid nodev noexec
	mount_line /mnt
	says 'size=1024k'
	has_options rw nosuid nodev noexec
	run_guest 'stat -c %a /mnt; dd if=/dev/zero of=/mnt/x bs=64k count=32; stat -c %s /mnt/x'
	prints $'711\n1048576'
}

@test "a tmpfs takes over the mode of the directory below" {
	mkdir rootfs/mnt
	chmod 2750 rootfs/mnt
	filesystem /mnt tmpfs
	run_guest 'stat -c %a /mnt'
	prints 2750
}

@test "a read-only tmpfs can have mounts below" {
	filesystem /mnt tmpfs ro
	filesystem /mnt/below tmpfs
	run_guest 'touch /mnt/x; touch /mnt/below/x && echo fine'
	says 'Read-only file system'
	says fine
}

# proves: mounts[].options=tmpcopyup
@test "tmpcopyup keeps what the image has there" {
	mkdir -p rootfs/data/dir
	echo kept >rootfs/data/dir/file
	ln -s dir/file rootfs/data/link
	chmod 604 rootfs/data/dir/file
	chown 0:6 rootfs/data/dir/file
	filesystem /data tmpfs tmpcopyup
	run_guest 'cat /data/link; stat -c "%a %u %g" /data/dir/file; echo x >/data/new'
	prints $'kept\n604 0 6'
	missing rootfs/data/new
	grep -q kept rootfs/data/dir/file
}

@test "devpts has the mode and gid asked for" {
	mount_line /dev/pts
	says 'mode=620'
	says 'ptmxmode=666'
}

@test "the cgroup mount shows the guest's own cgroup only" {
	run_guest 'grep -c . /sys/fs/cgroup/cgroup.procs; ls /sys/fs/cgroup | grep -c warren-test'
	[[ $output =~ ^[1-9] ]]
	says_like '0$'
}

@test "a cgroup mount without ro is writable by the guest" {
	config_set '(.mounts[] | select(.destination == "/sys/fs/cgroup")).options |= map(select(. != "ro"))'
	up 'mkdir /sys/fs/cgroup/mine'
	[ -d "$CG/guest/mine" ]
}

@test "mounting cgroup2 leaves the host's mount options alone" {
	local before
	before=$(findmnt -n -o OPTIONS "$CG_MOUNT")
	ok rt run "$ID"
	same "$(findmnt -n -o OPTIONS "$CG_MOUNT")" "$before"
	warren_only "peers without a cgroup namespace change the hierarchy"
	namespace_drop cgroup
	ok rt run "$ID"
	same "$(findmnt -n -o OPTIONS "$CG_MOUNT")" "$before"
}

@test "mounts are made in the order of the list" {
	mkdir source/below
	filesystem /mnt tmpfs
	bind /mnt/source "$BUNDLE/source" bind
	filesystem /mnt/source/below tmpfs
	run_guest 'cat /mnt/source/file; awk "\$5 ~ /mnt/ { print \$5 }" /proc/self/mountinfo | sort'
	prints $'content\n/mnt\n/mnt/source\n/mnt/source/below'
}

# ---- bind mounts ------------------------------------------------------------------------

# proves: mounts[].source, mounts[].options=bind
@test "a directory is bound" {
	bind /mnt "$BUNDLE/source" bind
	run_guest 'cat /mnt/file; echo new >/mnt/new'
	prints content
	same "$(<source/new)" new
}

@test "a source relative to the bundle is found, from anywhere" {
	bind /mnt source bind
	guest 'cat /mnt/file'
	cd /
	ok rt run -b "$BUNDLE" "$ID"
	prints content
}

@test "a file is bound on a file, on a new name and into new directories" {
	bind /etc/passwd "$BUNDLE/source/file" bind
	bind /new/deep/name "$BUNDLE/source/file" bind
	run_guest 'cat /etc/passwd /new/deep/name; stat -c %a /new/deep; stat -c "%a %s" /new/deep/name'
	prints "content
content
755
$(stat -c '%a %s' source/file)"
	grep -q root rootfs/etc/passwd
	same "$(stat -c '%F %s' rootfs/new/deep/name)" 'regular empty file 0'
}

@test "the type of a bind mount does not matter" {
	local type
	for type in none bind '' nonsense; do
		config_set '.mounts |= map(select(.destination != "/mnt"))'
		config_set '.mounts += [{destination: "/mnt", type: $t, source: "source", options: ["rbind"]}]' --arg t "$type"
		run_guest 'cat /mnt/file'
		prints content
	done
}

@test "sockets, fifos and devices are bound like files" {
	mkfifo source/fifo
	bind /run/fifo "$BUNDLE/source/fifo" bind
	bind /run/null /dev/null bind
	run_guest '[ -p /run/fifo ] && echo fifo; [ -c /run/null ] && echo null'
	prints $'fifo\nnull'
}

# bats test_tags=old
# proves: mounts[].options=ro
@test "a bind mount is read-only when asked, and only for the guest" {
	bind /mnt "$BUNDLE/source" bind ro
	run_guest 'echo x >/mnt/file'
	says 'Read-only file system'
	echo x >source/file
	mount_line /mnt
	has_options ro
}

# proves: mounts[].options=nosuid|nodev|noexec|noatime|nodiratime
@test "nosuid, nodev, noexec, noatime and nodiratime are set" {
	bind /mnt "$BUNDLE/source" bind nosuid nodev noexec noatime nodiratime
	mount_line /mnt
	has_options rw nosuid nodev noexec noatime nodiratime
}

@test "a plain bind keeps the flags of its source" {
	warren_only "crun clears them"
	mount -t tmpfs -o nosuid,nodev,noexec,ro tmpfs source
	bind /mnt "$BUNDLE/source" bind
	mount_line /mnt
	has_options ro nosuid nodev noexec
}

# proves: mounts[].options=rw|suid|dev|exec
@test "rw, suid, dev and exec clear the flags of the source" {
	mount -t tmpfs -o nosuid,nodev,noexec tmpfs source
	mount -o remount,bind,ro source
	bind /mnt "$BUNDLE/source" bind rw suid dev exec
	mount_line /mnt
	has_options rw
	has_not_options nosuid nodev noexec
}


# replaced_below BIND BELOW: lines "FLAGS-OF-SOURCE OPTIONS WANTED UNWANTED" of standard input, for a mount
# that is bound by BIND, at BELOW of it. A dash stands for nothing.
replaced_below() {
	local how=$1 below=$2 flags options wanted unwanted
	mkdir -p "source$below"
	while read -r flags options wanted unwanted; do
		mount -t tmpfs -o "$flags" tmpfs "source$below"
		config_set '.mounts |= map(select(.destination != "/mnt"))'
		# shellcheck disable=SC2086 # words
		bind /mnt "$BUNDLE/source" "$how" ${options//,/ }
		mount_line "/mnt$below"
		[ "$wanted" = - ] || has_options "$wanted"
		# shellcheck disable=SC2086
		has_not_options ${unwanted//,/ }
		umount "source$below"
	done
}

# proves: mounts[].options=diratime|symfollow
@test "diratime and symfollow clear the flags of the source" {
	replaced_below bind '' <<-EOF
		nodiratime diratime - nodiratime
		nosymfollow symfollow - nosymfollow
	EOF
}

# proves: mounts[].options=atime|relatime|strictatime
@test "atime, relatime and strictatime replace the mode of the source" {
	replaced_below bind '' <<-EOF
		noatime atime relatime noatime
		noatime relatime relatime noatime
		noatime strictatime - noatime,relatime
	EOF
}

# proves: mounts[].options=norelatime|nostrictatime
@test "norelatime and nostrictatime take back what comes before them" {
	replaced_below bind '' <<-EOF
		strictatime relatime,norelatime - noatime,relatime
		noatime strictatime,nostrictatime noatime relatime
	EOF
}

# proves: mounts[].options=sync|dirsync|lazytime|mand
@test "the flags of a file system are set" {
	local flag
	for flag in sync dirsync lazytime mand; do
		filesystem /mnt tmpfs "$flag"
		mount_line /mnt
		[[ $output == *",$flag"* ]] || explain "no $flag"
		config_set '.mounts |= .[:-1]'
	done
}

# proves: mounts[].options=async|nolazytime|nomand
@test "the flags of a file system are taken back by their opposites" {
	local on off
	while read -r on off; do
		filesystem /mnt tmpfs "$on" "$off"
		mount_line /mnt
		[[ $output != *",$on"* ]] || explain "$on, and then $off"
		config_set '.mounts |= .[:-1]'
	done <<-EOF
		sync async
		lazytime nolazytime
		mand nomand
	EOF
}

# proves: mounts[].options=defaults
@test "defaults is not handed to the file system" {
	filesystem /mnt tmpfs defaults size=1m
	bind /bound "$BUNDLE/source" bind defaults
	mount_line /mnt
	says 'size=1024k'
	mount_line /bound
	has_options rw
}

# proves: mounts[].options=loud|silent
@test "loud and silent are not handed to the file system" {
	filesystem /mnt tmpfs loud silent size=1m
	mount_line /mnt
	says 'size=1024k'
}

# proves: mounts[].options=iversion|noiversion
@test "iversion and noiversion are not handed to the file system" {
	filesystem /mnt tmpfs iversion noiversion size=1m
	mount_line /mnt
	says 'size=1024k'
}

# proves: mounts[].options=remount
@test "remount gives other flags to what an earlier entry has mounted" {
	bind /mnt "$BUNDLE/source" bind
	filesystem /new tmpfs ro noexec
	filesystem /mnt none remount ro nosuid
	filesystem /new none remount rw
	filesystem /proc none remount ro
	run_guest 'grep " /mnt " /proc/self/mountinfo | cut -d " " -f 6; touch /new/file && echo made
		grep -c " /proc ro" /proc/self/mountinfo'
	prints $'ro,nosuid,relatime\nmade\n1'
}

@test "remount wants a mount, and leaves its file system alone" {
	filesystem /etc none remount ro
	refused rt run "$ID"
	says "/etc: option remount: nothing is mounted there"
	config_set '.mounts[-1].options = ["remount", "size=1m"]'
	refused rt run "$ID"
	says 'give "size=1m" to the entry that mounts it'
	config_set '.mounts[-1] |= (.destination = "/" | .options = ["remount", "ro"])'
	refused rt run "$ID"
	says "use root.readonly"
}

@test "the last of contradicting options wins" {
	warren_only "crun adds them up"
	bind /mnt "$BUNDLE/source" bind ro rw nosuid suid
	mount_line /mnt
	has_options rw
	has_not_options nosuid
}

# The kernel lets nobody have a mount of a mount namespace that is older than their own: a guest gets
# the tree without it, as everybody does who copies theirs. snapd has such mounts in /run/snapd/ns.
# Since 6.18 it tells the age by numbers that each processor hands out by itself: then it may err.
# bats test_tags=old
@test "rbind takes a tree in which somebody has pinned a mount namespace" {
	mkdir -p source/below
	echo text >source/file
	: >source/pin
	mount -t tmpfs tmpfs source/below
	: >source/below/inner
	pin() { taskset -c $((RANDOM % $(nproc))) unshare --mount="$1" true; }
	wait_until pin "$BUNDLE/source/pin" || skip "the kernel lets nobody pin a mount namespace here"
	wait_until pin "$BUNDLE/source/below/inner"
	bind /mnt "$BUNDLE/source" rbind ro
	run_guest 'cat /mnt/file; stat -f -c %T /mnt/below; touch /mnt/new || echo refused'
	prints "text
tmpfs
refused"
	user_namespace
	run_guest 'cat /mnt/file; stat -f -c %T /mnt/below'
	prints "text
tmpfs"
	config_set '.hooks.createRuntime = [{path: "/bin/true"}]'
	run_guest 'cat /mnt/file; stat -f -c %T /mnt/below'
	prints "text
tmpfs"
	umount source/below/inner source/below source/pin
}

# proves: mounts[].options=rbind
@test "bind takes one mount, rbind the whole tree" {
	mkdir source/sub
	mount -t tmpfs tmpfs source/sub
	touch source/sub/inside
	bind /one "$BUNDLE/source" bind
	bind /all "$BUNDLE/source" rbind
	run_guest 'ls /one/sub; ls /all/sub'
	prints inside
}

@test "ro stops at mounts below, rro does not" {
	needs_mount_option rro
	mkdir source/sub
	mount -t tmpfs tmpfs source/sub
	bind /ro "$BUNDLE/source" rbind ro
	bind /rro "$BUNDLE/source" rbind rro
	run_guest 'touch /ro/x; touch /ro/sub/x && echo ro-sub; touch /rro/sub/y || echo rro-sub'
	says ro-sub
	says rro-sub
}

@test "rnosuid, rnodev and rnoexec reach the mounts below" {
	needs_mount_option rnosuid
	mkdir source/sub
	mount -t tmpfs tmpfs source/sub
	bind /mnt "$BUNDLE/source" rbind rnosuid rnodev rnoexec
	mount_line /mnt/sub
	has_options nosuid nodev noexec
}

@test "recursive atime options replace each other" {
	needs_mount_option rnoatime
	warren_only "crun does not clear the old one, EINVAL"
	mkdir source/sub
	mount -t tmpfs -o strictatime tmpfs source/sub
	bind /mnt "$BUNDLE/source" rbind rnoatime
	mount_line /mnt/sub
	has_options noatime
}

# bats test_tags=old
# proves: mounts[].options=rro|rnosuid|rnodev|rnoexec
@test "rro, rnosuid, rnodev and rnoexec reach the mounts below" {
	replaced_below rbind /sub <<-EOF
		rw rro ro -
		suid rnosuid nosuid -
		dev rnodev nodev -
		exec rnoexec noexec -
	EOF
}

# proves: mounts[].options=rrw|rsuid|rdev|rexec
@test "rrw, rsuid, rdev and rexec clear the flags of the mounts below" {
	replaced_below rbind /sub <<-EOF
		nosuid rsuid - nosuid
		nodev rdev - nodev
		noexec rexec - noexec
	EOF
	mount -t tmpfs tmpfs source/sub
	mount -o remount,bind,ro source/sub
	bind /mnt "$BUNDLE/source" rbind rrw
	mount_line /mnt/sub
	has_options rw
}

# proves: mounts[].options=rnodiratime|rdiratime|rnosymfollow|rsymfollow
@test "rnodiratime, rnosymfollow and their opposites reach the mounts below" {
	replaced_below rbind /sub <<-EOF
		diratime rnodiratime nodiratime -
		nodiratime rdiratime - nodiratime
		symfollow rnosymfollow nosymfollow -
		nosymfollow rsymfollow - nosymfollow
	EOF
}

@test "every recursive option reaches the mounts below, and its opposite takes it back" {
	needs_mount_option rro
	local on flag off
	mkdir source/sub
	mount -t tmpfs tmpfs source/sub
	while read -r on flag off; do
		config_set '.mounts |= map(select(.destination != "/mnt"))'
		bind /mnt "$BUNDLE/source" rbind "$on"
		mount_line /mnt/sub
		has_options "$flag"
		mount -o "remount,bind,$flag" source/sub
		config_set '.mounts[-1].options = ["rbind", $off]' --arg off "$off"
		mount_line /mnt/sub
		has_not_options "$flag"
		mount -o remount,bind,rw source/sub
	done <<-EOF
		rro ro rrw
		rnosuid nosuid rsuid
		rnodev nodev rdev
		rnoexec noexec rexec
		rnodiratime nodiratime rdiratime
		rnosymfollow nosymfollow rsymfollow
		rnoatime noatime ratime
		rnoatime noatime rrelatime
	EOF
}


# proves: mounts[].options=ratime|rrelatime|rstrictatime|rnoatime
@test "recursive modes of access times replace those of the mounts below" {
	replaced_below rbind /sub <<-EOF
		noatime ratime relatime noatime
		noatime rrelatime relatime noatime
		noatime rstrictatime - noatime,relatime
		strictatime rnoatime noatime relatime
	EOF
}

# proves: mounts[].options=rnorelatime|rnostrictatime
@test "rnorelatime and rnostrictatime take back what comes before them" {
	replaced_below rbind /sub <<-EOF
		strictatime rrelatime,rnorelatime - noatime,relatime
		noatime rstrictatime,rnostrictatime noatime relatime
	EOF
}

@test "of recursive and plain options the later one counts for the mount itself" {
	needs_mount_option rro
	warren_only "peers apply the recursive ones last, whatever the order"
	mkdir source/sub
	mount -t tmpfs tmpfs source/sub
	bind /mnt "$BUNDLE/source" rbind rro rw rnoatime strictatime
	mount_line /mnt
	has_options rw
	has_not_options noatime relatime
	mount_line /mnt/sub
	has_options ro noatime
	config_set '.mounts[-1].options = ["rbind", "ro", "rrw"]'
	mount_line /mnt
	has_options rw
}

@test "a new filesystem takes recursive options as its own" {
	needs_mount_option rro
	warren_only "peers make it read-only before the mounts below are there"
	filesystem /mnt tmpfs rro rnosuid rnoatime
	bind /mnt/new "$BUNDLE/source" bind
	mount_line /mnt
	has_options ro nosuid noatime
	run_guest 'touch /mnt/x || echo ro; touch /mnt/new/x && echo rw'
	says $'ro\nrw'
}

# proves: mounts[].options=nosymfollow
@test "nosymfollow is honoured" {
	needs_mount_option nosymfollow
	ln -s file source/link
	bind /mnt "$BUNDLE/source" bind nosymfollow
	run_guest 'cat /mnt/link || echo refused'
	says refused
}

@test "a recursive option that features does not list is refused, not dropped" {
	warren_only "crun drops what it does not know"
	local option
	for option in rro rnosuid rnodev rnoexec rnoatime rnosymfollow idmap ridmap; do
		"$RUNTIME" features | jq -e --arg o $option 'any(.mountOptions[]; . == $o)' && continue
		config_set '.mounts |= map(select(.destination != "/mnt"))'
		bind /mnt "$BUNDLE/source" rbind $option
		refused rt create "$ID"
		says $option
	done
}

@test "the whole host below / can be bound, and is gone afterwards" {
	warm_up
	bind /host / rbind ro
	guest "cat /host$BUNDLE/source/file; ls /host/proc | head -n 1"
	ok rt run "$ID"
	says content
	host_snapshot "$BUNDLE/now"
	nothing_left || { rm now; nothing_left; }
}

# ---- where targets land -------------------------------------------------------------------

# proves: mounts[].destination
@test "missing targets are made inside the root" {
	filesystem /a/b/c tmpfs
	ok rt run "$ID"
	[ -d rootfs/a/b/c ]
}

@test "a link in the image leads to a target inside of it, never outside" {
	mkdir outside rootfs/inside
	ln -s /inside rootfs/absolute
	ln -s ../../../../../../../../../../../../inside rootfs/relative
	filesystem /absolute tmpfs
	filesystem /relative/deep tmpfs
	run_guest "awk '{ print \$5 }' /proc/self/mountinfo | grep inside"
	prints $'/inside\n/inside/deep'
}

@test "a link that dangles in the image makes nothing on the host" {
	mkdir outside
	ln -s "$BUNDLE/outside/new" rootfs/absolute
	ln -s "../../../../../../../../../../../..$BUNDLE/outside/new" rootfs/relative
	local target
	for target in /absolute /relative /absolute/deep /relative/deep; do
		filesystem "$target" tmpfs
		try rt run "$ID" # made inside of the root, or refused
		config_set '.mounts |= .[:-1]'
		bind "$target" "$BUNDLE/source/file" bind
		try rt run "$ID"
		config_set '.mounts |= .[:-1]'
	done
	same "$(ls -A outside)" ''
}

@test "a destination with dots stays inside the root" {
	filesystem /../../mnt/./x/../y tmpfs
	run_guest "awk '{ print \$5 }' /proc/self/mountinfo"
	says $'/mnt/y'
	missing "$BUNDLE/mnt"
}

@test "a /dev that is a link in the image stays inside the root" {
	mkdir outside
	rmdir rootfs/dev
	ln -s "../../../../../../../..$BUNDLE/outside" rootfs/dev
	config_set '.mounts |= map(select(.destination | startswith("/dev") | not))'
	try rt run "$ID"
	same "$(ls -A outside)" ''
}

@test "a destination that is a file bind over a link does not touch the link's target" {
	echo secret >source/secret
	ln -s /etc/passwd rootfs/link
	bind /link "$BUNDLE/source/secret" bind
	run_guest 'cat /link'
	prints secret
	grep -q root rootfs/etc/passwd
}

# ---- propagation ------------------------------------------------------------------------------

# proves: mounts[].options=shared|slave
@test "propagation options are applied" {
	local kind want
	mount -t tmpfs tmpfs source
	mount --make-shared source
	config_set '.linux.rootfsPropagation = "rshared"' # crun needs it for this
	while read -r kind want; do
		config_set '.mounts |= map(select(.destination != "/mnt"))'
		bind /mnt "$BUNDLE/source" bind "$kind"
		mount_line /mnt
		[[ $output =~ $want ]] || explain "$kind"
	done <<-'EOF'
		shared shared:[0-9]+
		rslave master:[0-9]+
		slave master:[0-9]+
	EOF
}

# proves: mounts[].options=unbindable
@test "an unbindable bind is one" {
	warren_only "crun leaves it private"
	bind /mnt "$BUNDLE/source" bind unbindable
	mount_line /mnt
	says_like '^[a-z,]+ unbindable -'
}

@test "private and rprivate end the propagation of a bind" {
	local kind
	mount -t tmpfs tmpfs source
	mount --make-shared source
	for kind in private rprivate; do
		config_set '.mounts |= map(select(.destination != "/mnt"))'
		bind /mnt "$BUNDLE/source" rbind "$kind"
		mount_line /mnt
		says_like '^[a-z,]+ -'
	done
}


# proves: mounts[].options=private|rprivate
@test "private and rprivate take back what comes before them" {
	mkdir source/sub
	mount -t tmpfs tmpfs source/sub
	bind /mnt "$BUNDLE/source" rbind rshared private
	mount_line /mnt
	says_like '^[a-z,]+ -'
	mount_line /mnt/sub
	says_like 'shared:[0-9]+'
	config_set '.mounts[-1].options = ["rbind", "rshared", "rprivate"]'
	mount_line /mnt/sub
	says_like '^[a-z,]+ -'
}

# proves: mounts[].options=runbindable
@test "a runbindable bind is one, with all below it" {
	mkdir source/sub
	mount -t tmpfs tmpfs source/sub
	bind /mnt "$BUNDLE/source" rbind runbindable
	mount_line /mnt
	says_like '^[a-z,]+ unbindable -'
	mount_line /mnt/sub
	says_like '^[a-z,]+ unbindable -'
}

@test "by default nothing that the guest mounts reaches the host" {
	config_set '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	mount -t tmpfs tmpfs source
	mount --make-shared source
	mkdir source/sub
	bind /mnt "$BUNDLE/source" rbind
	run_guest 'mount -t tmpfs tmpfs /mnt/sub && touch /mnt/sub/x && echo mounted'
	prints mounted
	missing source/sub/x
}

# proves: mounts[].options=rslave
@test "an rslave bind receives mounts that the host makes later" {
	mount -t tmpfs tmpfs source
	mount --make-shared source
	mkdir source/late
	config_set '.linux.rootfsPropagation = "rslave"' # crun needs it for this
	bind /mnt "$BUNDLE/source" rbind rslave
	up
	mount -t tmpfs tmpfs source/late
	touch source/late/here
	ok rt exec "$ID" ls /mnt/late
	prints here
}

# proves: mounts[].options=rshared
@test "an rshared bind gives the guest's mounts to the host" {
	config_set '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	mount -t tmpfs tmpfs source
	mount --make-shared source
	mkdir source/sub
	bind /mnt "$BUNDLE/source" rbind rshared
	config_set '.linux.rootfsPropagation = "rshared"'
	up 'mount -t tmpfs tmpfs /mnt/sub; touch /mnt/sub/x'
	[ -e source/sub/x ]
	ok rt delete --force "$ID"
	umount source/sub
	# hooks take the way by pivot_root
	config_set '.hooks.createRuntime = [{path: "/bin/true"}]'
	up 'mount -t tmpfs tmpfs /mnt/sub; touch /mnt/sub/x'
	[ -e source/sub/x ]
}

# proves: linux.rootfsPropagation
@test "rootfsPropagation is that of the guest's root" {
	local kind want
	while read -r kind want; do
		config_set '.linux.rootfsPropagation = $k' --arg k "$kind"
		mount_line /
		[[ $output =~ $want ]] || explain "$kind"
	done <<-'EOF'
		shared shared:[0-9]+
		unbindable unbindable
		private ^[a-z,]+.-
	EOF
}


# shared_root_is REGEX KIND...: with each rootfsPropagation, for a root on a mount that the host shares.
shared_root_is() {
	local regex=$1 kind
	mount --bind rootfs rootfs
	mount --make-shared rootfs
	for kind in "${@:2}"; do
		config_set '.linux.rootfsPropagation = $k' --arg k "$kind"
		mount_line /
		[[ $output =~ $regex ]] || explain "$kind"
	done
}

# proves: linux.rootfsPropagation=shared|rshared
@test "rootfsPropagation shared makes a root that is shared" {
	shared_root_is '^[a-z,]+.shared:[0-9]+' shared rshared
}

# proves: linux.rootfsPropagation=private|rprivate
@test "rootfsPropagation private makes a root that is not shared, although the host shares it" {
	shared_root_is '^[a-z,]+.-' private rprivate
}

# proves: linux.rootfsPropagation=unbindable|runbindable
@test "rootfsPropagation unbindable makes a root that cannot be bound" {
	shared_root_is '^[a-z,]+.unbindable' unbindable runbindable
}

# proves: linux.rootfsPropagation=slave|rslave
@test "a root that is a slave receives mounts that the host makes later" {
	local kind
	mkdir rootfs/late
	mount --bind rootfs rootfs
	mount --make-shared rootfs
	for kind in slave rslave; do
		config_set '.linux.rootfsPropagation = $k' --arg k "$kind"
		up
		mount -t tmpfs tmpfs rootfs/late
		touch rootfs/late/here
		ok rt exec "$ID" ls /late
		prints here
		umount rootfs/late
		ok rt delete --force "$ID"
	done
}

# ---- root, masks, read-only paths ----------------------------------------------------------------

# proves: root.readonly
@test "a read-only root is one, with its mounts still writable" {
	config_set '.root.readonly = true'
	run_guest 'touch /x; touch /dev/shm/x && echo shm'
	says 'Read-only file system'
	says shm
	missing rootfs/x
	mount_line /
	has_options ro
}

@test "the root keeps the flags of the filesystem that it comes from" {
	warren_only "crun clears them"
	mkdir mnt
	mount -t tmpfs -o nosuid,nodev tmpfs mnt
	cp -a rootfs mnt
	config_set '.root = {path: "mnt/rootfs", readonly: true}'
	mount_line /
	has_options ro nosuid nodev
}

# bats test_tags=old
# proves: linux.maskedPaths
@test "masked files are empty, masked directories too, and both are read-only" {
	echo secret >rootfs/etc/secret
	mkdir rootfs/etc/dir
	echo secret >rootfs/etc/dir/file
	config_set '.linux.maskedPaths = ["/etc/secret", "/etc/dir", "/not/there"]'
	run_guest 'cat /etc/secret; ls -A /etc/dir; touch /etc/dir/x || echo ro; echo y >/etc/secret; cat /etc/secret'
	prints ro
	grep -q secret rootfs/etc/secret
}

@test "a path masked twice is masked" {
	echo secret >rootfs/etc/secret
	config_set '.linux.maskedPaths = ["/etc/secret", "/etc/secret"]'
	run_guest 'cat /etc/secret'
	prints ''
}

# proves: linux.readonlyPaths
@test "read-only paths are read-only" {
	mkdir -p rootfs/data
	config_set '.linux.readonlyPaths += ["/data", "/not/there"]'
	run_guest 'touch /data/x || echo one; echo 1 >/proc/sys/kernel/panic || echo two'
	prints $'one\ntwo'
}

@test "the masks of the default configuration hold" {
	run_guest 'cat /proc/kcore | wc -c; ls -A /sys/firmware | wc -l'
	prints $'0\n0'
	guest 'for f in /proc/sysrq-trigger /proc/sys/kernel/core_pattern; do
		( : >"$f" ) 2>/dev/null && echo "$f is writable"; done; true'
	ok rt run "$ID"
	prints ''
}

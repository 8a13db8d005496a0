#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A hostile image: links and odd files where the runtime mounts, makes and reads something.

load helpers

# The ways to say "outside": of a path, and of procfs, whose links lead where no path says.
LINKS='absolute relative'
MAGIC='root descriptor'

# link_out KIND PATH-IN-ROOTFS [PATH-IN-OUTSIDE]
link_out() {
	local to=$OUTSIDE${3:+/$3}
	rm -rf "rootfs/$2"
	mkdir -p "rootfs/$(dirname "$2")"
	case $1 in
	absolute) ln -s "$to" "rootfs/$2" ;;
	relative) ln -s "../../../../../../../../../../../..$to" "rootfs/$2" ;;
	root) ln -s "/proc/self/root/../../../../..$to" "rootfs/$2" ;;
	descriptor) ln -s "/proc/self/fd/7$to" "rootfs/$2" ;;
	esac
}

# ---- mount targets ------------------------------------------------------------------------------

target_link() {
	local kind
	mkdir source
	for kind in $LINKS; do
		link_out "$kind" "mnt-$kind"
		filesystem "/mnt-$kind" tmpfs
		filesystem "/mnt-$kind/below" tmpfs
		bind "/mnt-$kind/bound" "$BUNDLE/source" bind
	done
	guest 'true'
	try rt run "$ID"
	won_if outside_changed
}
@test "a mount target that is a link out of the image is made inside of it" {
	contained target_link
	proven target_link
}

target_magic() {
	local LINKS=$MAGIC
	target_link
}
@test "a mount target behind a magic link of procfs is refused" {
	rejected target_magic
}

target_dangling() {
	local kind
	: >source
	for kind in $LINKS; do
		link_out "$kind" "dir-$kind" "new-$kind"
		link_out "$kind" "file-$kind" "file-$kind"
		filesystem "/dir-$kind/deep/er" tmpfs
		bind "/file-$kind" "$BUNDLE/source" bind
	done
	try rt run "$ID"
	won_if outside_changed
}
@test "a mount target that is a link to nowhere makes nothing on the host" {
	contained target_dangling
	proven target_dangling
}

# ---- /proc and /sys -----------------------------------------------------------------------------

proc_link() {
	local path kind all=''
	for path in proc sys; do
		mkdir -p rootfs/volume/self/attr rootfs/volume/sys
		for kind in $LINKS $MAGIC inside; do
			link_out "$kind" "$path"
			[ "$kind" != inside ] || ln -s volume "rootfs/$path"
			try rt run "$ID"
			won_if succeeded
			all+=$status,
			won_if outside_changed
		done
		rm "rootfs/$path"
		mkdir "rootfs/$path"
	done
	[[ $all != *0* ]] || status=0
}
@test "an image whose /proc or /sys is a link is refused" {
	rejected proc_link
	proven proc_link
}

# ---- /dev ---------------------------------------------------------------------------------------

dev_link() {
	local kind
	config_set '.mounts |= map(select(.destination | startswith("/dev") | not))'
	for kind in $LINKS; do
		link_out "$kind" dev dir
		try rt run "$ID"
		won_if outside_changed
	done
}
@test "an image whose /dev is a link gets no device on the host" {
	contained dev_link
	proven dev_link
}

dev_magic() {
	local LINKS=$MAGIC
	dev_link
}
@test "an image whose /dev is a magic link of procfs is refused" {
	rejected dev_magic
}

# What the links of the image would give: the bytes of the canary, or a change of it.
dev_null_link() {
	config_set '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .linux.maskedPaths = ["/etc/secret"]'
	echo secret >rootfs/etc/secret
	mkdir -p rootfs/dev
	ln -s /proc/sys/kernel/hostname rootfs/dev/null
	guest 'cat /etc/secret; echo hacked >/etc/secret; hostname; true'
	try rt run "$ID"
	won_if has_line hacked
	won_if has_line secret
}
@test "a /dev/null that is a link of the image is not what masks" {
	rejected dev_null_link
	proven dev_null_link
}

# /dev comes from outside, as it does where several guests share one.
shared_null() {
	mkdir shared
	ln -s /proc/sys/kernel/hostname shared/null
	config_set '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .linux.maskedPaths = ["/etc/secret"]'
	bind /dev "$BUNDLE/shared" bind
	echo secret >rootfs/etc/secret
	guest 'cat /etc/secret; echo hacked >/etc/secret; hostname; true'
	try rt run "$ID"
	won_if has_line hacked
	won_if has_line secret
}
@test "a /dev/null that is a link of a shared /dev is not what masks" {
	contained shared_null
	proven shared_null
}

# ---- everything else that a runtime touches -----------------------------------------------------

helper_files() {
	local name
	mkdir -p rootfs/run
	for name in .krun_config.json etc/mtab etc/hostname etc/hosts etc/resolv.conf run/.containerenv .dockerenv; do
		rm -rf "rootfs/$name"
		ln -s "$OUTSIDE/${name##*/}" "rootfs/$name"
	done
	ln -sfn "$OUTSIDE/file" rootfs/etc/mtab
	try rt run "$ID"
	won_if outside_changed
}
@test "no helper file is written into the root through a link of the image" {
	contained helper_files
	proven helper_files
}

passwd_link() {
	echo 'root:x:0:0::/stolen:/bin/sh' >"$OUTSIDE/passwd"
	ln -sf "$OUTSIDE/passwd" rootfs/etc/passwd
	guest 'echo $HOME'
	try rt run "$ID"
	rm "$OUTSIDE/passwd"
	won_if has_line /stolen
}
@test "an /etc/passwd that is a link is not read on the host" {
	contained passwd_link
	proven passwd_link
}

# A runtime that reads or opens them hangs, or meets what it did not expect.
odd_files() {
	local name
	rm -f rootfs/etc/passwd rootfs/etc/group
	mkfifo rootfs/etc/passwd rootfs/etc/group
	LIMIT=5 try rt run "$ID"
	won_if [ "$status" -ge 124 ]
	rm rootfs/etc/passwd
	ln -s passwd rootfs/etc/passwd
	LIMIT=5 try rt run "$ID"
	won_if [ "$status" -ge 124 ]
	rm rootfs/etc/passwd
	yes root:x:0:0 | head -c 20000000 | tr -d '\n' >rootfs/etc/passwd
	LIMIT=5 try rt run "$ID"
	won_if [ "$status" -ge 124 ]
}
@test "an /etc/passwd that is a fifo, a loop or endless holds nobody up" {
	contained odd_files
	proven odd_files
}

# Each of these in place of each of those.
odd_targets() {
	local at what
	for at in dev dev/pts dev/shm dev/mqueue dev/null dev/console dev/ptmx sys/fs proc/sys etc/passwd tmp root; do
		for what in fifo loop dangling file device socket; do
			rm -rf rootfs/sys rootfs/proc "rootfs/$at"
			mkdir -p rootfs/sys rootfs/proc "rootfs/$(dirname "$at")"
			case $what in
			fifo) mkfifo "rootfs/$at" ;;
			loop) ln -s "$(basename "$at")" "rootfs/$at" ;;
			dangling) ln -s ../../../nowhere/at/all "rootfs/$at" ;;
			file) : >"rootfs/$at" ;;
			device) mknod "rootfs/$at" c 1 5 ;;
			socket) "$ATTACK/trick" bind "rootfs/$at" >/dev/null ;;
			esac
			LIMIT=5 try rt run "$ID"
			won_if [ "$status" -ge 124 ]
			won_if outside_changed
			[ "$won" = no ] || explain "$at $what"
			rm -rf "rootfs/$at" rootfs/dev
			mkdir -p rootfs/dev rootfs/etc rootfs/tmp rootfs/root
		done
	done
}
@test "odd files at every place that a runtime uses neither hang it nor lead it out" {
	unbeaten odd_targets
}

# ---- what is put back at the end -----------------------------------------------------------------

cleanup_link() {
	: >source
	bind /made/file "$BUNDLE/source" bind
	up
	: >"$OUTSIDE/dir/empty"
	# the directory of a mount target that the runtime has made becomes a link
	nsenter -t "$(pid_of "$ID")" -m umount "$BUNDLE/rootfs/made/file" 2>/dev/null || true
	mv rootfs/made rootfs/was
	ln -s "$OUTSIDE/dir" rootfs/made
	mv "$OUTSIDE/dir/empty" "$OUTSIDE/dir/file"
	try rt delete --force "$ID"
	won_if missing "$OUTSIDE/dir/file"
	echo canary >"$OUTSIDE/dir/file"
}
@test "delete removes nothing by a path that the guest has changed" {
	contained cleanup_link
	proven cleanup_link
}

# ---- the root itself -----------------------------------------------------------------------------

root_link() {
	mkdir inside
	mv rootfs inside/rootfs
	ln -s inside/rootfs rootfs
	try rt run "$ID"
	won_if succeeded
}
@test "a root that is a link is refused" {
	rejected root_link
	proven root_link
}

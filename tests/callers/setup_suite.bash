# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Once before all files: the runtime's path, a small root file system in the forms that the callers
# import, and our own of the host's directories in which Podman and containerd keep something
# whatever they are told: locks, fifos, caches, and the runtimes' default state roots.

OURS='/run /dev/shm /opt /var/cache /var/lib'

setup_suite() {
	local here dir
	here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

	if [ "$(readlink /proc/self/ns/mnt)" = "$(readlink /proc/1/ns/mnt)" ]; then
		echo "run the suite in a mount namespace of its own: ./dev test callers"
		return 1
	fi
	[ -e /sys/fs/cgroup/cgroup.controllers ] ||
		{ echo "/sys/fs/cgroup is not cgroup2 in this mount namespace"; return 1; }

	RUNTIME=$(command -v "${RUNTIME:-$here/../../build/release/warren}") ||
		{ echo "no runtime to test: build it, or set RUNTIME"; return 1; }
	RUNTIME=$(cd "$(dirname "$RUNTIME")" && pwd)/$(basename "$RUNTIME")
	RUNTIME_NAME=$("$RUNTIME" --version | sed -n '1s/ .*//p')
	CG_MOUNT=/sys/fs/cgroup
	CG_SUITE=${WARREN_TEST_CGROUP:-}/callers-$$
	SUITE=/run/warren-callers
	export RUNTIME RUNTIME_NAME CG_MOUNT CG_SUITE SUITE

	for dir in $OURS; do
		mount -t tmpfs -o mode=755 tmpfs "$dir"
	done
	chmod 1777 /dev/shm # an ordinary user's locks
	mkdir "$CG_MOUNT$CG_SUITE" "$SUITE"
	tools_build "$here/../bats/tools" probe notified
	rootfs_new
	image_archive "$SUITE/rootfs.tar" "$SUITE/image.tar"
}

teardown_suite() {
	local dir
	[ -n "${CG_SUITE:-}" ] || return 0
	rmdir "$CG_MOUNT$CG_SUITE"
	for dir in $OURS; do
		umount -R -l "$dir"
	done
}

# tools_build DIRECTORY NAME...: static, for the host and for the guests.
tools_build() {
	local sources=$1 name
	shift
	for name in "$@"; do
		"${CC:-cc}" -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra -static \
			-o "$SUITE/$name" "$sources/$name.c"
	done
}

rootfs_new() {
	local root=$SUITE/rootfs

	mkdir -p "$root"/{bin,dev,etc,home/user,mnt,proc,root,run,sys,tmp}
	chmod 1777 "$root/tmp"
	chown 1000:1000 "$root/home/user"
	cp "$(command -v busybox)" "$SUITE/probe" "$root/bin"
	chroot "$root" /bin/busybox --install -s /bin
	cat >"$root/etc/passwd" <<-EOF
		root:x:0:0:root:/root:/bin/sh
		user:x:1000:1000:user:/home/user:/bin/sh
	EOF
	cat >"$root/etc/group" <<-EOF
		root:x:0:
		user:x:1000:
	EOF
	echo 'not a program' >"$root/etc/plain"
	tar -C "$root" -cf "$SUITE/rootfs.tar" .
}

# blob FILE: puts it into the image layout of image_archive; prints its digest and size as JSON.
blob() {
	local sum
	sum=$(sha256sum <"$1" | cut -d ' ' -f 1)
	cp "$1" "$layout/blobs/sha256/$sum"
	printf '"digest": "sha256:%s", "size": %d' "$sum" "$(stat -c %s "$1")"
}

# image_archive ROOTFS.TAR ARCHIVE: the archive of an OCI image of one layer.
image_archive() {
	local layout=$SUITE/layout type=application/vnd.oci.image arch layer config manifest

	mkdir -p "$layout/blobs/sha256"
	case $(uname -m) in
	x86_64) arch=amd64 ;;
	aarch64) arch=arm64 ;;
	*) arch=$(uname -m) ;;
	esac
	layer=$(blob "$1")
	cat >"$layout/new" <<-EOF
		{ "architecture": "$arch", "os": "linux",
		  "config": { "Env": ["PATH=/bin"], "Cmd": ["sh"] },
		  "rootfs": { "type": "layers", "diff_ids": ["$(grep -o 'sha256:[0-9a-f]*' <<<"$layer")"] } }
	EOF
	config=$(blob "$layout/new")
	cat >"$layout/new" <<-EOF
		{ "schemaVersion": 2, "mediaType": "$type.manifest.v1+json",
		  "config": { "mediaType": "$type.config.v1+json", $config },
		  "layers": [{ "mediaType": "$type.layer.v1.tar", $layer }] }
	EOF
	manifest=$(blob "$layout/new")
	cat >"$layout/index.json" <<-EOF
		{ "schemaVersion": 2,
		  "manifests": [{ "mediaType": "$type.manifest.v1+json", $manifest,
		    "annotations": { "org.opencontainers.image.ref.name": "localhost/busybox:latest" } }] }
	EOF
	echo '{ "imageLayoutVersion": "1.0.0" }' >"$layout/oci-layout"
	tar -C "$layout" -cf "$2" blobs index.json oci-layout
	rm -r "$layout"
}

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# make.sh: the machine of vm.sh below build/vm, from packages of Debian 13: its kernel (vmlinux) and a
# file system with what tests need (root.ext4). Nothing is installed, and nothing is done when it is
# there and made of the same. Exit status: 75 when the archive cannot be reached.
set -eu
. "$(dirname "$0")/../common.bash"
. tests/debian.bash

SUITE=trixie
# kmod needs liblzma5 for Debian's modules; the rest is what tests run on the side of the host.
PACKAGES='linux-image-cloud-amd64 kmod liblzma5 base-files dash bash coreutils findutils diffutils grep sed
	mawk util-linux mount hostname uidmap busybox-static jq bats libseccomp2'
vm=$TOP/build/vm
root=$vm/root

# The kernel inside a bzImage (the offsets are of the x86 boot protocol): a machine that is emulated
# would need four seconds to unpack it.
unpack_kernel()
{
	local image=$1 setup offset length

	setup=$(od -An -tu1 -j497 -N1 "$image")
	read -r offset length < <(od -An -tu4 -j584 -N8 "$image")
	tail -c +$(((setup + 1) * 512 + offset + 1)) "$image" | head -c "$length" |
		zstd -dcqf 2>/dev/null || true # its length follows the data, which zstd minds
}

# What the scripts of the packages would have done.
configure_root()
{
	ln -s mawk "$root/usr/bin/awk"
	printf '%s\n' 'root:x:0:0:root:/root:/bin/bash' \
		'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin' >"$root/etc/passwd"
	printf '%s\n' root:x:0: tty:x:5: nogroup:x:65534: >"$root/etc/group"
	say vm >"$root/etc/hostname"
	depmod -b "$root" "$(basename "$root"/usr/lib/modules/*)"
	install -m 755 tests/vm/init.sh "$root/sbin/init"
	mkdir "$root/warren"
}

key=$(cat tests/vm/make.sh tests/vm/init.sh tests/debian.bash | sha256sum)
[ "$(cat "$vm/complete" 2>/dev/null)" != "$key" ] || exit 0
command -v apt-get >/dev/null || { say "make.sh: needs apt-get" >&2; exit 75; }
say "making a virtual machine of Debian $SUITE" >&2
rm -rf "$vm"
mkdir -p "$vm"
# shellcheck disable=SC2086 # a list of words
debian_fetch "$vm/apt" "$SUITE" $PACKAGES
debian_unpack "$vm/apt" "$root"
configure_root
unpack_kernel "$root"/boot/vmlinuz-* >"$vm/vmlinux"
[ "$(head -c 4 "$vm/vmlinux")" = $'\x7fELF' ] || die "found no ELF kernel in $root/boot"
truncate -s 1G "$vm/root.ext4"
mke2fs -q -t ext4 -O ^has_journal -m 0 -E lazy_itable_init=1,nodiscard -d "$root" "$vm/root.ext4"
rm -rf "$vm/apt" "$root"
say "$key" >"$vm/complete"

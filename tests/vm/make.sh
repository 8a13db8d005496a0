#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# make.sh [FORM]: a machine for vm.sh below build/vm, from Debian's packages: FORM.ext4, a file system of
# Debian 13 with what the form (quick or systemd, the .bash files beside this one) asks for, and
# the kernels, SUITE/vmlinux. Nothing is installed, and nothing is done when it is there and made of the
# same. Exit status: 75 when the archive cannot be reached.
set -eu
. "$(dirname "$0")/../common.bash"
. tests/debian.bash

form=${1:-quick}
# shellcheck source=/dev/null # one of the forms
. "tests/vm/$form.bash"

SUITE=trixie
KERNELS='trixie bookworm' # 6.12 and 6.1
# kmod needs liblzma5 for Debian's modules.
PACKAGES="kmod liblzma5 base-files dash bash coreutils findutils diffutils grep sed mawk util-linux mount
	hostname $PACKAGES"
vm=$TOP/build/vm
root=$vm/root

# The kernel inside a bzImage (the offsets are of the x86 boot protocol): a machine that is emulated
# would need four seconds to unpack it. What follows the packed data is its length, which the programs
# that unpack it mind.
unpack_kernel()
{
	local image=$1 setup offset length unpack=zstd

	setup=$(od -An -tu1 -j497 -N1 "$image")
	read -r offset length < <(od -An -tu4 -j584 -N8 "$image")
	offset=$(((setup + 1) * 512 + offset))
	[ "$(od -An -tx1 -j "$offset" -N4 "$image")" != ' 02 21 4c 18' ] || unpack=lz4
	tail -c +$((offset + 1)) "$image" | head -c "$length" | "$unpack" -dcq 2>/dev/null || true
}

# make_kernel SUITE: the kernel of a suite, and its modules.
make_kernel()
{
	local directory=$vm/$1

	[ ! -e "$directory/vmlinux" ] || return 0
	debian_fetch_kernel "$vm/apt" "$1" linux-image-cloud-amd64
	debian_unpack "$vm/apt" "$directory"
	unpack_kernel "$directory"/boot/vmlinuz-* >"$directory/vmlinux.new"
	[ "$(head -c 4 "$directory/vmlinux.new")" = $'\x7fELF' ] || die "found no ELF kernel in $directory/boot"
	mv "$directory/vmlinux.new" "$directory/vmlinux"
}

# What the scripts of the packages would have done.
configure_root()
{
	local modules

	ln -s mawk "$root/usr/bin/awk"
	printf '%s\n' 'root:x:0:0:root:/root:/bin/bash' \
		'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin' >"$root/etc/passwd"
	printf '%s\n' root:x:0: tty:x:5: nogroup:x:65534: >"$root/etc/group"
	say vm >"$root/etc/hostname"
	mkdir -p "$root/usr/lib/modules" "$root/warren"
	for modules in $KERNELS; do
		cp -a "$vm/$modules"/*lib/modules/* "$vm/$modules"/usr/lib/modules/* \
			"$root/usr/lib/modules/" 2>/dev/null || true # one of the two
	done
	for modules in "$root"/usr/lib/modules/*; do
		depmod -b "$root" "${modules##*/}"
	done
	rm -f "$root/sbin/init"
	install -m 755 tests/vm/init.sh "$root/sbin/init"
	configure_form "$root"
}

key=$(cat tests/vm/make.sh tests/vm/init.sh "tests/vm/$form.bash" tests/debian.bash | sha256sum)
[ "$(cat "$vm/$form" 2>/dev/null)" != "$key" ] || exit 0
command -v apt-get >/dev/null || { say "make.sh: needs apt-get" >&2; exit 75; }
say "making a virtual machine of Debian $SUITE, $form" >&2
mkdir -p "$vm"
for kernel in $KERNELS; do
	make_kernel "$kernel"
done
# shellcheck disable=SC2086 # a list of words
debian_fetch "$vm/apt" "$SUITE" $PACKAGES
debian_unpack "$vm/apt" "$root"
configure_root
rm -f "$vm/$form.ext4"
truncate -s "$SIZE" "$vm/$form.ext4"
mke2fs -q -t ext4 -O ^has_journal -m 0 -E lazy_itable_init=1,nodiscard -d "$root" "$vm/$form.ext4"
rm -rf "$vm/apt" "$root"
say "$key" >"$vm/$form"

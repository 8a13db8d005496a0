#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vm.sh [-s] [-k SUITE] [-n] [-a WORDS] COMMAND [ARGS]: runs it as root in a virtual machine whose
# cgroup2 has every controller of its kernel, in a copy of the project at /warren: the sources and
# build/release/warren. Nothing that it changes lasts. Its output and its exit status become this
# program's; 125 says that the machine failed, 75 that it could not be made because Debian's archive
# cannot be reached.
#
#   -s        the form with systemd, Podman, containerd and Docker
#   -k SUITE  the kernel of this Debian: trixie (6.12, the default) or bookworm (6.1)
#   -n        two memory nodes
#   -a WORDS  more words for the kernel's command line
set -eu
. "$(dirname "$0")/../common.bash"

vm=$TOP/build/vm
form=quick
patience=60
kernel=trixie
more=
nodes=()
machine=

clean_up()
{
	[ -z "$machine" ] || kill "$machine" 2>/dev/null || true
	rm -rf "$run"
}

# What init.sh finds on the second disk: the project as an archive, with the command as a script in it.
pack()
{
	printf '%q ' "$@" >"$run/.job"
	{
		find_sources '*'
		find build/release/warren build/vm/tools -type f 2>/dev/null
	} | tar -cf "$run/job.tar" -T - -C "$run" .job
}

# boot SECONDS ACCELERATOR CPU: true when the command has begun within that time and the machine is off
# again. The serial ports are the first virtio device, for the guest names them by its number. Without
# norandmaps every program would have to be translated again, which makes an exec four times as slow.
boot()
{
	local ticks=$(($1 * 4))
	local words='root=/dev/nvme0n1 rw console=ttyS0 quiet loglevel=4 panic=-1 nokaslr mitigations=off
		no_timer_check tsc=reliable nowatchdog audit=0 rcupdate.rcu_expedited=1 random.trust_cpu=on
		cryptomgr.notests norandmaps '$more

	: >"$run/status"
	qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -M q35 -m "$MEMORY" -smp 1 \
		"${nodes[@]}" -accel "$2" -cpu "$3" -kernel "$vm/$kernel/vmlinux" -append "${words//$'\n'/ }" \
		-serial "file:$run/console" -device virtio-serial-pci \
		-chardev file,id=p1,path=/dev/fd/8 -device virtserialport,nr=1,chardev=p1 \
		-chardev file,id=p2,path=/dev/fd/9 -device virtserialport,nr=2,chardev=p2 \
		-chardev "file,id=p3,path=$run/status" -device virtserialport,nr=3,chardev=p3 \
		-drive "id=d1,file=$vm/$form.ext4,if=none,format=raw,cache=unsafe,snapshot=on,file.locking=off" \
		-device nvme,drive=d1,serial=root \
		-drive "id=d2,file=$run/job.tar,if=none,format=raw,readonly=on" -device virtio-blk-pci,drive=d2 \
		-object rng-random,id=r1,filename=/dev/urandom -device virtio-rng-pci,rng=r1 \
		</dev/null >"$run/qemu" 2>&1 &
	machine=$!
	while [ ! -s "$run/status" ] && [ $((ticks--)) -gt 0 ] && kill -0 "$machine" 2>/dev/null; do
		sleep 0.25
	done
	[ -s "$run/status" ] || kill "$machine" 2>/dev/null || true
	wait "$machine" || true
	[ -s "$run/status" ]
}

# By hardware first, unless that has failed here before. QEMU 7 emulates cmpxchg16b wrongly (it corrupts
# the flags), hence a processor without it. On a busy host a boot may still fail: that is tried twice.
boot_somehow()
{
	if [ -w /dev/kvm ] && [ ! -e "$vm/without-kvm" ]; then
		! boot 15 kvm host || return 0
		: >"$vm/without-kvm"
	fi
	boot "$patience" tcg qemu64,-cx16 && return
	say "vm.sh: the machine did not start; once more" >&2
	boot "$patience" tcg qemu64,-cx16
}

while getopts sk:na: option; do
	case $option in
	s) form=systemd patience=180 ;;
	k) kernel=$OPTARG ;;
	n) nodes=(yes) ;;
	a) more=$OPTARG ;;
	*) exit 1 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || die "which command is to run in the machine?"
[ "$(uname -m)" = x86_64 ] || die "the machine is for x86-64 only"
# shellcheck disable=SC2086 # a list of words
need_packages $PACKAGES_VM
tests/vm/make.sh "$form"
[ -e "$vm/$kernel/vmlinux" ] || die "there is no kernel '$kernel'; there are trixie and bookworm"
# shellcheck source=/dev/null # one of the forms
. "tests/vm/$form.bash"
# shellcheck disable=SC2054 # QEMU's commas
[ ${#nodes[@]} = 0 ] || nodes=(
	-object "memory-backend-ram,id=m0,size=$((MEMORY / 2))M" -numa node,nodeid=0,memdev=m0,cpus=0
	-object "memory-backend-ram,id=m1,size=$((MEMORY / 2))M" -numa node,nodeid=1,memdev=m1
)
build_release
run=$(mktemp -d "${TMPDIR:-/tmp}/warren-vm.XXXXXX")
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
pack "$@"
exec 8> >(exec cat) 9> >(exec cat >&2)
boot_somehow || true
exec 8>&- 9>&-
wait
status=$(sed -n 2p "$run/status")
if [ -z "$status" ]; then
	cat "$run/qemu" "$run/console" | tr -d '\r' | tail -n 40 >&2
	say "vm.sh: the machine failed; above are its last words" >&2
	exit 125
fi
exit "$status"

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The first process of the machine. It mounts what a system has, gives cgroup2 all its controllers and
# tests some swap and huge pages, unpacks the project from the second disk to /warren, runs its .job
# there and switches off. The job's output goes to the serial ports 1 and 2; port 3 gets a line when it
# begins and one with its status.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8

switch_off()
{
	sync
	busybox poweroff -f
}
trap switch_off EXIT

mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t devtmpfs -o nosuid,mode=0755 devtmpfs /dev
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t tmpfs -o nosuid,nodev,mode=0755 tmpfs /run
mkdir -p /dev/pts /dev/shm /dev/mqueue /dev/hugepages
mount -t devpts -o nosuid,noexec,gid=5,mode=0620,ptmxmode=0666 devpts /dev/pts
mount -t tmpfs -o nosuid,nodev tmpfs /dev/shm
mount -t mqueue -o nosuid,nodev,noexec mqueue /dev/mqueue
mount -t hugetlbfs -o nosuid,nodev hugetlbfs /dev/hugepages
ln -s /proc/self/fd /dev/fd
ln -s fd/0 /dev/stdin
ln -s fd/1 /dev/stdout
ln -s fd/2 /dev/stderr
mount --make-rshared /
busybox ip link set lo up
hostname "$(</etc/hostname)"

mount -t cgroup2 -o nosuid,nodev,noexec,nsdelegate cgroup2 /sys/fs/cgroup
for controller in $(</sys/fs/cgroup/cgroup.controllers); do
	echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control
done

fallocate -l 64M /swap
mkswap -q /swap
swapon /swap
echo 4 >/proc/sys/vm/nr_hugepages
modprobe loop

modprobe virtio_blk
cd /warren && busybox tar -xf /dev/vda || exit
exec 3>/dev/vport0p3
echo begun >&3
setsid bash .job </dev/null >/dev/vport0p1 2>/dev/vport0p2 3>&-
echo $? >&3

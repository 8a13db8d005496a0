#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The first process of the machine. It mounts what a system has, unpacks the project from the second
# disk to /warren, runs its .job there and switches off. In the quick form it also gives cgroup2 all its
# controllers and tests some swap and huge pages; where there is systemd, that becomes the first process
# instead and starts this program again, with the word "job", as a service. The job's output goes to
# the serial ports 1 and 2; port 3 gets a line when it begins and one with its status.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8
SYSTEMD=/usr/lib/systemd/systemd

switch_off()
{
	sync
	busybox poweroff -f
}

mount_system()
{
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
	mount -t securityfs -o nosuid,nodev,noexec securityfs /sys/kernel/security
	[ ! -d /sys/fs/selinux ] || mount -t selinuxfs -o nosuid,noexec selinuxfs /sys/fs/selinux
}

mount_cgroups()
{
	mount -t cgroup2 -o nosuid,nodev,noexec,nsdelegate cgroup2 /sys/fs/cgroup
	for controller in $(</sys/fs/cgroup/cgroup.controllers); do
		echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control
	done
}

add_memory()
{
	fallocate -l 64M /swap
	mkswap -q /swap
	swapon /swap
	echo 4 >/proc/sys/vm/nr_hugepages
}

run_job()
{
	cd /warren || exit
	exec 3>/dev/vport0p3
	echo begun >&3
	setsid bash .job </dev/null >/dev/vport0p1 2>/dev/vport0p2 3>&-
	echo $? >&3
}

become_systemd()
{
	mkdir -p /run/systemd/system
	printf '%s\n' '[Unit]' 'DefaultDependencies=no' 'After=dbus.socket basic.target' \
		'Wants=dbus.socket basic.target' '[Service]' 'ExecStart=/sbin/init job' \
		'KillMode=process' 'TasksMax=infinity' 'Delegate=yes' >/run/systemd/system/job.service
	trap - EXIT
	exec "$SYSTEMD" --unit=job.service --show-status=no --log-level=notice
}

trap switch_off EXIT
if [ "${1:-}" = job ]; then
	run_job
	exit
fi
mount_system
modprobe -a virtio_pci virtio_blk virtio_console loop
cd /warren && busybox tar -xf /dev/vda || exit
[ ! -x "$SYSTEMD" ] || become_systemd
mount_cgroups
add_memory
run_job

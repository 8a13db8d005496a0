# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # make.sh and vm.sh read these
# The form of the machine that is a real host: systemd, Podman, containerd, Docker.

MEMORY=2048
SIZE=2G
PACKAGES='busybox-static jq bats libseccomp2 uidmap systemd systemd-sysv dbus iproute2 podman containerd
	docker.io docker-cli ca-certificates tar bsdutils procps'

# Units that a machine for one job can do without cost it ten seconds.
IDLE='systemd-udevd.service systemd-udev-trigger.service systemd-tmpfiles-setup-dev.service
	systemd-tmpfiles-setup-dev-early.service systemd-timesyncd.service systemd-networkd.service
	systemd-resolved.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer
	dpkg-db-backup.timer podman.service podman.socket podman-auto-update.service podman-auto-update.timer
	podman-restart.service podman-clean-transient.service containerd.service docker.service docker.socket
	systemd-journal-flush.service systemd-journald-audit.socket systemd-firstboot.service
	systemd-update-utmp.service ldconfig.service systemd-machine-id-commit.service
	systemd-hwdb-update.service systemd-binfmt.service systemd-random-seed.service systemd-sysctl.service
	systemd-modules-load.service systemd-remount-fs.service sys-kernel-debug.mount
	sys-kernel-tracing.mount sys-fs-fuse-connections.mount dev-hugepages.mount
	proc-sys-fs-binfmt_misc.automount getty.target sys-kernel-config.mount tmp.mount
	kmod-static-nodes.service modprobe@.service systemd-journal-catalog-update.service
	systemd-update-done.service systemd-sysusers.service'

configure_form()
{
	local unit root=$1

	for unit in $IDLE; do
		ln -sf /dev/null "$root/etc/systemd/system/$unit"
	done
	mkdir "$root/opt"
	: >"$root/etc/machine-id"
	say messagebus:x:101:101::/nonexistent:/usr/sbin/nologin >>"$root/etc/passwd"
	say messagebus:x:101: docker:x:102: >>"$root/etc/group"
}

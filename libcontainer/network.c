/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/network.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "net/device.h"
#include "net/socket.h"

int network_check(const struct spec_linux *l, struct error *err)
{
	if (l->netDevices.n && geteuid() != 0)
		return error_set(err, EPERM,
				 "linux.netDevices: only root can give devices of the host away");
	return 0;
}

static int open_other(pid_t pid, struct error *err)
{
	cleanup_fd int fd = -1;
	struct stat ours, theirs;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &theirs) < 0 || stat("/proc/thread-self/ns/net", &ours) < 0)
		return error_set(err, errno,
				 "linux.netDevices: the guest's network namespace cannot be opened "
				 "(errno %d)",
				 errno);
	if (ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev)
		return error_set(err, EINVAL,
				 "linux.netDevices: the guest's network namespace is the caller's");
	return fd_take(&fd);
}

static int give(const struct spec_linux *l, struct net_move *m, struct error *err)
{
	int r = netlink_load(&m->nl, err);

	for (size_t i = 0; i < l->netDevices.n && r >= 0; i++) {
		const struct spec_net_device *d = &l->netDevices.v[i];

		r = net_device_move(m, d->key, d->name && *d->name ? d->name : d->key, err);
	}
	netlink_close(&m->nl);
	return r;
}

int network_give(const struct spec_linux *l, pid_t pid, struct error *err)
{
	cleanup_fd int netns = open_other(pid, err), here = -1, there = -1;
	struct net_move m = { 0 };

	if (netns < 0)
		return netns;
	here = net_socket(-1, err);
	if (here >= 0)
		there = net_socket(netns, err);
	if (here < 0 || there < 0)
		return error_ctx(err, "linux.netDevices");
	m.here = here;
	m.there = there;
	m.netns = netns;
	return give(l, &m, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mount.h"

#include <fcntl.h>

#include "base/sys.h"

int mount_set(int fd, uint64_t set, uint64_t clear, uint64_t propagation, unsigned flags)
{
	const struct mount_attr attr = { .attr_set = set,
					 .attr_clr = clear,
					 .propagation = propagation };

	return sys_mount_setattr(fd, "", AT_EMPTY_PATH | flags, &attr);
}

int mount_map(int fd, int userns, unsigned flags)
{
	const struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP,
					 .userns_fd = (uint64_t)userns };

	return sys_mount_setattr(fd, "", AT_EMPTY_PATH | flags, &attr);
}

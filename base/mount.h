/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/*
 * Sets and clears MOUNT_ATTR_* of the mount that fd refers to, and its
 * propagation (MS_PRIVATE ..., 0: as it is). flags: AT_RECURSIVE or 0.
 * Negative errno. Since 5.12.
 */
int mount_set(int fd, uint64_t set, uint64_t clear, uint64_t propagation, unsigned flags);

/*
 * Shows the ids of a detached mount as a user namespace maps them: what is
 * inside there are the ids on disk, what is outside those that callers see.
 * -EINVAL: its file system cannot; -EPERM: mapped already, or not ours to map.
 */
int mount_map(int fd, int userns, unsigned flags);

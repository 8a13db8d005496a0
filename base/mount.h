/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/*
 * Sets and clears MOUNT_ATTR_* of the mount that fd refers to, and its
 * propagation (MS_PRIVATE ..., 0: as it is). flags: AT_RECURSIVE or 0.
 * Negative errno. Since 5.12.
 */
int mount_set(int fd, uint64_t set, uint64_t clear, uint64_t propagation, unsigned flags);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "base/arena.h"

/*
 * A whole regular file (or one of procfs) of at most max bytes, with a NUL
 * behind it, in the arena. Negative errno; -EFBIG: larger; -EINVAL: a
 * directory, fifo or device.
 */
int file_read(struct arena *a, int dirfd, const char *path, size_t max, const char **ret,
	      size_t *ret_len);

/*
 * Replaces dirfd/name: written beside it as .name.tmp and renamed, so that
 * nobody ever reads half of it. Negative errno; nothing is left on failure.
 */
int file_replace(int dirfd, const char *name, const char *text, size_t len, unsigned mode);

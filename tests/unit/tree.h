/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A directory below /tmp for one test. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline const char *tree_make(char path[32])
{
	snprintf(path, 32, "/tmp/warren-unit.XXXXXX");
	if (!mkdtemp(path))
		abort();
	return path;
}

static inline int tree_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void tree_remove(const char *path)
{
	(void)nftw(path, tree_unlink, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/fail.h"

int path_absolute(struct arena *a, const char **path, struct warren_error *err)
{
	cleanup_free char *cwd = NULL;
	size_t size;
	char *joined;

	if (!*path || **path == '/')
		return 0;
	if (!**path) {
		*path = NULL;
		return 0;
	}
	cwd = getcwd(NULL, 0);
	if (!cwd)
		return fail_sys(err, errno, "%s is relative to the working directory", *path);
	size = strlen(cwd) + 1 + strlen(*path) + 1;
	joined = arena_alloc(a, size);
	if (!joined)
		return fail(err, ENOMEM, "%s: out of memory", *path);
	snprintf(joined, size, "%s/%s", strcmp(cwd, "/") == 0 ? "" : cwd, *path);
	*path = joined;
	return 0;
}

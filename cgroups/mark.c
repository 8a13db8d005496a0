/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a cgroup is, written on it: a path alone says nothing about who lives there now. */
#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

#include "cgroups/internal.h"

#define MARK "user.warren" /* kept by cgroup2 since 5.7 */
#define MADE "user.warren-made"

int cgroup_mark(const struct cgroup *cg, const char *owner, struct error *err)
{
	if (fsetxattr(cg->fd, MARK, owner, strlen(owner), 0) < 0)
		return cgfile_error(err, errno, "mark", cg->path);
	return 0;
}

void cgmark_made(int dir)
{
	/* one that cannot be marked goes with the guest that made it, if that is the last */
	(void)fsetxattr(dir, MADE, "", 0, 0);
}

bool cgmark_is_made(int dir)
{
	return fgetxattr(dir, MADE, NULL, 0) >= 0;
}

int cgroup_marked(const struct cgroup *cg, const char *owner, struct error *err)
{
	char now[256];
	const ssize_t n = fgetxattr(cg->fd, MARK, now, sizeof(now));

	if (n < 0 && errno != ENODATA && errno != ERANGE)
		return cgfile_error(err, errno, "read the mark of", cg->path);
	return n >= 0 && (size_t)n == strlen(owner) && memcmp(now, owner, (size_t)n) == 0;
}

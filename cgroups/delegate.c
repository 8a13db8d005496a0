/* SPDX-License-Identifier: Apache-2.0 */
/* Giving a cgroup to somebody, as Documentation/admin-guide/cgroup-v2.rst, "Delegation", has it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cgroups/internal.h"

/* What the kernel lists, or what it listed when it did not yet. */
static const char fallback[] = "cgroup.procs cgroup.subtree_control cgroup.threads";

static int give(int dir, const char *file, uid_t uid)
{
	cleanup_fd int fd = cgfile_open(dir, file, O_PATH | O_NOFOLLOW);

	if (fd == -ENOENT) /* of a controller that is not enabled here */
		return 0;
	if (fd < 0)
		return fd;
	return fchownat(fd, "", uid, (gid_t)-1, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

int cgroup_delegate(const struct cgroup *cg, uid_t uid, struct error *err)
{
	cleanup_fd int list = open("/sys/kernel/cgroup/delegate", O_RDONLY | O_CLOEXEC);
	cleanup_str struct str text = { 0 };
	char *name, *rest = NULL;
	int r = 0;

	if (list < 0 || cgfile_read_fd(list, &text) < 0 || !text.len) {
		str_free(&text);
		str_add(&text, fallback);
	}
	if (str_ok(&text) < 0)
		return error_sys(err, ENOMEM, "delegate %s", cg->path);
	if (fchown(cg->fd, uid, (gid_t)-1) < 0)
		return cgfile_error(err, errno, "delegate", cg->path);
	for (name = strtok_r(text.text, " \n", &rest); name && r >= 0;
	     name = strtok_r(NULL, " \n", &rest))
		r = give(cg->fd, name, uid);
	return r < 0 ? cgfile_error(err, -r, "delegate", cg->path) : 0;
}

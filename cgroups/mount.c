/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/fd.h"

/* 0: opened, 1: there is no cgroup2 at this path. */
static int open_if_cgroup2(const char *path, struct cgroup_mount *ret)
{
	cleanup_fd int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs st;

	if (fd < 0 || fstatfs(fd, &st) < 0 || st.f_type != CGROUP2_SUPER_MAGIC)
		return 1;
	snprintf(ret->path, sizeof(ret->path), "%s", path);
	ret->fd = fd_take(&fd);
	return 0;
}

/* mountinfo writes space, tab, newline and backslash as three octal digits. */
static bool unescape(const char *from, size_t n, char *to, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		char c = from[i];

		if (c == '\\' && i + 3 < n && strspn(from + i + 1, "01234567") >= 3) {
			c = (char)((from[i + 1] - '0') << 6 | (from[i + 2] - '0') << 3 |
				   (from[i + 3] - '0'));
			i += 3;
		}
		if (at + 1 >= size)
			return false;
		to[at++] = c;
	}
	to[at] = '\0';
	return true;
}

int cgmount_of_line(const char *line, char *ret, size_t size)
{
	const char *type = strstr(line, " - ");
	const char *at = line;

	if (!type || !str_starts(type, " - cgroup2 "))
		return 0;
	for (int field = 0; field < 4; field++) {
		at = strchr(at, ' ');
		if (!at)
			return 0;
		at++;
	}
	return unescape(at, strcspn(at, " "), ret, size);
}

/* Long with thousands of guests, therefore the last resort. */
static int search_mountinfo(struct cgroup_mount *ret)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	cleanup_free char *line = NULL;
	char path[sizeof(ret->path)];
	size_t size = 0;
	int r = 1;

	if (!f)
		return 1;
	while (r == 1 && getline(&line, &size, f) > 0) {
		if (cgmount_of_line(line, path, sizeof(path)) == 1)
			r = open_if_cgroup2(path, ret);
	}
	(void)fclose(f);
	return r;
}

int cgroup_mount_open(struct cgroup_mount *ret, struct error *err)
{
	if (open_if_cgroup2("/sys/fs/cgroup", ret) == 0 ||
	    open_if_cgroup2("/sys/fs/cgroup/unified", ret) == 0 || search_mountinfo(ret) == 0)
		return 0;
	return error_set(err, ENODEV,
			 "this host has no cgroup2 mounted at /sys/fs/cgroup or elsewhere: "
			 "mount it (mount -t cgroup2 cgroup2 /sys/fs/cgroup) or run without "
			 "a cgroup manager");
}

void cgroup_mount_close(struct cgroup_mount *mount)
{
	fd_close(&mount->fd);
}

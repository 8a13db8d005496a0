/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"

size_t cgpath_parent(const char *path, size_t len)
{
	while (len > 0 && path[--len] != '/')
		;
	return len;
}

int cgpath_name(const char *path, size_t len, char ret[NAME_MAX + 1])
{
	size_t from = cgpath_parent(path, len) + 1;

	if (len <= from)
		return -EINVAL;
	if (len - from > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(ret, path + from, len - from);
	ret[len - from] = '\0';
	return 0;
}

int cgpath_append(char *ret, size_t size, const char *s)
{
	size_t len = strlen(ret);

	for (;;) {
		size_t n;

		s += strspn(s, "/");
		n = strcspn(s, "/");
		if (n == 0)
			return 0;
		if (n == 2 && memcmp(s, "..", 2) == 0) {
			len = cgpath_parent(ret, len);
		} else if (n != 1 || *s != '.') {
			if (n > NAME_MAX || len + 1 + n >= size)
				return -ENAMETOOLONG;
			/* The kernel refuses it as well: lines of /proc/PID/cgroup end there. */
			if (memchr(s, '\n', n))
				return -EINVAL;
			ret[len++] = '/';
			memcpy(ret + len, s, n);
			len += n;
		}
		ret[len] = '\0';
		s += n;
	}
}

int cgpath_open(int mount, const char *path, size_t len)
{
	char below[sizeof(((struct cgroup *)0)->path)];

	if (len <= 1)
		return cgfile_open_dir(mount, ".");
	if (path[0] != '/' || len >= sizeof(below))
		return -EINVAL;
	memcpy(below, path + 1, len - 1);
	below[len - 1] = '\0';
	return cgfile_open_dir(mount, below);
}

int cgpath_of_text(const char *text, char *ret, size_t size)
{
	static const char deleted[] = " (deleted)";
	const char *line = text;
	size_t n;

	while (line && !str_starts(line, "0::/")) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!line)
		return 0;
	line += strlen("0::");
	n = strcspn(line, "\n");
	if (n > strlen(deleted) &&
	    memcmp(line + n - strlen(deleted), deleted, strlen(deleted)) == 0)
		n -= strlen(deleted);
	if (n >= size)
		return -ENAMETOOLONG;
	memcpy(ret, line, n);
	ret[n] = '\0';
	return 1;
}

int cgpath_of_pid(pid_t pid, char *ret, size_t size, struct error *err)
{
	cleanup_str struct str text = { 0 };
	char file[64] = "/proc/self/cgroup";
	cleanup_fd int fd = -1;
	int r;

	if (pid)
		snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : cgfile_read_fd(fd, &text);
	if (pid && (r == -ENOENT || r == -ESRCH))
		return error_set(err, ESRCH, "process %d is gone", (int)pid);
	if (r < 0)
		return cgfile_error(err, -r, "read", file);
	r = cgpath_of_text(text.text, ret, size);
	if (r < 0)
		return error_sys(err, -r, "read the path in %s", file);
	if (r == 0)
		return error_set(err, ENODEV, "%s names no cgroup v2", file);
	return 0;
}

/*
 * The parent of our own cgroup: beside us, since a cgroup that holds processes
 * can have no limited children. Where the mount does not show it (a container
 * that got a part of the tree as its mount) the mount's root serves.
 */
static int own_parent(const struct cgroup_mount *mount, char *ret, size_t size, struct error *err)
{
	char own[sizeof(((struct cgroup *)0)->path)];
	cleanup_fd int fd = -1;
	size_t len;
	int r;

	r = cgpath_of_pid(0, own, sizeof(own), err);
	if (r < 0)
		return r;
	*ret = '\0';
	r = cgpath_append(ret, size, own);
	if (r < 0)
		return error_sys(err, -r, "own cgroup %s", own);
	len = cgpath_parent(ret, strlen(ret));
	ret[len] = '\0';
	if (len == 0)
		return 0;
	fd = cgpath_open(mount->fd, ret, len);
	if (fd < 0)
		*ret = '\0';
	return 0;
}

int cgroup_path(const struct cgroup_mount *mount, const char *cgroups_path, const char *id,
		char *ret, size_t size, struct error *err)
{
	const char *given = cgroups_path && *cgroups_path ? cgroups_path : id;
	char path[sizeof(((struct cgroup *)0)->path)] = "";
	int r;

	if (given[0] != '/') {
		r = own_parent(mount, path, sizeof(path), err);
		if (r < 0)
			return r;
	}
	r = cgpath_append(path, sizeof(path) < size ? sizeof(path) : size, given);
	if (r < 0)
		return error_set(err, -r, "linux.cgroupsPath: \"%.200s\" %s", given,
				 r == -EINVAL ? "contains a newline" : "is too long");
	if (!*path)
		return error_set(err, EINVAL,
				 "linux.cgroupsPath: \"%.200s\" is the root of all cgroups, which "
				 "cannot be a guest's: name a directory below it",
				 given);
	memcpy(ret, path, strlen(path) + 1);
	return 0;
}

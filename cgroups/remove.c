/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

/* 0.1, 0.2, 0.4 ... 51.2 ms, then that again: about a second. */
#define WAIT_FIRST_NS 100000L
#define WAIT_LAST_NS 51200000L
#define WAIT_ALL_NS 1000000000L

static int remove_one(int dir, const char *name)
{
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return errno == ENOTEMPTY ? -EBUSY : -errno;
}

/*
 * Removes the children of dir. 1: child names one that could not be removed
 * yet, *seen: there were any at all.
 */
static int remove_children(int dir, char child[NAME_MAX + 1], bool *seen)
{
	cleanup_dir DIR *d = cgfile_dir(dir);
	const char *name;

	*seen = false;
	if (!d)
		return -errno;
	while ((name = cgfile_next_dir(d))) {
		int r = remove_one(dir, name);

		*seen = true;
		if (r == -EBUSY) {
			snprintf(child, NAME_MAX + 1, "%s", name);
			return 1;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * Everything below top. It is the guest's making and may be nested to any
 * depth: one descriptor walks down and up, nothing is kept a level.
 */
static int remove_below(int top)
{
	cleanup_fd int dir = cgfile_open_dir(top, ".");
	char child[NAME_MAX + 1];
	unsigned depth = 0;
	bool down = false;

	for (;;) {
		bool seen;
		int r = dir < 0 ? dir : remove_children(dir, child, &seen);
		int next;

		if (r < 0)
			return r;
		if (r == 0 && depth == 0)
			return 0;
		if (r == 0 && down && !seen)
			return -EBUSY; /* busy without children: a process is in it */
		down = r == 1;
		depth = down ? depth + 1 : depth - 1;
		/* cgroup2 knows no rename: ".." is where we came from. */
		next = openat(dir, down ? child : "..",
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		fd_close(&dir);
		dir = next;
	}
}

static int remove_tree(int parent, const char *name)
{
	cleanup_fd int dir = -1;
	int r = remove_one(parent, name);

	if (r != -EBUSY)
		return r;
	dir = cgfile_open_dir(parent, name);
	if (dir == -ENOENT)
		return 0;
	r = dir < 0 ? dir : remove_below(dir);
	return r < 0 ? r : remove_one(parent, name);
}

/* A process that was killed leaves its cgroup a little after it has been waited for. */
static int remove_patiently(int parent, const char *name)
{
	long wait = WAIT_FIRST_NS, waited = 0;
	int r;

	for (;;) {
		const struct timespec ts = { .tv_nsec = wait };

		r = remove_tree(parent, name);
		if (r != -EBUSY || waited >= WAIT_ALL_NS)
			return r;
		(void)nanosleep(&ts, NULL);
		waited += wait;
		wait = wait < WAIT_LAST_NS ? 2 * wait : wait;
	}
}

/* Lets remove work on what ends at path[0..len), from the directory that holds it. */
static int remove_at(int mount, const char *path, size_t len, int (*remove)(int, const char *))
{
	cleanup_fd int parent = cgpath_open(mount, path, cgpath_parent(path, len));
	char name[NAME_MAX + 1];
	int r;

	if (parent < 0)
		return parent == -ENOENT ? 0 : parent;
	r = cgpath_name(path, len, name);
	return r < 0 ? r : remove(parent, name);
}

/* By this guest's warren or by that of another one. */
static bool made_by_us(int mount, const char *path, size_t len)
{
	cleanup_fd int dir = cgpath_open(mount, path, len);

	return dir == -ENOENT || (dir >= 0 && cgmark_is_made(dir));
}

int cgroup_remove(const struct cgroup_mount *mount, const char *path, int created_from,
		  struct error *err)
{
	size_t len = strlen(path);
	int r;

	if (path[0] != '/' || len < 2)
		return error_set(err, EINVAL, "remove cgroup \"%.200s\": not a path below the root",
				 path);
	r = remove_at(mount->fd, path, len, remove_patiently);
	if (r == -EBUSY)
		return error_set(err, EBUSY, "remove cgroup %.200s: it still holds processes",
				 path);
	if (r < 0)
		return cgfile_error(err, -r, "remove cgroup", path);

	/*
	 * Other guests may live beside this one by now: then the parent stays, and
	 * goes with the last of them. Each tries after its own has gone, so the last
	 * one finds it empty, however many of them end at the same time.
	 */
	for (len = cgpath_parent(path, len); len > 0; len = cgpath_parent(path, len)) {
		if (len <= (size_t)created_from && !made_by_us(mount->fd, path, len))
			break;
		if (remove_at(mount->fd, path, len, remove_one) < 0)
			break;
	}
	return 0;
}

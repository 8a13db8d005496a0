/* SPDX-License-Identifier: Apache-2.0 */
/* Paths below the guest's root: openat2 decides what they mean, nothing else does. */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>

#define PATH_SIZE 4096
#define LINKS_MAX 16 /* dangling symlinks that are followed while making a path */
#define DIRS_MAX 128 /* directories made for one path: each costs 8 KiB of stack */
#define RETRIES 128  /* a rename below our feet makes openat2 answer EAGAIN */

int path_open(const struct guest *g, const char *path, uint64_t flags, uint64_t resolve)
{
	const struct open_how how = { .flags = flags | O_CLOEXEC,
				      .resolve =
					      RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve };
	int r;

	/* "" is not a path to openat2, and the root is what "/" means below it */
	for (int i = 0; i < RETRIES; i++) {
		r = sys_openat2(g->root, *path ? path : "/", &how);
		if (r != -EAGAIN && r != -EINTR)
			break;
	}
	return r;
}

static void own(const struct guest *g, int fd)
{
	if (g->head->root_uid || g->head->root_gid)
		SYS_5(__NR_fchownat, fd, "", g->head->root_uid, g->head->root_gid, AT_EMPTY_PATH);
}

static void act_as(uint32_t uid, uint32_t gid)
{
	const struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { 0 };

	SYS_1(__NR_setfsgid, gid);
	SYS_1(__NR_setfsuid, uid);
	/* the kernel takes those over files from who is no longer root */
	if (SYS_2(__NR_capget, &header, data) < 0)
		return;
	data[0].effective = data[0].permitted;
	data[1].effective = data[1].permitted;
	SYS_2(__NR_capset, &header, data);
}

static int make_once(int dir, const char *name, bool file, unsigned mode)
{
	if (!file)
		return (int)SYS_3(__NR_mkdirat, dir, name, mode);
	return (int)SYS_4(__NR_openat, dir, name,
			  O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, mode);
}

/*
 * In an id-mapped mount the host's root may be nobody, and nobody's files
 * cannot be made (EOVERFLOW): there the guest's root makes them.
 */
static int make_at(const struct guest *g, int dir, const char *name, bool file, unsigned mode)
{
	int r = make_once(dir, name, file, mode);

	if (r != -EOVERFLOW || (!g->head->root_uid && !g->head->root_gid))
		return r;
	act_as(g->head->root_uid, g->head->root_gid);
	r = make_once(dir, name, file, mode);
	act_as(0, 0);
	arm(g);
	return r;
}

/* How many bytes of path are its directory part: "/a/b/c" 4, "c" 0. */
static uint64_t dir_length(const char *path)
{
	uint64_t n = text_len(path);

	while (n && path[n - 1] != '/')
		n--;
	return n;
}

/* Drops trailing slashes, so that the last component is one. */
static int copy_path(char *to, const char *path, uint64_t n)
{
	to[0] = '\0';
	if (n >= PATH_SIZE)
		return -ENAMETOOLONG;
	for (uint64_t i = 0; i < n; i++)
		to[i] = path[i];
	while (n > 1 && to[n - 1] == '/')
		n--;
	to[n] = '\0';
	return 0;
}

/* If path's last component is a symlink, one that leads nowhere, what it means becomes path. */
static int follow_dangling(const struct guest *g, char *path)
{
	char target[PATH_SIZE], joined[PATH_SIZE] = "";
	int fd = path_open(g, path, O_PATH | O_NOFOLLOW, 0);
	long n;

	if (fd < 0)
		return fd;
	n = SYS_4(__NR_readlinkat, fd, "", target, sizeof(target) - 1);
	SYS_1(__NR_close, fd);
	if (n == -ENOENT || n == -EINVAL) /* no link: somebody has made it meanwhile */
		return 0;
	if (n < 0)
		return (int)n;
	target[n] = '\0';
	if (target[0] != '/') {
		path[dir_length(path)] = '\0';
		text_add(joined, sizeof(joined), path);
		text_add(joined, sizeof(joined), "/");
	}
	if (!text_add(joined, sizeof(joined), target))
		return -ENAMETOOLONG;
	return copy_path(path, joined, text_len(joined));
}

/* What is left to one path, however its links lead around. */
struct budget {
	int links, dirs;
};
/* clang-format off */
#define BUDGET_INIT { LINKS_MAX, DIRS_MAX }
/* clang-format on */

static int make_dir(const struct guest *g, const char *given, unsigned mode, struct budget *left);

/* Makes the last component of path, whose parents may be missing as well. */
static int make_last(const struct guest *g, char *path, unsigned mode, struct budget *left)
{
	char parent[PATH_SIZE];
	const char *name = path + dir_length(path);
	int dir, fd, r;

	/* "..": making something there is nothing that anybody could mean */
	if (!*name || text_equal(name, ".") || text_equal(name, ".."))
		return -EINVAL;
	r = copy_path(parent, path, dir_length(path));
	if (r < 0)
		return r;
	dir = make_dir(g, parent, 0755, left);
	if (dir < 0)
		return dir;
	r = make_at(g, dir, name, false, mode);
	if (r >= 0) {
		fd = (int)SYS_4(__NR_openat, dir, name,
				O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
		if (fd >= 0)
			own(g, fd);
		r = fd;
	}
	SYS_1(__NR_close, dir);
	return r;
}

static int make_dir(const struct guest *g, const char *given, unsigned mode, struct budget *left)
{
	char path[PATH_SIZE];
	int r = copy_path(path, given, text_len(given));

	if (r < 0)
		return r;
	if (left->dirs-- <= 0)
		return -ENAMETOOLONG;
	for (;;) {
		r = path_open(g, path, O_PATH | O_DIRECTORY, 0);
		if (r != -ENOENT)
			return r;
		r = make_last(g, path, mode, left);
		if (r != -EEXIST)
			return r;
		if (left->links-- <= 0)
			return -ELOOP;
		/* somebody was faster, or it is a symlink to what does not exist yet */
		r = follow_dangling(g, path);
		if (r < 0)
			return r;
	}
}

int path_make_dir(const struct guest *g, const char *path, unsigned mode)
{
	struct budget left = BUDGET_INIT;

	return make_dir(g, path, mode, &left);
}

int path_parent(const struct guest *g, const char *path, const char **ret_name)
{
	char parent[PATH_SIZE];
	struct budget left = BUDGET_INIT;
	uint64_t n = dir_length(path);
	int r = copy_path(parent, path, n);

	if (r < 0)
		return r;
	if (!path[n])
		return -EINVAL;
	*ret_name = path + n;
	return make_dir(g, parent, 0755, &left);
}

static bool same_directory(const char *a, const char *b)
{
	const uint64_t n = dir_length(a);

	if (n != dir_length(b))
		return false;
	for (uint64_t i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

int path_parent_kept(struct guest *g, const char *path, const char **ret_name)
{
	if (g->parent >= 0 && same_directory(path, g->parent_of) && path[dir_length(path)]) {
		*ret_name = path + dir_length(path);
		return g->parent;
	}
	path_parent_drop(g);
	g->parent = path_parent(g, path, ret_name);
	g->parent_of = path;
	return g->parent;
}

void path_parent_drop(struct guest *g)
{
	if (g->parent >= 0)
		SYS_1(__NR_close, g->parent);
	g->parent = -1;
}

static int make_file(const struct guest *g, const char *given)
{
	char path[PATH_SIZE];
	const char *name;
	int r = copy_path(path, given, text_len(given));

	if (r < 0)
		return r;
	for (int links = 0; links < LINKS_MAX; links++) {
		int dir = path_parent(g, path, &name), fd;

		if (dir < 0)
			return dir;
		fd = make_at(g, dir, name, true, 0644);
		SYS_1(__NR_close, dir);
		if (fd >= 0) {
			own(g, fd);
			SYS_1(__NR_close, fd);
			return path_open(g, path, O_PATH, 0);
		}
		if (fd != -EEXIST)
			return fd;
		r = follow_dangling(g, path);
		if (r < 0)
			return r;
		r = path_open(g, path, O_PATH, 0);
		if (r != -ENOENT)
			return r;
	}
	return -ELOOP;
}

int path_write(int dir, const char *path, uint64_t resolve, const void *data, uint64_t size)
{
	const struct open_how how = { .flags = O_WRONLY | O_CLOEXEC,
				      .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV |
						 RESOLVE_NO_MAGICLINKS | resolve };
	int fd = sys_openat2(dir, path, &how);
	long n;

	if (fd < 0)
		return fd;
	n = SYS_3(__NR_write, fd, data, size);
	SYS_1(__NR_close, fd);
	return n < 0 ? (int)n : 0;
}

int path_target(const struct guest *g, const char *path, bool file, bool *ret_made)
{
	int r = path_open(g, path, O_PATH, 0);

	*ret_made = r == -ENOENT;
	if (r != -ENOENT)
		return r;
	return file ? make_file(g, path) : path_make_dir(g, path, 0755);
}

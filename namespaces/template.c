/* SPDX-License-Identifier: Apache-2.0 */
#include "namespaces/template.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/mount.h"
#include "base/sys.h"

#define NAME "@template"
#define PATH_SIZE 4096

static int path_of(char *buf, const char *state_root, const char *rest)
{
	int n = snprintf(buf, PATH_SIZE, "%s/" NAME "%s", state_root, rest);

	return n >= PATH_SIZE ? -ENAMETOOLONG : 0;
}

/* Only root may have put it there, and it must be what it says. */
static int open_pin(const char *state_root)
{
	cleanup_fd int dir = -1, fd = -1;
	char path[PATH_SIZE];
	struct statfs fs;
	struct stat st;

	if (path_of(path, state_root, "") < 0)
		return -ENAMETOOLONG;
	dir = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	if (fstat(dir, &st) < 0 || st.st_uid != 0 || st.st_mode & 077)
		return -EPERM;
	fd = openat(dir, "mnt", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs) < 0 || fs.f_type != NSFS_MAGIC ||
	    ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNS)
		return -ENOENT;
	return fd_take(&fd);
}

/* A private tmpfs at path, with what the template is made of. */
static int make_place(const char *path)
{
	cleanup_fd int fs = sys_fsopen("tmpfs", FSOPEN_CLOEXEC), dir = -1, file = -1;
	const struct mount_attr private = { .propagation = MS_PRIVATE };
	int r = fs;

	if (r >= 0)
		r = sys_fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0700", 0);
	if (r >= 0)
		r = sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (r < 0)
		return r;
	dir = sys_fsmount(fs, FSMOUNT_CLOEXEC,
			  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (dir < 0)
		return dir;
	if (mkdirat(dir, "a", 0555) < 0 || mkdirat(dir, "b", 0555) < 0 ||
	    mkdirat(dir, "root", 0) < 0)
		return -errno;
	file = openat(dir, "mnt", O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0600);
	if (file < 0)
		return -errno;
	r = sys_move_mount(dir, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
	if (r >= 0)
		r = sys_mount_setattr(dir, "", AT_EMPTY_PATH, &private);
	return r < 0 ? r : fd_take(&dir);
}

static int make_overlay(int place)
{
	cleanup_fd int fs = sys_fsopen("overlay", FSOPEN_CLOEXEC);
	char layers[80];
	int r = fs;

	snprintf(layers, sizeof(layers), "/proc/self/fd/%d/a:/proc/self/fd/%d/b", place, place);
	if (r >= 0)
		r = sys_fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir", layers, 0);
	if (r >= 0)
		r = sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (r >= 0)
		r = sys_fsmount(fs, FSMOUNT_CLOEXEC,
				MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
					MOUNT_ATTR_NOEXEC);
	return r;
}

/* In a copy of the caller's memory and mounts: system calls only. */
__attribute__((noreturn)) static void become_template(int tree, const char *root, int cpu,
						      int parent, int ready)
{
	struct pollfd orphaned = { .fd = ready };
	const uint64_t one = cpu < 0 ? 0 : 1ULL << cpu;
	char byte = 1;
	int r;

	SYS_1(__NR_close, parent); /* our copy: then the pipe breaks when the caller dies */
	if (one)
		SYS_3(__NR_sched_setaffinity, 0, sizeof(one), &one);
	r = sys_unshare(CLONE_NEWNS);
	if (r >= 0)
		r = sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (r >= 0)
		r = sys_move_mount(tree, "", AT_FDCWD, root, MOVE_MOUNT_F_EMPTY_PATH);
	if (r >= 0)
		r = (int)SYS_1(__NR_fchdir, tree);
	if (r >= 0)
		r = sys_pivot_root(".", ".");
	if (r >= 0)
		r = sys_umount2(".", 2 /* MNT_DETACH */);
	if (r >= 0)
		r = (int)SYS_3(__NR_write, ready, &byte, 1);
	for (;;) {
		if (r >= 0)
			SYS_4(__NR_ppoll, &orphaned, 1, NULL, NULL);
		SYS_1(__NR_exit_group, 1);
	}
}

static int bind_namespace(int pid, int place)
{
	cleanup_fd int tree = -1;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	tree = sys_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		return tree;
	return sys_move_mount(tree, "", place, "mnt", MOVE_MOUNT_F_EMPTY_PATH);
}

static int try_namespace(int place, const char *root, int cpu)
{
	cleanup_fd int tree = make_overlay(place), pidfd = -1, from = -1, to = -1;
	int pipe[2], pid, r, fd = -1;
	const struct clone_args args = { .flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
					 .pidfd = (uint64_t)(uintptr_t)&fd,
					 .exit_signal = SIGCHLD };
	char byte;

	if (tree < 0)
		return tree;
	if (pipe2(pipe, O_CLOEXEC) < 0)
		return -errno;
	from = pipe[0];
	to = pipe[1];
	pid = sys_clone3(&args);
	if (pid == 0)
		become_template(tree, root, cpu, from, to);
	if (pid < 0)
		return pid;
	pidfd = fd;
	fd_close(&to); /* a child that gives up is the end of the pipe */
	r = read(from, &byte, 1) == 1 ? bind_namespace(pid, place) : -EPERM;
	fd_close(&from); /* which ends it as well */
	sys_pidfd_send_signal(pidfd, SIGKILL);
	SYS_5(__NR_waitid, 3 /* P_PIDFD */, pidfd, NULL, 4 /* WEXITED */, NULL);
	return r;
}

/*
 * A mount namespace may only be pinned in one that has a smaller id, or two
 * could hold each other for ever. Since 6.18 every processor counts ids of its
 * own from time to time: on one of them the new namespace gets a larger id.
 */
static int make_namespace(int place, const char *root)
{
	const long n = sysconf(_SC_NPROCESSORS_CONF);
	int r = try_namespace(place, root, -1);

	for (int cpu = 0; (r == -EINVAL || r == -ELOOP) && cpu < n && cpu < 64; cpu++)
		r = try_namespace(place, root, cpu);
	return r;
}

static int make(const char *state_root)
{
	cleanup_fd int below = -1, place = -1;
	char path[PATH_SIZE], root[PATH_SIZE];
	int r = path_of(path, state_root, "");

	if (r >= 0)
		r = path_of(root, state_root, "/root");
	if (r < 0)
		return r;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	/* the state root is locked, not the place: the place gets covered */
	below = open(state_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (below < 0 || flock(below, LOCK_EX) < 0)
		return -errno;
	r = open_pin(state_root);
	if (r >= 0)
		return r;
	place = make_place(path);
	if (place < 0)
		return place;
	r = make_namespace(place, root);
	/* a recursive bind of what it lies in leaves it out: guests may be given the whole host */
	if (r >= 0)
		r = mount_set(place, 0, 0, MS_UNBINDABLE, AT_RECURSIVE);
	if (r < 0) {
		sys_umount2(path, 2 /* MNT_DETACH */);
		return r;
	}
	return open_pin(state_root);
}

int template_open(const char *state_root)
{
	int r = open_pin(state_root);

	if (r >= 0 || geteuid() != 0)
		return r;
	return make(state_root);
}

int template_exists(const char *state_root)
{
	cleanup_fd int fd = open_pin(state_root);

	return fd >= 0;
}

int template_remove(const char *state_root, struct error *err)
{
	char path[PATH_SIZE];
	int r = path_of(path, state_root, "/mnt");

	if (r < 0)
		return error_sys(err, -r, "remove the template namespace");
	sys_umount2(path, 2 /* MNT_DETACH */);
	path_of(path, state_root, "");
	r = sys_umount2(path, 2 /* MNT_DETACH */);
	if (r < 0 && r != -EINVAL && r != -ENOENT)
		return error_sys(err, -r, "unmount %s", path);
	if (rmdir(path) < 0 && errno != ENOENT)
		return error_sys(err, errno, "remove %s", path);
	return 0;
}

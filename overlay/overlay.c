/* SPDX-License-Identifier: Apache-2.0 */
#include "overlay/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"
#include "overlay/elsewhere.h"
#include "overlay/ids.h"

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* fsconfig() takes no longer text; strndup_user(value, 256) in fs/fsopen.c. */
#define VALUE_MAX 255
/* OVL_MAX_STACK in fs/overlayfs. */
#define LOWER_MAX 500

/* ---- the directories ---------------------------------------------------------- */

/* In our words: callers take "no such file or directory" for the guest's program. */
static int open_dir(const char *option, const char *path, struct error *err)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	switch (errno) {
	case ENOENT:
		return error_set(err, EINVAL, "%s %s does not exist", option, path);
	case ENOTDIR:
		return error_set(err, EINVAL, "%s %s is not a directory", option, path);
	case EACCES:
		return error_set(err, EINVAL, "%s %s cannot be reached by this user", option, path);
	default:
		return error_sys(err, errno, "%s %s", option, path);
	}
}

/* Without whiteouts, without xattrs, or read-only: the kernel refuses them, less clearly. */
static const struct {
	uint32_t magic;
	const char *name;
} unfit[] = {
	{ OVERLAYFS_SUPER_MAGIC, "overlayfs" },
	{ NFS_SUPER_MAGIC, "nfs" },
	{ 0xff534d42, "cifs" },
	{ 0xfe534d42, "smb" },
	{ V9FS_MAGIC, "9p" },
	{ MSDOS_SUPER_MAGIC, "vfat" },
	{ 0x2011bab0, "exfat" },
	{ SQUASHFS_MAGIC, "squashfs" },
	{ EROFS_SUPER_MAGIC_V1, "erofs" },
};

static int check_upper(const char *path, int fd, struct error *err)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return error_sys(err, errno, "--upper %s", path);
	for (size_t i = 0; i < COUNT(unfit); i++)
		if ((uint32_t)fs.f_type == unfit[i].magic)
			return error_set(
				err, EINVAL,
				"--upper %s: an overlay cannot have its upper directory on %s; "
				"use a directory on ext4, xfs, btrfs or tmpfs",
				path, unfit[i].name);
	return 0;
}

/* The kernel renames from one to the other. It asks for one mount, not just one file system. */
static int check_pair(const char *upper, int upper_fd, const char *work, int work_fd,
		      struct error *err)
{
	struct statx u, w;

	if (statx(upper_fd, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &u) < 0 ||
	    statx(work_fd, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &w) < 0)
		return error_sys(err, errno, "--upper %s", upper);
	if (u.stx_dev_major != w.stx_dev_major || u.stx_dev_minor != w.stx_dev_minor)
		return error_set(err, EXDEV, "--work %s is not on the file system of --upper %s",
				 work, upper);
	if (u.stx_mnt_id != w.stx_mnt_id)
		return error_set(err, EXDEV, "--work %s is not on the mount of --upper %s", work,
				 upper);
	if (u.stx_ino == w.stx_ino)
		return error_set(err, EINVAL, "--work and --upper are both %s", upper);
	return 0;
}

/* "<upper>.work", to be freed; NULL with *err. */
static char *work_beside(const char *upper, struct error *err)
{
	cleanup_str struct str path = { 0 };
	size_t n = strlen(upper), start;

	while (n > 0 && upper[n - 1] == '/')
		n--;
	for (start = n; start > 0 && upper[start - 1] != '/'; start--)
		;
	/* "/", "." and "x/.." have no name that something could stand beside. */
	if (n == start || (upper[start] == '.' &&
			   (n - start == 1 || (n - start == 2 && upper[start + 1] == '.')))) {
		error_set(err, EINVAL, "--upper %s: give a directory by its name", upper);
		return NULL;
	}
	str_add_n(&path, upper, n);
	str_add(&path, ".work");
	if (str_ok(&path) < 0) {
		error_sys(err, ENOMEM, "--upper %s", upper);
		return NULL;
	}
	return str_take(&path);
}

/* ---- talking to the kernel ----------------------------------------------------- */

struct layers {
	const struct overlay *overlay;
	enum overlay_way way; /* that works on this kernel, once the first layer is added */
	int fs;               /* fsopen() */
	int upper, work;
	int *lower;
};

static void layers_close(struct layers *l)
{
	for (size_t i = 0; l->lower && i < l->overlay->n_lower; i++)
		fd_close(&l->lower[i]);
	free_ptr(&l->lower);
	fd_close(&l->upper);
	fd_close(&l->work);
	fd_close(&l->fs);
}

#define cleanup_layers __attribute__((cleanup(layers_close)))

static int set_text(int fs, const char *key, const char *value)
{
	return sys_fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0);
}

static int set_dir(const struct layers *l, const char *key, int dir)
{
	char name[32];

	if (l->way == OVERLAY_BY_FD)
		return sys_fsconfig(l->fs, FSCONFIG_SET_FD, key, NULL, dir);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", dir);
	return set_text(l->fs, key, name);
}

/* Each read gives one line, "e overlay: what is wrong\n"; the last error is the one we want. */
static void read_complaint(int fs, char *ret, size_t size)
{
	char line[256];
	ssize_t n;

	ret[0] = '\0';
	while ((n = read(fs, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == 'e' && line[1] == ' ')
			snprintf(ret, size, "%s", line + 2);
	}
}

static int refused(const struct layers *l, int code, struct error *err)
{
	const char *upper = l->overlay->upper ? l->overlay->upper : "(none)";
	char complaint[256];

	read_complaint(l->fs, complaint, sizeof(complaint));
	if (*complaint)
		return error_set(err, code, "the kernel refuses the overlay: %s", complaint);
	if (code == EINVAL && l->overlay->ids && l->way == OVERLAY_JOINED)
		return error_set(err, code,
				 "the kernel refuses the overlay (its log says why): lower "
				 "directories for a guest with a user namespace are id-mapped, "
				 "which needs Linux 5.19");
	switch (code) {
	case EPERM:
	case EACCES:
		return error_set(err, EPERM, "only root may mount an overlay here");
	case EBUSY:
		return error_set(err, code, "--upper %s is in use by another overlay", upper);
	case ENOENT:
	case ESTALE:
		return error_set(err, code,
				 "--upper %s was made for other lower directories, or one of them "
				 "was removed",
				 upper);
	case EROFS:
		return error_set(err, code, "--upper %s is read-only", upper);
	case ELOOP:
	case EINVAL:
		return error_set(
			err, code,
			"the kernel refuses the overlay (its log says why): does one of the "
			"directories lie in another, or are they overlays themselves?");
	default:
		return error_sys(err, code, "mount the overlay");
	}
}

/* All of them in one value, which the kernel splits again. */
static int join_lower(const struct layers *l, struct error *err)
{
	char text[VALUE_MAX + 1];
	size_t used = 0;
	int r;

	for (size_t i = 0; i < l->overlay->n_lower; i++) {
		/* Names without ':' and '\', whatever the directories are called. */
		r = snprintf(text + used, sizeof(text) - used, "%s/proc/self/fd/%d", i ? ":" : "",
			     l->lower[i]);
		used += (size_t)r;
		if (used >= sizeof(text))
			return error_set(err, E2BIG,
					 "%zu lower directories are too many before Linux 6.8, "
					 "which takes %zu",
					 l->overlay->n_lower, i);
	}
	r = set_text(l->fs, "lowerdir", text);
	return r < 0 ? refused(l, -r, err) : 0;
}

/*
 * The uppermost, which finds out what this kernel takes. Until 6.4 any text is
 * taken at first and "lowerdir+" refused in the end, but no descriptor is: EOPNOTSUPP.
 * To 6.12 a descriptor that is O_PATH is none at all: EBADF.
 */
static int add_first(struct layers *l)
{
	char ignored[256];

	for (; l->way != OVERLAY_JOINED; l->way++) {
		int r = set_dir(l, "lowerdir+", l->lower[0]);

		if (r == -EOPNOTSUPP)
			l->way = OVERLAY_BY_NAME; /* the next: joined */
		else if (r != -EINVAL && r != -EBADF)
			return r;
		read_complaint(l->fs, ignored, sizeof(ignored));
	}
	return 0;
}

static int add_lower(struct layers *l, struct error *err)
{
	int r = add_first(l);

	if (r == 0 && l->way == OVERLAY_JOINED)
		return join_lower(l, err);
	for (size_t i = 1; i < l->overlay->n_lower && r == 0; i++)
		r = set_dir(l, "lowerdir+", l->lower[i]);
	return r < 0 ? refused(l, -r, err) : 0;
}

static int add_upper(const struct layers *l)
{
	int r = 0;

	if (l->upper >= 0)
		r = set_dir(l, "upperdir", l->upper);
	if (r == 0 && l->upper >= 0)
		r = set_dir(l, "workdir", l->work);
	return r;
}

static int make_tree(struct layers *l, int *ret_tree, struct error *err)
{
	int r;

	l->fs = sys_fsopen("overlay", FSOPEN_CLOEXEC);
	if (l->fs == -ENODEV)
		return error_set(err, ENODEV, "this kernel has no overlay file system");
	if (l->fs == -EPERM)
		return error_set(err, EPERM, "only root may mount an overlay here");
	if (l->fs < 0)
		return error_sys(err, -l->fs, "open an overlay");
	r = add_lower(l, err);
	if (r < 0)
		return r;
	r = add_upper(l);
	/* What mount tables show in front; without it they say "none". */
	if (r == 0)
		r = set_text(l->fs, "source", "overlay");
	if (r == 0)
		r = sys_fsconfig(l->fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (r == 0)
		r = sys_fsmount(l->fs, FSMOUNT_CLOEXEC, 0);
	if (r < 0)
		return refused(l, -r, err);
	*ret_tree = r;
	return 0;
}

/* ---- id-mapped layers, which are detached mounts --------------------------------- */

struct attempt {
	struct layers *layers;
	int tree, result;
	struct error *err;
	char upper[4096], work[4096];
};

/* The same directory in this mount namespace: the upper layer must be mounted here as well. */
static int reopen(int *dir, const char *path)
{
	cleanup_fd int fd = *dir >= 0 ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	struct stat was, is;

	if (*dir < 0)
		return 0;
	if (fd < 0 || fstat(*dir, &was) < 0 || fstat(fd, &is) < 0)
		return -errno;
	if (was.st_dev != is.st_dev || was.st_ino != is.st_ino)
		return -ESTALE;
	fd_close(dir);
	*dir = fd_take(&fd);
	return 0;
}

static void make_attached(void *arg)
{
	struct attempt *a = arg;
	struct layers *l = a->layers;
	int r = reopen(&l->upper, a->upper);

	if (r >= 0)
		r = reopen(&l->work, a->work);
	for (size_t i = 0; i < l->overlay->n_lower && r >= 0; i++)
		r = sys_move_mount(l->lower[i], "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH);
	if (r >= 0)
		a->result = make_tree(l, &a->tree, a->err);
	else
		a->result = error_set(a->err, -r, "the layers cannot be attached (errno %d)", -r);
}

static void path_of(int dir, char *ret, size_t size)
{
	char link[32];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	n = readlink(link, ret, size - 1);
	ret[n < 0 ? 0 : n] = '\0';
}

/*
 * Before 6.15 every layer has to be mounted where the caller is. So the caller
 * is somewhere else meanwhile, for nothing of this is the host's to see.
 */
static int make_mapped_tree(struct layers *l, int *ret_tree, struct error *err)
{
	struct attempt a = { .layers = l, .tree = -1, .err = err };
	int r = l->overlay->attach ? -EINVAL : make_tree(l, ret_tree, err);

	if (r != -EINVAL)
		return r;
	fd_close(&l->fs);
	l->way = l->overlay->way;
	path_of(l->upper, a.upper, sizeof(a.upper));
	path_of(l->work, a.work, sizeof(a.work));
	r = elsewhere(make_attached, &a, err);
	if (r >= 0)
		r = a.result;
	if (r >= 0)
		*ret_tree = a.tree;
	return r;
}

static int make_any_tree(struct layers *l, int *ret_tree, struct error *err)
{
	return l->overlay->ids ? make_mapped_tree(l, ret_tree, err) : make_tree(l, ret_tree, err);
}

/* ---- the whole ------------------------------------------------------------------ */

static int open_lower(struct layers *l, struct error *err)
{
	const struct overlay *o = l->overlay;

	if (o->n_lower == 0)
		return error_set(err, EINVAL, "an overlay needs at least one lower directory");
	if (o->n_lower == 1 && !o->upper)
		return error_set(err, EINVAL,
				 "an overlay without an upper directory needs two lower ones");
	if (o->n_lower > LOWER_MAX)
		return error_set(err, E2BIG, "%zu lower directories: the kernel takes %d",
				 o->n_lower, LOWER_MAX);
	l->lower = malloc(o->n_lower * sizeof(*l->lower));
	if (!l->lower)
		return error_sys(err, ENOMEM, "open the lower directories");
	memset(l->lower, -1, o->n_lower * sizeof(*l->lower));
	for (size_t i = 0; i < o->n_lower; i++) {
		int r = l->lower[i] = open_dir("--lower", o->lower[i], err);

		if (r >= 0 && o->ids)
			r = layer_map(o->ids, o->lower[i], &l->lower[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * Makes the one beside the upper directory. One that is there and empty is what
 * was left by a runtime that was killed before it had noted anything: it is
 * made again, and goes with this guest.
 */
static int make_work(const char *upper, const char *path, bool *ret_made, struct error *err)
{
	struct error ignored;
	int r = mkdir(path, 0700);

	if (r < 0 && errno == EEXIST) {
		if (overlay_remove_work(upper, &ignored) < 0)
			return 0;
		r = mkdir(path, 0700);
	}
	if (r < 0)
		return error_sys(err, errno, "make %s", path);
	*ret_made = true;
	return 0;
}

/* The caller's, or ours. */
static int open_work(struct layers *l, bool *ret_made, struct error *err)
{
	const struct overlay *o = l->overlay;
	cleanup_free char *beside = NULL;
	const char *path = o->work;
	int r;

	if (!path) {
		path = beside = work_beside(o->upper, err);
		if (!beside)
			return -err->code;
		r = make_work(o->upper, beside, ret_made, err);
		if (r < 0)
			return r;
	}
	l->work = open_dir("--work", path, err);
	if (l->work < 0)
		return l->work;
	return check_pair(o->upper, l->upper, path, l->work, err);
}

static int mount_writable(struct layers *l, int *ret_tree, bool *ret_work_made, struct error *err)
{
	const char *upper = l->overlay->upper;
	struct error ignored;
	bool made = false;
	int r;

	l->upper = open_dir("--upper", upper, err);
	if (l->upper < 0)
		return l->upper;
	r = check_upper(upper, l->upper, err);
	if (r == 0 && l->overlay->ids)
		r = upper_give(l->overlay->ids, upper, l->upper, err);
	if (r == 0)
		r = open_work(l, &made, err);
	if (r == 0)
		r = make_any_tree(l, ret_tree, err);
	if (r < 0 && made)
		(void)overlay_remove_work(upper, &ignored);
	if (r == 0)
		*ret_work_made = made;
	return r;
}

int overlay_mount(const struct overlay *overlay, int *ret_tree, bool *ret_work_made,
		  struct error *err)
{
	cleanup_layers struct layers l = {
		.overlay = overlay,
		.way = overlay->way,
		.fs = -1,
		.upper = -1,
		.work = -1,
	};
	int r = open_lower(&l, err);

	if (r < 0)
		return r;
	if (overlay->upper)
		return mount_writable(&l, ret_tree, ret_work_made, err);
	r = make_any_tree(&l, ret_tree, err);
	if (r == 0)
		*ret_work_made = false;
	return r;
}

int overlay_remove_work(const char *upper, struct error *err)
{
	cleanup_free char *path = work_beside(upper, err);
	cleanup_fd int dir = -1;

	if (!path)
		return -err->code;
	dir = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 : error_sys(err, errno, "open %s", path);
	(void)unlinkat(dir, "work", AT_REMOVEDIR);
	(void)unlinkat(dir, "index", AT_REMOVEDIR);
	if (rmdir(path) < 0)
		return error_sys(err, errno, "remove %s", path);
	return 0;
}

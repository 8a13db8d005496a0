/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts: finished while nobody can see them, then attached to a descriptor inside the root. */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <sys/vfs.h>

static int attach(int tree, int target)
{
	return sys_move_mount(tree, "", target, "",
			      MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static int clone_tree(int fd, unsigned flags)
{
	return sys_open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
}

static int mode_of(int fd)
{
	struct statx st = { 0 };
	int r = (int)SYS_5(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MODE, &st);

	return r < 0 ? r : st.stx_mode;
}

static bool is_dir(int fd)
{
	int mode = mode_of(fd);

	return mode >= 0 && (mode & S_IFMT) == S_IFDIR;
}

static bool on_proc(int fd)
{
	struct statfs st;

	return SYS_2(__NR_fstatfs, fd, &st) >= 0 && st.f_type == PROC_SUPER_MAGIC;
}

static int set_attr(int fd, uint64_t set, uint64_t clear, uint64_t propagation, unsigned flags)
{
	const struct mount_attr attr = { .attr_set = set,
					 .attr_clr = clear,
					 .propagation = propagation };

	return sys_mount_setattr(fd, "", AT_EMPTY_PATH | flags, &attr);
}

static int mount_attr(int fd, const struct plan_attr *attr)
{
	int r = 0;

	if (attr->rset || attr->rclear)
		r = set_attr(fd, attr->rset, attr->rclear, 0, AT_RECURSIVE);
	if (r >= 0 && (attr->set || attr->clear))
		r = set_attr(fd, attr->set, attr->clear, 0, 0);
	for (uint32_t i = 0; i < attr->n_propagation && i < 4 && r >= 0; i++)
		r = set_attr(fd, 0, 0, attr->propagation[i] & ~(uint64_t)MS_REC,
			     attr->propagation[i] & MS_REC ? AT_RECURSIVE : 0);
	return r;
}

/* proc and sysfs: labels and sysctls are written through them, so no link may lead them astray. */
static int plain_target(struct guest *g, const struct plan_op *op)
{
	const struct plan_fs *fs = (const void *)(g->base + op->data);
	const char *path = plan_text(g, op->text);
	int fd = path_open(g, path, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);

	if (fd == -ENOENT) {
		fd = path_make_dir(g, path, 0755);
		if (fd < 0)
			return fail(g, fd, "make the mount point", (char *)0);
		SYS_1(__NR_close, fd); /* whoever was faster may have made a link of it */
		fd = path_open(g, path, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
	}
	if (fd == -ELOOP || (fd >= 0 && !is_dir(fd)))
		return fail_only(g, -ENOTDIR, "filesystem \"", plan_text(g, fs->type),
				 "\" must be mounted on ordinary directory", (char *)0);
	return fd;
}

/* Where op's mount goes: a descriptor inside the root. *ret_made: it was not there before. */
static int target_of(struct guest *g, const struct plan_op *op, bool file, bool *ret_made)
{
	const char *path = plan_text(g, op->text);
	int fd;

	*ret_made = false;
	if (op->flags & PLAN_PLAIN_DIR)
		return plain_target(g, op);
	fd = path_target(g, path, file, ret_made);
	if (fd < 0)
		return fail(g, fd, "make the mount point", (char *)0);
	if (!(op->flags & PLAN_OVER_PROC) && on_proc(fd)) {
		SYS_1(__NR_close, fd);
		return fail_only(g, -EPERM, "cannot be mounted because it is inside /proc",
				 (char *)0);
	}
	if (is_dir(fd) == file) {
		SYS_1(__NR_close, fd);
		return fail(g, -ENOTDIR,
			    file ? "the source is a file and the target is a directory"
				 : "the source is a directory and the target is not",
			    (char *)0);
	}
	return fd;
}

/* What a runtime without the right to do this would have sent, by its path and before the rest. */
OP(clone)
{
	const bool recursive = op->flags & PLAN_RECURSIVE;
	int tree =
		sys_open_tree(AT_FDCWD, plan_text(g, op->text),
			      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0));
	int r;

	if (tree == -EINVAL && !recursive)
		return fail_only(g, tree,
				 "has mounts below it that the kernel keeps with it in a user "
				 "namespace: use rbind",
				 (char *)0);
	if (tree < 0)
		return fail(g, tree, "clone ", plan_text(g, op->text), (char *)0);
	r = mount_attr(tree, (const void *)(g->base + op->data));
	if (r == -EPERM)
		return fail_only(g, r,
				 "an option would clear what is locked on the source (ro, nosuid, "
				 "nodev, noexec or how access times are kept): only the host's "
				 "root can do that",
				 (char *)0);
	g->slots[op->out] = tree;
	return r;
}

OP(root_attach)
{
	const char *path = plan_text(g, op->text);
	int tree = plan_slot(g, op->slot), r;

	/* Over "/" of the template copy, or where hooks expect it in a copy of the host's. */
	r = sys_move_mount(tree, "", AT_FDCWD, *path ? path : "/", MOVE_MOUNT_F_EMPTY_PATH);
	if (r < 0)
		return fail(g, r, "attach the root", (char *)0);
	if (op->arg)
		r = set_attr(tree, 0, 0, op->arg & ~(uint64_t)MS_REC,
			     op->arg & MS_REC ? AT_RECURSIVE : 0);
	g->root = tree;
	return r;
}

/* ---- new file systems -------------------------------------------------------- */

/* The kernel says more than an errno: "e tmpfs: Bad value for 'size'". */
static int refused(struct guest *g, int fs, const char *step, const char *value, int code)
{
	const char *equals = *value ? "=" : "";
	char words[200];
	long n = SYS_3(__NR_read, fs, words, sizeof(words) - 1);

	SYS_1(__NR_close, fs);
	if (n <= 2)
		return fail(g, code, step, equals, value, (char *)0);
	if (words[n - 1] == '\n')
		n--;
	words[n] = '\0';
	return fail(g, code, step, equals, value, " (", words + 2, ")", (char *)0);
}

static int take_mode(int fs, int target)
{
	char mode[8] = "0000";
	int bits = mode_of(target);

	if (bits < 0)
		return bits;
	for (int i = 0; i < 4; i++)
		mode[i] = (char)('0' + (bits >> (9 - 3 * i) & 7));
	return sys_fsconfig(fs, FSCONFIG_SET_STRING, "mode", mode, 0);
}

/* What a file system makes of itself, devpts' ptmx for one, belongs to the guest's root. */
static int create_fs(const struct guest *g, int fd)
{
	int r;

	if (!g->head->root_uid && !g->head->root_gid)
		return sys_fsconfig(fd, FSCONFIG_CMD_CREATE, 0, 0, 0);
	SYS_1(__NR_setfsgid, g->head->root_gid);
	SYS_1(__NR_setfsuid, g->head->root_uid);
	r = sys_fsconfig(fd, FSCONFIG_CMD_CREATE, 0, 0, 0);
	SYS_1(__NR_setfsuid, 0);
	SYS_1(__NR_setfsgid, 0);
	arm(g);
	return r;
}

/* below: a directory whose mode is taken over, -1: there is none */
static int make_fs(struct guest *g, const struct plan_op *op, int below)
{
	const struct plan_fs *fs = (const void *)(g->base + op->data);
	int fd = sys_fsopen(plan_text(g, fs->type), FSOPEN_CLOEXEC), r = 0, tree;

	if (fd < 0)
		return fail(g, fd, "file system ", plan_text(g, fs->type), (char *)0);
	if (op->flags & PLAN_MODE && below >= 0)
		r = take_mode(fd, below);
	for (uint32_t i = 0; i < fs->n && r >= 0; i++) {
		const char *key = plan_text(g, fs->v[i].key);
		const char *value = plan_text(g, fs->v[i].value);

		if (fs->v[i].value)
			r = sys_fsconfig(fd, FSCONFIG_SET_STRING, key, value, 0);
		else
			r = sys_fsconfig(fd, FSCONFIG_SET_FLAG, key, 0, 0);
		if (r < 0)
			return refused(g, fd, key, value, r);
	}
	if (r >= 0)
		r = create_fs(g, fd);
	if (r < 0)
		return refused(g, fd, "make the file system", "", r);
	tree = sys_fsmount(fd, FSMOUNT_CLOEXEC, (unsigned)fs->attr.set);
	if (tree < 0)
		return refused(g, fd, "mount", "", tree);
	SYS_1(__NR_close, fd);
	return tree;
}

static int fill(struct guest *g, int from_path, int to)
{
	int from = (int)SYS_4(__NR_openat, from_path, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	int r = from;

	if (r >= 0) {
		r = copy_tree(from, to);
		SYS_1(__NR_close, from);
	}
	return r < 0 ? fail(g, r, "copy up", (char *)0) : 0;
}

OP(fs)
{
	const struct plan_fs *fs = (const void *)(g->base + op->data);
	struct plan_attr later = fs->attr;
	int target = -1, tree, r = 0;
	bool made = true;

	if (op->text) {
		target = target_of(g, op, false, &made);
		if (target < 0)
			return target;
	}
	tree = make_fs(g, op, made ? -1 : target);
	if (tree == -EPERM && op->flags & PLAN_BIND_FALLBACK) {
		tree = plan_slot(g, op->slot);
		g->why[0] = '\0';
	}
	if (tree < 0)
		return tree;
	if (op->flags & PLAN_COPY_UP)
		r = fill(g, target, tree);
	if (r >= 0 && target >= 0)
		r = attach(tree, target);
	later.set = later.clear = 0; /* fsmount has applied them */
	if (r >= 0 && target >= 0)
		r = mount_attr(tree, &later);
	SYS_1(__NR_close, target);
	if (op->out >= 0)
		g->slots[op->out] = tree;
	else
		SYS_1(__NR_close, tree);
	return r;
}

/* ---- what exists already ------------------------------------------------------ */

/*
 * A mount of a mount namespace may only be where the namespace is younger. A
 * namespace that is copied goes without; the runtime has a way to do the same.
 */
static int without_namespaces(struct guest *g, const struct plan_op *op)
{
	int fd = -1, r = sync_tell_number(g, SYNC_TREE, op->slot);

	if (r >= 0)
		r = sync_wait(g, g->sock, SYNC_TREE, &fd);
	if (r < 0)
		return r;
	if (fd < 0)
		return fail_only(g, -ELOOP,
				 "a mount namespace older than the guest's is mounted in it, and "
				 "only a private or slave rbind without idmap can leave that out",
				 (char *)0);
	SYS_1(__NR_close, g->slots[op->slot]);
	g->slots[op->slot] = fd;
	return fd;
}

OP(tree)
{
	int tree = plan_slot(g, op->slot), target, r;
	bool made;

	target = target_of(g, op, op->flags & PLAN_IS_FILE, &made);
	if (target < 0)
		return target;
	r = attach(tree, target);
	if (r == -ELOOP && op->slot >= 0) {
		r = tree = without_namespaces(g, op);
		if (r >= 0)
			r = attach(tree, target);
	}
	if (r >= 0)
		r = mount_attr(tree, (const void *)(g->base + op->data));
	SYS_1(__NR_close, target);
	if (op->slot >= 0) { /* nobody comes back to it */
		SYS_1(__NR_close, g->slots[op->slot]);
		g->slots[op->slot] = -1;
	}
	return r;
}

OP(setattr)
{
	const struct plan_attr *attr = (const void *)(g->base + op->data);
	int fd, r;

	if (!op->text)
		return mount_attr(plan_slot(g, op->slot), attr);
	fd = path_open(g, plan_text(g, op->text), O_PATH, 0);
	if (fd < 0)
		return fail(g, fd, "option remount", (char *)0);
	r = mount_attr(fd, attr);
	SYS_1(__NR_close, fd);
	return r == -EINVAL ? fail_only(g, r, "option remount: nothing is mounted there", (char *)0)
			    : r;
}

/* For a file system that exists before anybody mounts it, and takes no "context" any more. */
OP(mount_label)
{
	const char *label = plan_text(g, op->text);
	int fd = (int)SYS_4(__NR_openat, plan_slot(g, op->slot), ".",
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	int r = fd;

	if (fd >= 0) {
		r = (int)SYS_5(__NR_fsetxattr, fd, "security.selinux", label, text_len(label) + 1,
			       0);
		SYS_1(__NR_close, fd);
	}
	if (r == -EINVAL)
		return fail_only(g, r, "is not a label that the loaded policy knows", (char *)0);
	return r;
}

/* One empty directory, read-only and without room for anything, serves all masks of a guest. */
static int empty_dir(const char *label)
{
	const uint64_t attrs =
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	int fs = sys_fsopen("tmpfs", FSOPEN_CLOEXEC), r;

	if (fs < 0)
		return fs;
	r = sys_fsconfig(fs, FSCONFIG_SET_STRING, "nr_blocks", "1", 0);
	if (r >= 0)
		r = sys_fsconfig(fs, FSCONFIG_SET_STRING, "nr_inodes", "1", 0);
	if (r >= 0)
		r = sys_fsconfig(fs, FSCONFIG_SET_STRING, "mode", "555", 0);
	if (r >= 0)
		r = sys_fsconfig(fs, FSCONFIG_SET_FLAG, "ro", 0, 0);
	if (r >= 0 && *label)
		r = sys_fsconfig(fs, FSCONFIG_SET_STRING, "context", label, 0);
	if (r >= 0)
		r = sys_fsconfig(fs, FSCONFIG_CMD_CREATE, 0, 0, 0);
	if (r >= 0)
		r = sys_fsmount(fs, FSMOUNT_CLOEXEC, attrs);
	SYS_1(__NR_close, fs);
	return r;
}

static int mask_dir(struct guest *g, const struct plan_op *op, int target)
{
	int *first = &g->slots[op->out], tree, r;

	tree = *first >= 0 ? clone_tree(*first, 0) : empty_dir(plan_text(g, op->data));
	if (tree < 0)
		return tree;
	r = attach(tree, target);
	if (r >= 0 && *first < 0)
		*first = tree;
	else
		SYS_1(__NR_close, tree);
	return r;
}

/* A detached tree can be cloned only since 6.15, an attached one always. */
static int mask_file(struct guest *g, const struct plan_op *op, int target)
{
	int null = plan_slot(g, op->slot), tree, r;

	if (!g->null_attached) {
		r = attach(null, target);
		g->null_attached = r >= 0;
		return r;
	}
	tree = clone_tree(null, 0);
	if (tree < 0)
		return tree;
	r = attach(tree, target);
	SYS_1(__NR_close, tree);
	return r;
}

OP(mask)
{
	int target = path_open(g, plan_text(g, op->text), O_PATH, 0), r;

	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	if (target < 0)
		return target;
	r = is_dir(target) ? mask_dir(g, op, target) : mask_file(g, op, target);
	SYS_1(__NR_close, target);
	return r;
}

OP(readonly)
{
	int target = path_open(g, plan_text(g, op->text), O_PATH, 0), tree, r;

	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	if (target < 0)
		return target;
	tree = clone_tree(target, AT_RECURSIVE);
	r = tree;
	if (r >= 0)
		r = set_attr(tree, MOUNT_ATTR_RDONLY, 0, 0, AT_RECURSIVE);
	if (r >= 0)
		r = attach(tree, target);
	SYS_1(__NR_close, tree);
	SYS_1(__NR_close, target);
	return r;
}

static int write_sysctl(const struct guest *g, const struct plan_op *op)
{
	return path_write(plan_slot(g, op->slot), plan_text(g, op->text), RESOLVE_NO_SYMLINKS,
			  g->base + op->data, op->size ? op->size - 1 : 0);
}

/*
 * With the host's rights; some of an ipc namespace that belongs to a user
 * namespace the kernel gives to its root alone, whatever others may do.
 */
OP(sysctl)
{
	int r = write_sysctl(g, op);

	if ((r == -EACCES || r == -EPERM) && g->head->root_uid &&
	    SYS_3(__NR_setresuid, -1, g->head->root_uid, -1) >= 0) {
		r = write_sysctl(g, op);
		SYS_3(__NR_setresuid, -1, 0, -1);
		arm(g);
	}
	if (r == -ENOENT)
		return fail_only(g, r, "this kernel has no such sysctl", (char *)0);
	if (r == -EACCES)
		return fail_only(g, r, "may not be written here", (char *)0);
	return r;
}

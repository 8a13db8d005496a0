/* SPDX-License-Identifier: Apache-2.0 */
/* What is put into the guest's root: directories, files, device nodes, links. */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>

OP(dir)
{
	int fd = path_make_dir(g, plan_text(g, op->text), (unsigned)op->arg);

	if (fd < 0)
		return fail(g, fd, "mkdir ", plan_text(g, op->text), (char *)0);
	SYS_1(__NR_close, fd);
	return 0;
}

OP(file)
{
	bool made;
	int fd = path_target(g, plan_text(g, op->text), true, &made);

	if (fd >= 0)
		SYS_1(__NR_close, fd);
	return fd;
}

static uint64_t device_number(uint64_t major, uint64_t minor)
{
	return (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xffULL) << 12 |
	       (major & ~0xfffULL) << 32;
}

/* What stands there now is the device that was asked for, whoever made it. */
static int verify(struct guest *g, int fd, const struct plan_node *node)
{
	struct statx st = { 0 };
	int r = (int)SYS_5(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &st);

	if (r < 0)
		return r;
	if ((st.stx_mode & S_IFMT) != (node->mode & S_IFMT) || st.stx_rdev_major != node->major ||
	    st.stx_rdev_minor != node->minor)
		return fail_only(g, -EEXIST, "another file is there already", (char *)0);
	return 0;
}

/* Where nodes cannot be made (a user namespace), the host's is bound onto an empty file. */
static int bind_node(struct guest *g, const struct plan_op *op)
{
	int target, r;
	bool made;

	if (op->slot < 0)
		return -EPERM;
	target = path_target(g, plan_text(g, op->text), true, &made);
	if (target < 0)
		return target;
	if (!made && verify(g, target, (const void *)(g->base + op->data)) >= 0) {
		SYS_1(__NR_close, target); /* the image has it */
		return 0;
	}
	r = sys_move_mount(plan_slot(g, op->slot), "", target, "",
			   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
	SYS_1(__NR_close, target);
	return r;
}

OP(node)
{
	const struct plan_node *node = (const void *)(g->base + op->data);
	const char *name;
	const int dir = path_parent_kept(g, plan_text(g, op->text), &name);
	int fd, made, r;

	if (dir < 0)
		return dir;
	made = (int)SYS_4(__NR_mknodat, dir, name, node->mode,
			  device_number(node->major, node->minor));
	if (made == -EPERM)
		return bind_node(g, op);
	if (made < 0 && made != -EEXIST)
		return made;
	if (made >= 0 && !node->uid && !node->gid)
		return 0;
	fd = (int)SYS_4(__NR_openat, dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	r = verify(g, fd, node);
	if (r >= 0 && made >= 0 && (node->uid || node->gid))
		r = (int)SYS_5(__NR_fchownat, fd, "", node->uid, node->gid, AT_EMPTY_PATH);
	SYS_1(__NR_close, fd);
	return r;
}

/* A link that is right already: on a root that cannot be written it has to do. */
static bool says(int dir, const char *name, const char *target)
{
	char now[64];
	long n = SYS_4(__NR_readlinkat, dir, name, now, sizeof(now) - 1);

	if (n < 0)
		return false;
	now[n] = '\0';
	return text_equal(now, target);
}

OP(link)
{
	const char *target = g->base + op->data, *name;
	int dir, r;

	if (op->flags & PLAN_TRY) {
		r = path_open(g, target, O_PATH | O_NOFOLLOW, 0);
		if (r < 0)
			return 0;
		SYS_1(__NR_close, r);
	}
	dir = path_parent_kept(g, plan_text(g, op->text), &name);
	if (dir < 0)
		return dir;
	if (op->flags & PLAN_REPLACE && says(dir, name, target))
		return 0;
	if (op->flags & PLAN_REPLACE)
		SYS_3(__NR_unlinkat, dir, name, 0);
	r = (int)SYS_3(__NR_symlinkat, target, dir, name);
	if (r >= 0 && g->head->root_uid)
		SYS_5(__NR_fchownat, dir, name, g->head->root_uid, g->head->root_gid,
		      AT_SYMLINK_NOFOLLOW);
	return r == -EEXIST && !(op->flags & PLAN_REPLACE) ? 0 : r;
}

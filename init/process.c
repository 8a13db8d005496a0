/* SPDX-License-Identifier: Apache-2.0 */
/* Who the process is: user, capabilities, limits, terminal. */
#include "init/init.h"

#include <asm/ioctls.h>
#include <asm/termios.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/major.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/stat.h>
#include <sys/vfs.h>

#define CAP_LAST 63
#define LABEL_MAX 4000 /* the kernel takes a page, with what stands before the text */

/* ---- terminal ------------------------------------------------------------------ */

static bool is_device(int fd, uint32_t major, uint32_t minor)
{
	struct statx st = { 0 };

	return SYS_5(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &st) >= 0 &&
	       (st.stx_mode & S_IFMT) == S_IFCHR && st.stx_rdev_major == major &&
	       st.stx_rdev_minor == minor;
}

/* The multiplexer of the guest's own devpts, and not what an image has put in its place. */
static int open_ptmx(struct guest *g)
{
	int fd = path_open(g, "/dev/pts/ptmx", O_RDWR | O_NOCTTY, RESOLVE_NO_SYMLINKS);
	struct statfs st;

	if (fd == -ENOENT)
		return fail_only(g, fd,
				 "the guest has no devpts on /dev/pts, which a terminal needs",
				 (char *)0);
	if (fd < 0)
		return fail(g, fd, "/dev/pts/ptmx", (char *)0);
	if (SYS_2(__NR_fstatfs, fd, &st) < 0 || st.f_type != DEVPTS_SUPER_MAGIC ||
	    !is_device(fd, TTYAUX_MAJOR, 2)) {
		SYS_1(__NR_close, fd);
		return fail_only(g, -EINVAL, "/dev/pts/ptmx is not a terminal multiplexer",
				 (char *)0);
	}
	return fd;
}

static int bind_console(struct guest *g, int slave)
{
	int target = path_open(g, "/dev/console", O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
	int tree = sys_open_tree(slave, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int r = target < 0 ? target : tree;

	if (r >= 0)
		r = sys_move_mount(tree, "", target, "",
				   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
	SYS_1(__NR_close, tree);
	SYS_1(__NR_close, target);
	return r < 0 ? fail(g, r, "/dev/console", (char *)0) : 0;
}

static int use_terminal(struct guest *g, int slave)
{
	int r = 0;

	for (int fd = 0; fd < 3 && r >= 0; fd++)
		r = (int)SYS_3(__NR_dup3, slave, fd, 0);
	return r < 0 ? fail(g, r, "use it", (char *)0) : 0;
}

OP(console)
{
	const struct plan_console *c = (const void *)(g->base + op->data);
	const struct winsize size = { .ws_row = (unsigned short)c->rows,
				      .ws_col = (unsigned short)c->columns };
	const int unlock = 0;
	int master = open_ptmx(g), slave = -1, r = master;

	if (r >= 0)
		r = (int)SYS_3(__NR_ioctl, master, TIOCSPTLCK, &unlock);
	if (r >= 0)
		r = slave =
			(int)SYS_3(__NR_ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (r >= 0 && c->rows)
		r = (int)SYS_3(__NR_ioctl, master, TIOCSWINSZ, &size);
	if (r >= 0 && c->uid)
		r = (int)SYS_3(__NR_fchown, slave, c->uid, -1);
	if (r >= 0 && op->flags & PLAN_CONSOLE_BIND)
		r = bind_console(g, slave);
	if (r >= 0)
		r = sync_tell(g, g->sock, SYNC_CONSOLE, master);
	if (r >= 0)
		r = sync_wait(g, g->sock, SYNC_CONSOLE, 0);
	if (r >= 0)
		r = use_terminal(g, slave);
	SYS_1(__NR_close, master);
	SYS_1(__NR_close, slave);
	return r;
}

OP(control)
{
	(void)g;
	(void)op;
	return (int)SYS_3(__NR_ioctl, 0, TIOCSCTTY, 0);
}

/*
 * The user may use what stands on its descriptors 0-2. The host's /dev/null is
 * replaced by the guest's: who owns it there is nothing the guest may change.
 */
OP(stdio)
{
	for (int fd = 0; fd < 3; fd++) {
		struct statx st = { 0 };
		int own;

		if (SYS_5(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_UID, &st) < 0)
			continue;
		if (is_device(fd, MEM_MAJOR, 3)) {
			own = path_open(g, "/dev/null", O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
			if (own >= 0 && is_device(own, MEM_MAJOR, 3))
				SYS_3(__NR_dup3, own, fd, 0);
			if (own >= 0)
				SYS_1(__NR_close, own);
		} else if (st.stx_uid != op->arg) {
			/* a read-only file system, an id that is not mapped: no reason to fail */
			SYS_3(__NR_fchown, fd, op->arg, -1);
		}
	}
	return 0;
}

/* ---- labels --------------------------------------------------------------------- */

static int set_self_attr(const struct plan_label *l, uint64_t size)
{
	struct {
		uint64_t id, flags, len, text_len;
		char text[LABEL_MAX];
	} ctx = { .id = l->lsm, .text_len = size };

	if (size > sizeof(ctx.text))
		return -E2BIG;
	ctx.len = offsetof(__typeof__(ctx), text) + size;
	for (uint64_t i = 0; i < size; i++)
		ctx.text[i] = l->text[i];
	return sys_lsm_set_self_attr(l->attr, &ctx, (uint32_t)ctx.len);
}

/* "self" of a procfs whose descriptor we hold is a plain link, and leads to us. */
OP(label)
{
	const struct plan_label *l = (const void *)(g->base + op->data);
	const uint64_t size = op->size - sizeof(*l);
	int r;

	if (op->slot >= 0)
		r = path_write(plan_slot(g, op->slot), plan_text(g, op->text), 0, l->text, size);
	else
		r = set_self_attr(l, size);
	if (r == -ENOENT)
		return fail_only(g, r, "this profile is not loaded", (char *)0);
	if (r == -EINVAL)
		return fail_only(g, r, "is not a label that the loaded policy knows", (char *)0);
	if (r == -EACCES || r == -EPERM)
		return fail_only(g, r, "is refused by the security policy of this host", (char *)0);
	return r;
}

/* ---- privileges ---------------------------------------------------------------- */

OP(rlimit)
{
	const struct plan_rlimit *l = (const void *)(g->base + op->data);
	const struct rlimit64 limit = { l->soft, l->hard };

	return (int)SYS_4(__NR_prlimit64, 0, l->resource, &limit, 0);
}

OP(bounding)
{
	const struct plan_caps *caps = (const void *)(g->base + op->data);

	for (unsigned cap = 0; cap <= CAP_LAST; cap++) {
		int r;

		if (caps->bounding >> cap & 1)
			continue;
		r = (int)SYS_5(__NR_prctl, PR_CAPBSET_DROP, cap, 0, 0, 0);
		if (r == -EINVAL) /* beyond the last one that this kernel knows */
			break;
		if (r < 0)
			return fail(g, r, "drop from the bounding set", (char *)0);
	}
	return 0;
}

OP(user)
{
	const struct plan_user *u = (const void *)(g->base + op->data);
	uint32_t real = 0, effective = 0, saved = 0;
	int r;

	SYS_5(__NR_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
	r = (int)SYS_2(__NR_setgroups, u->n, u->groups);
	if (r == -EPERM && u->n == 0) /* denied in this user namespace, and nothing to set */
		r = 0;
	if (r == -EPERM)
		return fail_only(g, r,
				 "additionalGids: the kernel denies setgroups in a user namespace "
				 "whose one group an ordinary user has mapped alone",
				 (char *)0);
	if (r < 0)
		return fail(g, r, "set additional groups", (char *)0);
	r = (int)SYS_3(__NR_setresgid, u->gid, u->gid, u->gid);
	if (r < 0)
		return fail(g, r, "set the group", (char *)0);
	r = (int)SYS_3(__NR_setresuid, u->uid, u->uid, u->uid);
	if (r < 0)
		return fail(g, r, "set the user", (char *)0);
	SYS_5(__NR_prctl, PR_SET_KEEPCAPS, 0, 0, 0, 0);
	SYS_3(__NR_getresuid, &real, &effective, &saved);
	if (real != u->uid || effective != u->uid || saved != u->uid)
		return fail_only(g, -EPERM, "the user did not change", (char *)0);
	return arm(g);
}

OP(caps)
{
	const struct plan_caps *caps = (const void *)(g->base + op->data);
	const struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	int r;

	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(caps->effective >> (32 * i));
		data[i].permitted = (uint32_t)(caps->permitted >> (32 * i));
		data[i].inheritable = (uint32_t)(caps->inheritable >> (32 * i));
	}
	r = (int)SYS_2(__NR_capset, &header, data);
	if (r < 0)
		return fail(g, r, "set capabilities", (char *)0);
	for (unsigned cap = 0; cap <= CAP_LAST && r >= 0; cap++)
		if (caps->ambient >> cap & 1)
			r = (int)SYS_5(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
	return r < 0 ? fail(g, r, "raise ambient capabilities", (char *)0) : 0;
}

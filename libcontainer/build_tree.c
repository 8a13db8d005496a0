/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the guest gets of the host's mounts. A runtime that may clone them does
 * so here, once, and sends a descriptor. An ordinary user may not: then init
 * does it by the path, in its user namespace, while it still is that user and
 * before anything is mounted. Nothing else in the build knows the difference.
 */
#include "libcontainer/build.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/mount.h"
#include "base/sys.h"
#include "libcontainer/launch.h"

/*
 * A clone of a shared mount is shared with the host: what the guest mounts
 * there would come out. So it is private unless the options say otherwise,
 * and a slave below until they are applied.
 */
static int set_propagation(int tree, const struct plan_attr *a)
{
	int r = 0;

	if (!a->n_propagation)
		return mount_set(tree, 0, 0, MS_PRIVATE, AT_RECURSIVE);
	if (!(a->propagation[0] & MS_SHARED))
		r = mount_set(tree, 0, 0, MS_SLAVE, AT_RECURSIVE);
	for (uint32_t i = 0; i < a->n_propagation && r >= 0; i++)
		r = mount_set(tree, 0, 0, a->propagation[i] & ~(uint64_t)MS_REC,
			      a->propagation[i] & MS_REC ? AT_RECURSIVE : 0);
	return r;
}

int build_set_attr(int tree, const struct plan_attr *a)
{
	int r = 0;

	if (a->rset || a->rclear)
		r = mount_set(tree, a->rset, a->rclear, 0, AT_RECURSIVE);
	if (r >= 0 && (a->set || a->clear))
		r = mount_set(tree, a->set, a->clear, 0, 0);
	return r < 0 ? r : set_propagation(tree, a);
}

/* What root of a user namespace meets; init says the same of what it clones. */
static int locked_below(const struct build_source *s, struct error *err)
{
	return error_set(err, EINVAL,
			 "%s%s: has mounts below it that the kernel keeps with it in a user "
			 "namespace: use rbind",
			 s->what, s->path);
}

static int locked_flags(struct error *err)
{
	return error_set(err, EPERM,
			 "an option would clear what is locked on the source (ro, nosuid, nodev, "
			 "noexec or how access times are kept): only the host's root can do that");
}

/* ---- once more, for a guest side that could not mount it -------------------------- */

struct build_cloned {
	struct build_cloned *next;
	const struct plan *plan;
	int slot;
	const char *path;
	struct plan_attr attr;
};

/* Not what stays shared with the host: a copied namespace has only a slave of it. */
static int remember(struct build *b, const struct plan *p, int slot, const struct build_source *s,
		    struct error *err)
{
	const bool shared = s->attr.n_propagation && s->attr.propagation[0] & MS_SHARED;
	struct build_cloned *c;

	if (!s->recursive || s->keeps || shared)
		return slot;
	c = arena_alloc(&b->arena, sizeof(*c));
	if (!c)
		return error_sys(err, ENOMEM, "%s%s", s->what, s->path);
	*c = (struct build_cloned){ b->cloned, p, slot, s->path, s->attr };
	b->cloned = c;
	return slot;
}

static struct plan_attr with_propagation(struct plan_attr attr)
{
	if (!attr.n_propagation)
		attr.propagation[attr.n_propagation++] = MS_PRIVATE | MS_REC;
	return attr;
}

/* The copy of a mount namespace has no mounts of mount namespaces, and a process to be in it. */
static int clone_in_copy(const struct build_cloned *c, int *ret_fd, struct error *err)
{
	const struct plan_attr attr = with_propagation(c->attr);
	cleanup_plan struct plan p = { 0 };
	cleanup_child struct child side = CHILD_INIT;
	const int slot = plan_slot_empty(&p);
	struct plan_op *op;
	int r;

	plan_add(&p, PLAN_MNT_COPY, "%s", c->path);
	op = plan_add(&p, PLAN_CLONE, "%s", c->path);
	op->text = plan_put_text(&p, c->path);
	op->out = (int16_t)slot;
	op->flags = PLAN_RECURSIVE;
	plan_payload(&p, op, &attr, sizeof(attr));
	op = plan_add(&p, PLAN_SYNC, NULL);
	op->slot = (int16_t)slot;
	op->arg = SYNC_TREE;
	r = launch(&p, 0, -1, 3, &side, err);
	if (r >= 0)
		r = talk_receive(side.sock, STEP_TIMEOUT_MS, ret_fd, err);
	if (r < 0)
		return r;
	return *ret_fd < 0 ? error_set(err, EPROTO, "%s: no clone came", c->path) : 0;
}

int build_tree_again(struct build *b, const struct plan *p, int slot, int *ret_fd,
		     struct error *err)
{
	for (const struct build_cloned *c = b->cloned; c; c = c->next)
		if (c->plan == p && c->slot == slot)
			return clone_in_copy(c, ret_fd, err);
	return 0;
}

static int clone_here(struct build *b, struct plan *p, const struct build_source *s,
		      struct stat *ret_st, struct error *err)
{
	const bool nested = b->rights != RIGHTS_HOST;
	cleanup_fd int tree = sys_open_tree(AT_FDCWD, s->path,
					    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
						    (s->recursive ? AT_RECURSIVE : 0));
	int r;

	if (tree == -EINVAL && nested && !s->recursive)
		return locked_below(s, err);
	if (tree < 0)
		return error_sys(err, -tree, "%s%s", s->what, s->path);
	if (fstat(tree, ret_st) < 0)
		return error_sys(err, errno, "%s%s", s->what, s->path);
	r = build_set_attr(tree, &s->attr);
	if (r == -EPERM && nested)
		return locked_flags(err);
	if (r < 0)
		return error_sys(err, -r, "set the options");
	return remember(b, p, plan_slot_take(p, fd_take(&tree)), s, err);
}

/* Looked at here, so that what is missing is missed before there is a guest. */
static int clone_there(struct build *b, struct plan *p, const struct build_source *s,
		       struct stat *ret_st, struct error *err)
{
	cleanup_fd int fd = open(s->path, O_PATH | O_CLOEXEC);
	const struct plan_attr attr = with_propagation(s->attr);
	struct plan_op *op;
	int slot;

	if (fd < 0 || fstat(fd, ret_st) < 0)
		return error_sys(err, errno, "%s%s", s->what, s->path);
	slot = plan_slot_empty(p);
	op = plan_add(p, PLAN_CLONE, "%s", s->op ? s->op : s->path);
	op->text = plan_put_text(p, s->path);
	op->out = (int16_t)slot;
	op->flags = s->recursive ? PLAN_RECURSIVE : 0;
	plan_payload(p, op, &attr, sizeof(attr));
	plan_move_last(p, b->clones_at++);
	return slot;
}

int build_tree(struct build *b, struct plan *p, const struct build_source *s, struct stat *ret_st,
	       struct error *err)
{
	return b->rights == RIGHTS_USER ? clone_there(b, p, s, ret_st, err)
					: clone_here(b, p, s, ret_st, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's root: where it comes from, what is hidden in it at the end, and how it is entered. */
#include "libcontainer/build.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/mount.h"
#include "base/sys.h"
#include "namespaces/template.h"

/* The template is the host's: made and used by its root alone. */
static void add_mount_namespace(struct build *b, struct plan *p)
{
	int template = -1;

	if (!(b->fresh & CLONE_NEWNS) || b->shown) /* init has made it */
		return;
	if (!b->classic) {
		template = b->rights == RIGHTS_HOST ? template_open(b->host->root) : -EPERM;
		b->classic = template <0;
	}
	if (template >= 0) {
		plan_add(p, PLAN_MNT_TEMPLATE, "linux.namespaces")->slot =
			(int16_t)plan_slot_take(p, template);
		return;
	}
	plan_add(p, PLAN_MNT_COPY, "linux.namespaces");
	if (b->rights == RIGHTS_USER) /* before the clones, which are made in it */
		plan_move_last(p, b->clones_at++);
}

static int open_root_here(struct build *b, struct plan *p, bool slave, struct error *err)
{
	if (!slave && mount_set(b->root, 0, 0, MS_PRIVATE, AT_RECURSIVE) < 0)
		return error_set(err, EINVAL, "root.path: cannot be made private");
	if (slave && mount_set(b->root, 0, 0, MS_SLAVE, AT_RECURSIVE) < 0)
		return error_set(err, EINVAL, "linux.rootfsPropagation: cannot be made a slave");
	b->root_slot = plan_slot_borrow(p, b->root);
	return 0;
}

static int open_root_there(struct build *b, struct plan *p, bool slave, struct error *err)
{
	struct build_source source = {
		.path = b->rootfs, .what = "root.path: ", .op = "root.path", .recursive = true
	};
	struct stat st;

	if (slave)
		source.attr.propagation[source.attr.n_propagation++] = MS_SLAVE | MS_REC;
	b->root_slot = build_tree(b, p, &source, &st, err);
	return b->root_slot < 0 ? -err->code : 0;
}

static int add_root(struct build *b, struct plan *p, struct error *err)
{
	const char *propagation = b->spec->linux->rootfsPropagation;
	const bool slave = propagation && strstr(propagation, "slave");
	struct plan_op *op;
	int r;

	add_mount_namespace(b, p);
	r = b->root < 0 ? open_root_there(b, p, slave, err) : open_root_here(b, p, slave, err);
	if (r < 0)
		return r;
	op = plan_add(p, PLAN_ROOT_ATTACH, "root.path");
	op->slot = (int16_t)b->root_slot;
	if (b->classic)
		op->text = plan_put_text(p, b->rootfs);
	return 0;
}

static void add_readonly(struct build *b, struct plan *p)
{
	const struct plan_attr readonly = { .set = MOUNT_ATTR_RDONLY };
	struct plan_op *op;

	for (size_t i = 0; i < b->n_late; i++) {
		op = plan_add(p, PLAN_SETATTR, "mounts[%zu] %s", b->late[i].index,
			      b->late[i].where);
		op->slot = (int16_t)b->late[i].slot;
		plan_payload(p, op, &readonly, sizeof(readonly));
	}
	if (!b->spec->root.readonly)
		return;
	op = plan_add(p, PLAN_SETATTR, "root.readonly");
	op->slot = (int16_t)b->root_slot;
	plan_payload(p, op, &readonly, sizeof(readonly));
}

/* The host's, checked: a guest could have put something else in the place of its own. */
static int open_null(struct build *b, struct plan *p, struct error *err)
{
	const struct build_source source = {
		.path = "/dev/null",
		.what = "linux.maskedPaths: the host's ",
		/* read-only: chmod of a masked file must not reach the host's device */
		.attr.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	};
	struct stat st;
	int slot = build_tree(b, p, &source, &st, err);

	if (slot >= 0 && (!S_ISCHR(st.st_mode) || st.st_rdev != 0x103))
		return error_set(err, EINVAL, "/dev/null of the host is not the null device");
	return slot;
}

static int add_masks(struct build *b, struct plan *p, struct error *err)
{
	const struct spec_linux *l = b->spec->linux;
	uint32_t label = 0;
	int null, dirs;

	for (size_t i = 0; i < l->readonlyPaths.n; i++)
		plan_add(p, PLAN_READONLY, "linux.readonlyPaths[%zu]", i)->text =
			plan_put_text(p, l->readonlyPaths.v[i]);
	if (!l->maskedPaths.n)
		return 0;
	null = open_null(b, p, err);
	if (null < 0)
		return -err->code;
	dirs = plan_slot_empty(p);
	if (l->mountLabel && *l->mountLabel)
		label = plan_put_text(p, l->mountLabel);
	for (size_t i = 0; i < l->maskedPaths.n; i++) {
		struct plan_op *op =
			plan_add(p, PLAN_MASK, "linux.maskedPaths[%zu] %s", i, l->maskedPaths.v[i]);

		op->slot = (int16_t)null;
		op->out = (int16_t)dirs;
		op->text = plan_put_text(p, l->maskedPaths.v[i]);
		op->data = label;
	}
	return 0;
}

static void add_enter(struct build *b, struct plan *p)
{
	const char *propagation = b->spec->linux->rootfsPropagation;
	struct plan_op *op;

	if (b->classic && b->fresh & CLONE_NEWNS && !b->args->no_pivot)
		plan_add(p, PLAN_ROOT_PIVOT, "root.path");
	else
		plan_add(p, PLAN_ROOT_ENTER, "root.path")->arg = b->classic;
	if (!propagation || (!strstr(propagation, "shared") && !strstr(propagation, "unbindable")))
		return;
	op = plan_add(p, PLAN_PROPAGATION, "linux.rootfsPropagation");
	op->arg = (strstr(propagation, "shared") ? MS_SHARED : MS_UNBINDABLE) |
		  (propagation[0] == 'r' ? MS_REC : 0);
}

static int add_hooks(struct build *b, struct plan *p)
{
	const struct spec_hooks *h = &b->spec->hooks;
	int r = 0;

	if (h->prestart.n || h->createRuntime.n)
		plan_add(p, PLAN_SYNC, NULL)->arg = SYNC_HOOKS;
	for (size_t i = 0; i < h->createContainer.n && r >= 0; i++) {
		char what[64];

		snprintf(what, sizeof(what), "hooks.createContainer[%zu]", i);
		r = build_hook(p, what, &h->createContainer.v[i], NULL, b->hook_head, b->hook_tail,
			       b->split ? 1 : 0);
	}
	return r;
}

int build_root(struct build *b, struct plan *p, struct error *err)
{
	struct plan_op *op;
	int r = add_root(b, p, err);

	if (r >= 0)
		r = build_mounts(b, p, err);
	if (r >= 0)
		r = build_notify(b, p, err);
	if (r >= 0)
		r = build_devices(b, p, err);
	if (r < 0)
		return r;
	op = plan_add(p, PLAN_DIR, "process.cwd");
	op->text = plan_put_text(p, b->spec->process->cwd);
	op->arg = 0755;
	add_hooks(b, p);
	add_readonly(b, p);
	r = add_masks(b, p, err);
	add_enter(b, p);
	return r;
}

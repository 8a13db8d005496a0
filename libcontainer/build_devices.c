/* SPDX-License-Identifier: Apache-2.0 */
/* /dev: nodes, links, the console's place. */
#include "libcontainer/build.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/sys.h"
#include "libcontainer/caps.h"
#include "namespaces/idmap.h"
#include "spec/mount_option.h"

/* What every guest has, config-linux.md "Default Devices". */
/* clang-format off */
static const struct { const char *path; uint32_t major, minor; } defaults[] = {
	{ "/dev/null", 1, 3 }, { "/dev/zero", 1, 5 }, { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

static const struct { const char *path, *target; uint16_t flags; } links[] = {
	{ "/dev/fd", "/proc/self/fd", 0 },
	{ "/dev/stdin", "/proc/self/fd/0", 0 },
	{ "/dev/stdout", "/proc/self/fd/1", 0 },
	{ "/dev/stderr", "/proc/self/fd/2", 0 },
	{ "/dev/core", "/proc/kcore", PLAN_TRY },
	{ "/dev/ptmx", "pts/ptmx", PLAN_REPLACE },
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* The host's /dev, bound: what is in it is the host's business. */
static bool dev_is_bound(struct build *b)
{
	bool bound = false;

	for (size_t i = 0; i < b->spec->mounts.n; i++) {
		const struct spec_mount *m = &b->spec->mounts.v[i];
		const char *where = path_clean(&b->arena, m->destination);

		if (where && strcmp(where, "/dev") == 0)
			bound = spec_mount_is_bind(m);
	}
	return bound;
}

static bool configured(struct build *b, const char *path)
{
	for (size_t i = 0; i < b->spec->linux->devices.n; i++) {
		const char *one = path_clean(&b->arena, b->spec->linux->devices.v[i].path);

		if (one && strcmp(one, path) == 0)
			return true;
	}
	return false;
}

/* Without CAP_MKNOD no node can be made anywhere: the host's own serves. */
static int host_node(struct build *b, struct plan *p, const char *path)
{
	const struct build_source source = { .path = path, .what = "" };
	struct error ignored = { 0 };
	struct stat st;
	int slot;

	if (b->mknod)
		return -1;
	slot = build_tree(b, p, &source, &st, &ignored);
	return slot < 0 ? -1 : slot; /* none there: what is wrong is said when it is needed */
}

static void add_node(struct build *b, struct plan *p, const char *what, const char *path,
		     const struct plan_node *node)
{
	const int slot = host_node(b, p, path);
	struct plan_op *op = plan_add(p, PLAN_NODE, "%s%s", what, path);

	op->slot = (int16_t)slot;
	op->text = plan_put_text(p, path);
	plan_payload(p, op, node, sizeof(*node));
}

static int map_owner(struct build *b, const struct spec_device *d, struct plan_node *node,
		     struct error *err)
{
	const uint32_t uid = d->uid.set ? d->uid.val : 0, gid = d->gid.set ? d->gid.val : 0;

	node->uid = uid;
	node->gid = gid;
	if (!b->split)
		return 0;
	if (!idmap_to_host(&b->uids, uid, &node->uid))
		return error_set(err, EINVAL, "uid: %u is not mapped into the guest", uid);
	if (!idmap_to_host(&b->gids, gid, &node->gid))
		return error_set(err, EINVAL, "gid: %u is not mapped into the guest", gid);
	return 0;
}

static int add_configured(struct build *b, struct plan *p, struct error *err)
{
	for (size_t i = 0; i < b->spec->linux->devices.n; i++) {
		const struct spec_device *d = &b->spec->linux->devices.v[i];
		const char *path = path_clean(&b->arena, d->path);
		const mode_t type = *d->type == 'b' ? S_IFBLK : *d->type == 'p' ? S_IFIFO : S_IFCHR;
		struct plan_node node = {
			.mode = type | (d->fileMode.set ? d->fileMode.val & 07777 : 0666),
			.major = (uint32_t)d->major.val,
			.minor = (uint32_t)d->minor.val,
		};
		char what[48];
		int r = path ? map_owner(b, d, &node, err) : error_sys(err, ENOMEM, "devices");

		if (r < 0)
			return error_ctx(err, "linux.devices[%zu]", i);
		snprintf(what, sizeof(what), "linux.devices[%zu] ", i);
		add_node(b, p, what, path, &node);
	}
	return 0;
}

int build_devices(struct build *b, struct plan *p, struct error *err)
{
	int r;

	if (dev_is_bound(b))
		return 0;
	b->mknod = b->rights == RIGHTS_HOST && caps_own_bounding(UINT64_C(1) << CAP_MKNOD);
	for (size_t i = 0; i < COUNT(defaults); i++) {
		const struct plan_node node = { .mode = S_IFCHR | 0666,
						.uid = p->root_uid,
						.gid = p->root_gid,
						.major = defaults[i].major,
						.minor = defaults[i].minor };

		if (!configured(b, defaults[i].path))
			add_node(b, p, "", defaults[i].path, &node);
	}
	r = add_configured(b, p, err);
	for (size_t i = 0; i < COUNT(links); i++) {
		struct plan_op *op = plan_add(p, PLAN_LINK, "%s", links[i].path);

		op->text = plan_put_text(p, links[i].path);
		op->flags = links[i].flags;
		plan_payload(p, op, links[i].target, strlen(links[i].target) + 1);
	}
	if (b->spec->process->terminal)
		plan_add(p, PLAN_FILE, "/dev/console")->text = plan_put_text(p, "/dev/console");
	return r;
}

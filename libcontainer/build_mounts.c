/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted in the guest, in the order of the configuration. */
#include "libcontainer/build.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/mount.h"
#include "base/path.h"
#include "base/str.h"
#include "base/sys.h"
#include "cgroups/cgroup.h"
#include "namespaces/idmap.h"
#include "spec/mount_option.h"
#include "spec/sysctl.h"

#define OPTIONS_MAX 64 /* of one new file system */

/* One mount on its way into the plan. */
struct item {
	const struct spec_mount *mount;
	size_t index;
	const char *where; /* clean destination */
	struct spec_mount_flags flags;
	struct plan_attr attr;
};

static bool one_of(const char *type, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(type, *names) == 0)
			return true;
	return false;
}

static int failed(const struct item *it, struct error *err)
{
	return error_ctx(err, "mounts[%zu] %s", it->index, it->where);
}

/* What of procfs may be covered by a bind: lxcfs and little else. */
static bool may_cover(const char *where)
{
	static const char *const allowed[] = {
		"/proc/cpuinfo",
		"/proc/diskstats",
		"/proc/meminfo",
		"/proc/stat",
		"/proc/swaps",
		"/proc/uptime",
		"/proc/loadavg",
		"/proc/slabinfo",
		"/proc/sys/kernel/ns_last_pid",
		"/proc/sys/crypto/fips_enabled",
	};

	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		if (strcmp(where, allowed[i]) == 0)
			return true;
	return false;
}

static int check_where(const struct item *it, struct error *err)
{
	const bool proc = it->mount->type && strcmp(it->mount->type, "proc") == 0;

	if (strcmp(it->where, "/") == 0)
		return error_set(err, EINVAL,
				 it->flags.remount
					 ? "option remount: use root.readonly"
					 : "a mount over the guest's root is not supported: "
					   "let root.path be what should be there");
	if (it->flags.remount)
		return 0;
	if (strcmp(it->where, "/proc") == 0 && !proc && !it->flags.bind)
		return error_set(err, EINVAL, "cannot be mounted because it is not of type proc");
	if (strcmp(it->where, "/proc") != 0 && path_below(it->where, "/proc") &&
	    !may_cover(it->where))
		return error_set(err, EPERM, "cannot be mounted because it is inside /proc");
	return 0;
}

static void copy_propagation(struct item *it)
{
	it->attr.n_propagation = (uint32_t)it->flags.n_propagation;
	for (int i = 0; i < it->flags.n_propagation && i < 4; i++)
		it->attr.propagation[i] = it->flags.propagation[i];
}

/*
 * linux.mountLabel for a new file system, unless its options name one. procfs,
 * sysfs and cgroup2 have labels of their own; for mqueue see label_queues().
 */
static const char *label_for(const struct build *b, const struct item *it)
{
	static const char *const own[] = { "proc", "sysfs", "mqueue", "cgroup", "cgroup2", NULL };
	const char *label = b->spec->linux->mountLabel;

	if (!label || !*label || one_of(it->mount->type, own))
		return NULL;
	for (size_t i = 0; i < it->flags.data.n; i++)
		if (str_starts(it->flags.data.v[i], "context="))
			return NULL;
	return label;
}

/* ---- binds, and what only the host can mount ------------------------------------ */

/* All that the options say, for a tree that exists. */
static struct plan_attr all_attr(const struct item *it)
{
	const struct spec_mount_flags *f = &it->flags;
	struct plan_attr attr = { .set = f->set,
				  .clear = f->clear,
				  .rset = f->rset,
				  .rclear = f->rclear,
				  .n_propagation = (uint32_t)f->n_propagation };

	for (int i = 0; i < f->n_propagation; i++)
		attr.propagation[i] = f->propagation[i];
	return attr;
}

/* fd: what is at source, -1: nobody has it yet */
static bool is_proc_root(int fd, const char *source, const struct stat *st)
{
	struct statfs fs;

	if (st->st_ino != 1 || (fd < 0 && !source))
		return false;
	return (fd < 0 ? statfs(source, &fs) : fstatfs(fd, &fs)) == 0 &&
	       fs.f_type == PROC_SUPER_MAGIC;
}

/* source: NULL, or the path of a bind. st: what is in the slot. */
static int add_tree(struct plan *p, const struct item *it, int slot, const char *source,
		    const struct stat *st, struct error *err)
{
	const struct plan_attr none = { 0 };
	struct plan_op *op;

	if (strcmp(it->where, "/proc") == 0 && slot >= 0 &&
	    !is_proc_root(p->slots[slot].fd, source, st))
		return error_set(err, EINVAL, "cannot be mounted because it is not of type proc");
	op = plan_add(p, PLAN_TREE, "mounts[%zu] %s", it->index, it->where);
	op->slot = (int16_t)slot;
	op->text = plan_put_text(p, it->where);
	if (!S_ISDIR(st->st_mode))
		op->flags |= PLAN_IS_FILE;
	if (may_cover(it->where))
		op->flags |= PLAN_OVER_PROC;
	plan_payload(p, op, &none, sizeof(none));
	return 0;
}

static int add_bind(struct build *b, struct plan *p, struct item *it, struct error *err)
{
	const char *source = it->mount->source;
	struct build_source s = { .what = "bind source ",
				  .recursive = it->flags.rec,
				  .keeps = it->flags.idmap,
				  .attr = all_attr(it) };
	struct stat st;
	char op[32];
	int slot;

	if (!source || !*source)
		return error_set(err, EINVAL, "source: missing, a bind needs one");
	source = path_join(&b->arena, b->bundle, source);
	if (!source)
		return error_sys(err, ENOMEM, "bind");
	if (it->flags.idmap && b->rights == RIGHTS_USER)
		return error_set(err, EPERM, "idmap: only root can id-map a mount");
	snprintf(op, sizeof(op), "mounts[%zu]", it->index);
	s.path = source;
	s.op = op;
	slot = build_tree(b, p, &s, &st, err);
	if (slot >= 0 && it->flags.idmap &&
	    build_idmap(b, it->mount, it->flags.ridmap, p->slots[slot].fd, source, err) < 0)
		return -err->code;
	return slot < 0 ? -err->code : add_tree(p, it, slot, source, &st, err);
}

/* A mount that would have become read-only at the end has just been told otherwise. */
static void forget_late(struct build *b, const struct item *it)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->n_late; i++)
		if (!(it->flags.clear & MOUNT_ATTR_RDONLY) ||
		    strcmp(b->late[i].where, it->where) != 0)
			b->late[kept++] = b->late[i];
	b->n_late = kept;
}

/*
 * Other flags for what an earlier entry has mounted. Its file system is as it
 * was made: whoever wants it otherwise writes that there.
 */
static int add_remount(struct build *b, struct plan *p, const struct item *it, struct error *err)
{
	const struct spec_mount_flags *f = &it->flags;
	const struct plan_attr attr = all_attr(it);
	struct plan_op *op;

	if (f->super.n || f->data.n)
		return error_set(
			err, ENOTSUP,
			"option remount: changes flags of a mount and no file system: give "
			"\"%s\" to the entry that mounts it",
			f->super.n ? f->super.v[0] : f->data.v[0]);
	if (f->idmap || f->tmpcopyup)
		return error_set(err, EINVAL,
				 "option remount: what is mounted cannot be %s afterwards",
				 f->idmap ? "id-mapped" : "filled");
	forget_late(b, it);
	op = plan_add(p, PLAN_SETATTR, "mounts[%zu] %s", it->index, it->where);
	op->text = plan_put_text(p, it->where);
	plan_payload(p, op, &attr, sizeof(attr));
	return 0;
}

/* fsconfig() from "key=value" or "key". */
static int configure(int fs, const char *option, struct error *err)
{
	const char *equals = strchr(option, '=');
	char key[128];
	int r;

	if (!equals) {
		r = sys_fsconfig(fs, FSCONFIG_SET_FLAG, option, NULL, 0);
	} else if ((size_t)(equals - option) >= sizeof(key)) {
		r = -EINVAL;
	} else {
		snprintf(key, sizeof(key), "%.*s", (int)(equals - option), option);
		r = sys_fsconfig(fs, FSCONFIG_SET_STRING, key, equals + 1, 0);
	}
	return r < 0 ? error_sys(err, -r, "option %s", option) : 0;
}

/* A file system of the host's (a disk, an overlay): its names mean something only out here. */
static int add_host_fs(struct build *b, struct plan *p, struct item *it, struct error *err)
{
	cleanup_fd int fs = sys_fsopen(it->mount->type, FSOPEN_CLOEXEC), tree = -1;
	const struct spec_mount_flags *f = &it->flags;
	const char *label = label_for(b, it);
	struct plan_attr attr;
	struct stat st;
	int r = 0;

	if (b->rights == RIGHTS_USER)
		return error_set(err, EPERM,
				 "file system %s: only root can mount it for a guest: mount it "
				 "before and bind it",
				 it->mount->type);
	if (fs < 0)
		return error_sys(err, -fs, "file system %s", it->mount->type);
	if (it->mount->source && *it->mount->source)
		r = sys_fsconfig(fs, FSCONFIG_SET_STRING, "source", it->mount->source, 0);
	if (r < 0)
		return error_sys(err, -r, "source %s", it->mount->source);
	for (size_t i = 0; i < f->super.n && r >= 0; i++)
		r = configure(fs, f->super.v[i], err);
	for (size_t i = 0; i < f->data.n && r >= 0; i++)
		r = configure(fs, f->data.v[i], err);
	if (r < 0)
		return r;
	if (label)
		r = sys_fsconfig(fs, FSCONFIG_SET_STRING, "context", label, 0);
	if (r < 0)
		return error_sys(err, -r, "linux.mountLabel %s", label);
	r = sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (r >= 0)
		r = tree = sys_fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)f->set);
	if (r < 0)
		return error_sys(err, -r, "mount %s", it->mount->type);
	it->flags.set = it->flags.clear = 0;
	attr = all_attr(it);
	r = build_set_attr(tree, &attr);
	if (r < 0 || fstat(tree, &st) < 0)
		return error_sys(err, r < 0 ? -r : errno, "set the options");
	if (it->flags.idmap)
		r = build_idmap(b, it->mount, it->flags.ridmap, tree, NULL, err);
	return r < 0 ? r : add_tree(p, it, plan_slot_take(p, fd_take(&tree)), NULL, &st, err);
}

/* ---- new file systems of the guest's own ----------------------------------------- */

/* What depends on who mounts it, or on what it is mounted over. */
static bool is_guests(const char *type)
{
	static const char *const names[] = { "proc",   "sysfs",  "tmpfs",   "devpts",
					     "mqueue", "cgroup", "cgroup2", NULL };

	return one_of(type, names);
}

/* A plan_fs with room for its options. */
struct options {
	struct plan_attr attr;
	uint32_t type, n;
	struct plan_pair v[OPTIONS_MAX];
	bool mode, uid, gid;
};
_Static_assert(offsetof(struct options, type) == offsetof(struct plan_fs, type) &&
		       offsetof(struct options, n) == offsetof(struct plan_fs, n) &&
		       offsetof(struct options, v) == offsetof(struct plan_fs, v),
	       "options begin as a plan_fs");

static int add_option(struct plan *p, struct options *o, const char *key, const char *value,
		      struct error *err)
{
	if (o->n == OPTIONS_MAX)
		return error_set(err, E2BIG, "more than %d options", OPTIONS_MAX);
	o->v[o->n].key = plan_put_text(p, key);
	o->v[o->n++].value = value ? plan_put_text(p, value) : 0;
	return 0;
}

/* uid= and gid= are the guest's numbers, and the file system is the host's. */
static int mapped_option(struct build *b, struct plan *p, struct options *o, const char *key,
			 const char *value, struct error *err)
{
	const bool gid = strcmp(key, "gid") == 0;
	unsigned long long id;
	char number[16];
	uint32_t host;

	*(gid ? &o->gid : &o->uid) = true;
	if (!b->userns || !value || str_to_u64(value, UINT32_MAX - 1, &id) < 0)
		return add_option(p, o, key, value, err);
	if (!idmap_to_host(gid ? &b->gids : &b->uids, (uint32_t)id, &host))
		return error_set(err, EINVAL, "option %s=%s: not mapped into the guest", key,
				 value);
	snprintf(number, sizeof(number), "%u", b->split ? host : (uint32_t)id);
	return add_option(p, o, key, number, err);
}

static int take_option(struct build *b, struct plan *p, struct options *o, const char *text,
		       struct error *err)
{
	const char *equals = strchr(text, '=');
	char key[128];

	if (!equals)
		return add_option(p, o, text, NULL, err);
	if ((size_t)(equals - text) >= sizeof(key))
		return error_set(err, EINVAL, "option %.40s...: too long", text);
	snprintf(key, sizeof(key), "%.*s", (int)(equals - text), text);
	if (strcmp(key, "uid") == 0 || strcmp(key, "gid") == 0)
		return mapped_option(b, p, o, key, equals + 1, err);
	o->mode |= strcmp(key, "mode") == 0;
	return add_option(p, o, key, equals + 1, err);
}

static int take_options(struct build *b, struct plan *p, const struct item *it, struct options *o,
			struct error *err)
{
	const struct spec_mount_flags *f = &it->flags;
	const char *label = label_for(b, it);
	char number[16];
	int r = 0;

	/* shown as the first field of mount(8), and otherwise of no importance */
	if (it->mount->source && *it->mount->source)
		r = add_option(p, o, "source", it->mount->source, err);
	for (size_t i = 0; i < f->super.n && r >= 0; i++)
		r = add_option(p, o, f->super.v[i], NULL, err);
	for (size_t i = 0; i < f->data.n && r >= 0; i++)
		r = take_option(b, p, o, f->data.v[i], err);
	if (r >= 0 && label)
		r = add_option(p, o, "context", label, err);
	if (!b->split || strcmp(it->mount->type, "tmpfs") != 0)
		return r;
	/* its root directory belongs to the guest's root, not to the host's */
	snprintf(number, sizeof(number), "%u", p->root_uid);
	if (r >= 0 && !o->uid)
		r = add_option(p, o, "uid", number, err);
	snprintf(number, sizeof(number), "%u", p->root_gid);
	if (r >= 0 && !o->gid)
		r = add_option(p, o, "gid", number, err);
	return r;
}

/* cgroup2, unless that would touch the flags of the host's own mount of it. */
static int add_cgroup(struct build *b, struct plan *p, struct item *it, struct error *err)
{
	cleanup_cgroup_mount struct cgroup_mount mount = CGROUP_MOUNT_INIT;
	int slot, r = cgroup_mount_open(&mount, err);
	struct build_source s = { .path = mount.path, .what = "clone ", .attr = all_attr(it) };
	struct stat st;

	if (r < 0)
		return r;
	/* what is delegated to the user would be the guest's to change (CVE-2023-25809) */
	if (b->rights != RIGHTS_HOST)
		s.attr.set |= MOUNT_ATTR_RDONLY;
	slot = build_tree(b, p, &s, &st, err);
	return slot < 0 ? -err->code : add_tree(p, it, slot, NULL, &st, err);
}

/*
 * A file system whose instance is that of a namespace can be mounted only by
 * who owns that one; sysfs also depends on what of the host's is covered. Then
 * the host's serves, as far as it is that of the guest's namespaces.
 */
static int add_fallback(struct build *b, struct plan *p, const struct item *it)
{
	static const struct {
		const char *type, *path;
		uint64_t namespace, set;
	} all[] = {
		{ "sysfs", "/sys", 0, MOUNT_ATTR_RDONLY },
		{ "proc", "/proc", CLONE_NEWPID, 0 },
		{ "mqueue", "/dev/mqueue", CLONE_NEWIPC, 0 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all) && b->rights != RIGHTS_HOST; i++) {
		struct build_source s = { .path = all[i].path,
					  .what = "",
					  .recursive = true,
					  .attr = { .set = it->flags.set, .rset = all[i].set } };
		struct error ignored = { 0 };
		struct stat st;
		int slot;

		if (strcmp(it->mount->type, all[i].type) != 0 || b->listed & all[i].namespace)
			continue;
		slot = build_tree(b, p, &s, &st, &ignored);
		return slot < 0 ? -1 : slot;
	}
	return -1;
}

/* The message queues exist since their ipc namespace does. Those of the host keep their label. */
static void label_queues(const struct build *b, struct plan *p, const struct item *it, int slot)
{
	const char *label = b->spec->linux->mountLabel;
	struct plan_op *op;

	if (!label || !*label || strcmp(it->mount->type, "mqueue") != 0 ||
	    !(b->listed & CLONE_NEWIPC))
		return;
	op = plan_add(p, PLAN_MOUNT_LABEL, "linux.mountLabel \"%.200s\" for mounts[%zu] %s", label,
		      it->index, it->where);
	op->slot = (int16_t)slot;
	op->text = plan_put_text(p, label);
}

/* Whether something is done to it after it was mounted: see add_mount() and label_queues(). */
static bool is_needed(const struct build *b, const struct item *it)
{
	static const char *const later[] = { "proc", "tmpfs", NULL };
	const char *label = b->spec->linux->mountLabel;

	return one_of(it->mount->type, later) ||
	       (label && *label && strcmp(it->mount->type, "mqueue") == 0);
}

static int add_fs(struct build *b, struct plan *p, struct item *it, int *ret_slot,
		  struct error *err)
{
	const char *type = it->mount->type;
	const bool tmpfs = strcmp(type, "tmpfs") == 0;
	const bool plain = strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0;
	struct options o = { 0 };
	struct plan_op *op;
	int fallback, r;

	if (strcmp(type, "cgroup") == 0 || strcmp(type, "cgroup2") == 0) {
		if (!(b->listed & CLONE_NEWCGROUP))
			return add_cgroup(b, p, it, err);
		type = "cgroup2";
	}
	copy_propagation(it);
	o.attr = it->attr;
	o.attr.set = it->flags.set;
	if (tmpfs) /* filled first, by what is mounted and made in it, and read-only at the end */
		o.attr.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	o.type = plan_put_text(p, type);
	r = take_options(b, p, it, &o, err);
	if (r < 0)
		return r;
	fallback = add_fallback(b, p, it);
	*ret_slot = is_needed(b, it) ? plan_slot_empty(p) : -1;
	op = plan_add(p, PLAN_FS, "mounts[%zu] %s", it->index, it->where);
	op->text = plan_put_text(p, it->where);
	op->out = (int16_t)*ret_slot;
	op->slot = (int16_t)fallback;
	if (fallback >= 0)
		op->flags |= PLAN_BIND_FALLBACK;
	if (plain)
		op->flags |= PLAN_PLAIN_DIR;
	if (tmpfs && !o.mode)
		op->flags |= PLAN_MODE;
	b->slow |= it->flags.tmpcopyup;
	if (it->flags.tmpcopyup)
		op->flags |= PLAN_COPY_UP;
	plan_payload(p, op, &o, offsetof(struct options, v) + o.n * sizeof(*o.v));
	if (*ret_slot >= 0)
		label_queues(b, p, it, *ret_slot);
	return 0;
}

/* ---- sysctls: through a procfs that nothing has been mounted over ------------------ */

static int private_proc(struct plan *p)
{
	const struct plan_fs fs = { .type = plan_put_text(p, "proc") };
	struct plan_op *op = plan_add(p, PLAN_FS, "a procfs for linux.sysctl");
	const int slot = plan_slot_empty(p);

	op->out = (int16_t)slot;
	plan_payload(p, op, &fs, sizeof(fs));
	return slot;
}

/* locked: those of the user namespace, which count for the one that whoever writes them is in. */
static int put_sysctls(struct build *b, struct plan *p, int proc, bool locked, struct error *err)
{
	const struct strmap *all = &b->spec->linux->sysctl;

	for (size_t i = 0; i < all->n; i++) {
		struct plan_op *op;
		char path[300] = "sys/";

		if (spec_sysctl_path(all->v[i].key, path + 4, sizeof(path) - 4) < 0)
			return error_set(err, EINVAL, "linux.sysctl.%s: not a name", all->v[i].key);
		if (locked != (b->split && str_starts(path, "sys/user/")))
			continue;
		op = plan_add(p, PLAN_SYSCTL, "linux.sysctl.%s", all->v[i].key);
		op->slot = (int16_t)proc;
		op->text = plan_put_text(p, path);
		plan_payload(p, op, all->v[i].val, strlen(all->v[i].val) + 1);
	}
	return 0;
}

static int add_sysctls(struct build *b, struct plan *p, int proc, struct error *err)
{
	if (b->spec->linux->sysctl.n && proc < 0)
		proc = private_proc(p);
	return put_sysctls(b, p, proc, false, err);
}

int build_lock(struct build *b, struct plan *p, struct error *err)
{
	/* made with the host's rights, and nothing can have been mounted over it */
	const int proc = b->spec->linux->sysctl.n ? private_proc(p) : -1;

	plan_add(p, PLAN_LOCK, "linux.uidMappings")->slot = (int16_t)b->target_slot;
	return put_sysctls(b, p, proc, true, err);
}

/* ---- all of it --------------------------------------------------------------------- */

static int add_mount(struct build *b, struct plan *p, struct item *it, int *proc, struct error *err)
{
	int slot = -1, r = spec_mount_flags(&b->arena, it->mount, &it->flags, err);

	if (r >= 0)
		r = check_where(it, err);
	if (r < 0)
		return r;
	if (it->flags.remount)
		return add_remount(b, p, it, err);
	if (it->flags.bind)
		return add_bind(b, p, it, err);
	if (!is_guests(it->mount->type))
		return add_host_fs(b, p, it, err);
	if (it->flags.idmap)
		return error_set(err, EINVAL,
				 "a new %s cannot be id-mapped: it has the guest's ids as it is",
				 it->mount->type);
	r = add_fs(b, p, it, &slot, err);
	if (r < 0)
		return r;
	if (slot >= 0 && strcmp(it->mount->type, "proc") == 0 && *proc < 0 &&
	    !(it->flags.set & MOUNT_ATTR_RDONLY)) {
		/* at once: a later mount may cover parts of it */
		*proc = slot;
		return add_sysctls(b, p, slot, err);
	}
	if (slot >= 0 && strcmp(it->mount->type, "tmpfs") == 0 &&
	    it->flags.set & MOUNT_ATTR_RDONLY) {
		b->late[b->n_late].slot = slot;
		b->late[b->n_late].index = it->index;
		b->late[b->n_late++].where = it->where;
	}
	return 0;
}

int build_mounts(struct build *b, struct plan *p, struct error *err)
{
	int proc = -1;

	b->late = arena_array(&b->arena, b->spec->mounts.n + 1, sizeof(*b->late));
	if (!b->late)
		return error_sys(err, ENOMEM, "mounts");
	for (size_t i = 0; i < b->spec->mounts.n; i++) {
		struct item it = { .mount = &b->spec->mounts.v[i], .index = i };
		int r;

		it.where = path_clean(&b->arena, it.mount->destination);
		if (!it.where)
			return error_sys(err, ENOMEM, "mounts");
		r = add_mount(b, p, &it, &proc, err);
		if (r < 0)
			return failed(&it, err);
	}
	return proc < 0 ? add_sysctls(b, p, -1, err) : 0;
}

int build_notify(struct build *b, struct plan *p, struct error *err)
{
	struct spec_mount mount = { .destination = "/run/notify" };
	const struct item it = { .mount = &mount, .where = "/run/notify" };
	struct build_source s = { .what = "NOTIFY_SOCKET: clone ",
				  .op = "NOTIFY_SOCKET",
				  .attr.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					      MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };
	struct stat st;
	int slot;

	if (b->notify_dir < 0)
		return 0;
	s.path = path_join(&b->arena, b->host->root, b->args->id);
	s.path = s.path ? path_join(&b->arena, s.path, "notify") : NULL;
	if (!s.path)
		return error_sys(err, ENOMEM, "NOTIFY_SOCKET");
	slot = build_tree(b, p, &s, &st, err);
	return slot < 0 ? -err->code : add_tree(p, &it, slot, NULL, &st, err);
}

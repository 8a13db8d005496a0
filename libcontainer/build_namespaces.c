/* SPDX-License-Identifier: Apache-2.0 */
/* Which namespaces are born with the guest, which are joined, and in what order. */
#include "libcontainer/build.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"
#include "namespaces/idmap.h"

#include <linux/nsfs.h>

uint64_t build_clone_flag(int type)
{
	static const uint64_t flags[] = {
		[SPEC_NS_MOUNT] = CLONE_NEWNS,      [SPEC_NS_PID] = CLONE_NEWPID,
		[SPEC_NS_NETWORK] = CLONE_NEWNET,   [SPEC_NS_UTS] = CLONE_NEWUTS,
		[SPEC_NS_IPC] = CLONE_NEWIPC,       [SPEC_NS_USER] = CLONE_NEWUSER,
		[SPEC_NS_CGROUP] = CLONE_NEWCGROUP, [SPEC_NS_TIME] = CLONE_NEWTIME,
	};

	return flags[type];
}

/* A namespace by path: opened once, and of the type that it is listed as. */
static int open_namespace(const struct spec_namespace *ns, size_t i, struct error *err)
{
	cleanup_fd int fd = open(ns->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int type;

	if (fd < 0)
		return error_set(err, errno,
				 "linux.namespaces[%zu].path: %s cannot be opened (errno %d)", i,
				 ns->path, errno);
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0 || (uint64_t)type != build_clone_flag(ns->type))
		return error_set(err, EINVAL,
				 "linux.namespaces[%zu].path: %s is not such a namespace", i,
				 ns->path);
	return fd_take(&fd);
}

/* Sysctls of a namespace that is the caller's own would be the host's. */
static bool has_sysctl(const struct spec_linux *l, uint64_t flag)
{
	for (size_t i = 0; i < l->sysctl.n; i++) {
		const char *key = l->sysctl.v[i].key;
		const bool net = strncmp(key, "net", 3) == 0 && (key[3] == '.' || key[3] == '/');

		if (flag == CLONE_NEWNET ? net : flag == CLONE_NEWIPC && !net)
			return true;
	}
	return false;
}

static int not_our_own(const struct spec_linux *l, size_t i, uint64_t flag, int fd,
		       struct error *err)
{
	const char *own = flag == CLONE_NEWNET ? "/proc/self/ns/net" : "/proc/self/ns/ipc";
	struct stat ours, theirs;

	if (!has_sysctl(l, flag) || stat(own, &ours) < 0 || fstat(fd, &theirs) < 0 ||
	    ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev)
		return 0;
	return error_set(err, EINVAL,
			 "linux.sysctl: linux.namespaces[%zu].path is the caller's own namespace, "
			 "so its sysctls are not in a separate kernel namespace",
			 i);
}

static int collect(struct build *b, struct build_joins *j, struct error *err)
{
	const struct spec_linux *l = b->spec->linux;

	for (size_t i = 0; i < l->namespaces.n && j->n < 8; i++) {
		const struct spec_namespace *ns = &l->namespaces.v[i];
		const uint64_t flag = build_clone_flag(ns->type);
		int fd;

		b->listed |= flag;
		if (!ns->path || !*ns->path) {
			b->fresh |= flag;
			continue;
		}
		fd = open_namespace(ns, i, err);
		if (fd < 0)
			return fd;
		if (not_our_own(l, i, flag, fd, err) < 0) {
			fd_close(&fd);
			return -err->code;
		}
		j->v[j->n].index = i;
		j->v[j->n].flag = flag;
		j->v[j->n++].slot = plan_slot_take(&b->init, fd);
		if (flag == CLONE_NEWUSER)
			j->user = j->v[j->n - 1].slot;
	}
	b->userns = b->listed & CLONE_NEWUSER;
	return 0;
}

static void join(struct build *b, const struct build_joins *j, uint64_t which, uint16_t flags)
{
	for (size_t i = 0; i < j->n; i++) {
		struct plan_op *op;

		if (!(j->v[i].flag & which))
			continue;
		op = plan_add(&b->init, PLAN_JOIN, "linux.namespaces[%zu]", j->v[i].index);
		op->slot = (int16_t)j->v[i].slot;
		op->arg = j->v[i].flag;
		op->flags = flags;
	}
}

/* Only the host's root may look at an init that waits: it tells its maker what it is in. */
static void show_to_maker(struct build *b)
{
	if (b->rights != RIGHTS_USER || b->start_sock < 0)
		return;
	b->own_ns = plan_slot_empty(&b->init);
	plan_add(&b->init, PLAN_OWN_NS, NULL)->out = (int16_t)b->own_ns;
}

static struct plan_op *sync_at(struct plan *p, enum sync_step step, int out)
{
	struct plan_op *op = plan_add(p, PLAN_SYNC, NULL);

	op->arg = step;
	op->out = (int16_t)out;
	return op;
}

/* Where the runtime writes to files of its /proc/PID; root may do so in any case. */
static void sync_seen(struct build *b, enum sync_step step, int out)
{
	struct plan_op *op = sync_at(&b->init, step, out);

	if (b->rights == RIGHTS_USER)
		op->flags |= PLAN_SEEN;
}

/*
 * A time namespace can be set while nobody is in it, so nobody is born into
 * it: the runtime sets the clocks of what init has made for its children, and
 * then init joins that.
 */
static void new_time_namespace(struct build *b)
{
	const int slot = plan_slot_empty(&b->init);
	struct plan_op *op;

	plan_add(&b->init, PLAN_UNSHARE, "linux.namespaces")->arg = CLONE_NEWTIME;
	sync_seen(b, SYNC_CLOCKS, slot);
	op = plan_add(&b->init, PLAN_JOIN, "linux.timeOffsets");
	op->slot = (int16_t)slot;
	op->arg = CLONE_NEWTIME;
}

static void new_user_namespace(struct build *b)
{
	plan_add(&b->init, PLAN_UNSHARE, "linux.namespaces")->arg = CLONE_NEWUSER;
	sync_seen(b, SYNC_MAP_IDS, -1);
	b->clones_at = b->init.n_ops; /* as the user that it was: some paths are only theirs */
	plan_add(&b->init, PLAN_ROOT_IDS, "linux.uidMappings");
}

/*
 * Without a user namespace everything new is there from birth. With one, init
 * has to execute first: an exec by a user who is not mapped yet would cost it
 * every capability.
 */
static void order(struct build *b, const struct build_joins *j)
{
	/* the mount namespace is nobody's business here: build_mounts() makes it */
	const uint64_t fresh = b->fresh & ~(uint64_t)(CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWTIME);
	const uint64_t others = ~(uint64_t)(CLONE_NEWUSER | CLONE_NEWNS);

	b->shown = b->shown && b->split && b->fresh & CLONE_NEWNS;
	if (b->shown) /* while init has the rights to it */
		plan_add(&b->init, PLAN_MNT_COPY, "linux.namespaces");
	b->clones_at = b->init.n_ops;
	if (!b->userns) {
		b->clone_flags = fresh;
		join(b, j, others, 0);
		if (b->fresh & CLONE_NEWTIME)
			new_time_namespace(b);
		if (b->listed & ~b->fresh & CLONE_NEWPID)
			plan_add(&b->init, PLAN_FORK, "linux.namespaces");
		return;
	}
	join(b, j, others, PLAN_TRY);
	if (j->user < 0) {
		new_user_namespace(b);
	} else {
		join(b, j, CLONE_NEWUSER, 0);
		b->clones_at = b->init.n_ops;
		plan_add(&b->init, PLAN_ROOT_IDS, "linux.uidMappings");
	}
	join(b, j, others, PLAN_RETRY);
	if (fresh) /* made by the guest's root, and so its own */
		plan_add(&b->init, PLAN_UNSHARE, "linux.namespaces")->arg = fresh;
	if (b->fresh & CLONE_NEWTIME)
		new_time_namespace(b);
	if (b->listed & CLONE_NEWPID)
		plan_add(&b->init, PLAN_FORK, "linux.namespaces");
}

/* The mount side enters what init has, with the host's rights, and its user namespace last. */
static void begin_mount_side(struct build *b)
{
	const uint64_t enter = (b->listed & (CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
					     CLONE_NEWCGROUP | CLONE_NEWPID)) |
			       (b->shown ? CLONE_NEWNS : 0);
	struct plan_op *op;

	b->target_slot = plan_slot_empty(&b->mount);
	if (enter) {
		op = plan_add(&b->mount, PLAN_JOIN, "namespaces of the guest");
		op->slot = (int16_t)b->target_slot;
		op->arg = enter;
	}
	if (b->listed & CLONE_NEWPID)
		plan_add(&b->mount, PLAN_FORK, "namespaces of the guest");
}

/* A joined user namespace has its maps; what the configuration says of them must agree. */
static int take_maps(struct build *b, const struct build_joins *j, struct error *err)
{
	const struct spec_linux *l = b->spec->linux;
	int r;

	b->uids = l->uidMappings;
	b->gids = l->gidMappings;
	if (j->user < 0)
		return 0;
	r = idmap_of_namespace(&b->arena, b->init.slots[j->user].fd, &b->uids, &b->gids, err);
	if (r < 0)
		return error_ctx(err, "linux.namespaces: maps of the user namespace");
	if ((l->uidMappings.n && !idmap_same(&l->uidMappings, &b->uids)) ||
	    (l->gidMappings.n && !idmap_same(&l->gidMappings, &b->gids)))
		return error_set(err, EINVAL,
				 "linux.uidMappings, linux.gidMappings: the user namespace that is "
				 "joined has others: leave them out, or write what it has");
	return 0;
}

/* Signals that the caller ignores would stay ignored over the exec. */
static uint64_t ignored_signals(void)
{
	uint64_t mask = 0;

	for (int sig = 1; sig <= 64; sig++) {
		const struct {
			uint64_t handler, flags, restorer, mask;
		} *none = NULL;
		struct {
			uint64_t handler, flags, restorer, mask;
		} now = { 0 };

		if (SYS_4(__NR_rt_sigaction, sig, none, &now, sizeof(now.mask)) >= 0 &&
		    now.handler == 1 /* SIG_IGN */)
			mask |= 1ULL << (sig - 1);
	}
	return mask;
}

void build_signals(struct plan *p)
{
	const uint64_t ignored = ignored_signals();

	if (ignored)
		plan_add(p, PLAN_SIGNALS, NULL)->arg = ignored;
}

int build_keyring(struct plan *p, const char *id, const struct labels *labels, const char *label,
		  struct error *err)
{
	const bool labelled = label && *label;
	struct plan_op *op;
	char name[1100];
	int r = labelled ? labels_keys(p, labels, label, err) : 0;

	snprintf(name, sizeof(name), "_ses.%s", id);
	op = plan_add(p, PLAN_KEYRING, "session keyring");
	op->text = plan_put_text(p, name);
	return r >= 0 && labelled ? labels_keys(p, labels, NULL, err) : r;
}

int build_open_namespaces(struct build *b, struct error *err)
{
	int r = collect(b, &b->joins, err);

	return r < 0 ? r : take_maps(b, &b->joins, err);
}

int build_namespaces(struct build *b, struct error *err)
{
	const struct build_joins *j = &b->joins;
	int r = 0;

	build_signals(&b->init);
	build_affinity(&b->init, NULL, NULL);
	build_oom(&b->init, b->rights, b->spec->process);
	b->split = b->userns && b->rights != RIGHTS_USER;
	order(b, j);
	show_to_maker(b);
	if (!b->args->no_new_keyring)
		r = build_keyring(&b->init, b->args->id, &b->labels, b->spec->process->selinuxLabel,
				  err);
	if (r < 0)
		return r;
	if (b->fresh & CLONE_NEWNET)
		plan_add(&b->init, PLAN_LOOPBACK, "bring up lo");
	if (b->spec->linux->netDevices.n)
		sync_at(&b->init, SYNC_NETWORK, -1);
	/* a mount namespace of somebody else's: nothing is built in private there */
	join(b, j, CLONE_NEWNS, 0);
	if (b->listed & ~b->fresh & CLONE_NEWNS)
		b->clones_at = b->init.n_ops;
	if (b->split) {
		begin_mount_side(b);
		b->mounts_slot = plan_slot_empty(&b->init);
		sync_at(&b->init, SYNC_NAMESPACES, b->mounts_slot);
		plan_add(&b->init, PLAN_ENTER, "mounts")->slot = (int16_t)b->mounts_slot;
	}
	return 0;
}

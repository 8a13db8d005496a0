/* SPDX-License-Identifier: Apache-2.0 */
/* The plan: is it one, and what comes next. */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>

/* The last byte of the buffer is NUL, so a text that begins inside ends inside. */
static bool inside(const struct plan_head *head, uint32_t at, uint64_t bytes)
{
	return at <= head->size && bytes <= head->size - at;
}

static bool aligned(uint32_t at)
{
	return at % 8 == 0;
}

/* How many bytes of payload a kind reads at least, and how many more for each of its n entries. */
static bool payload_fits(const char *base, const struct plan_op *op)
{
	const void *data = base + op->data;
	uint64_t need = 0;

	switch (op->kind) {
	case PLAN_CLOSE:
		need = sizeof(struct plan_ranges);
		if (op->size >= need)
			need += (uint64_t)((const struct plan_ranges *)data)->n *
				sizeof(struct plan_range);
		break;
	case PLAN_FS:
		need = sizeof(struct plan_fs);
		if (op->size >= need)
			need += (uint64_t)((const struct plan_fs *)data)->n *
				sizeof(struct plan_pair);
		break;
	case PLAN_CLONE:
	case PLAN_TREE:
	case PLAN_SETATTR:
		need = sizeof(struct plan_attr);
		break;
	case PLAN_NODE:
		need = sizeof(struct plan_node);
		break;
	case PLAN_LINK:
	case PLAN_SYSCTL: /* a text, which ends with the buffer at the latest */
		need = 1;
		break;
	case PLAN_HOOK:
		need = sizeof(struct plan_hook);
		if (op->size >= need)
			need += ((uint64_t)((const struct plan_hook *)data)->n_args +
				 ((const struct plan_hook *)data)->n_env) *
				sizeof(uint32_t);
		break;
	case PLAN_LABEL:
		need = sizeof(struct plan_label);
		break;
	case PLAN_SCHEDULER:
		need = sizeof(struct plan_scheduler);
		break;
	case PLAN_CONSOLE:
		need = sizeof(struct plan_console);
		break;
	case PLAN_RLIMIT:
		need = sizeof(struct plan_rlimit);
		break;
	case PLAN_BOUNDING:
	case PLAN_CAPS:
		need = sizeof(struct plan_caps);
		break;
	case PLAN_USER:
		need = sizeof(struct plan_user);
		if (op->size >= need)
			need += (uint64_t)((const struct plan_user *)data)->n * sizeof(uint32_t);
		break;
	case PLAN_LOOKUP:
		need = sizeof(struct plan_exec);
		if (op->size >= need)
			need += ((uint64_t)((const struct plan_exec *)data)->n_args +
				 ((const struct plan_exec *)data)->n_env) *
				sizeof(uint32_t);
		break;
	default:
		break;
	}
	return op->size >= need;
}

static bool slot_known(const struct plan_head *head, int slot)
{
	return slot >= -1 && slot < (int)head->slots_count;
}

static int op_check(const char *base, const struct plan_op *op)
{
	const struct plan_head *head = (const struct plan_head *)base;

	if (!op->kind || op->kind >= PLAN_KINDS)
		return -EINVAL;
	if (!inside(head, op->what, 1) || !inside(head, op->text, 1) ||
	    !inside(head, op->data, op->size) || !aligned(op->data))
		return -EINVAL;
	if (!slot_known(head, op->slot) || !slot_known(head, op->out))
		return -EINVAL;
	/* written to, whatever it holds */
	if ((op->kind == PLAN_MASK || op->kind == PLAN_CLONE || op->kind == PLAN_OWN_NS) &&
	    op->out < 0)
		return -EINVAL;
	return payload_fits(base, op) ? 0 : -EINVAL;
}

int plan_check(const void *base, uint64_t size)
{
	const struct plan_head *head = base;
	const struct plan_op *ops;

	if (size < sizeof(*head) || head->magic != PLAN_MAGIC || head->version != PLAN_VERSION ||
	    head->size > size || head->size < sizeof(*head) || ((const char *)base)[head->size - 1])
		return -EINVAL;
	if (!aligned(head->ops_at) || !aligned(head->slots_at) || head->slots_count > PLAN_SLOTS ||
	    !inside(head, head->ops_at, (uint64_t)head->ops_count * sizeof(*ops)) ||
	    !inside(head, head->slots_at, (uint64_t)head->slots_count * sizeof(int32_t)))
		return -EINVAL;
	ops = (const struct plan_op *)((const char *)base + head->ops_at);
	for (uint32_t i = 0; i < head->ops_count; i++)
		if (op_check(base, &ops[i]) < 0)
			return -EINVAL;
	return 0;
}

const char *plan_text(const struct guest *g, uint32_t at)
{
	/* Texts named inside payloads were not seen by plan_check(). */
	return at && inside(g->head, at, 1) ? g->base + at : "";
}

int plan_slot(const struct guest *g, int slot)
{
	return slot < 0 ? -1 : g->slots[slot];
}

static OP(close)
{
	const struct plan_ranges *ranges = (const void *)(g->base + op->data);
	int r = 0;

	for (uint32_t i = 0; i < ranges->n && r >= 0; i++)
		r = sys_close_range(ranges->v[i].first, ranges->v[i].last, 0);
	return r;
}

static int close_between(int64_t first, int64_t last)
{
	return first > last ? 0 : sys_close_range((unsigned)first, (unsigned)last, 0);
}

/*
 * All that is ours goes here, where nothing can refuse it: a filter may forbid
 * close_range(), and the program's path may lead through /proc/self/fd. What is
 * still needed goes with the exec.
 */
static OP(shed)
{
	const int kept[] = { g->sock, plan_slot(g, op->slot), plan_slot(g, op->out) };
	int64_t from = (int64_t)op->arg;
	int r = 0;

	for (unsigned i = 0; i < sizeof(kept) / sizeof(*kept) && r >= 0; i++)
		if (kept[i] >= 0)
			r = (int)SYS_3(__NR_fcntl, kept[i], F_SETFD, FD_CLOEXEC);
	while (r >= 0 && from <= UINT32_MAX) {
		int64_t next = INT64_C(1) << 32; /* the first from there on that is kept */

		for (unsigned i = 0; i < sizeof(kept) / sizeof(*kept); i++)
			if (kept[i] >= from && kept[i] < next)
				next = kept[i];
		r = close_between(from, next - 1);
		from = next + 1;
	}
	g->root = -1;
	return r;
}

/* CLONE_CLEAR_SIGHAND leaves what the caller ignores. */
static OP(signals)
{
	const struct {
		uint64_t handler, flags, restorer, mask;
	} action = { 0, 0, 0, 0 } /* SIG_DFL */;

	(void)g;
	for (int sig = 1; sig <= 64; sig++)
		if (op->arg >> (sig - 1) & 1)
			SYS_4(__NR_rt_sigaction, sig, &action, 0, sizeof(action.mask));
	return 0;
}

static OP(session)
{
	(void)g;
	(void)op;
	return (int)SYS_0(__NR_setsid);
}

static OP(hostname)
{
	const char *name = plan_text(g, op->text);

	return (int)SYS_2(__NR_sethostname, name, text_len(name));
}

static OP(domainname)
{
	const char *name = plan_text(g, op->text);

	return (int)SYS_2(__NR_setdomainname, name, text_len(name));
}

static OP(umask)
{
	(void)g;
	return (int)SYS_1(__NR_umask, op->arg);
}

static OP(no_new_privs)
{
	(void)g;
	(void)op;
	return (int)SYS_5(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static OP(ready)
{
	(void)op;
	g->armed = false;
	return arm(g);
}

static OP(exit)
{
	(void)g;
	(void)op;
	return (int)SYS_1(__NR_exit_group, 0);
}

/* clang-format off */
static int (*const run[PLAN_KINDS])(struct guest *g, const struct plan_op *op) = {
	[PLAN_CLOSE] = op_close,               [PLAN_SIGNALS] = op_signals,
	[PLAN_CGROUP] = op_cgroup,             [PLAN_OOM] = op_oom,
	[PLAN_AFFINITY] = op_affinity,
	[PLAN_JOIN] = op_join,                 [PLAN_UNSHARE] = op_unshare,
	[PLAN_FORK] = op_fork,                 [PLAN_SYNC] = op_sync,
	[PLAN_ROOT_IDS] = op_root_ids,         [PLAN_SESSION] = op_session,
	[PLAN_KEYRING] = op_keyring,           [PLAN_LOOPBACK] = op_loopback,
	[PLAN_OWN_NS] = op_own_ns,
	[PLAN_MNT_TEMPLATE] = op_mnt_template, [PLAN_MNT_COPY] = op_mnt_copy,
	[PLAN_CLONE] = op_clone,
	[PLAN_ROOT_ATTACH] = op_root_attach,   [PLAN_FS] = op_fs,
	[PLAN_TREE] = op_tree,                 [PLAN_SETATTR] = op_setattr,
	[PLAN_MOUNT_LABEL] = op_mount_label,
	[PLAN_DIR] = op_dir,                   [PLAN_FILE] = op_file,
	[PLAN_NODE] = op_node,                 [PLAN_LINK] = op_link,
	[PLAN_MASK] = op_mask,                 [PLAN_READONLY] = op_readonly,
	[PLAN_SYSCTL] = op_sysctl,             [PLAN_HOOK] = op_hook,
	[PLAN_ROOT_ENTER] = op_root_enter,     [PLAN_ROOT_PIVOT] = op_root_pivot,
	[PLAN_PROPAGATION] = op_propagation,   [PLAN_LOCK] = op_lock,
	[PLAN_ENTER] = op_enter,               [PLAN_CONSOLE] = op_console,
	[PLAN_CONTROL] = op_control,
	[PLAN_STDIO] = op_stdio,               [PLAN_HOSTNAME] = op_hostname,
	[PLAN_DOMAINNAME] = op_domainname,     [PLAN_UMASK] = op_umask,
	[PLAN_LABEL] = op_label,               [PLAN_SCHEDULER] = op_scheduler,
	[PLAN_IOPRIO] = op_ioprio,             [PLAN_MEMPOLICY] = op_mempolicy,
	[PLAN_PERSONALITY] = op_personality,
	[PLAN_NO_NEW_PRIVS] = op_no_new_privs, [PLAN_SECCOMP] = op_seccomp,
	[PLAN_HELD] = op_held,
	[PLAN_RLIMIT] = op_rlimit,
	[PLAN_BOUNDING] = op_bounding,         [PLAN_USER] = op_user,
	[PLAN_CAPS] = op_caps,                 [PLAN_CWD] = op_cwd,
	[PLAN_LOOKUP] = op_lookup,             [PLAN_SHED] = op_shed,
	[PLAN_READY] = op_ready,
	[PLAN_START] = op_start,               [PLAN_EXEC] = op_exec,
	[PLAN_EXIT] = op_exit,
};
/* clang-format on */

int plan_run(struct guest *g)
{
	const struct plan_op *ops = (const struct plan_op *)(g->base + g->head->ops_at);

	for (uint32_t i = 0; i < g->head->ops_count; i++) {
		int r;

		if (ops[i].kind != PLAN_NODE && ops[i].kind != PLAN_LINK)
			path_parent_drop(g); /* other things may be there afterwards */
		r = run[ops[i].kind] ? run[ops[i].kind](g, &ops[i]) : -EINVAL;
		if (r < 0) {
			sync_failed(g, g->sock, plan_text(g, ops[i].what), r);
			return r;
		}
	}
	return 0;
}

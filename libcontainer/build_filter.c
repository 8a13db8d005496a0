/* SPDX-License-Identifier: Apache-2.0 */
/* process.capabilities and linux.seccomp: the last rights, and when they go. */
#include "libcontainer/build_filter.h"

#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "libcontainer/filter_says.h"

#define SYS_ADMIN (UINT64_C(1) << CAP_SYS_ADMIN)

/*
 * Without no_new_privs a filter can be loaded only by who has CAP_SYS_ADMIN.
 * It stays permitted, not effective, until the filter is loaded. Where that is
 * the last thing before the exec it goes with the exec, which gives no
 * capability that is neither ambient nor in the bounding set: so the filter
 * never sees more than execve of ours.
 */
static bool needs_privilege(const struct build_process *bp, const struct filter *filter)
{
	return !filter->none && !bp->process->noNewPrivileges;
}

static void add_caps(struct plan *p, struct plan_caps caps, uint64_t keep_permitted,
		     uint64_t keep_effective)
{
	if (keep_permitted && !keep_effective) /* ambient ones are raised at the end */
		caps.ambient = 0;
	caps.permitted |= keep_permitted;
	caps.effective |= keep_effective;
	plan_payload(p, plan_add(p, PLAN_CAPS, "process.capabilities"), &caps, sizeof(caps));
}

void build_caps(struct plan *p, const struct build_process *bp, const struct plan_caps *caps,
		const struct filter *filter)
{
	add_caps(p, *caps, needs_privilege(bp, filter) ? SYS_ADMIN : 0, 0);
}

static void load(struct plan *p, const struct build_process *bp, const struct plan_caps *caps,
		 const struct filter *filter)
{
	struct plan_op *op;

	if (needs_privilege(bp, filter))
		add_caps(p, *caps, SYS_ADMIN, SYS_ADMIN);
	op = plan_add(p, PLAN_SECCOMP, "linux.seccomp");
	op->arg = filter->flags;
	plan_payload(p, op, filter->bpf, filter->bytes);
}

/* ---- before the fork ---------------------------------------------------------------- */

/* What init still does then: giving up its capabilities, FORK, SESSION, CONTROL, READY, RLIMIT. */
static const struct {
	int nr;
	uint64_t args[6];
} still_needed[] = {
	{ __NR_capset, { 0 } },
	{ __NR_prctl, { PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE } },
	{ __NR_clone, { PLAN_FORK_FLAGS } },
	{ __NR_sendmsg, { 0 } },
	{ __NR_recvmsg, { 0 } },
	{ __NR_exit_group, { 0 } },
	{ __NR_prctl, { PR_SET_DUMPABLE } },
	{ __NR_prctl, { PR_SET_PDEATHSIG, SIGKILL } },
	{ __NR_prctl, { PR_SET_PDEATHSIG } },
	{ __NR_setsid, { 0 } },
	{ __NR_ioctl, { 0, TIOCSCTTY } },
	{ __NR_prlimit64, { 0 } },
	{ __NR_execve, { 0 } },
};

static bool can_go_first(const struct filter *filter)
{
	if (filter->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		return false;
	for (size_t i = 0; i < sizeof(still_needed) / sizeof(*still_needed); i++)
		if (!filter_allows(filter, still_needed[i].nr, still_needed[i].args))
			return false;
	return true;
}

/*
 * A member of the guest that has CAP_SYS_PTRACE may take over whatever appears
 * in its pid namespace, dumpable or not: so what appears there has no more
 * rights than itself, and is filtered as it is.
 */
bool build_filter_first(struct plan *p, const struct build_process *bp,
			const struct plan_caps *caps, const struct filter *filter)
{
	if (!bp->fork || filter->none || !can_go_first(filter))
		return false;
	load(p, bp, caps, filter);
	if (needs_privilege(bp, filter))
		add_caps(p, *caps, 0, 0);
	return true;
}

/* ---- at the end --------------------------------------------------------------------- */

/* As late as can be: it must allow nothing of ours but the exec. */
void build_filter_last(struct plan *p, const struct build_process *bp, const struct plan_caps *caps,
		       const struct filter *filter)
{
	if (filter->none)
		return;
	load(p, bp, caps, filter);
	if (filter->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		plan_add(p, PLAN_HELD, NULL)->arg = filter->mark;
}

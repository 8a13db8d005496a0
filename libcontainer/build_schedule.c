/* SPDX-License-Identifier: Apache-2.0 */
/* Processors, scheduling, memory nodes, personality: what a process has of the kernel's choices. */
#include "libcontainer/build.h"

#include <linux/ioprio.h>
#include <string.h>

#include "spec/names.h"
#include "spec/number_list.h"

#define PER_LINUX32 0x0008
#define MPOL_FLAG(i) (1U << (13 + (i)))

void build_affinity(struct plan *p, const char *what, const char *list)
{
	uint64_t mask[(SPEC_MAX_CPU + 1) / 64] = { 0 };
	struct plan_op *op = plan_add(p, PLAN_AFFINITY, what ? "%s" : NULL, what);
	size_t n;

	if (!list) {
		/* no reason to fail: a deadline task that calls us cannot be moved */
		op->flags = PLAN_TRY;
		return;
	}
	n = spec_number_list_bits(list, mask);
	plan_payload(p, op, mask, (n ? n : 1) * sizeof(*mask));
}

void build_oom(struct plan *p, enum rights rights, const struct spec_process *process)
{
	if (rights == RIGHTS_USER && process->oomScoreAdj.set)
		plan_add(p, PLAN_OOM, "process.oomScoreAdj")->arg =
			(uint64_t)process->oomScoreAdj.val;
}

static void add_scheduler(struct plan *p, const struct spec_scheduler *s)
{
	struct plan_scheduler attr = { .size = sizeof(attr),
				       .policy = (uint32_t)s->policy,
				       .nice = s->nice,
				       .priority = (uint32_t)s->priority,
				       .runtime = s->runtime,
				       .deadline = s->deadline,
				       .period = s->period };

	for (size_t i = 0; i < s->flags.n; i++)
		attr.flags |= 1ULL << s->flags.v[i];
	plan_payload(p,
		     plan_add(p, PLAN_SCHEDULER, "process.scheduler: %s",
			      spec_sched_policies[s->policy]),
		     &attr, sizeof(attr));
}

static void add_memory_policy(struct plan *p, const struct spec_memory_policy *mp)
{
	uint64_t nodes[(SPEC_MAX_NODE + 1) / 64] = { 0 };
	struct plan_op *op =
		plan_add(p, PLAN_MEMPOLICY, "linux.memoryPolicy: %s", spec_mpol_modes[mp->mode]);
	const size_t n = mp->nodes ? spec_number_list_bits(mp->nodes, nodes) : 0;

	op->arg = (uint64_t)mp->mode;
	for (size_t i = 0; i < mp->flags.n; i++)
		op->arg |= MPOL_FLAG(mp->flags.v[i]);
	if (n)
		plan_payload(p, op, nodes, n * sizeof(*nodes));
}

void build_schedule(struct plan *p, const struct spec_process *process,
		    const struct spec_linux *linux)
{
	const struct spec_io_priority *io = process->ioPriority;

	if (process->scheduler)
		add_scheduler(p, process->scheduler);
	if (io) /* the enum counts from 0 what the kernel counts from 1 */
		plan_add(p, PLAN_IOPRIO, "process.ioPriority")->arg =
			IOPRIO_PRIO_VALUE((uint64_t)io->class + 1, (uint64_t)io->priority);
	if (linux->memoryPolicy)
		add_memory_policy(p, linux->memoryPolicy);
	if (linux->personality)
		plan_add(p, PLAN_PERSONALITY, "linux.personality")->arg =
			strcmp(linux->personality->domain, "LINUX32") == 0 ? PER_LINUX32 : 0;
}

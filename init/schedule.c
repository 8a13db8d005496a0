/* SPDX-License-Identifier: Apache-2.0 */
/* How the kernel treats the process: where it counts, where and when it runs. */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/prctl.h>

#define MASK_BYTES 1024 /* 8192 processors: what any kernel has room for */

/* One that it was not born in: something had to be done before (exec's first affinity). */
OP(cgroup)
{
	int r = path_write(plan_slot(g, op->slot), "cgroup.procs", RESOLVE_NO_SYMLINKS, "0", 1);

	if (r == -ENOENT || r == -ENODEV || r == -EACCES)
		return fail_only(g, r, "the cgroup is gone, or may not be joined", (char *)0);
	return r < 0 ? fail(g, r, "join the cgroup", (char *)0) : 0;
}

/* Our files below /proc are ours only as long as we can be seen. */
OP(oom)
{
	const int32_t score = (int32_t)op->arg;
	char text[16] = "";
	int fd, r;

	if (score < 0)
		text_add(text, sizeof(text), "-");
	text_add_number(text, sizeof(text), (uint64_t)(score < 0 ? -score : score));
	SYS_5(__NR_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
	fd = (int)SYS_4(__NR_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0);
	r = fd < 0 ? fd : (int)SYS_3(__NR_write, fd, text, text_len(text));
	if (fd >= 0)
		SYS_1(__NR_close, fd);
	arm(g);
	if (r == -EACCES || r == -EPERM)
		return fail_only(g, r, "is refused: lowering it needs CAP_SYS_RESOURCE on the host",
				 (char *)0);
	return r;
}

/* The kernel takes of a mask what the cgroup has. */
OP(affinity)
{
	unsigned char all[MASK_BYTES];
	const void *mask = op->size ? g->base + op->data : (const char *)all;
	int r;

	for (unsigned i = 0; i < MASK_BYTES && !op->size; i++)
		all[i] = 0xff;
	r = (int)SYS_3(__NR_sched_setaffinity, 0, op->size ? op->size : MASK_BYTES, mask);
	if (r < 0 && op->flags & PLAN_TRY)
		return 0;
	if (r == -EINVAL)
		return fail_only(g, r, "none of these processors is one that it may run on",
				 (char *)0);
	return r;
}

OP(scheduler)
{
	int r = (int)SYS_3(__NR_sched_setattr, 0, g->base + op->data, 0);

	if (r == -EPERM)
		return fail_only(g, r,
				 "is refused: this needs CAP_SYS_NICE on the host, or enough of "
				 "RLIMIT_NICE or RLIMIT_RTPRIO; a real-time policy also a cgroup "
				 "that has real-time runtime",
				 (char *)0);
	return r;
}

OP(ioprio)
{
	/* this one process: its group may be the caller's */
	int r = (int)SYS_3(__NR_ioprio_set, IOPRIO_WHO_PROCESS, 0, op->arg);

	if (r == -EPERM)
		return fail_only(g, r,
				 "is refused: IOPRIO_CLASS_RT needs CAP_SYS_NICE or CAP_SYS_ADMIN "
				 "on the host",
				 (char *)0);
	return r;
}

OP(mempolicy)
{
	const void *nodes = op->size ? g->base + op->data : 0;
	int r = (int)SYS_3(__NR_set_mempolicy, op->arg, nodes, op->size ? op->size * 8ULL + 1 : 0);

	if (r == -EINVAL)
		return fail_only(g, r,
				 "is refused: a mode that this kernel does not have, or none of "
				 "the nodes is one that it may use",
				 (char *)0);
	return r;
}

OP(personality)
{
	(void)g;
	return (int)SYS_1(__NR_personality, op->arg);
}

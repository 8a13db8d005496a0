/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* init/plan.c hosted: the guest side without what its operations do. */
#include "init/plan.c"
#include "init/text.c"

/* clang-format off */
#define STUB(name) OP(name) { (void)g; (void)op; return 0; }
/* clang-format on */
STUB(cgroup)
STUB(oom)
STUB(affinity)
STUB(join)
STUB(unshare)
STUB(fork)
STUB(sync)
STUB(root_ids)
STUB(keyring)
STUB(loopback)
STUB(own_ns)
STUB(mnt_template)
STUB(mnt_copy)
STUB(clone)
STUB(root_attach)
STUB(fs)
STUB(tree)
STUB(setattr)
STUB(mount_label)
STUB(dir)
STUB(file)
STUB(node)
STUB(link)
STUB(mask)
STUB(readonly)
STUB(sysctl)
STUB(hook)
STUB(root_enter)
STUB(root_pivot)
STUB(propagation)
STUB(lock)
STUB(enter)
STUB(console)
STUB(control)
STUB(stdio)
STUB(label)
STUB(scheduler)
STUB(ioprio)
STUB(mempolicy)
STUB(personality)
STUB(seccomp)
STUB(held)
STUB(rlimit)
STUB(bounding)
STUB(user)
STUB(caps)
STUB(cwd)
STUB(lookup)
STUB(start)
STUB(exec)
#undef STUB

int arm(const struct guest *g)
{
	(void)g;
	return 0;
}

void path_parent_drop(struct guest *g)
{
	(void)g;
}

void sync_failed(struct guest *g, int sock, const char *what, int code)
{
	(void)g;
	(void)sock;
	(void)what;
	(void)code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The system call filter, and how its listener gets out: from here on each call may be refused. */
#include "init/init.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

/* The listener will be the lowest free descriptor; once it is there, nothing may be said. */
static int announce(struct guest *g)
{
	int number = (int)SYS_3(__NR_fcntl, g->sock, F_DUPFD_CLOEXEC, 0);

	if (number < 0)
		return fail(g, number, "a descriptor for the listener", (char *)0);
	SYS_1(__NR_close, number);
	return sync_tell_number(g, SYNC_LISTENER, number);
}

OP(seccomp)
{
	const struct sock_fprog program = {
		.len = (unsigned short)(op->size / sizeof(struct sock_filter)),
		.filter = (struct sock_filter *)(uintptr_t)(g->base + op->data),
	};
	int r = op->arg & SECCOMP_FILTER_FLAG_NEW_LISTENER ? announce(g) : 0;

	if (r >= 0)
		r = (int)SYS_3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, op->arg, &program);
	return r;
}

/*
 * The filter asks its listener about this very call, whatever it says of the
 * others. The runtime answers when the listener is where it belongs.
 */
OP(held)
{
	(void)g;
	SYS_1(__NR_getppid, op->arg);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/str.h"

/* One process as /proc tells it. */
struct proc {
	pid_t pid, ppid;
	uid_t uid; /* the effective one */
	int tty;   /* device number, 0: none */
	char name[64];
	unsigned long long ticks;   /* of processor time, user and system */
	unsigned long long started; /* in ticks since boot */
	struct str command;         /* its arguments; empty: a zombie or a kernel thread */
};

/* procfs: descriptor of /proc. 0, or -errno: -ESRCH when the process has gone. */
int proc_read(int procfs, pid_t pid, struct proc *ret);
void proc_free(struct proc *p);

#define cleanup_proc __attribute__((cleanup(proc_free)))

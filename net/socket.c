/* SPDX-License-Identifier: Apache-2.0 */
#include "net/socket.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/sys.h"

#ifdef __SANITIZE_ADDRESS__
#define NO_SANITIZE __attribute__((no_sanitize("address", "undefined")))
#else
#define NO_SANITIZE
#endif

struct visit {
	int netns;
	volatile int made; /* the socket, or a negative errno */
};

/* On the parent's stack, below the frame that called it: only system calls, and no return. */
NO_SANITIZE __attribute__((noreturn, noinline)) static void visit_run(struct visit *v)
{
	int r = sys_setns(v->netns, CLONE_NEWNET);

	if (r >= 0)
		r = (int)SYS_3(__NR_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	v->made = r;
	for (;;)
		SYS_1(__NR_exit_group, 0);
}

/* As in namespaces/spawn.c: the child never returns through this frame, and the parent sleeps. */
NO_SANITIZE __attribute__((noinline)) static long clone_and_visit(const struct clone_args *args,
								  struct visit *v)
{
	long r = sys_call6(__NR_clone3, (long)args, sizeof(*args), 0, 0, 0, 0);

	if (r == 0)
		visit_run(v);
	return r;
}

static int own_socket(struct error *err)
{
	int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return sock < 0 ? error_sys(err, errno, "make a netlink socket") : sock;
}

int net_socket(int netns, struct error *err)
{
	struct visit v = { .netns = netns, .made = -ECHILD };
	int pidfd = -1;
	/* CLONE_FILES: what it opens is ours. No signal tells of its end: nobody else reaps it */
	const struct clone_args args = { .flags =
						 CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD,
					 .pidfd = (uint64_t)(uintptr_t)&pidfd };
	sigset_t all, before;
	siginfo_t info;
	long pid;

	if (netns < 0)
		return own_socket(err);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = clone_and_visit(&args, &v);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return error_sys(err, (int)-pid, "visit the guest's network namespace");
	SYS_5(__NR_waitid, 3 /* P_PIDFD */, pidfd, &info, WEXITED | __WALL, NULL);
	SYS_1(__NR_close, pidfd);
	if (v.made < 0)
		return error_sys(err, -v.made, "visit the guest's network namespace");
	return v.made;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "namespaces/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "base/sys.h"

#ifdef __SANITIZE_ADDRESS__
#define NO_SANITIZE __attribute__((no_sanitize("address", "undefined")))
#else
#define NO_SANITIZE
#endif

struct child {
	const struct spawn *spawn;
	char *const *argv, *const *env;
	volatile int failed; /* written by the child, read when it has executed or is gone */
};

/*
 * Runs on the parent's stack, below the frame that called it: only system
 * calls, no library, nothing that returns.
 */
NO_SANITIZE __attribute__((noreturn, noinline)) static void child_run(struct child *c)
{
	const struct spawn *s = c->spawn;
	long r = 0;

	for (size_t i = 0; i < s->n_keep && r >= 0; i++)
		r = SYS_3(__NR_fcntl, s->keep[i], F_SETFD, 0);
	if (r >= 0)
		r = sys_execveat(s->program, "", c->argv, c->env, AT_EMPTY_PATH);
	c->failed = (int)-r;
	for (;;)
		SYS_1(__NR_exit_group, 127);
}

/*
 * With CLONE_VM and CLONE_VFORK the child comes back here on this very stack
 * while the parent sleeps. It goes down into child_run() and never returns
 * through this frame, so the parent finds it as it was. The system call is
 * inline: there is no return address between it and the branch.
 */
NO_SANITIZE __attribute__((noinline)) static long clone_and_run(const struct clone_args *args,
								struct child *c)
{
	long r = sys_call6(__NR_clone3, (long)args, sizeof(*args), 0, 0, 0, 0);

	if (r == 0)
		child_run(c);
	return r;
}

static void name_refusal(const struct spawn *s, int code, struct error *err)
{
	switch (code) {
	case EBUSY:
		error_set(err, code,
			  "the guest's cgroup has controllers enabled for cgroups below it: "
			  "no process can be placed in it (cgroup.subtree_control)");
		break;
	case EOPNOTSUPP:
		error_set(err, code, "the guest's cgroup is in an invalid state (cgroup.type)");
		break;
	case EACCES:
		error_set(err, code,
			  "the guest's cgroup may not be entered from the caller's own: for an "
			  "ordinary user both must lie below one that is delegated");
		break;
	case ENOSPC:
	case EUSERS:
		error_set(err, code, "too many namespaces: see /proc/sys/user/max_*_namespaces");
		break;
	case EAGAIN:
		error_set(err, code, "too many processes: a pids limit of this cgroup or user");
		break;
	default:
		error_sys(err, code, "clone3 with flags %#llx", (unsigned long long)s->flags);
	}
}

int spawn(const struct spawn *s, int *ret_pidfd, struct error *err)
{
	char *const argv[] = { (char[]){ "warren-init" }, (char *)(uintptr_t)s->arg, NULL };
	char *const env[] = { NULL };
	struct child c = { .spawn = s, .argv = argv, .env = env };
	int pidfd = -1;
	const struct clone_args args = {
		.flags = s->flags | CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = s->flags & CLONE_INTO_CGROUP ? (uint64_t)s->cgroup : 0,
	};
	sigset_t all, before;
	long pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = clone_and_run(&args, &c);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (pid < 0) {
		name_refusal(s, (int)-pid, err);
		return (int)pid;
	}
	if (c.failed) {
		siginfo_t info;

		SYS_5(__NR_waitid, 3 /* P_PIDFD */, pidfd, &info, 4 /* WEXITED */, NULL);
		SYS_1(__NR_close, pidfd);
		if (c.failed == EACCES)
			return error_set(err, c.failed,
					 "this host does not let programs run from memory "
					 "(vm.memfd_noexec=2): set vm.memfd_noexec to 0 or 1");
		return error_sys(err, c.failed, "execute the guest side");
	}
	*ret_pidfd = pidfd;
	return (int)pid;
}

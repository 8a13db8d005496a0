/* SPDX-License-Identifier: Apache-2.0 */
#include "overlay/elsewhere.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "base/sys.h"

#define STACK_SIZE ((size_t)256 << 10)

struct call {
	void (*fn)(void *arg);
	void *arg;
	int failed;
};

static int call_run(void *arg)
{
	struct call *c = arg;

	c->failed = sys_unshare(CLONE_NEWNS);
	if (c->failed >= 0) /* what is mounted from here on must not come out */
		c->failed = sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (c->failed >= 0)
		c->fn(c->arg);
	return 0;
}

/* On a stack of its own, as posix_spawn() does it, but with the descriptors of the caller. */
static int call_elsewhere(struct call *c, char *stack)
{
	sigset_t all, before;
	int pid, saved;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	/* no signal at its end: it is nothing that the caller could want to wait for */
	pid = clone(call_run, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_FILES, c);
	saved = errno;
	if (pid >= 0)
		waitpid(pid, NULL, __WALL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid < 0 ? -saved : c->failed;
}

int elsewhere(void (*fn)(void *arg), void *arg, struct error *err)
{
	struct call c = { .fn = fn, .arg = arg };
	char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	int r;

	if (stack == MAP_FAILED)
		return error_sys(err, errno, "memory for a mount namespace");
	r = call_elsewhere(&c, stack);
	munmap(stack, STACK_SIZE);
	return r < 0 ? error_sys(err, -r, "make a mount namespace") : 0;
}

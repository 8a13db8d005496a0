/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/file.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static pid_t pid_of(int pidfd)
{
	cleanup_arena struct arena a = { 0 };
	const char *text, *at;
	char path[64];
	int pid = -1;
	size_t n;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	if (file_read(&a, AT_FDCWD, path, 4096, &text, &n) < 0)
		return -1;
	at = strstr(text, "\nPid:");
	if (!at || sscanf(at, "\nPid: %d", &pid) != 1)
		return -1;
	return pid;
}

/* The one that goes on in the pid namespace is a child of ours as well; the other one has left. */
static int adopt(struct child *child, int *fd, struct error *err)
{
	siginfo_t info = { 0 };
	pid_t pid;

	/* what came over the socket must be what it claims to be */
	if (*fd < 0 || waitid(P_PIDFD, (id_t)*fd, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return error_set(err, EPROTO, "the guest side did not fork as told");
	pid = pid_of(*fd);
	if (pid <= 0) {
		struct child lost = { .pidfd = fd_take(fd), .sock = -1 };

		child_kill(&lost);
		return error_set(err, ESRCH,
				 "the guest side forked and is not to be found: is /proc mounted?");
	}
	while (waitid(P_PIDFD, (id_t)child->pidfd, &info, WEXITED) < 0 && errno == EINTR)
		;
	fd_close(&child->pidfd);
	child->pidfd = fd_take(fd);
	child->pid = pid;
	return 0;
}

static int died(const struct child *child, struct error *err)
{
	siginfo_t info = { 0 };

	if (waitid(P_PIDFD, (id_t)child->pidfd, &info, WEXITED | WNOWAIT | WNOHANG) == 0 &&
	    info.si_pid && info.si_code != CLD_EXITED)
		return error_set(err, ECHILD, "the guest side was killed by signal %d%s",
				 info.si_status, info.si_status == 9 ? " (out of memory?)" : "");
	return error_set(err, ECHILD, "the guest side died");
}

int serve(struct child *child, int timeout_ms, serve_step *step, void *arg, int *ret_answer,
	  struct error *err)
{
	for (;;) {
		cleanup_fd int fd = -1, answer = -1;
		int at = child_receive(child, timeout_ms, &fd, err), r;

		if (at < 0)
			return at;
		if (at == 0)
			return died(child, err);
		if (at == SYNC_FORKED)
			r = adopt(child, &fd, err);
		else
			r = step(arg, child, at, &fd, &answer, err);
		if (r == SERVE_DONE)
			*ret_answer = fd_take(&answer);
		if (r != 0)
			return r;
		r = talk_send(child->sock, (enum sync_step)at, answer, err);
		if (r < 0) /* it died in between: what it said before counts more */
			return talk_receive(child->sock, 0, &fd, err) < 0 ? -err->code : r;
	}
}

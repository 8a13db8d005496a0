/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/launch.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/sys.h"
#include "namespaces/spawn.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#define KILL_WAIT_MS 500

/* ---- starting ----------------------------------------------------------------- */

/*
 * The program in sealed memory: what a guest could reach through /proc/PID/exe
 * is this copy, which nobody can write to, and never a file of the host.
 */
static int program_open(struct error *err)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	cleanup_fd int fd = memfd_create("warren-init", flags | MFD_EXEC);
	ssize_t n;

	if (fd < 0 && errno == EINVAL) /* before 6.3 */
		fd = memfd_create("warren-init", flags);
	if (fd < 0 && errno == EACCES)
		return error_set(err, EACCES,
				 "this host does not let programs run from memory "
				 "(vm.memfd_noexec=2): set vm.memfd_noexec to 0 or 1");
	if (fd < 0)
		return error_sys(err, errno, "memory for the guest side");
	for (size_t done = 0; done < init_image_size; done += (size_t)n) {
		n = write(fd, init_image + done, init_image_size - done);
		if (n < 0)
			return error_sys(err, errno, "write the guest side");
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		return error_sys(err, errno, "seal the guest side");
	return fd_take(&fd);
}

static int list_kept(const struct plan *p, int sock, int plan, int **ret, size_t *ret_n)
{
	int *kept = calloc(p->n_slots + 2, sizeof(*kept));
	size_t n = 0;

	if (!kept)
		return -ENOMEM;
	kept[n++] = sock;
	kept[n++] = plan;
	for (size_t i = 0; i < p->n_slots; i++)
		if (p->slots[i].fd >= 0)
			kept[n++] = p->slots[i].fd;
	*ret = kept;
	*ret_n = n;
	return 0;
}

int launch(struct plan *p, uint64_t clone_flags, int cgroup, int first_free, struct child *ret,
	   struct error *err)
{
	cleanup_fd int program = program_open(err), plan = -1, ours = -1, theirs = -1;
	cleanup_free int *kept = NULL;
	struct spawn s = { .cgroup = cgroup };
	char number[16];
	int pair[2], r;

	if (program < 0)
		return program;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_sys(err, errno, "socket to the guest side");
	ours = pair[0];
	theirs = pair[1];
	plan = plan_seal(p, theirs, first_free, err);
	if (plan < 0)
		return plan;
	if (list_kept(p, theirs, plan, &kept, &s.n_keep) < 0)
		return error_sys(err, ENOMEM, "start the guest side");
	snprintf(number, sizeof(number), "%d", plan);
	s.flags = clone_flags | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0);
	s.program = program;
	s.arg = number;
	s.keep = kept;
	r = spawn(&s, &ret->pidfd, err);
	if (r < 0)
		return r;
	ret->pid = r;
	ret->sock = fd_take(&ours);
	return 0;
}

void child_close(struct child *c)
{
	fd_close(&c->pidfd);
	fd_close(&c->sock);
	c->pid = 0;
}

/*
 * It does not wait without end: in the child's pid namespace may be another child of ours that
 * we have not heard of, since what told us of it was lost. Until we are gone nobody reaps that
 * one, and before, the init of the pid namespace does not end.
 */
void child_kill(struct child *c)
{
	struct pollfd ended = { .fd = c->pidfd, .events = POLLIN };
	siginfo_t info;
	int n;

	if (c->pidfd >= 0) {
		sys_pidfd_send_signal(c->pidfd, SIGKILL);
		fd_close(&c->sock); /* which ends it as well */
		do
			n = poll(&ended, 1, KILL_WAIT_MS);
		while (n < 0 && errno == EINTR);
		while (waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED | (n > 0 ? 0 : WNOHANG)) <
			       0 &&
		       errno == EINTR)
			;
	}
	child_close(c);
}

/* ---- talking ------------------------------------------------------------------ */

const char *talk_name(unsigned step)
{
	static const char *const names[SYNC_STEPS] = {
		[SYNC_FAILED] = "failed",   [SYNC_FORKED] = "forked",
		[SYNC_MAP_IDS] = "map-ids", [SYNC_NAMESPACES] = "namespaces",
		[SYNC_MOUNTED] = "mounted", [SYNC_HOOKS] = "hooks",
		[SYNC_CONSOLE] = "console", [SYNC_CREATED] = "created",
		[SYNC_START] = "start",     [SYNC_CLOCKS] = "clocks",
		[SYNC_NETWORK] = "network", [SYNC_LISTENER] = "listener",
		[SYNC_SHOW] = "show",       [SYNC_TREE] = "tree",
	};

	return step && step < SYNC_STEPS ? names[step] : "unknown";
}

/* What comes from there may have been written by a guest: it is shown, never believed. */
static int reported(struct sync_msg *m, struct error *err)
{
	char why[128];
	int code = m->code > 0 && m->code < 4096 ? m->code : EPROTO;

	m->text[sizeof(m->text) - 1] = '\0';
	for (char *s = m->text; *s; s++)
		if (iscntrl((unsigned char)*s))
			*s = '?';
	if (!m->text[0])
		return error_sys(err, code, "guest side");
	if (m->flags & SYNC_ERRNO)
		return error_set(err, code, "%s: %s", m->text,
				 error_describe(code, why, sizeof(why)));
	return error_set(err, code, "%s", m->text);
}

/*
 * 1: there is something to be read, or the other side has closed; 0: the process is dead. That
 * is looked at because somebody else may hold its end of the socket, as the one that it forked.
 */
static int wait_readable(int sock, int pidfd, int timeout_ms, struct error *err)
{
	struct pollfd p[] = { { .fd = sock, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };
	int n;

	do
		n = poll(p, 2, timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_sys(err, errno, "wait for the guest side");
	if (n == 0)
		return error_set(err, ETIMEDOUT, "the guest side did not answer within %d s",
				 timeout_ms / 1000);
	/* it may have died while we looked: what it had said before is there now */
	if (!p[0].revents && poll(p, 1, 0) < 0)
		return error_sys(err, errno, "wait for the guest side");
	return p[0].revents != 0;
}

/* The padding behind one descriptor has room for a second: nobody may leave that one with us. */
static int only_one(struct cmsghdr *c)
{
	const size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int first = -1, next;

	for (size_t i = 0; i < n; i++) {
		memcpy(&next, CMSG_DATA(c) + i * sizeof(int), sizeof(next));
		if (i == 0)
			first = next;
		else
			fd_close(&next);
	}
	return first;
}

/*
 * *ret_unread: the other side has gone without reading all that we said. The kernel tells that
 * first, and then what it had said itself.
 */
static ssize_t take(int sock, struct msghdr *msg, bool *ret_unread)
{
	ssize_t n;

	for (;;) {
		n = recvmsg(sock, msg, MSG_CMSG_CLOEXEC);
		if (n >= 0 || (errno != EINTR && (errno != ECONNRESET || *ret_unread)))
			break;
		*ret_unread |= errno == ECONNRESET;
	}
	return n < 0 && errno == ECONNRESET ? 0 : n;
}

static int receive(int sock, int pidfd, int timeout_ms, struct sync_msg *m, int *ret_fd,
		   struct error *err)
{
	struct iovec iov = { m, sizeof(*m) };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	cleanup_fd int fd = -1;
	bool unread = false;
	struct cmsghdr *c;
	ssize_t n;
	int r = 1;

	*ret_fd = -1;
	if (timeout_ms >= 0 || pidfd >= 0)
		r = wait_readable(sock, pidfd, timeout_ms, err);
	if (r <= 0)
		return r;
	n = take(sock, &msg, &unread);
	if (n == 0 && unread && pidfd < 0) /* its end would be its success */
		return error_set(err, ECHILD, "the guest side died");
	if (n == 0)
		return 0;
	if (n < 0)
		return error_sys(err, errno, "hear from the guest side");
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		fd = only_one(c);
	if (n != sizeof(*m) || msg.msg_flags & MSG_TRUNC || m->version != PLAN_VERSION ||
	    !m->step || m->step >= SYNC_STEPS)
		return error_set(err, EPROTO, "malformed message from the guest side");
	if (m->step == SYNC_FAILED)
		return reported(m, err);
	*ret_fd = fd_take(&fd);
	return (int)m->step;
}

int talk_receive(int sock, int timeout_ms, int *ret_fd, struct error *err)
{
	struct sync_msg m;

	return receive(sock, -1, timeout_ms, &m, ret_fd, err);
}

int child_receive(struct child *c, int timeout_ms, int *ret_fd, struct error *err)
{
	struct sync_msg m = { 0 };
	int r = receive(c->sock, c->pidfd, timeout_ms, &m, ret_fd, err);

	c->number = m.code;
	return r;
}

int talk_receive_number(int sock, int timeout_ms, int *ret_number, struct error *err)
{
	cleanup_fd int fd = -1;
	struct sync_msg m;
	int r = receive(sock, -1, timeout_ms, &m, &fd, err);

	*ret_number = r > 0 ? m.code : -1;
	return r;
}

int talk_send(int sock, enum sync_step step, int fd, struct error *err)
{
	struct sync_msg m = { .version = PLAN_VERSION, .step = step };
	struct iovec iov = { &m, sizeof(m) };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.space);
	}
	if (sendmsg(sock, &msg, MSG_NOSIGNAL) < 0)
		return error_sys(err, errno, "answer \"%s\" of the guest side", talk_name(step));
	return 0;
}

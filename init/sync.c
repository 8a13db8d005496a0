/* SPDX-License-Identifier: Apache-2.0 */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <signal.h>
#include <sys/socket.h>

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static int send_message(int sock, const struct sync_msg *m, int fd)
{
	struct iovec iov = { (void *)m, sizeof(*m) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control = { 0 };

	if (fd >= 0) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		*(int *)(void *)CMSG_DATA(&control.header) = fd;
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.space);
	}
	return (int)SYS_3(__NR_sendmsg, sock, &msg, MSG_NOSIGNAL);
}

int sync_tell(struct guest *g, int sock, uint32_t step, int fd)
{
	struct sync_msg m = { .version = PLAN_VERSION, .step = step };
	int r = send_message(sock, &m, fd);

	return r < 0 ? fail(g, r, "tell the runtime", (char *)0) : 0;
}

int sync_tell_number(struct guest *g, uint32_t step, int number)
{
	const struct sync_msg m = { .version = PLAN_VERSION, .step = step, .code = number };
	int r = send_message(g->sock, &m, -1);

	return r < 0 ? fail(g, r, "tell the runtime", (char *)0) : 0;
}

long sync_receive(int sock, struct sync_msg *m, int *ret_fd)
{
	struct iovec iov = { m, sizeof(*m) };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control.space) };
	long n;

	if (ret_fd)
		*ret_fd = -1;
	do
		n = SYS_3(__NR_recvmsg, sock, &msg, MSG_CMSG_CLOEXEC);
	while (n == -EINTR);
	if (ret_fd && n > 0 && msg.msg_controllen >= CMSG_LEN(sizeof(int)) &&
	    control.header.cmsg_type == SCM_RIGHTS)
		*ret_fd = *(int *)(void *)CMSG_DATA(&control.header);
	return n;
}

static bool says(const struct sync_msg *m, long n, uint32_t step)
{
	return n == sizeof(*m) && m->version == PLAN_VERSION && m->step == step;
}

int sync_wait(struct guest *g, int sock, uint32_t step, int *ret_fd)
{
	struct sync_msg m;
	long n = sync_receive(sock, &m, ret_fd);

	if (n == 0) /* the runtime is gone, and with it whoever wanted this guest */
		SYS_1(__NR_exit_group, 1);
	if (n < 0)
		return fail(g, (int)n, "wait for the runtime", (char *)0);
	return says(&m, n, step) ? 0 : fail(g, -EPROTO, "wait for the runtime", (char *)0);
}

void sync_failed(struct guest *g, int sock, const char *what, int code)
{
	struct sync_msg m = { .version = PLAN_VERSION, .step = SYNC_FAILED, .code = -code };

	m.flags = g->why_complete ? 0 : SYNC_ERRNO;
	text_add(m.text, sizeof(m.text), what);
	if (*what && g->why[0])
		text_add(m.text, sizeof(m.text), ": ");
	text_add(m.text, sizeof(m.text), g->why);
	send_message(sock, &m, -1);
}

int arm(const struct guest *g)
{
	SYS_5(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	return (int)SYS_5(__NR_prctl, PR_SET_PDEATHSIG, g->armed ? SIGKILL : 0, 0, 0, 0);
}

OP(sync)
{
	int fd = -1, r;

	if (op->flags & PLAN_SEEN)
		SYS_5(__NR_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
	r = sync_tell(g, g->sock, (uint32_t)op->arg, plan_slot(g, op->slot));
	if (r >= 0)
		r = sync_wait(g, g->sock, (uint32_t)op->arg, &fd);
	if (op->flags & PLAN_SEEN)
		arm(g);
	if (r >= 0 && op->out >= 0)
		g->slots[op->out] = fd;
	return r;
}

/*
 * Who has made the guest may enter it, but may not look at us (arm()): so we
 * hand out what they would find. Nothing of the guest's can ask for it.
 */
static void show_namespaces(struct guest *g, int dir, int conn)
{
	static const char names[][8] = {
		"user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		int fd = (int)SYS_4(__NR_openat, dir, names[i], O_RDONLY | O_CLOEXEC, 0);

		if (fd < 0)
			continue;
		sync_tell(g, conn, SYNC_SHOW, fd);
		SYS_1(__NR_close, fd);
	}
}

/*
 * Whoever may connect to the socket may start the guest: it lies in a
 * directory of root's. One message decides, and whoever leaves without it has
 * decided nothing. The connection then carries what goes wrong until the exec,
 * and its end is the success.
 */
OP(start)
{
	const int sock = plan_slot(g, op->slot), own = plan_slot(g, op->out);
	struct sync_msg m;
	int conn;

	SYS_1(__NR_close, g->sock);
	g->sock = -1;
	for (;;) {
		long n;

		conn = (int)SYS_4(__NR_accept4, sock, 0, 0, SOCK_CLOEXEC);
		if (conn == -EINTR || conn == -ECONNABORTED)
			continue;
		if (conn < 0)
			return conn;
		n = sync_receive(conn, &m, 0);
		if (says(&m, n, SYNC_START))
			break;
		if (own >= 0 && says(&m, n, SYNC_SHOW))
			show_namespaces(g, own, conn);
		SYS_1(__NR_close, conn);
	}
	g->sock = conn;
	SYS_1(__NR_close, sock);
	SYS_1(__NR_close, own);
	return 0;
}

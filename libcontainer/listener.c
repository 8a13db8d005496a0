/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/listener.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/sys.h"
#include "libcontainer/launch.h"
#include "libcontainer/terminal.h"

#define COUNT(table) (sizeof(table) / sizeof(*(table)))
#define RETRY_MS 1

/* ---- the gate --------------------------------------------------------------------- */

/* clang-format off */
int listener_gate(struct arena *a, struct filter *filter, struct error *err)
{
	uint64_t mark = 0;
	const size_t n = filter->bytes / sizeof(struct sock_filter);
	const ssize_t got = getrandom(&mark, sizeof(mark), 0);
	const struct sock_filter gate[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getppid, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)mark, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(mark >> 32), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	struct sock_filter *bpf;
	/* clang-format on */

	if (got != sizeof(mark))
		return error_set(err, EIO, "linux.seccomp: no random number for the filter");
	if (n + COUNT(gate) > BPF_MAXINSNS)
		return error_set(err, E2BIG,
				 "linux.seccomp: the filter has %zu instructions, with a listener "
				 "the kernel takes %zu",
				 n, BPF_MAXINSNS - COUNT(gate));
	bpf = arena_array(a, n + COUNT(gate), sizeof(*bpf));
	if (!bpf)
		return error_sys(err, ENOMEM, "linux.seccomp");
	memcpy(bpf, gate, sizeof(gate));
	memcpy(bpf + COUNT(gate), filter->bpf, filter->bytes);
	filter->bpf = bpf;
	filter->bytes += sizeof(gate);
	filter->mark = mark;
	return 0;
}

/* ---- the agent -------------------------------------------------------------------- */

int listener_connect(struct listener *l, const struct spec_seccomp *seccomp, struct error *err)
{
	if (!spec_seccomp_notifies(seccomp))
		return 0;
	l->agent = terminal_connect("linux.seccomp.listenerPath", seccomp->listenerPath, err);
	return l->agent < 0 ? l->agent : 0;
}

void listener_close(struct listener *l)
{
	fd_close(&l->agent);
}

/* All of the text; the listener goes with its first part. */
static int tell_agent(const struct listener *l, int fd, struct error *err)
{
	const char *rest = l->text;
	int n = 0;

	do {
		n = terminal_message(l->agent, rest, rest == l->text ? fd : -1);
		if (n <= 0)
			return error_set(err, n ? -n : EPIPE,
					 "linux.seccomp.listenerPath: the agent there does not "
					 "take the listener (errno %d)",
					 -n);
		rest += n;
	} while (*rest);
	return 0;
}

/* ---- the listener ------------------------------------------------------------------- */

/*
 * Nothing announces it, so we look again and again, for a moment. Returns 0
 * when the guest side has something else to say: it has failed.
 */
static int take(int sock, int pidfd, int number, int *ret, struct error *err)
{
	struct pollfd failed = { .fd = sock, .events = POLLIN };

	for (int ms = 0; ms < STEP_TIMEOUT_MS; ms += RETRY_MS) {
		int fd = sys_pidfd_getfd(pidfd, number);

		if (fd >= 0) {
			*ret = fd;
			return 1;
		}
		if (fd == -EPERM)
			return error_set(err, EPERM,
					 "linux.seccomp: the filter's listener cannot be taken "
					 "over: this needs CAP_SYS_PTRACE, and "
					 "kernel.yama.ptrace_scope below 3");
		if (fd != -EBADF && fd != -ESRCH)
			return error_sys(err, -fd, "linux.seccomp: take over the listener");
		if (poll(&failed, 1, RETRY_MS) > 0)
			return 0;
	}
	return error_set(err, ETIMEDOUT, "linux.seccomp: there is no filter after %d s",
			 STEP_TIMEOUT_MS / 1000);
}

/* The call in which the guest side is held is the first that the listener hears of. */
static int meet(int fd, uint64_t *ret_id, struct error *err)
{
	struct pollfd asks = { .fd = fd, .events = POLLIN };
	struct seccomp_notif asked;
	int r;

	do {
		asked = (struct seccomp_notif){ 0 };
		r = poll(&asks, 1, STEP_TIMEOUT_MS);
		if (r == 0)
			return error_set(err, ETIMEDOUT,
					 "linux.seccomp: the guest side does not come to its "
					 "filter");
		if (r > 0 && !(asks.revents & POLLIN))
			return error_set(err, ECHILD, "the guest side died");
		if (r > 0)
			r = ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &asked);
	} while (r < 0 && (errno == EINTR || errno == ENOENT)); /* a signal made it begin anew */
	if (r < 0)
		return error_sys(err, errno, "linux.seccomp: hear from the listener");
	*ret_id = asked.id;
	return 0;
}

/*
 * An answer that comes too late is none: a signal has interrupted the call,
 * and the agent hears of it when it begins anew. Whatever it says to that, the
 * guest side goes on.
 */
static int answer(int fd, uint64_t id, struct error *err)
{
	struct seccomp_notif_resp resp = { .id = id };

	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &resp) < 0 && errno != ENOENT)
		return error_sys(err, errno, "linux.seccomp: let the guest side go on");
	return 0;
}

static int hand_over(struct listener *l, int sock, int pidfd, int number, struct error *err)
{
	cleanup_fd int fd = -1;
	uint64_t id = 0;
	int r = take(sock, pidfd, number, &fd, err);

	if (r <= 0)
		return r;
	r = meet(fd, &id, err);
	if (r >= 0)
		r = tell_agent(l, fd, err);
	if (r < 0)
		return r;
	listener_close(l); /* the end of what it has to read */
	return answer(fd, id, err);
}

int listener_await_exec(struct listener *l, int sock, int timeout_ms, int pidfd, struct error *err)
{
	int number, r;

	do {
		r = talk_receive_number(sock, timeout_ms, &number, err);
		if (r != SYNC_LISTENER || l->agent < 0)
			break;
		timeout_ms = -1;
		r = hand_over(l, sock, pidfd, number, err);
	} while (r >= 0);
	if (r > 0)
		return error_set(err, EPROTO, "the guest side is at \"%s\"",
				 talk_name((unsigned)r));
	if (r == 0 && l->agent >= 0)
		return error_set(err, ECHILD, "the guest side died before its filter was loaded");
	return r;
}

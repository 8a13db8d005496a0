/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"

/* ---- before and after ------------------------------------------------------- */

int attach_begin(struct attach *at, struct error *err)
{
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t all;

	/* A fault of our own still kills: a blocked SIGSEGV is forced upon us. */
	sigfillset(&all);
	at->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (at->signals < 0)
		return error_sys(err, errno, "receive signals");
	if (at->subreaper && (prctl(PR_GET_CHILD_SUBREAPER, &at->old_subreaper) < 0 ||
			      prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0, 0, 0) < 0)) {
		int code = errno;

		fd_close(&at->signals);
		return error_sys(err, code, "become subreaper");
	}
	pthread_sigmask(SIG_SETMASK, &all, &at->old_mask);
	sigaction(SIGCHLD, &standard, &at->old_child);
	at->begun = true;
	return 0;
}

static void terminal_restore(struct attach *at)
{
	/* At once: no waiting for a terminal that is stuck, and what was typed ahead stays. */
	if (at->raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &at->old_terminal);
	at->raw = false;
}

void attach_end(struct attach *at)
{
	struct signalfd_siginfo late;

	if (!at->begun)
		return;
	at->begun = false;
	terminal_restore(at);
	/* Meant for a process that is gone; unblocked, they would kill us before we clean up. */
	while (read(at->signals, &late, sizeof(late)) == sizeof(late))
		;
	fd_close(&at->signals);
	sigaction(SIGCHLD, &at->old_child, NULL);
	if (at->subreaper)
		(void)prctl(PR_SET_CHILD_SUBREAPER, (unsigned long)at->old_subreaper, 0, 0, 0);
	pthread_sigmask(SIG_SETMASK, &at->old_mask, NULL);
}

/* ---- the terminal ------------------------------------------------------------ */

bool attach_is_master(int fd)
{
	int number;

	return fd >= 0 && ioctl(fd, TIOCGPTN, &number) == 0;
}

void attach_copy_size(int pty)
{
	struct winsize size;

	if (pty >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		(void)ioctl(pty, TIOCSWINSZ, &size);
}

/* In the background the terminal is somebody else's: it stays as it is. */
static void terminal_raw(struct attach *at)
{
	const pid_t foreground = tcgetpgrp(STDIN_FILENO); /* -1: not our controlling terminal */
	struct termios raw;

	if ((foreground >= 0 && foreground != getpgrp()) ||
	    tcgetattr(STDIN_FILENO, &at->old_terminal) < 0)
		return;
	raw = at->old_terminal;
	cfmakeraw(&raw);
	at->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

/*
 * Bytes on their way. Reads only what it has room for, so that a slow reader
 * holds up the writer. Our own stdin and stdout are shared with others and
 * stay in blocking mode: one read a poll, and no write above PIPE_BUF, which
 * a pipe that polls as writable takes at once.
 */
struct flow {
	int from, to; /* -1: ended */
	size_t at, len;
	char buf[PIPE_BUF];
};

static void flow_read(struct flow *f)
{
	ssize_t n = read(f->from, f->buf, sizeof(f->buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* EIO: nobody has the other side of the pty open, or we are in the background. */
	if (n <= 0) {
		f->from = -1;
		return;
	}
	f->at = 0;
	f->len = f->to < 0 ? 0 : (size_t)n;
}

static void flow_write(struct flow *f)
{
	ssize_t n = write(f->to, f->buf + f->at, f->len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		/* Nobody takes it any more: the process must not be stopped by that. */
		f->to = -1;
		f->len = 0;
		return;
	}
	f->at += (size_t)n;
	f->len -= (size_t)n;
}

/* ---- signals and children ------------------------------------------------------ */

static bool is_ours(unsigned sig)
{
	switch (sig) {
	case SIGCHLD:
	case SIGPIPE: /* our stdout */
	case SIGTTIN: /* our terminal */
	case SIGTTOU:
	case SIGURG:
	case SIGWINCH:
		return true;
	default:
		return false;
	}
}

/* Everybody but the process itself, whose status attach_wait() wants. */
static void reap_orphans(const struct attach *at)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0 ||
		    info.si_pid == at->pid)
			return;
		(void)waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
	}
}

/* Returns how many were for the process. */
static int pass_signals(const struct attach *at)
{
	struct signalfd_siginfo info;
	int passed = 0;

	while (read(at->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH)
			attach_copy_size(at->pty_master);
		else if (info.ssi_signo == SIGCHLD && at->subreaper)
			reap_orphans(at);
		if (is_ours(info.ssi_signo))
			continue;
		/* Gone meanwhile: it was not for anybody else. */
		(void)sys_pidfd_send_signal(at->pidfd, (int)info.ssi_signo);
		passed++;
	}
	return passed;
}

static int exit_status(const struct attach *at, struct error *err)
{
	siginfo_t info = { 0 };
	int r;

	do
		r = waitid(P_PIDFD, (id_t)at->pidfd, &info, WEXITED | __WALL);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return error_sys(err, errno, "exit status of process %d", (int)at->pid);
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

/* ---- the loop -------------------------------------------------------------------- */

enum { POLL_SIGNALS, POLL_PROCESS, POLL_STDIN, POLL_STDOUT, POLL_MASTER, POLL_COUNT };

/* Asks only for what can be dealt with: a hang-up is reported even where nothing is asked. */
static void prepare(const struct attach *at, const struct flow *in, const struct flow *out,
		    struct pollfd polled[POLL_COUNT])
{
	const bool can_read = out->from >= 0 && out->len == 0;
	const bool can_write = in->to >= 0 && in->len > 0;

	polled[POLL_SIGNALS] = (struct pollfd){ .fd = at->signals, .events = POLLIN };
	polled[POLL_PROCESS] = (struct pollfd){ .fd = at->pidfd, .events = POLLIN };
	polled[POLL_STDIN] = (struct pollfd){ .fd = in->len ? -1 : in->from, .events = POLLIN };
	polled[POLL_STDOUT] = (struct pollfd){ .fd = out->len ? out->to : -1, .events = POLLOUT };
	polled[POLL_MASTER] = (struct pollfd){
		.fd = can_read || can_write ? at->pty_master : -1,
		.events = (short)((can_read ? POLLIN : 0) | (can_write ? POLLOUT : 0)),
	};
}

static void carry(struct flow *in, struct flow *out, const struct pollfd polled[POLL_COUNT])
{
	if (polled[POLL_STDIN].revents)
		flow_read(in);
	if (polled[POLL_STDOUT].revents)
		flow_write(out);
	if (polled[POLL_MASTER].revents & POLLOUT)
		flow_write(in);
	if (polled[POLL_MASTER].revents & (POLLIN | POLLHUP | POLLERR) && out->len == 0 &&
	    out->from >= 0)
		flow_read(out);
	/* Nobody reads the other side, nor will: input has no use either. */
	if (out->from < 0) {
		in->from = in->to = -1;
		in->len = 0;
	}
}

/*
 * The rest of what the process printed. The kernel has it ready: a read that
 * finds nothing means that somebody else still holds the terminal. A signal
 * ends this, should our stdout be stuck.
 */
static void drain(const struct attach *at, struct flow *out)
{
	while (out->to >= 0) {
		struct pollfd polled[] = {
			{ .fd = at->signals, .events = POLLIN },
			{ .fd = out->to, .events = POLLOUT },
		};

		if (out->len == 0 && out->from >= 0)
			flow_read(out);
		if (out->len == 0)
			return;
		if (poll(polled, 2, -1) < 0)
			continue;
		if (polled[0].revents && pass_signals(at) > 0)
			return;
		if (polled[1].revents)
			flow_write(out);
	}
}

static int run_loop(const struct attach *at, struct flow *in, struct flow *out, struct error *err)
{
	struct pollfd polled[POLL_COUNT];

	for (;;) {
		prepare(at, in, out, polled);
		if (poll(polled, POLL_COUNT, -1) < 0) {
			if (errno == EINTR)
				continue;
			return error_sys(err, errno, "wait for process %d", (int)at->pid);
		}
		if (polled[POLL_SIGNALS].revents)
			pass_signals(at);
		carry(in, out, polled);
		if (polled[POLL_PROCESS].revents)
			break;
	}
	drain(at, out);
	return exit_status(at, err);
}

int attach_wait(struct attach *at, struct error *err)
{
	struct flow in = { .from = -1, .to = -1 };
	struct flow out = { .from = -1, .to = -1 };
	int r;

	if (at->pty_master >= 0) {
		in.from = STDIN_FILENO;
		in.to = out.from = at->pty_master;
		out.to = STDOUT_FILENO;
		if (fcntl(at->pty_master, F_SETFL, O_NONBLOCK) < 0)
			return error_sys(err, errno, "prepare the terminal");
		attach_copy_size(at->pty_master);
		terminal_raw(at);
	}
	r = run_loop(at, &in, &out, err);
	terminal_restore(at);
	return r;
}

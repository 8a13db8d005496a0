/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"

#ifndef MFD_NOEXEC_SEAL /* 6.3 */
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/*
 * Between caller and hook stands a keeper: a child that forks the hook, kills
 * it when its time is over, and reports. execve() makes SIGCHLD the exit
 * signal of every process, so the status of a hook that was our own child would
 * be lost in a program that ignores SIGCHLD, or found by a wait() of its other
 * threads. The keeper never executes anything: it keeps the exit signal 0, which
 * nobody ignores and wait() does not see.
 */

enum outcome {
	OUTCOME_EXITED, /* value: status */
	OUTCOME_KILLED, /* value: signal */
	OUTCOME_TIMEOUT,
	OUTCOME_FORK, /* value: errno, here and below */
	OUTCOME_CWD,
	OUTCOME_EXEC,
};

struct report {
	enum outcome outcome;
	int value;
};

struct job {
	const char *path, *cwd;
	char *const *argv, *const *env;
	int timeout_ms; /* -1: none */
	int fds[4];     /* stdin, stdout, stderr, and where reports go */
};

#define REPORT_FD 3

/* ---- keeper and hook: async-signal-safe calls only ------------------------- */

static void send_report(enum outcome outcome, int value)
{
	const struct report report = { outcome, value };

	(void)!write(REPORT_FD, &report, sizeof(report));
}

/* Numbers 0 to 3 and nothing else, whatever numbers they had in the caller. */
static bool place_fds(const int fds[4])
{
	int high[4];

	for (int i = 0; i < 4; i++) {
		high[i] = fcntl(fds[i], F_DUPFD, 4);
		if (high[i] < 0)
			return false;
	}
	for (int i = 0; i < 4; i++)
		if (dup2(high[i], i) < 0)
			return false;
	return sys_close_range(4, ~0U, 0) == 0;
}

static _Noreturn void become_hook(const struct job *job)
{
	sigset_t none;

	(void)setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	(void)fcntl(REPORT_FD, F_SETFD, FD_CLOEXEC);
	if (job->cwd && chdir(job->cwd) < 0) {
		send_report(OUTCOME_CWD, errno);
	} else {
		execve(job->path, job->argv, job->env);
		send_report(OUTCOME_EXEC, errno);
	}
	_exit(127);
}

static void wait_for_hook(pid_t pid, int pidfd, int timeout_ms)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	siginfo_t info = { 0 };
	int n;

	do
		n = poll(&ended, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n == 0) {
		/* It cannot be gone: nobody but us can reap it. */
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		send_report(OUTCOME_TIMEOUT, 0);
	}
	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0 && errno == EINTR)
		;
	send_report(info.si_code == CLD_EXITED ? OUTCOME_EXITED : OUTCOME_KILLED, info.si_status);
}

/* Comes with all signals blocked, and stays deaf: the terminal's are not for it. */
static _Noreturn void keep(const struct job *job)
{
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	int pidfd = -1;
	const struct clone_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	int pid;

	if (!place_fds(job->fds))
		_exit(1);
	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &standard, NULL);
	(void)setsid();
	pid = sys_clone3(&args);
	if (pid == 0)
		become_hook(job);
	if (pid < 0)
		send_report(OUTCOME_FORK, -pid);
	else
		wait_for_hook(pid, pidfd, job->timeout_ms);
	_exit(0);
}

/* ---- the caller ------------------------------------------------------------ */

/* The last bytes that came out of a pipe. */
struct tail {
	int fd; /* -1: ended */
	size_t len;
	char text[512];
};

static void tail_add(struct tail *t, const char *bytes, size_t n)
{
	size_t keep;

	if (n > sizeof(t->text)) {
		bytes += n - sizeof(t->text);
		n = sizeof(t->text);
	}
	keep = t->len < sizeof(t->text) - n ? t->len : sizeof(t->text) - n;
	memmove(t->text, t->text + t->len - keep, keep);
	memcpy(t->text + keep, bytes, n);
	t->len = keep + n;
}

/* Takes what is there; never blocks. */
static bool tail_read(struct tail *t)
{
	char buf[4096];
	ssize_t n = read(t->fd, buf, sizeof(buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		fd_close(&t->fd);
		return false;
	}
	tail_add(t, buf, (size_t)n);
	return true;
}

/* The last line that is not empty; its length in *ret_len. */
static const char *tail_line(const struct tail *t, size_t *ret_len)
{
	size_t end = t->len, start;

	while (end > 0 && (unsigned char)t->text[end - 1] <= ' ')
		end--;
	for (start = end; start > 0 && t->text[start - 1] != '\n'; start--)
		;
	*ret_len = end - start;
	return t->text + start;
}

struct run {
	struct job job;
	int pidfd; /* the keeper's */
	int report;
	struct tail out, errors;
};
#define RUN_INIT                                                                        \
	{                                                                               \
		.job.fds = { -1, -1, -1, -1 }, .pidfd = -1, .report = -1, .out.fd = -1, \
		.errors.fd = -1,                                                        \
	}

static void close_given(struct run *run)
{
	for (int i = 0; i < 4; i++)
		fd_close(&run->job.fds[i]);
}

static void run_close(struct run *run)
{
	close_given(run);
	fd_close(&run->pidfd);
	fd_close(&run->report);
	fd_close(&run->out.fd);
	fd_close(&run->errors.fd);
}

#define cleanup_run __attribute__((cleanup(run_close)))

/*
 * Read-only by its seals. Not a pipe: a hook that does not read must not stop
 * us, and one that reads late must find everything.
 */
static int open_state(const char *json)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	cleanup_fd int fd = memfd_create("state", flags | MFD_NOEXEC_SEAL);
	size_t n = strlen(json);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("state", flags);
	if (fd < 0)
		return -errno;
	while (n > 0) {
		ssize_t done = write(fd, json, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		json += done;
		n -= (size_t)done;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return fd_take(&fd);
}

static int open_pipe(int *ret_read, int *ret_write)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ret_read = fds[0];
	*ret_write = fds[1];
	return fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static int open_fds(struct run *run, const char *json)
{
	int *fds = run->job.fds;
	int r;

	fds[0] = open_state(json);
	if (fds[0] < 0)
		return fds[0];
	r = open_pipe(&run->out.fd, &fds[1]);
	if (r == 0)
		r = open_pipe(&run->errors.fd, &fds[2]);
	if (r == 0)
		r = open_pipe(&run->report, &fds[3]);
	return r;
}

/* No handler of the caller may run in the copy of it: signals are blocked meanwhile. */
static int start(struct run *run)
{
	const struct clone_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (uintptr_t)&run->pidfd,
	};
	sigset_t all, saved;
	int pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &saved);
	pid = sys_clone3(&args);
	if (pid == 0)
		keep(&run->job);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	close_given(run);
	return pid < 0 ? pid : 0;
}

/* What a child of the hook that stays behind prints later is not waited for. */
static void drain(struct tail *t)
{
	for (int i = 0; i < 32 && t->fd >= 0; i++)
		if (!tail_read(t))
			break;
}

static void follow(struct run *run)
{
	struct pollfd polled[] = {
		{ .fd = run->pidfd, .events = POLLIN },
		{ .fd = run->out.fd, .events = POLLIN },
		{ .fd = run->errors.fd, .events = POLLIN },
	};

	while (!polled[0].revents) {
		polled[1].fd = run->out.fd;
		polled[2].fd = run->errors.fd;
		if (poll(polled, 3, -1) < 0)
			continue;
		if (polled[1].revents)
			tail_read(&run->out);
		if (polled[2].revents)
			tail_read(&run->errors);
	}
	drain(&run->out);
	drain(&run->errors);
	while (waitid(P_PIDFD, (id_t)run->pidfd, NULL, WEXITED | __WALL) < 0 && errno == EINTR)
		;
}

static int exec_failed(const char *path, const char *cwd, const struct report *report,
		       struct error *err)
{
	const int code = report->value;

	if (report->outcome == OUTCOME_CWD)
		return code == ENOENT ? error_set(err, ENOTDIR, "directory %s does not exist", cwd)
				      : error_sys(err, code, "enter %s", cwd);
	if (code == ENOENT)
		return error_set(err, ENOEXEC, "the program or its interpreter does not exist");
	if (code == EACCES || code == EPERM)
		return error_set(err, ENOEXEC, "the program may not be executed");
	return error_sys(err, code, "execute %s", path);
}

static int judge(const struct run *run, struct error *err)
{
	struct report report;
	const char *line;
	size_t n;

	/* The first report counts: what follows a failed exec or a timeout is its consequence. */
	if (read(run->report, &report, sizeof(report)) != sizeof(report))
		return error_set(err, EIO, "whoever watched it was killed");

	line = tail_line(&run->errors, &n);
	if (n == 0)
		line = tail_line(&run->out, &n);
	switch (report.outcome) {
	case OUTCOME_EXITED:
		if (report.value == 0)
			return 0;
		return error_set(err, EIO, "exit status %d%s%.*s", report.value, n ? ": " : "",
				 (int)n, line);
	case OUTCOME_KILLED:
		return error_set(err, EIO, "killed by signal %d%s%.*s", report.value, n ? ": " : "",
				 (int)n, line);
	case OUTCOME_TIMEOUT:
		return error_set(err, ETIMEDOUT, "hook ran past specified timeout of %d.%ds",
				 run->job.timeout_ms / 1000, run->job.timeout_ms % 1000 / 100);
	case OUTCOME_FORK:
		return error_sys(err, report.value, "fork");
	default:
		return exec_failed(run->job.path, run->job.cwd, &report, err);
	}
}

static int run_one(const struct spec_hook *hook, const char *state_json, const char *cwd,
		   struct error *err)
{
	const char *only_path[] = { hook->path, NULL };
	cleanup_run struct run run = RUN_INIT;
	int r;

	if (hook->path[0] != '/')
		return error_set(err, EINVAL, "the path is not absolute");
	if (hook->timeout.set && hook->timeout.val <= 0)
		return error_set(err, EINVAL, "the timeout must be above 0");

	run.job.path = hook->path;
	run.job.cwd = cwd;
	run.job.argv = (char *const *)(hook->args.n ? hook->args.v : only_path);
	run.job.env = hook->env.v ? (char *const *)hook->env.v : environ;
	run.job.timeout_ms = -1;
	if (hook->timeout.set)
		run.job.timeout_ms =
			hook->timeout.val < INT_MAX / 1000 ? hook->timeout.val * 1000 : INT_MAX;

	r = open_fds(&run, state_json);
	if (r < 0)
		return error_sys(err, -r, "make its descriptors");
	r = start(&run);
	if (r < 0)
		return error_sys(err, -r, "fork");
	follow(&run);
	return judge(&run, err);
}

int hooks_run(const struct spec_hook_list *list, const char *what, const char *state_json,
	      const char *cwd, struct error *err)
{
	for (size_t i = 0; i < list->n; i++) {
		int r = run_one(&list->v[i], state_json, cwd, err);

		if (r < 0)
			return error_ctx(err, "%s hook #%zu (%s)", what, i, list->v[i].path);
	}
	return 0;
}

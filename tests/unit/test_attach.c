/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/sys.h"
#include "tests/unit/check.h"

/* A shell that is attached to us; with a pty when master is asked for. */
static void spawn(struct attach *at, const char *script, bool pty)
{
	char name[64] = "";

	if (pty) {
		at->pty_master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
		grantpt(at->pty_master);
		unlockpt(at->pty_master);
		ptsname_r(at->pty_master, name, sizeof(name));
	}
	at->pid = fork();
	if (at->pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		if (pty) {
			int slave;

			setsid();
			slave = open(name, O_RDWR);
			for (int i = 0; i < 3; i++)
				dup2(slave, i);
		}
		execl("/bin/sh", "sh", "-c", script, NULL);
		_exit(127);
	}
	at->pidfd = sys_pidfd_open(at->pid, 0);
}

static void finish(struct attach *at)
{
	attach_end(at);
	close(at->pidfd);
	if (at->pty_master >= 0)
		close(at->pty_master);
}

static int status_of(const char *script)
{
	struct attach at = ATTACH_INIT;
	struct error err = { 0 };
	int r;

	CHECK(attach_begin(&at, &err) == 0);
	spawn(&at, script, false);
	r = attach_wait(&at, &err);
	finish(&at);
	CHECK_STR(err.text, "");
	return r;
}

/* Somebody who sends us sig in a while. */
static pid_t signal_later(int sig, useconds_t after)
{
	pid_t us = getpid(), pid = fork();

	if (pid == 0) {
		usleep(after);
		kill(us, sig);
		_exit(0);
	}
	return pid;
}

static int status_signalled(const char *script, int sig)
{
	pid_t sender = signal_later(sig, 200000);
	int r = status_of(script);

	waitpid(sender, NULL, 0);
	return r;
}

static void check_status(void)
{
	sigset_t mask;

	CHECK(status_of("exit 7") == 7);
	CHECK(status_of("kill -9 $$") == 137);
	CHECK(status_signalled("trap 'exit 9' TERM; while :; do sleep 0.05; done", SIGTERM) == 9);
	CHECK(status_signalled("trap 'exit 8' HUP; while :; do sleep 0.05; done", SIGHUP) == 8);
	CHECK(status_signalled("sleep 5", SIGRTMIN + 3) == 128 + SIGRTMIN + 3);
	/* Ours to keep. */
	CHECK(status_signalled("trap 'exit 9' PIPE; sleep 0.5; exit 3", SIGPIPE) == 3);
	CHECK(status_signalled("trap 'exit 9' WINCH; sleep 0.5; exit 3", SIGWINCH) == 3);

	signal(SIGCHLD, SIG_IGN);
	CHECK(status_of("exit 7") == 7);
	CHECK(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	CHECK(sigisemptyset(&mask));
}

/* A signal that comes too late is for nobody. */
static void check_late_signal(void)
{
	struct attach at = ATTACH_INIT;
	struct error err = { 0 };

	CHECK(attach_begin(&at, &err) == 0);
	spawn(&at, "exit 0", false);
	CHECK(attach_wait(&at, &err) == 0);
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGPIPE);
	finish(&at);
	CHECK(true); /* still here */
	attach_end(&at);
}

static void check_orphans(void)
{
	struct attach at = ATTACH_INIT;
	struct error err = { 0 };
	int before = -1, after = -1;
	siginfo_t info = { 0 };

	prctl(PR_GET_CHILD_SUBREAPER, &before);
	at.subreaper = true;
	CHECK(attach_begin(&at, &err) == 0);
	spawn(&at, "sh -c '(sleep 0.1 & sleep 0.15 & exit 0)'; sleep 0.5; exit 4", false);
	CHECK(attach_wait(&at, &err) == 4);
	CHECK(waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 && errno == ECHILD);
	finish(&at);
	prctl(PR_GET_CHILD_SUBREAPER, &after);
	CHECK(before == after);
}

/* ---- with a terminal ---------------------------------------------------------- */

struct stdio {
	int saved[2];
};

/* Our stdin and stdout for a while; both are closed here. */
static void stdio_take(struct stdio *s, int in, int out)
{
	fflush(stdout);
	s->saved[0] = fcntl(0, F_DUPFD_CLOEXEC, 10);
	s->saved[1] = fcntl(1, F_DUPFD_CLOEXEC, 10);
	dup2(in, 0);
	dup2(out, 1);
	close(in);
	if (out != in)
		close(out);
}

static void stdio_restore(struct stdio *s)
{
	for (int i = 0; i < 2; i++) {
		dup2(s->saved[i], i);
		close(s->saved[i]);
	}
}

/* Runs script on a pty with input on our stdin; what comes out of our stdout goes to buf. */
static int run_pty(const char *script, const char *input, useconds_t reader_waits, char *buf,
		   size_t size, size_t *ret_total)
{
	struct attach at = ATTACH_INIT;
	struct error err = { 0 };
	struct stdio saved;
	int in[2], out[2], back[2], r;
	size_t n = 0, total = 0;
	pid_t reader;

	(void)!pipe2(in, O_CLOEXEC);
	(void)!pipe2(out, O_CLOEXEC);
	(void)!pipe2(back, O_CLOEXEC);
	(void)!write(in[1], input, strlen(input));
	close(in[1]);
	fflush(stdout);
	reader = fork();
	if (reader == 0) {
		char chunk[4096];
		ssize_t got;

		close(out[1]);
		usleep(reader_waits);
		while ((got = read(out[0], chunk, sizeof(chunk))) > 0) {
			total += (size_t)got;
			for (ssize_t i = 0; i < got && n < size - 1; i++)
				buf[n++] = chunk[i];
		}
		buf[n] = '\0';
		(void)!write(back[1], &total, sizeof(total));
		(void)!write(back[1], buf, n + 1);
		_exit(0);
	}
	close(out[0]);
	stdio_take(&saved, in[0], out[1]);
	r = attach_begin(&at, &err);
	spawn(&at, script, true);
	if (r == 0)
		r = attach_wait(&at, &err);
	finish(&at);
	stdio_restore(&saved);
	(void)!read(back[0], ret_total, sizeof(*ret_total));
	buf[0] = '\0';
	close(back[1]);
	(void)!read(back[0], buf, size);
	close(back[0]);
	waitpid(reader, NULL, 0);
	CHECK_STR(err.text, "");
	return r;
}

static void check_pty(void)
{
	char buf[2048];
	size_t total = 0;

	CHECK(run_pty("printf hello; exit 5", "", 0, buf, sizeof(buf), &total) == 5);
	CHECK_STR(buf, "hello");
	CHECK(run_pty("stty -echo; read x; printf \"got $x\"", "some words\n", 0, buf, sizeof(buf),
		      &total) == 0);
	CHECK(strstr(buf, "got some words") != NULL);
	/* More than pty and pipe hold, and nobody reads for a while: nothing may be lost. */
	CHECK(run_pty("stty -onlcr; seq 100000 199999", "", 300000, buf, sizeof(buf), &total) == 0);
	CHECK(total == 700000);
	/* Somebody who stays behind does not hold us up. */
	CHECK(run_pty("printf x; setsid sleep 3 & exit 2", "", 0, buf, sizeof(buf), &total) == 2);
	CHECK_STR(buf, "x");
	/* The terminal is closed early, the process lives on. */
	CHECK(run_pty("exec </dev/null >/dev/null 2>&1; sleep 0.3; exit 6", "abc", 0, buf,
		      sizeof(buf), &total) == 6);
}

/* Nobody reads our stdout any more: the process goes on. */
static void check_closed_stdout(void)
{
	struct attach at = ATTACH_INIT;
	struct error err = { 0 };
	struct stdio saved;
	int out[2], r;

	(void)!pipe2(out, O_CLOEXEC);
	close(out[0]);
	stdio_take(&saved, open("/dev/null", O_RDONLY | O_CLOEXEC), out[1]);
	r = attach_begin(&at, &err);
	spawn(&at, "seq 1 50000; exit 3", true);
	if (r == 0)
		r = attach_wait(&at, &err);
	finish(&at);
	stdio_restore(&saved);
	CHECK(r == 3);
}

static bool is_raw(int fd)
{
	struct termios t;

	return tcgetattr(fd, &t) == 0 && !(t.c_lflag & (ICANON | ECHO)) && !(t.c_oflag & OPOST);
}

/* Our own terminal: raw meanwhile, its size handed on, both undone. */
static void check_own_terminal(void)
{
	int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct winsize size = { .ws_row = 33, .ws_col = 77 };
	struct attach at = ATTACH_INIT;
	struct error err = { 0 };
	struct stdio saved;
	char name[64], buf[256] = "";
	pid_t observer;
	int slave, r, status = -1;
	ssize_t n;

	grantpt(ours);
	unlockpt(ours);
	ptsname_r(ours, name, sizeof(name));
	slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ioctl(slave, TIOCSWINSZ, &size);
	CHECK(!is_raw(slave));
	fflush(stdout);
	observer = fork();
	if (observer == 0) {
		pid_t us = getppid();
		struct pollfd first = { .fd = ours, .events = POLLIN };
		bool raw = poll(&first, 1, 20000) == 1 && is_raw(slave);

		size.ws_row = 44;
		ioctl(slave, TIOCSWINSZ, &size);
		kill(us, SIGWINCH);
		_exit(raw ? 0 : 1);
	}
	stdio_take(&saved, fcntl(slave, F_DUPFD_CLOEXEC, 10), fcntl(slave, F_DUPFD_CLOEXEC, 10));
	r = attach_begin(&at, &err);
	spawn(&at,
	      "stty size; while [ \"$(stty size)\" = '33 77' ]; do sleep 0.05; done; stty size; "
	      "exit 2",
	      true);
	if (r == 0)
		r = attach_wait(&at, &err);
	finish(&at);
	stdio_restore(&saved);
	CHECK(r == 2);
	CHECK(waitpid(observer, &status, 0) == observer && status == 0);
	CHECK(!is_raw(slave));
	for (size_t len = 0; !strstr(buf, "44 77"); len += (size_t)n) {
		n = read(ours, buf + len, sizeof(buf) - 1 - len);
		if (n <= 0)
			break;
	}
	CHECK(strstr(buf, "33 77") != NULL && strstr(buf, "44 77") != NULL);
	close(slave);
	close(ours);
}

int main(void)
{
	alarm(60);
	check_status();
	check_late_signal();
	check_orphans();
	check_pty();
	check_closed_stdout();
	check_own_terminal();
	return CHECK_DONE();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ptyrun ROWSxCOLS COMMAND...: runs COMMAND on a terminal of its own, of that
 * size; copies stdin to it and its output to stdout; exits as COMMAND does.
 * SIGUSR1 makes the terminal 50x132. Afterwards "restored" or "changed" goes to
 * stderr: whether COMMAND left the terminal's modes as it found them.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

static volatile sig_atomic_t resize;

static void on_usr1(int sig)
{
	(void)sig;
	resize = 1;
}

static void copy(int master)
{
	struct pollfd p[] = { { .fd = 0, .events = POLLIN }, { .fd = master, .events = POLLIN } };
	char buf[4096];
	ssize_t n;

	for (;;) {
		if (resize) {
			const struct winsize size = { .ws_row = 50, .ws_col = 132 };

			resize = 0;
			ioctl(master, TIOCSWINSZ, &size);
		}
		if (poll(p, 2, 50) < 0 && errno != EINTR)
			return;
		if (p[0].revents > 0) {
			n = read(0, buf, sizeof(buf));
			if (n <= 0)
				p[0].fd = -1;
			else if (write(master, buf, (size_t)n) < 0)
				return;
		}
		if (p[1].revents > 0) {
			n = read(master, buf, sizeof(buf));
			if (n <= 0 || write(1, buf, (size_t)n) < 0)
				return;
		}
		p[0].revents = p[1].revents = 0;
	}
}

static void report_modes(int slave, const struct termios *before)
{
	struct termios now = { 0 };

	tcgetattr(slave, &now);
	fprintf(stderr, "%s\n",
		now.c_lflag == before->c_lflag && now.c_iflag == before->c_iflag &&
				now.c_oflag == before->c_oflag
			? "restored"
			: "changed");
}

int main(int argc, char **argv)
{
	struct winsize size = { 0 };
	struct termios before;
	int master, slave, status = 0;

	if (argc < 3 || sscanf(argv[1], "%hux%hu", &size.ws_row, &size.ws_col) != 2) {
		fprintf(stderr, "usage: ptyrun ROWSxCOLS COMMAND...\n");
		return 2;
	}
	if (openpty(&master, &slave, NULL, NULL, &size) < 0 || tcgetattr(slave, &before) < 0) {
		perror("ptyrun: openpty");
		return 1;
	}
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = on_usr1 }, NULL);

	pid_t pid = fork();

	if (pid < 0)
		return 1;
	if (!pid) {
		close(master);
		login_tty(dup(slave));
		execvp(argv[2], argv + 2);
		_exit(127);
	}

	/* The slave stays open for the report, so the end is the command's exit, not a hang-up. */
	pid_t reader = fork();

	if (!reader) {
		close(slave);
		copy(master);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		if (resize)
			kill(reader, SIGUSR1);
	report_modes(slave, &before);
	close(slave);
	waitpid(reader, NULL, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

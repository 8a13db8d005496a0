/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/str.h"
#include "cmd/fail.h"
#include "cmd/ps.h"

/* Starts ps(1) with its output going to fd; returns its pid. */
static int spawn(char *const *argv, int fd)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int r;

	r = posix_spawn_file_actions_init(&actions);
	if (r)
		return -r;
	r = posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawnp(&pid, "ps", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return r ? -r : pid;
}

static int read_all(int fd, struct str *ret)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			str_add_n(ret, buf, (size_t)n);
	}
	return str_ok(ret);
}

static int run(char *const *argv, struct str *ret, struct warren_error *err)
{
	cleanup_fd int out = -1, in = -1;
	int pipefd[2], status, pid, r;

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return fail_sys(err, errno, "make a pipe");
	out = pipefd[0];
	in = pipefd[1];
	pid = spawn(argv, in);
	if (pid == -ENOENT)
		return fail(err, ENOENT,
			    "ps: not installed on this host; it works without options");
	if (pid < 0)
		return fail_sys(err, -pid, "start ps");
	fd_close(&in);
	r = read_all(out, ret);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r < 0)
		return fail_sys(err, -r, "read what ps says");
	/* What is wrong with the options it has said itself, on standard error. */
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return fail(err, EINVAL, "ps does not accept these options");
	return 0;
}

/* The word at the index, or NULL; *len says where it ends. */
static const char *word(const char *line, size_t index, size_t *len)
{
	const char *const blank = " \t";

	for (line += strspn(line, blank); *line; line += strspn(line, blank)) {
		*len = strcspn(line, blank);
		if (index-- == 0)
			return line;
		line += *len;
	}
	return NULL;
}

/* The index of the column PID, or -1. */
static int find_column(const char *header)
{
	const char *title;
	size_t len;

	for (int i = 0; (title = word(header, (size_t)i, &len)); i++)
		if (len == 3 && memcmp(title, "PID", 3) == 0)
			return i;
	return -1;
}

static bool is_ours(const char *line, int column, const pid_t *pids, size_t n)
{
	size_t len;
	const char *text = word(line, (size_t)column, &len);
	long pid = text ? strtol(text, NULL, 10) : 0;

	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

int ps_program(char *const *argv, const pid_t *pids, size_t n, struct warren_error *err)
{
	cleanup_str struct str output = { 0 };
	char *line, *rest;
	int r = run(argv, &output, err), column = -1;

	if (r < 0)
		return r;
	rest = output.text;
	line = strsep(&rest, "\n");
	if (line)
		column = find_column(line);
	if (column < 0)
		return fail(err, EINVAL, "ps prints no column PID with these options");
	puts(line);
	while ((line = strsep(&rest, "\n")))
		if (is_ours(line, column, pids, n))
			puts(line);
	return 0;
}

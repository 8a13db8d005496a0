/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/churn/caller.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* ---- small things ------------------------------------------------------------- */

long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000L + ts.tv_nsec / 1000;
}

void nap(long us)
{
	struct timespec ts = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	nanosleep(&ts, NULL);
}

/* splitmix64 */
unsigned int draw(struct caller *c, unsigned int n)
{
	uint64_t z = c->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (unsigned int)((z ^ (z >> 31)) % n);
}

void unexpected(struct caller *c, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "churn: cycle %ld (%s): %s\n", c->cycle, c->kind, text);
	c->shared->unexpected++;
}

/* ---- commands ----------------------------------------------------------------- */

static const char *text_of(const struct command *cmd, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (int i = 3; cmd->argv[i] != NULL && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i > 3 ? " " : "",
					 cmd->argv[i]);
	return text;
}

void complain(struct caller *c, const struct command *cmd, const char *what, int status)
{
	char words[512], output[1024];
	ssize_t n = pread(c->output, output, sizeof(output) - 1, 0);

	output[n < 0 ? 0 : n] = '\0';
	unexpected(c, "%s: %s %d: %s", text_of(cmd, words, sizeof(words)), what, status, output);
}

void begin(struct caller *c, struct command *cmd, const char *const *words)
{
	int n = 0, error;

	cmd->argv[n++] = c->runtime;
	cmd->argv[n++] = "--root";
	cmd->argv[n++] = c->state;
	while (*words != NULL && n < MAX_ARGS - 1)
		cmd->argv[n++] = *words++;
	cmd->argv[n] = NULL;
	c->shared->commands++;
	cmd->ended = false;
	cmd->next = c->running;
	c->running = cmd;
	error = posix_spawn(&cmd->pid, c->runtime, &c->files, NULL, (char **)cmd->argv, environ);
	if (error == 0)
		return;
	fprintf(stderr, "churn: %s: %s\n", c->runtime, strerror(error));
	exit(1);
}

/*
 * Takes note of a child that has ended: 1, or 0 if none has, or -1 if there is
 * none. All of them, as they come: the kernel keeps a guest's init until who
 * has come in by exec, and is a child of ours, has been waited for.
 */
static int reap_one(struct caller *c)
{
	int status;
	pid_t pid = waitpid(-1, &status, WNOHANG);

	for (struct command *cmd = c->running; cmd != NULL && pid > 0; cmd = cmd->next)
		if (cmd->pid == pid) {
			cmd->status =
				WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			cmd->ended = true;
		}
	return pid > 0 ? 1 : pid;
}

/* Until a child ends, and has done so only now; false when the time is up. */
static bool wait_child(long limit)
{
	const struct timespec moment = { .tv_sec = 1 };
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (now_us() >= limit)
		return false;
	sigtimedwait(&child, NULL, &moment);
	return true;
}

int finish(struct caller *c, struct command *cmd)
{
	long limit = now_us() + PATIENCE * 1000L;

	while (!cmd->ended) {
		if (reap_one(c) > 0 || wait_child(limit))
			continue;
		complain(c, cmd, "has not ended after ms:", PATIENCE);
		kill(cmd->pid, SIGKILL);
		limit = now_us() + PATIENCE * 1000L;
	}
	for (struct command **at = &c->running; *at != NULL; at = &(*at)->next)
		if (*at == cmd) {
			*at = cmd->next;
			break;
		}
	return cmd->status;
}

static void finish_with(struct caller *c, struct command *cmd, int want)
{
	int status = finish(c, cmd);

	if (status != want)
		complain(c, cmd, "status", status);
}

void finish_any(struct caller *c, struct command *cmd, int one, int other)
{
	int status = finish(c, cmd);

	if (status != one && status != other)
		complain(c, cmd, "status", status);
}

void expect(struct caller *c, int want, const char *const *words)
{
	struct command cmd;

	if (ftruncate(c->output, 0) < 0)
		perror("churn: output");
	begin(c, &cmd, words);
	finish_with(c, &cmd, want);
}

const char *bundle(struct caller *c, const char *kind)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s/guests/%s", c->bundles, kind, c->id);
	return path;
}

/* ---- what may not be left ----------------------------------------------------- */

static void name_children(struct caller *c)
{
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	if (f != NULL && fgets(line, sizeof(line), f) != NULL)
		unexpected(c, "processes are left: %s", line);
	if (f != NULL)
		fclose(f);
}

void reap(struct caller *c)
{
	const long limit = now_us() + PATIENCE * 1000L;
	int one;

	do
		one = reap_one(c);
	while (one > 0 || (one == 0 && wait_child(limit)));
	if (one == 0)
		name_children(c);
}

static void absent(struct caller *c, const char *dir, const char *name)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (lstat(path, &st) == 0)
		unexpected(c, "left behind: %s", path);
}

void nothing_left(struct caller *c)
{
	char cgroup[64];

	reap(c);
	snprintf(cgroup, sizeof(cgroup), "guests/%s", c->id);
	absent(c, c->cgroups, cgroup);
	absent(c, c->state, c->id);
}

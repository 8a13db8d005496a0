/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks that run in the guest's namespaces: createContainer and startContainer. */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <linux/wait.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#define WORDS_MAX 1024 /* arguments and environment of one hook */

/* The state on its stdin: a file, so that a hook that never reads holds nobody up. */
static int state_file(const struct guest *g, const struct plan_hook *hook)
{
	char pid[24] = "";
	const char *parts[3] = { plan_text(g, hook->state_head), pid,
				 plan_text(g, hook->state_tail) };
	int fd = (int)SYS_2(__NR_memfd_create, "state", MFD_CLOEXEC);

	if (fd < 0)
		return fd;
	text_add_number(pid, sizeof(pid),
			hook->pid ? (uint64_t)hook->pid : (uint64_t)SYS_0(__NR_getpid));
	for (int i = 0; i < 3; i++)
		SYS_3(__NR_write, fd, parts[i], text_len(parts[i]));
	SYS_3(__NR_lseek, fd, 0, SEEK_SET);
	return fd;
}

__attribute__((noreturn)) static void become_hook(const struct guest *g,
						  const struct plan_hook *hook, int in, int out)
{
	const char *words[WORDS_MAX + 2], *path = plan_text(g, hook->path);
	const char **env = words + hook->n_args + 1;
	uint32_t i;

	for (i = 0; i < hook->n_args; i++)
		words[i] = plan_text(g, hook->v[i]);
	words[i] = 0;
	for (i = 0; i < hook->n_env; i++)
		env[i] = plan_text(g, hook->v[hook->n_args + i]);
	env[i] = 0;

	SYS_2(__NR_setpgid, 0, 0);
	SYS_3(__NR_dup3, in, 0, 0);
	SYS_3(__NR_dup3, out, 1, 0);
	SYS_3(__NR_dup3, out, 2, 0);
	sys_close_range(3, ~0U, 0);
	SYS_3(__NR_execve, path, words, env);
	SYS_3(__NR_write, 2, "cannot be executed", 18);
	for (;;)
		SYS_1(__NR_exit_group, 127);
}

/* The last line of what it said, for the error. */
static void last_words(int out, char *buf, uint64_t size)
{
	long end = SYS_3(__NR_lseek, out, 0, SEEK_END);
	long from = end > (long)size - 1 ? end - (long)size + 1 : 0;
	long n = SYS_4(__NR_pread64, out, buf, size - 1, from), start = 0;

	n = n < 0 ? 0 : n;
	while (n && (buf[n - 1] == '\n' || buf[n - 1] == ' '))
		n--;
	for (long i = 0; i < n; i++)
		if (buf[i] == '\n')
			start = i + 1;
	for (long i = start; i < n; i++)
		buf[i - start] = buf[i];
	buf[n - start] = '\0';
}

static int wait_hook(struct guest *g, int pid, int pidfd, uint32_t seconds)
{
	struct pollfd poll = { .fd = pidfd, .events = POLLIN };
	const struct {
		int64_t sec, nsec;
	} limit = { seconds, 0 };
	siginfo_t info = { 0 };
	char text[24] = "";
	long r;

	r = SYS_5(__NR_ppoll, &poll, 1, seconds ? &limit : 0, 0, 0);
	if (r == 0) {
		SYS_2(__NR_kill, -pid, SIGKILL);
		SYS_2(__NR_kill, pid, SIGKILL);
	}
	SYS_5(__NR_waitid, P_PIDFD, pidfd, &info, WEXITED, 0);
	if (r == 0) {
		text_add_number(text, sizeof(text), seconds);
		return fail_only(g, -ETIMEDOUT, "hook ran past specified timeout of ", text, ".0s",
				 (char *)0);
	}
	if (info.si_code == CLD_EXITED && info.si_status == 0)
		return 0;
	text_add_number(text, sizeof(text), (uint64_t)info.si_status);
	return fail_only(g, -EIO, info.si_code == CLD_EXITED ? "exit status " : "killed by signal ",
			 text, (char *)0);
}

OP(hook)
{
	const struct plan_hook *hook = (const void *)(g->base + op->data);
	int in = state_file(g, hook), pidfd = -1, pid, r;
	int out = (int)SYS_2(__NR_memfd_create, "output", MFD_CLOEXEC);
	const struct clone_args args = { .flags = CLONE_PIDFD,
					 .pidfd = (uint64_t)(uintptr_t)&pidfd,
					 .exit_signal = SIGCHLD };
	char words[160] = "";

	if (hook->n_args > WORDS_MAX || hook->n_env > WORDS_MAX - hook->n_args)
		return -E2BIG;
	if (in < 0 || out < 0)
		return in < 0 ? in : out;
	pid = sys_clone3(&args);
	if (pid == 0)
		become_hook(g, hook, in, out);
	r = pid < 0 ? pid : wait_hook(g, pid, pidfd, hook->seconds);
	if (r < 0)
		last_words(out, words, sizeof(words));
	if (words[0]) {
		text_add(g->why, sizeof(g->why), ": ");
		text_add(g->why, sizeof(g->why), words);
	}
	SYS_1(__NR_close, pidfd);
	SYS_1(__NR_close, in);
	SYS_1(__NR_close, out);
	return r;
}

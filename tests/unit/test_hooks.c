/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "tests/unit/check.h"

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* What a script prints on stderr comes back in the error: the way to look into a hook. */
/* clang-format off */
static const struct {
	const char *path, *script, *cwd;
	const char *env[3];
	int32_t timeout;
	const char *error; /* "": none */
} rows[] = {
	{ "/bin/sh", "exit 0", .error = "" },
	{ "/bin/sh", "exit 3", .error = "exit status 3" },
	{ "/bin/sh", "echo one >&2; echo two >&2; exit 3", .error = "exit status 3: two" },
	{ "/bin/sh", "echo why >&2; echo done; exit 3", .error = "exit status 3: why" },
	{ "/bin/sh", "echo only; echo; exit 3", .error = "exit status 3: only" },
	{ "/bin/sh", "i=0; while [ $i -lt 20000 ]; do echo line $i >&2; i=$((i+1)); done; exit 1",
	  .error = "exit status 1: line 19999" },
	{ "/bin/sh", "kill -9 $$", .error = "killed by signal 9" },
	{ "/bin/sh", "cat >&2; exit 4", .error = "exit status 4: {\"id\":\"x/1\"}" },
	{ "/bin/sh", "cat /dev/stdin >&2; exit 4", .error = "exit status 4: {\"id\":\"x/1\"}" },
	{ "/bin/sh", "pwd >&2; exit 1", .cwd = "/usr", .error = "exit status 1: /usr" },
	{ "/bin/sh", "exit 0", .cwd = "/nonexistent",
	  .error = "directory /nonexistent does not exist" },
	{ "/bin/sh", "echo $A-$B-$PROBE >&2; exit 1", .env = { "A=1", "B=2" },
	  .error = "exit status 1: 1-2-" },
	{ "/bin/sh", "echo $PROBE >&2; exit 1", .error = "exit status 1: inherited" },
	/* Its descriptors (3 is the one with which it looks), its signals, its session. */
	{ "/bin/sh", "cd /proc/self/fd; echo ? ?? ??? >&2; exit 1",
	  .error = "exit status 1: 0 1 2 3 ?? ???" },
	{ "/bin/sh", "echo $(grep -E '^Sig(Blk|Ign)' /proc/self/status) >&2; exit 1",
	  .error = "exit status 1: SigBlk: 0000000000000000 SigIgn: 0000000000000000" },
	{ "/bin/sh", "set -- $(cat /proc/self/stat); [ $6 = $$ ] && [ $5 = $$ ] && exit 9; exit 1",
	  .error = "exit status 9" },
	{ "/bin/sh", "sleep 60", .timeout = 1, .error = "hook ran past specified timeout of 1.0s" },
	{ "/bin/sh", "exit 7", .timeout = 60, .error = "exit status 7" },
	{ "/bin/sh", "exit 0", .timeout = -1, .error = "the timeout must be above 0" },
	{ "bin/sh", "exit 0", .error = "the path is not absolute" },
	{ "/nonexistent", "", .error = "the program or its interpreter does not exist" },
	{ "/etc/passwd", "", .error = "the program may not be executed" },
	{ "/etc", "", .error = "the program may not be executed" },
	/* Who leaves a process behind does not hold us up. */
	{ "/bin/sh", "sleep 5 & exit 2", .error = "exit status 2" },
};
/* clang-format on */

static int run_row(size_t i, struct error *err)
{
	const char *args[] = { "sh", "-c", rows[i].script, NULL };
	struct spec_hook hook = {
		.path = rows[i].path,
		.args = { .n = 3, .v = args },
		.timeout = { .set = rows[i].timeout != 0, .val = rows[i].timeout },
	};
	struct spec_hook_list list = { .n = 1, .v = &hook };

	if (rows[i].env[0])
		hook.env = (struct strs){ .n = 2, .v = (const char **)rows[i].env };
	return hooks_run(&list, "test", "{\"id\":\"x/1\"}", rows[i].cwd, err);
}

static void check_rows(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_str struct str want = { 0 };
		struct error err = { 0 };
		int r = run_row(i, &err);

		CHECK(*rows[i].error ? r < 0 && r == -err.code : r == 0);
		if (*rows[i].error)
			str_printf(&want, "test hook #0 (%s): %s", rows[i].path, rows[i].error);
		else
			str_add(&want, "");
		CHECK_STR(err.text, want.text);
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A timeout takes the children of the hook along. */
static void check_timeout(const char *dir)
{
	cleanup_str struct str script = { 0 };
	struct error err = { 0 };
	const char *args[] = { "sh", "-c", NULL, NULL };
	struct spec_hook hook = {
		.path = "/bin/sh",
		.args = { .n = 3, .v = args },
		.timeout = { .set = true, .val = 1 },
	};
	double began = now();

	str_printf(&script, "(sleep 2; echo > %s/alive) & sleep 60", dir);
	args[2] = script.text;
	CHECK(hooks_run(&(struct spec_hook_list){ 1, &hook }, "test", "{}", NULL, &err) ==
	      -ETIMEDOUT);
	CHECK(now() - began > 0.9 && now() - began < 30);
	sleep(2);
	str_free(&script);
	str_printf(&script, "%s/alive", dir);
	CHECK(access(script.text, F_OK) < 0 && errno == ENOENT);
}

/* In order, one after the other, and none after the first that fails. */
static void check_order(const char *dir)
{
	static const char *const steps[] = {
		"sleep 0.2; printf 1 >> log",
		"printf 2 >> log",
		"printf 3 >> log; exit 5",
		"printf 4 >> log",
	};
	const char *args[COUNT(steps)][4];
	struct spec_hook hooks[COUNT(steps)] = { 0 };
	cleanup_str struct str path = { 0 };
	struct error err = { 0 };
	char log[32] = "";
	FILE *f;

	for (size_t i = 0; i < COUNT(steps); i++) {
		args[i][0] = "sh";
		args[i][1] = "-c";
		args[i][2] = steps[i];
		args[i][3] = NULL;
		hooks[i].path = "/bin/sh";
		hooks[i].args = (struct strs){ .n = 3, .v = args[i] };
	}
	CHECK(hooks_run(&(struct spec_hook_list){ COUNT(steps), hooks }, "poststop", "{}", dir,
			&err) < 0);
	CHECK_STR(err.text, "poststop hook #2 (/bin/sh): exit status 5");
	str_printf(&path, "%s/log", dir);
	f = fopen(path.text, "re");
	if (f) {
		log[fread(log, 1, sizeof(log) - 1, f)] = '\0';
		fclose(f);
	}
	CHECK_STR(log, "123");
}

static void check_args(const char *dir)
{
	cleanup_str struct str path = { 0 };
	struct spec_hook hook = { 0 };
	struct error err = { 0 };
	FILE *f;

	str_printf(&path, "%s/hook", dir);
	f = fopen(path.text, "we");
	CHECK(f != NULL);
	if (!f)
		return;
	fputs("#!/bin/sh\necho \"$# $0\" >&2\nexit 1\n", f);
	fclose(f);
	chmod(path.text, 0700);
	hook.path = path.text;
	CHECK(hooks_run(&(struct spec_hook_list){ 1, &hook }, "test", "{}", NULL, &err) < 0);
	CHECK(strstr(err.text, "exit status 1: 0 /") != NULL);
}

/* Of a line without end the end is kept. */
static void check_long_line(void)
{
	const char *args[] = { "sh", "-c", "printf '%20000s%s\\n' '' end >&2; exit 1", NULL };
	struct spec_hook hook = { .path = "/bin/sh", .args = { .n = 3, .v = args } };
	struct error err = { 0 };

	CHECK(hooks_run(&(struct spec_hook_list){ 1, &hook }, "test", "{}", NULL, &err) < 0);
	CHECK(strlen(err.text) > 400 && strchr(err.text, ' ') != NULL);
}

/* A state that no pipe holds, and a hook that does not read it. */
static void check_large_state(void)
{
	static const size_t size = 1000000;
	const char *args[] = { "sh", "-c", "exec wc -c >&2", NULL };
	struct spec_hook hook = { .path = "/bin/sh", .args = { .n = 3, .v = args } };
	struct error err = { 0 };
	char *state = malloc(size + 1);

	CHECK(state != NULL);
	if (!state)
		return;
	memset(state, 'x', size);
	state[size] = '\0';
	args[2] = "exit 0";
	CHECK(hooks_run(&(struct spec_hook_list){ 1, &hook }, "test", state, NULL, &err) == 0);
	args[2] = "echo $(wc -c) >&2; exit 1";
	CHECK(hooks_run(&(struct spec_hook_list){ 1, &hook }, "test", state, NULL, &err) < 0);
	CHECK_STR(err.text, "test hook #0 (/bin/sh): exit status 1: 1000000");
	free(state);
}

static volatile sig_atomic_t children_seen;

static void reap(int sig)
{
	(void)sig;
	children_seen++;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static int open_fd_count(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* What the caller does about its children and signals changes nothing, and the other way round. */
static void check_caller(void)
{
	struct error err = { 0 };
	sigset_t mask;
	int fds;

	signal(SIGCHLD, SIG_IGN);
	CHECK(run_row(3, &err) == -EIO);
	CHECK_STR(err.text, "test hook #0 (/bin/sh): exit status 3: why");

	signal(SIGCHLD, reap);
	CHECK(run_row(2, &err) == -EIO);
	CHECK_STR(err.text, "test hook #0 (/bin/sh): exit status 3: two");
	CHECK(children_seen == 0);
	signal(SIGCHLD, SIG_DFL);

	fds = open_fd_count();
	CHECK(run_row(0, &err) == 0);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	CHECK(sigisemptyset(&mask));
	CHECK(open_fd_count() == fds);
	CHECK(waitpid(-1, NULL, WNOHANG | __WALL) < 0 && errno == ECHILD);
}

/* Numbers 0 to 3 are free in the caller: what a hook gets lands on them nevertheless. */
static void check_closed_stdio(void)
{
	struct error err = { 0 };
	int saved[3], r;

	fflush(stdout);
	for (int i = 0; i < 3; i++) {
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 50);
		close(i);
	}
	r = run_row(2, &err);
	for (int i = 0; i < 3; i++) {
		dup2(saved[i], i);
		close(saved[i]);
	}
	CHECK(r == -EIO);
	CHECK_STR(err.text, "test hook #0 (/bin/sh): exit status 3: two");
}

int main(void)
{
	char dir[] = "/tmp/test_hooks.XXXXXX";
	cleanup_str struct str remove = { 0 };

	if (!mkdtemp(dir)) {
		puts("1..0 # SKIP no temporary directory");
		return 0;
	}
	setenv("PROBE", "inherited", 1);
	signal(SIGUSR1, SIG_IGN); /* must not reach a hook */
	signal(SIGPIPE, SIG_IGN);
	(void)!dup(1); /* nor this one, which is not close-on-exec */

	check_rows();
	check_timeout(dir);
	check_order(dir);
	check_args(dir);
	check_long_line();
	check_large_state();
	check_caller();
	check_closed_stdio();

	str_printf(&remove, "rm -r %s", dir);
	(void)!system(remove.text);
	return CHECK_DONE();
}

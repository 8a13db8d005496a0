/* SPDX-License-Identifier: Apache-2.0 */
/* library.c STATE BUNDLE ID: a guest by the library alone; prints what it saw of it. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <warren.h>

static int fail(const char *what, const struct warren_error *err)
{
	printf("%s: %s\n", what, err->text);
	return 1;
}

static void *idle(void *arg)
{
	(void)arg;
	pause();
	return NULL;
}

static int open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

int main(int argc, char **argv)
{
	const struct warren_host host = { .root = argc > 3 ? argv[1] : NULL };
	const struct warren_create args = { .id = argv[3], .bundle = argv[2] };
	const char *const words[] = { "sh", "-c", "exit 42", NULL };
	const struct warren_exec further = { .id = argv[3], .argv = words };
	struct warren_error err = { 0 };
	struct warren_state state;
	char before[4096], after[4096];
	const int fds = open_fds();
	pthread_t thread;
	mode_t mask;
	int r;

	/* a threaded caller with settings of its own */
	pthread_create(&thread, NULL, idle, NULL);
	umask(0137);
	getcwd(before, sizeof(before));
	if (warren_create(&host, &args, &err) < 0)
		return fail("create", &err);
	if (warren_start(&host, argv[3], &err) < 0)
		return fail("start", &err);
	if (warren_state(&host, argv[3], &state, &err) < 0)
		return fail("state", &err);
	printf("%s\n", warren_status_name(state.status));
	warren_state_free(&state);
	r = warren_exec(&host, &further, &err);
	if (r < 0)
		return fail("exec", &err);
	printf("exec %d\n", r);
	if (warren_exec(&host, &(struct warren_exec){ .id = "no-such-guest", .argv = words },
			&err) >= 0)
		return 1;
	printf("%s\n", err.text);
	if (warren_delete(&host, argv[3], true, &err) < 0)
		return fail("delete", &err);
	getcwd(after, sizeof(after));
	mask = umask(0);
	printf("cwd %s, umask %03o, descriptors %+d\n", strcmp(before, after) == 0 ? "same" : after,
	       (unsigned)mask, open_fds() - fds);
	return 0;
}

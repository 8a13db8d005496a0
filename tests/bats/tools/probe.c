/* SPDX-License-Identifier: Apache-2.0 */
/* Runs inside a guest, static: says what a shell cannot find out without disturbing it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int answer(int r)
{
	puts(r < 0 ? strerror(errno) : "ok");
	return r < 0;
}

/* Opens no descriptor of its own: what is listed was inherited. */
static int list_fds(void)
{
	for (int fd = 0; fd < 4096; fd++) {
		char link[32], target[4096];

		if (fcntl(fd, F_GETFD) < 0)
			continue;
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		ssize_t n = readlink(link, target, sizeof(target) - 1);

		printf("%d %.*s\n", fd, n < 0 ? 1 : (int)n, n < 0 ? "?" : target);
	}
	return 0;
}

static int open_path(const char *path, const char *mode)
{
	return answer(open(path, (*mode == 'w' ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_CLOEXEC));
}

static int session_keyring(void)
{
	char text[256] = "";
	long n = syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text,
			 sizeof(text) - 1);

	if (n < 0)
		return answer(-1);
	puts(strrchr(text, ';') ? strrchr(text, ';') + 1 : text);
	return 0;
}

static int notify(const char *text)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path ? path : "");
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return answer(-1);
	return answer((int)send(fd, text, strlen(text), 0));
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const char *arg = argc > 2 ? argv[2] : "";

	if (!strcmp(what, "fds"))
		return list_fds();
	if (!strcmp(what, "open"))
		return open_path(arg, argc > 3 ? argv[3] : "r");
	if (!strcmp(what, "mkdir"))
		return answer(mkdir(arg, 0755));
	if (!strcmp(what, "session"))
		return session_keyring();
	if (!strcmp(what, "notify"))
		return notify(arg);
	fprintf(stderr, "usage: probe fds | open PATH [w] | mkdir PATH | session | notify TEXT\n");
	return 2;
}

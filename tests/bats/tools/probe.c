/* SPDX-License-Identifier: Apache-2.0 */
/* Runs inside a guest, static: says what a shell cannot find out without disturbing it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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

/* What sched_setattr(2) has set, as the kernel's headers have it from 5.3 on. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static int scheduling(void)
{
	struct scheduling s = { 0 };

	if (syscall(SYS_sched_getattr, 0, &s, sizeof(s), 0) < 0)
		return answer(-1);
	printf("policy %u flags %#" PRIx64 " nice %d priority %u\n", s.policy, s.flags, s.nice,
	       s.priority);
	printf("runtime %" PRIu64 " deadline %" PRIu64 " period %" PRIu64 "\n", s.runtime,
	       s.deadline, s.period);
	return 0;
}

/* mkdir(2) of the 32-bit interface, which a 64-bit program of x86 may call as well. */
static int mkdir_32(const char *path)
{
#if defined(__x86_64__)
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long r;

	if (low == MAP_FAILED)
		return answer(-1);
	snprintf(low, 4096, "%s", path);
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(39L), "b"(low), "c"(0755L) : "memory");
	errno = r < 0 ? (int)-r : 0;
	return answer(r < 0 ? -1 : 0);
#else
	(void)path;
	errno = ENOSYS;
	return answer(-1);
#endif
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
		return answer(mkdir(arg, argc > 3 ? (mode_t)strtoul(argv[3], NULL, 8) : 0755));
	if (!strcmp(what, "session"))
		return session_keyring();
	if (!strcmp(what, "notify"))
		return notify(arg);
	if (!strcmp(what, "scheduling"))
		return scheduling();
	if (!strcmp(what, "mkdir32"))
		return mkdir_32(arg);
	fprintf(stderr,
		"usage: probe fds | open PATH [w] | mkdir PATH [MODE] | mkdir32 PATH | session | "
		"notify TEXT | scheduling\n");
	return 2;
}

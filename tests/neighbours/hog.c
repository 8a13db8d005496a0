/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hog WHAT: takes all there is of something and keeps it, for ever. When it gets no more, or at
 * once where there is no end to it, it prints one line: what it was refused, and how.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB (1 << 20)

static int *said; /* shared by all processes */

static void say(const char *what)
{
	const int code = errno;

	if (!__atomic_exchange_n(said, 1, __ATOMIC_SEQ_CST))
		dprintf(STDOUT_FILENO, "%s%s%s\n", what, code ? ": " : "",
			code ? strerrorname_np(code) : "");
}

static void say_begun(const char *what)
{
	errno = 0;
	say(what);
}

static void pause_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static void hold(void)
{
	for (;;)
		pause();
}

/* n processes do the same; one that is killed is replaced. Does not return. */
static void in_processes(int n, void (*run)(void))
{
	for (;;) {
		for (; n > 0; n--) {
			pid_t pid = fork();

			if (pid == 0) {
				run();
				_exit(0);
			}
			if (pid < 0) {
				say("fork");
				break;
			}
		}
		if (waitpid(-1, NULL, 0) > 0)
			n++;
		else
			pause_ms(100);
	}
}

/* ---- processes, memory, time ---------------------------------------------------------------- */

static void hog_processes(void)
{
	for (;;) {
		if (fork() < 0)
			say("fork");
	}
}

static void eat(void)
{
	for (;;)
		mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
		     -1, 0);
}

static void hog_memory(void)
{
	say_begun("4 processes eat");
	in_processes(4, eat);
}

static void spin(void)
{
	for (;;)
		;
}

static void hog_cpu(void)
{
	say_begun("8 processes spin");
	in_processes(8, spin);
}

/* Not raise(): the kernel shall have something to say about it. */
static void fault(void)
{
	*(volatile int *)sizeof(int) = 1;
}

static void hog_faults(void)
{
	say_begun("4 processes crash");
	in_processes(4, fault);
}

/* ---- the disk ------------------------------------------------------------------------------- */

static void hog_disk(void)
{
	static char block[65536];
	int fd = open("/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	memset(block, 'x', sizeof(block));
	for (;;) {
		if (write(fd, block, sizeof(block)) > 0)
			continue;
		say("write");
		pause_ms(10);
	}
}

static void hog_inodes(void)
{
	char name[32];

	mkdir("/files", 0700);
	for (unsigned n = 0;; n++) {
		int fd;

		snprintf(name, sizeof(name), "/files/%u", n);
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd >= 0) {
			close(fd);
			continue;
		}
		say("create a file");
		pause_ms(10);
	}
}

static void write_and_sync(void)
{
	static char block[MIB];
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "/io.%d", getpid());
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	for (;;) {
		if (pwrite(fd, block, sizeof(block), 0) < 0 || fsync(fd) < 0)
			pause_ms(10);
		posix_fadvise(fd, 0, sizeof(block), POSIX_FADV_DONTNEED);
		if (pread(fd, block, sizeof(block), 0) < 0)
			pause_ms(10);
	}
}

static void hog_io(void)
{
	say_begun("4 processes write and sync");
	in_processes(4, write_and_sync);
}

/* A file of the lower layer that is larger than the memory of the host. */
static void hog_cache(void)
{
	static char block[MIB];
	int fd = open("/large", O_RDONLY | O_CLOEXEC);

	say_begun("reads it again and again");
	for (;;) {
		if (read(fd, block, sizeof(block)) <= 0)
			lseek(fd, 0, SEEK_SET);
	}
}

/* What is not there is remembered too. */
static void hog_names(void)
{
	struct stat st;
	char name[32];

	say_begun("asks for ever new names");
	for (unsigned n = 0;; n++) {
		snprintf(name, sizeof(name), "/nothing.%u", n);
		stat(name, &st);
	}
}

/* ---- descriptors, and what stands behind them ------------------------------------------------ */

static void open_many(void)
{
	while (eventfd(0, EFD_CLOEXEC) >= 0)
		;
	if (errno != EMFILE) /* the host's limit, not this process's */
		say("open a file");
	hold();
}

static void hog_files(void)
{
	for (int n = 0; n < 120; n++) {
		pid_t pid = fork();

		if (pid == 0)
			open_many();
		if (pid < 0)
			say("fork");
	}
	pause_ms(5000);
	say_begun("120 processes have all that they may");
	hold();
}

/* Pipes as large as they may be, until the user's share is used up. */
static void hog_pipes(void)
{
	int ends[2];

	while (pipe2(ends, O_CLOEXEC) == 0) {
		if (fcntl(ends[1], F_SETPIPE_SZ, MIB) < 0)
			say("grow a pipe");
	}
	say("pipe");
	hold();
}

/* Descriptors that have been sent and not yet received. */
static void hog_passed(void)
{
	enum { AT_ONCE = 250 };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * AT_ONCE)];
	} control = { .align = { .cmsg_len = CMSG_LEN(sizeof(int) * AT_ONCE),
				 .cmsg_level = SOL_SOCKET,
				 .cmsg_type = SCM_RIGHTS } };
	struct iovec io = { .iov_base = (char[]){ "" }, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = control.buf,
			    .msg_controllen = sizeof(control.buf) };
	int ends[2], fds[AT_ONCE];

	for (size_t i = 0; i < AT_ONCE; i++)
		fds[i] = STDOUT_FILENO;
	memcpy(CMSG_DATA(&control.align), fds, sizeof(fds));
	for (;;) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 &&
		    sendmsg(ends[0], &m, 0) > 0)
			continue;
		say("pass a descriptor");
		pause_ms(10);
	}
}

/* True when the datagrams that fill the buffer of a new socket arrive. */
static bool fill_socket(void)
{
	static char text[60000];
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool arrived;

	if (sock < 0)
		return false;
	if (bind(sock, (struct sockaddr *)&at, size) < 0 ||
	    getsockname(sock, (struct sockaddr *)&at, &size) < 0)
		return false;
	for (int i = 0; i < 4; i++)
		sendto(sock, text, sizeof(text), MSG_DONTWAIT, (struct sockaddr *)&at, size);
	arrived = recv(sock, text, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
	if (!arrived)
		close(sock);
	return arrived;
}

static void hog_sockets(void)
{
	for (;;) {
		if (fill_socket())
			continue;
		say("receive a datagram");
		pause_ms(10);
	}
}

/* Contexts for asynchronous input and output; the host has a number of requests for all. */
static void hog_aio(void)
{
	unsigned size = 4096;

	for (;;) {
		unsigned long context = 0;

		if (syscall(SYS_io_setup, size, &context) == 0)
			continue;
		size /= 2;
		if (size > 0)
			continue;
		say("io_setup");
		hold();
	}
}

static void hog_terminals(void)
{
	for (int n = 0; n < 4; n++) {
		if (fork() != 0)
			continue;
		while (open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC) >= 0)
			;
		if (errno != EMFILE)
			say("open a terminal");
		hold();
	}
	hold();
}

/* ---- what the kernel counts by user ------------------------------------------------------------
 */

static void hog_inotify(void)
{
	while (inotify_init1(IN_CLOEXEC) >= 0)
		;
	say("inotify_init");
	hold();
}

static void hog_keys(void)
{
	static char payload[32000];
	size_t size = sizeof(payload);

	for (unsigned n = 0;; n++) {
		char name[32];

		snprintf(name, sizeof(name), "hog:%u", n);
		if (syscall(SYS_add_key, "user", name, payload, size, KEY_SPEC_PROCESS_KEYRING) >=
		    0)
			continue;
		if (size > 1) {
			size /= 2;
			continue;
		}
		say("add_key");
		hold();
	}
}

static void hog_queues(void)
{
	struct mq_attr attr = { .mq_maxmsg = 10, .mq_msgsize = 8192 };

	for (unsigned n = 0;; n++) {
		char name[32];

		snprintf(name, sizeof(name), "/hog.%u", n);
		if (mq_open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600, &attr) != (mqd_t)-1)
			continue;
		attr.mq_msgsize /= 2;
		if (attr.mq_msgsize > 0)
			continue;
		say("mq_open");
		hold();
	}
}

/* Signals that nobody takes. */
static void hog_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }) == 0)
		;
	say("sigqueue");
	hold();
}

/* Whoever makes a user namespace has all rights in it, and so may make the other kinds. */
static void make_namespaces(void)
{
	if (unshare(CLONE_NEWUSER) < 0) {
		say("make a user namespace");
		hold();
	}
	while (unshare(CLONE_NEWUTS) == 0 && open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC) >= 0)
		;
	if (errno != EMFILE)
		say("make a uts namespace");
	hold();
}

static void hog_namespaces(void)
{
	in_processes(5, make_namespaces);
}

/* ---- all ------------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	void (*run)(void);
} hogs[] = {
	{ "processes", hog_processes },
	{ "memory", hog_memory },
	{ "cpu", hog_cpu },
	{ "faults", hog_faults },
	{ "disk", hog_disk },
	{ "inodes", hog_inodes },
	{ "io", hog_io },
	{ "cache", hog_cache },
	{ "names", hog_names },
	{ "files", hog_files },
	{ "pipes", hog_pipes },
	{ "passed", hog_passed },
	{ "sockets", hog_sockets },
	{ "aio", hog_aio },
	{ "terminals", hog_terminals },
	{ "inotify", hog_inotify },
	{ "keys", hog_keys },
	{ "queues", hog_queues },
	{ "signals", hog_signals },
	{ "namespaces", hog_namespaces },
};

int main(int argc, char **argv)
{
	said = mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (argc != 2 || said == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < sizeof(hogs) / sizeof(*hogs); i++) {
		if (strcmp(argv[1], hogs[i].name) == 0)
			hogs[i].run();
	}
	dprintf(STDERR_FILENO, "hog: %s is nothing to take\n", argv[1]);
	return 1;
}

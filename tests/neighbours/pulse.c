/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pulse: the guest whose pulse is taken. For each line "SECONDS NAME" on standard input it does one
 * of everything, round after round for that long, and then prints lines of fields between tabs
 *
 *   NAME  OPERATION  ROUNDS  MEDIAN  P99  FAILURES  REASON
 *
 * in microseconds: one for each operation, one of the operation "round" for all of them together,
 * and last one of the operation "end", whose failures say that the program itself came to grief.
 *
 * The rounds are a child's, begun before there is any neighbour, and its results lie in memory that
 * is there already: so a guest that cannot start a process any more still says how all else is.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 512
#define PAUSE_MS 50
#define PATIENCE 20 /* seconds for a round that has begun */

static long microseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void pause_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* ---- the operations: 0 or a negative errno -------------------------------------------------- */

static int touch_memory(void)
{
	const size_t size = 1 << 20;
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return -errno;
	for (size_t i = 0; i < size; i += 4096)
		at[i] = 1;
	munmap(at, size);
	return 0;
}

static int run_program(void)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		execl("/proc/self/exe", "pulse", "true", (char *)NULL);
		_exit(1);
	}
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return status == 0 ? 0 : -ECHILD;
}

static int write_block(int fd)
{
	static const char block[4096];
	ssize_t n = pwrite(fd, block, sizeof(block), 0);

	if (n == (ssize_t)sizeof(block))
		return 0;
	return n < 0 ? -errno : -ENOSPC;
}

static int use_file(void)
{
	char block[4096];
	int fd = open("/pulse.file", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = write_block(fd);
	if (r == 0 && pread(fd, block, sizeof(block), 0) != (ssize_t)sizeof(block))
		r = -EIO;
	close(fd);
	unlink("/pulse.file");
	return r;
}

static int sync_file(void)
{
	int fd = open("/pulse.sync", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = write_block(fd);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* A pipe takes 64 KiB at once, as every program expects. */
static int fill_pipe(void)
{
	static const char text[65536];
	int ends[2], r = 0;
	ssize_t n;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	n = write(ends[1], text, sizeof(text));
	if (n != (ssize_t)sizeof(text))
		r = n < 0 ? -errno : -EAGAIN;
	close(ends[0]);
	close(ends[1]);
	return r;
}

static int send_datagram(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	char text[1024] = "";
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = 0;

	if (sock < 0)
		return -errno;
	if (bind(sock, (struct sockaddr *)&at, size) < 0 ||
	    getsockname(sock, (struct sockaddr *)&at, &size) < 0 ||
	    sendto(sock, text, sizeof(text), 0, (struct sockaddr *)&at, size) < 0 ||
	    recv(sock, text, sizeof(text), MSG_DONTWAIT) < 0)
		r = -errno;
	close(sock);
	return r;
}

static int pass_descriptor(void)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = { .align = { .cmsg_len = CMSG_LEN(sizeof(int)),
				 .cmsg_level = SOL_SOCKET,
				 .cmsg_type = SCM_RIGHTS } };
	struct iovec io = { .iov_base = (char[]){ "" }, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = control.buf,
			    .msg_controllen = sizeof(control.buf) };
	int ends[2], r = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	memcpy(CMSG_DATA(&control.align), &ends[0], sizeof(int));
	if (sendmsg(ends[0], &m, 0) < 0)
		r = -errno;
	close(ends[1]);
	close(ends[0]);
	return r;
}

static int watch_file(void)
{
	int fd = inotify_init1(IN_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (inotify_add_watch(fd, "/", IN_CREATE) < 0)
		r = -errno;
	close(fd);
	return r;
}

static int add_key(void)
{
	char name[32];
	long key;

	snprintf(name, sizeof(name), "pulse:%ld", microseconds(CLOCK_MONOTONIC));
	key = syscall(SYS_add_key, "user", name, name, sizeof(name), KEY_SPEC_PROCESS_KEYRING);
	if (key < 0)
		return -errno;
	if (syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_PROCESS_KEYRING) < 0)
		return -errno;
	return 0;
}

static int open_queue(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 64 };
	mqd_t queue;

	mq_unlink("/pulse"); /* one that was made but got no descriptor */
	queue = mq_open("/pulse", O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	if (queue == (mqd_t)-1)
		return -errno;
	mq_close(queue);
	mq_unlink("/pulse");
	return 0;
}

static int make_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		return -errno;
	timer_delete(timer);
	return 0;
}

static int set_up_aio(void)
{
	unsigned long context = 0;

	if (syscall(SYS_io_setup, 16, &context) < 0)
		return -errno;
	syscall(SYS_io_destroy, context);
	return 0;
}

static int open_terminal(void)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* 5 ms of a processor, however long it takes to get them. */
static int use_processor(void)
{
	const long end = microseconds(CLOCK_THREAD_CPUTIME_ID) + 5000;

	while (microseconds(CLOCK_THREAD_CPUTIME_ID) < end)
		;
	return 0;
}

static const struct operation {
	const char *name;
	int (*run)(void);
} operations[] = {
	{ "memory", touch_memory },    { "exec", run_program },   { "file", use_file },
	{ "fsync", sync_file },        { "pipe", fill_pipe },     { "datagram", send_datagram },
	{ "passed", pass_descriptor }, { "inotify", watch_file }, { "key", add_key },
	{ "queue", open_queue },       { "timer", make_timer },   { "terminal", open_terminal },
	{ "aio", set_up_aio },         { "cpu", use_processor },
};
#define OPERATIONS (sizeof(operations) / sizeof(*operations))

/* ---- the rounds ----------------------------------------------------------------------------- */

struct series {
	unsigned n, failures;
	int reason; /* the errno of the last failure */
	long us[ROUNDS];
};

struct results {
	struct series of[OPERATIONS + 1]; /* the last: whole rounds */
	volatile size_t now;              /* the operation that has begun */
	volatile bool done;
};

static void keep(struct series *s, long us)
{
	if (s->n < ROUNDS)
		s->us[s->n++] = us;
}

static void one_round(struct results *results)
{
	long begin = microseconds(CLOCK_MONOTONIC), last = begin, now;

	for (size_t i = 0; i < OPERATIONS; i++) {
		struct series *s = &results->of[i];
		int r;

		results->now = i;
		r = operations[i].run();
		now = microseconds(CLOCK_MONOTONIC);
		if (r < 0) {
			s->failures++;
			s->reason = -r;
		} else {
			keep(s, now - last);
		}
		last = now;
	}
	results->now = OPERATIONS;
	keep(&results->of[OPERATIONS], last - begin);
}

/* The child: a number of seconds on the pipe is an order. */
static void work(int orders, struct results *results)
{
	int seconds;

	while (read(orders, &seconds, sizeof(seconds)) == (ssize_t)sizeof(seconds)) {
		const long end = microseconds(CLOCK_MONOTONIC) + seconds * 1000000L;

		while (microseconds(CLOCK_MONOTONIC) < end) {
			one_round(results);
			pause_ms(PAUSE_MS);
		}
		results->done = true;
	}
	_exit(0);
}

/* ---- the reports ---------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	const long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static long quantile(const struct series *s, unsigned percent)
{
	return s->n ? s->us[(s->n - 1) * percent / 100] : 0;
}

static void report(const char *name, const char *operation, struct series *s)
{
	qsort(s->us, s->n, sizeof(*s->us), by_size);
	printf("%s\t%s\t%u\t%ld\t%ld\t%u\t%s\n", name, operation, s->n, quantile(s, 50),
	       s->n ? s->us[(s->n * 99 + 99) / 100 - 1] : 0, s->failures,
	       s->failures ? strerrorname_np(s->reason) : "-");
}

static void report_all(const char *name, struct results *results, const char *grief)
{
	for (size_t i = 0; i < OPERATIONS; i++)
		report(name, operations[i].name, &results->of[i]);
	report(name, "round", &results->of[OPERATIONS]);
	printf("%s\tend\t0\t0\t0\t%d\t%s\n", name, grief ? 1 : 0, grief ? grief : "-");
	fflush(stdout);
}

/* ---- all ------------------------------------------------------------------------------------ */

struct worker {
	pid_t pid;
	int orders;
	struct results *results;
};

static bool begin(struct worker *w)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	w->pid = fork();
	if (w->pid == 0) {
		close(ends[1]);
		work(ends[0], w->results);
	}
	close(ends[0]);
	w->orders = ends[1];
	return w->pid > 0;
}

static const char *await(struct worker *w, int seconds)
{
	const long end = microseconds(CLOCK_MONOTONIC) + (seconds + PATIENCE) * 1000000L;
	const struct results *results = w->results;
	const char *grief;

	while (!results->done && microseconds(CLOCK_MONOTONIC) < end) {
		if (waitpid(w->pid, NULL, WNOHANG) > 0) {
			w->pid = 0;
			return "killed";
		}
		pause_ms(PAUSE_MS);
	}
	if (results->done)
		return NULL;
	grief = results->now < OPERATIONS ? operations[results->now].name : "hangs";
	kill(w->pid, SIGKILL);
	waitpid(w->pid, NULL, 0);
	w->pid = 0;
	return grief;
}

/* Returns what went wrong with the child, or NULL. */
static const char *measure(struct worker *w, int seconds)
{
	memset(w->results, 0, sizeof(*w->results));
	if (w->pid <= 0 && !begin(w))
		return "cannot begin";
	if (write(w->orders, &seconds, sizeof(seconds)) < 0)
		return "gone";
	return await(w, seconds);
}

int main(int argc, char **argv)
{
	struct worker w = { .orders = -1 };
	char name[64];
	int seconds;

	if (argc > 1)
		return strcmp(argv[1], "true") != 0;
	signal(SIGPIPE, SIG_IGN);
	w.results = mmap(NULL, sizeof(*w.results), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (w.results == MAP_FAILED || !begin(&w))
		return 1;
	while (scanf("%d %63s", &seconds, name) == 2)
		report_all(name, w.results, measure(&w, seconds));
	return 0;
}

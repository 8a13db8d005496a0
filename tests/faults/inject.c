/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/inject.h"

#include <asm/unistd.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/ptrace.h>

#include "tests/faults/alloc.h"
#include "tests/faults/calls.h"

#define TASKS 64
#define OPTIONS                                                                                   \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
	 PTRACE_O_TRACEEXEC)

/* A process whose call has been entered and shall not return what it would. */
struct pending {
	pid_t pid; /* 0: none */
	long value;
};

struct task {
	pid_t pid;
	enum side side;
	unsigned who;
};

struct tracer {
	struct injection *in;
	pid_t runtime;
	bool counting; /* main() has begun */
	struct pending pending;
	long brk; /* where the runtime's memory ends */
	struct task tasks[TASKS];
	size_t n_tasks;
	unsigned born[2]; /* a side */
};

static const struct task *task_of(const struct tracer *t, pid_t pid)
{
	for (size_t i = 0; i < t->n_tasks; i++)
		if (t->tasks[i].pid == pid)
			return &t->tasks[i];
	return NULL;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static _Noreturn void give_up(const char *what)
{
	perror(what);
	_exit(125);
}

/* ---- registers -------------------------------------------------------------------- */

#if defined(__x86_64__)
typedef struct user_regs_struct registers;
#define RESULT(r) ((r).rax)
#elif defined(__aarch64__)
typedef struct user_regs_struct registers;
#define RESULT(r) ((r).regs[0])
#else
#error "faults are injected on x86-64 and aarch64"
#endif

static bool get_registers(pid_t pid, registers *r)
{
	struct iovec v = { r, sizeof(*r) };

	return ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &v) == 0;
}

static void set_registers(pid_t pid, registers *r)
{
	struct iovec v = { r, sizeof(*r) };

	ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &v);
}

/* At the entry: there is no call of that number, so nothing is executed. */
static void skip_call(pid_t pid)
{
#if defined(__x86_64__)
	registers r;

	if (!get_registers(pid, &r))
		return;
	r.orig_rax = (unsigned long)-1;
	set_registers(pid, &r);
#else
	int none = -1;
	struct iovec v = { &none, sizeof(none) };

	ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &v);
#endif
}

static void set_result(pid_t pid, long value)
{
	registers r;

	if (!get_registers(pid, &r))
		return;
	RESULT(r) = (unsigned long)value;
	set_registers(pid, &r);
}

/* ---- the step that was asked for ------------------------------------------------------- */

static void read_text(pid_t pid, unsigned long at, char *buf, size_t size)
{
	char path[40];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : pread(fd, buf, size - 1, (off_t)at);
	buf[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	for (char *s = buf; *s; s++)
		if ((unsigned char)*s < ' ')
			*s = '?';
}

static void describe(struct tracer *t, pid_t pid, const struct ptrace_syscall_info *i,
		     const struct call *call, int code)
{
	const __u64 *args = i->entry.args;
	char name[32], path[100] = "";
	struct injection *in = t->in;

	snprintf(name, sizeof(name), "call %llu", (unsigned long long)i->entry.nr);
	if (call && call->path >= 0)
		read_text(pid, args[call->path], path, sizeof(path));
	snprintf(in->what, sizeof(in->what), "%s(%#llx, %#llx%s%s) of %s %s%s",
		 call ? call->name : name, (unsigned long long)args[0], (unsigned long long)args[1],
		 *path ? ", " : "", path,
		 in->side == SIDE_RUNTIME ? "the runtime" : "the guest side",
		 in->fault == FAULT_KILL    ? "when the runtime is killed"
		 : in->fault == FAULT_DEATH ? "when it is killed"
					    : "fails with ",
		 code ? strerrorname_np(code) : "");
}

/* The errno of this fault for this call; 0: it is no point for it. */
static int errno_of(const struct injection *in, const struct call *call, const __u64 *args)
{
	if (!call)
		return in->fault == FAULT_HARD ? EIO : 0;
	if (call->nr == __NR_brk && args[0] == 0)
		return 0; /* it only asks */
	return in->fault == FAULT_HARD ? call->hard : call->soft;
}

static void fail_call(struct tracer *t, pid_t pid, const struct call *call, int code)
{
	if (!call || !call->done)
		skip_call(pid);
	t->pending = (struct pending){ pid, -code };
	if (call && call->nr == __NR_brk) /* says no by saying what was there before */
		t->pending.value = t->brk;
}

static void on_entry(struct tracer *t, pid_t pid, const struct ptrace_syscall_info *i)
{
	struct injection *in = t->in;
	const struct call *call = call_find((long)i->entry.nr);
	const struct task *task = task_of(t, pid);
	const bool fails = in->fault == FAULT_HARD || in->fault == FAULT_SOFT;
	int code = 0;

	/* The loader's calls are not ours. The first thing that main() does is to look at
	 * descriptor 0. */
	if (pid == t->runtime && i->entry.nr == __NR_fcntl && i->entry.args[0] == 0 &&
	    i->entry.args[1] == F_GETFD)
		t->counting = true;
	if (!t->counting || in->hit || task->side != in->side || task->who != in->who)
		return;
	if (fails)
		code = errno_of(in, call, i->entry.args);
	if ((fails && !code) || ++in->points != in->at)
		return;
	in->hit = true;
	describe(t, pid, i, call, code);
	if (fails)
		fail_call(t, pid, call, code);
	else
		kill(in->fault == FAULT_KILL ? t->runtime : pid, SIGKILL);
}

static void on_call(struct tracer *t, pid_t pid)
{
	struct ptrace_syscall_info i = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(i), &i) <= 0)
		return; /* killed meanwhile */
	if (i.op == PTRACE_SYSCALL_INFO_ENTRY) {
		on_entry(t, pid, &i);
		return;
	}
	if (i.op != PTRACE_SYSCALL_INFO_EXIT)
		return;
	if (t->pending.pid == pid) {
		set_result(pid, t->pending.value);
		t->pending.pid = 0;
	} else if (pid == t->runtime && i.exit.rval > 0) {
		registers r;

#if defined(__x86_64__)
		if (get_registers(pid, &r) && r.orig_rax == __NR_brk)
#else
		if (get_registers(pid, &r) && r.regs[8] == __NR_brk)
#endif
			t->brk = i.exit.rval;
	}
}

/* ---- who is traced ------------------------------------------------------------------ */

static bool is_thread_of(pid_t process, pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", process, pid);
	return access(path, F_OK) == 0;
}

static void remember(struct tracer *t, pid_t pid)
{
	enum side side;

	if (task_of(t, pid))
		return;
	if (t->n_tasks == TASKS) {
		fputs("too many processes\n", stderr);
		_exit(125);
	}
	side = is_thread_of(t->runtime, pid) ? SIDE_RUNTIME : SIDE_GUEST;
	t->tasks[t->n_tasks++] = (struct task){ pid, side, ++t->born[side] };
	t->in->born = t->born[t->in->side];
}

static void forget(struct tracer *t, pid_t pid)
{
	for (size_t i = 0; i < t->n_tasks; i++)
		if (t->tasks[i].pid == pid)
			t->tasks[i] = t->tasks[--t->n_tasks];
	if (t->pending.pid == pid)
		t->pending.pid = 0;
}

static bool is_ours(pid_t pid)
{
	static const char init[] = "/memfd:warren-init";
	char path[40], exe[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, exe, sizeof(exe));
	return n >= (ssize_t)sizeof(init) - 1 && memcmp(exe, init, sizeof(init) - 1) == 0;
}

static bool only_when_broken(int sig)
{
	return sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE ||
	       sig == SIGABRT || sig == SIGSYS;
}

static void go_on(struct tracer *t, pid_t pid, int sig)
{
	const bool calls = !t->in->hit || t->pending.pid == pid;

	ptrace(calls ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL, (void *)(long)sig);
}

static void on_stop(struct tracer *t, pid_t pid, int status)
{
	const int sig = WSTOPSIG(status), event = status >> 16;
	int deliver = 0;

	remember(t, pid);
	if (sig == (SIGTRAP | 0x80)) {
		on_call(t, pid);
	} else if (event == PTRACE_EVENT_EXEC && pid != t->runtime && !is_ours(pid)) {
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
		forget(t, pid);
		return;
	} else if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) {
		ptrace(PTRACE_LISTEN, pid, NULL, NULL);
		return;
	} else if (event == 0) {
		if (only_when_broken(sig))
			t->in->crashed = sig;
		deliver = sig;
	}
	go_on(t, pid, deliver);
}

/* ---- the run ---------------------------------------------------------------------------- */

static void on_alarm(int sig)
{
	(void)sig;
}

/* Interrupts the wait, again and again: the first may come before it. */
static void set_limit(int ms)
{
	const struct sigaction act = { .sa_handler = on_alarm };
	const struct itimerval when = { { 0, 100000 }, { ms / 1000, ms % 1000 * 1000 } };

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &when, NULL);
}

/* Where everybody is. */
static void explain_hang(struct tracer *t)
{
	struct injection *in = t->in;

	for (size_t i = 0; i < t->n_tasks; i++) {
		const size_t n = strlen(in->what);
		char path[64], call[24] = "";
		int fd;

		snprintf(path, sizeof(path), "/proc/%d/syscall", t->tasks[i].pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && read(fd, call, sizeof(call) - 1) > 0)
			call[strcspn(call, " ")] = '\0';
		snprintf(in->what + n, sizeof(in->what) - n, "; %s %u is in call %s",
			 t->tasks[i].side == SIDE_RUNTIME ? "runtime" : "guest side",
			 t->tasks[i].who, call);
		if (fd >= 0)
			close(fd);
	}
}

static void follow(struct tracer *t)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == EINTR) {
			t->in->hung = true;
			explain_hang(t);
			for (size_t i = 0; i < t->n_tasks; i++)
				kill(t->tasks[i].pid, SIGKILL);
			kill(t->runtime, SIGKILL);
			return;
		}
		if (pid < 0)
			give_up("waitpid");
		if (WIFSTOPPED(status)) {
			on_stop(t, pid, status);
			continue;
		}
		forget(t, pid);
		if (pid == t->runtime) {
			t->in->status = status;
			return;
		}
	}
}

/* Waits for a byte first, for whoever wants to trace it. */
static pid_t start(const struct injection *in, int *ret_go)
{
	int go[2];
	pid_t pid;
	char byte;

	if (pipe2(go, O_CLOEXEC) < 0)
		give_up("pipe");
	pid = fork();
	if (pid < 0)
		give_up("fork");
	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY);

		if (read(go[0], &byte, 1) != 1 || dup2(null, 0) < 0 || dup2(in->output, 1) < 0 ||
		    dup2(in->output, 2) < 0)
			_exit(125);
		syscall(__NR_close_range, 3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
		if (in->fault == FAULT_ALLOC) { /* the shim's page has to pass */
			fcntl((int)strtol(getenv(ALLOC_ENV), NULL, 10), F_SETFD, 0);
			setenv("LD_PRELOAD", in->shim, 1);
		}
		execv(in->argv[0], in->argv);
		give_up(in->argv[0]);
	}
	close(go[0]);
	*ret_go = go[1];
	return pid;
}

static void let_go(int go)
{
	if (write(go, "", 1) != 1)
		give_up("write");
	close(go);
}

/* A process of its own: when it ends, whoever is left is traced no more. */
static void trace(struct injection *in)
{
	struct tracer t = { .in = in };
	int go;

	t.runtime = start(in, &go);
	if (ptrace(PTRACE_SEIZE, t.runtime, NULL, (void *)OPTIONS) < 0)
		give_up("ptrace");
	if (in->init && ptrace(PTRACE_SEIZE, in->init, NULL, (void *)OPTIONS) == 0)
		ptrace(PTRACE_INTERRUPT, in->init, NULL, NULL);
	set_limit(in->limit_ms);
	in->took_ms = now_ms();
	let_go(go);
	follow(&t);
	in->took_ms = now_ms() - in->took_ms;
}

static void watch(struct injection *in)
{
	long begin = now_ms();
	struct pollfd ended = { .events = POLLIN };
	pid_t pid;
	int go;

	pid = start(in, &go);
	ended.fd = (int)syscall(__NR_pidfd_open, pid, 0);
	let_go(go);
	if (poll(&ended, 1, in->limit_ms) == 0) {
		in->hung = true;
		kill(pid, SIGKILL);
	}
	waitpid(pid, &in->status, 0);
	close(ended.fd);
	in->took_ms = now_ms() - begin;
}

static void *shared(size_t size, int fd)
{
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	if (page == MAP_FAILED)
		give_up("mmap");
	return page;
}

static void watch_allocations(struct injection *in)
{
	int fd = memfd_create("allocations", MFD_CLOEXEC);
	struct alloc_count *count;
	char number[16];

	if (fd < 0 || ftruncate(fd, sizeof(*count)) < 0)
		give_up("memfd");
	count = shared(sizeof(*count), fd);
	count->at = in->at;
	snprintf(number, sizeof(number), "%d", fd);
	setenv(ALLOC_ENV, number, 1);
	watch(in);
	unsetenv(ALLOC_ENV);
	in->points = count->seen;
	in->hit = in->at && count->seen >= in->at;
	snprintf(in->what, sizeof(in->what), "%.*s", (int)sizeof(count->what), count->what);
	munmap(count, sizeof(*count));
	close(fd);
}

void inject(struct injection *in)
{
	struct injection *result;
	pid_t tracer;
	int status;

	if (in->fault == FAULT_NONE) {
		watch(in);
		return;
	}
	if (in->fault == FAULT_ALLOC) {
		watch_allocations(in);
		return;
	}
	result = shared(sizeof(*result), -1);
	*result = *in;
	tracer = fork();
	if (tracer == 0) {
		trace(result);
		_exit(0);
	}
	if (tracer < 0 || waitpid(tracer, &status, 0) < 0 || status != 0)
		give_up("the tracer");
	*in = *result;
	munmap(result, sizeof(*result));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "cmd/command.h"
#include "cmd/fail.h"
#include "cmd/print.h"
#include "cmd/proc.h"
#include "cmd/ps.h"

struct ps_args {
	const char *format;
};

static const struct option rows[] = {
	OPTION(struct ps_args, format, "format", 'f', "FORMAT", "table or json"),
	OPTION_END,
};

const struct option_set ps_options = {
	.size = sizeof(struct ps_args),
	.rows = rows,
	.stop = true, /* what follows the id is for ps(1) */
};

static void print_json(const pid_t *pids, size_t n)
{
	putchar('[');
	for (size_t i = 0; i < n; i++)
		printf("%s%d", i ? "," : "", (int)pids[i]);
	print_text("]");
}

/* Now, in the two ways that the start of a process is told. */
struct clocks {
	time_t now;
	unsigned long long uptime, hz; /* uptime in ticks */
};

static struct clocks read_clocks(void)
{
	struct clocks c = { .now = time(NULL), .hz = (unsigned long long)sysconf(_SC_CLK_TCK) };
	struct timespec up;

	clock_gettime(CLOCK_BOOTTIME, &up);
	c.uptime = (unsigned long long)up.tv_sec * c.hz +
		   (unsigned long long)up.tv_nsec * c.hz / 1000000000;
	return c;
}

/* Share of one processor since the start, in percent. */
static unsigned long long load(const struct proc *p, const struct clocks *c)
{
	return c->uptime > p->started ? p->ticks * 100 / (c->uptime - p->started) : 0;
}

#define DAY ((time_t)24 * 60 * 60)

/* As ps(1): the hour on the first day, then the date. */
static void add_start(struct table *t, const struct proc *p, const struct clocks *c)
{
	const time_t age = c->uptime > p->started ? (time_t)((c->uptime - p->started) / c->hz) : 0;
	const time_t start = c->now - age;
	char text[16] = "?";
	struct tm tm;

	if (localtime_r(&start, &tm))
		strftime(text, sizeof(text), age < DAY ? "%H:%M" : "%b%d", &tm);
	table_add(t, text);
}

/* Device numbers as in Documentation/admin-guide/devices.txt of the kernel. */
static void add_tty(struct table *t, int tty)
{
	const unsigned dev = (unsigned)tty;
	const unsigned major = dev >> 8 & 0xfff, minor = (dev & 0xff) | (dev >> 12 & 0xfff00);

	if (tty == 0)
		table_add(t, "?");
	else if (major >= 136 && major < 144)
		table_printf(t, "pts/%u", (major - 136) * 256 + minor);
	else if (major == 4)
		table_printf(t, minor < 64 ? "tty%u" : "ttyS%u", minor < 64 ? minor : minor - 64);
	else
		table_printf(t, "%u:%u", major, minor);
}

static void add_time(struct table *t, unsigned long long seconds)
{
	table_printf(t, "%02llu:%02llu:%02llu", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

static void add_process(struct table *t, const struct proc *p, const struct clocks *c)
{
	table_printf(t, "%u", p->uid);
	table_printf(t, "%d", (int)p->pid);
	table_printf(t, "%d", (int)p->ppid);
	table_printf(t, "%llu", load(p, c));
	add_start(t, p, c);
	add_tty(t, p->tty);
	add_time(t, p->ticks / c->hz);
	if (p->command.len > 0)
		table_add(t, p->command.text);
	else
		table_printf(t, "[%s]", p->name);
}

static int print_table(const pid_t *pids, size_t n, struct warren_error *err)
{
	static const char *const titles[] = { "UID",   "PID", "PPID", "C",
					      "STIME", "TTY", "TIME", "CMD" };
	cleanup_table struct table table = { .columns = 8, .gap = 2 };
	cleanup_fd int procfs = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct clocks clocks = read_clocks();
	int r;

	if (procfs < 0)
		return fail_sys(err, errno, "open /proc");
	for (size_t i = 0; i < table.columns; i++)
		table_add(&table, titles[i]);
	for (size_t i = 0; i < n; i++) {
		cleanup_proc struct proc p = { 0 };

		r = proc_read(procfs, pids[i], &p);
		if (r == -ESRCH)
			continue; /* it has ended meanwhile */
		if (r < 0)
			return fail_sys(err, -r, "read /proc/%d", (int)pids[i]);
		add_process(&table, &p, &clocks);
	}
	r = table_print(&table);
	return r < 0 ? fail(err, -r, "out of memory") : 0;
}

/* The options are ps(1)'s own, so it must be there. */
static int print_program(struct arena *a, const struct strs *args, const pid_t *pids, size_t n,
			 struct warren_error *err)
{
	const char **argv = arena_array(a, args->n + 1, sizeof(*argv));

	if (!argv)
		return fail(err, ENOMEM, "out of memory");
	argv[0] = "ps"; /* in place of the id */
	memcpy(argv + 1, args->v + 1, (args->n - 1) * sizeof(*argv));
	return ps_program((char *const *)argv, pids, n, err);
}

COMMAND(ps)
{
	const struct ps_args *o = options;
	const bool json = o->format && strcmp(o->format, "json") == 0;
	cleanup_free pid_t *pids = NULL;
	size_t n = 0;
	int r;

	if (o->format && !json && strcmp(o->format, "table") != 0)
		return fail(err, EINVAL, "invalid format \"%s\": expected table or json",
			    o->format);
	r = warren_ps(&ctx->host, args->v[0], &pids, &n, err);
	if (r < 0)
		return r;
	if (json) {
		print_json(pids, n);
		return 0;
	}
	if (args->n > 1)
		return print_program(ctx->arena, args, pids, n, err);
	return print_table(pids, n, err);
}

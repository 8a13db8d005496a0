/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "cgroups/internal.h"

/* Of one kernel: HUGE_MAX_HSTATE is at most 16. */
#define HUGE_SIZES_MAX 16

struct reader {
	const struct cgroup *cg;
	struct arena *a;
	struct error *err;
};

/* ---- files ---------------------------------------------------------------------------------- */

/* In the arena; "" when there is no such file. EOPNOTSUPP: pressure, on a kernel with psi=0. */
static int read_text(const struct reader *rd, const char *file, char **ret)
{
	cleanup_str struct str text = { 0 };
	int r = cgfile_read(rd->cg->fd, file, &text);

	if (r < 0 && r != -ENOENT && r != -ENODEV && r != -EOPNOTSUPP)
		return cgfile_error(rd->err, -r, "read", file);
	*ret = arena_strndup(rd->a, r < 0 ? "" : text.text, r < 0 ? 0 : text.len);
	return *ret ? 0 : error_sys(rd->err, ENOMEM, "read %s", file);
}

/* Cuts the first line off *rest; NULL: there is none. */
static char *next_line(char **rest)
{
	char *line = *rest;

	if (!*line)
		return NULL;
	*rest += strcspn(line, "\n");
	if (**rest)
		*(*rest)++ = '\0';
	return line;
}

static size_t count(const char *text, char c)
{
	size_t n = 0;

	for (; (text = strchr(text, c)); text++)
		n++;
	return n;
}

/* "max" is UINT64_MAX. */
static bool to_number(const char *text, uint64_t *ret)
{
	unsigned long long n = UINT64_MAX;

	if (strcmp(text, "max") != 0 && str_to_u64(text, UINT64_MAX, &n) < 0)
		return false;
	*ret = n;
	return true;
}

/* A file of one value; what is missing leaves *ret as it is. */
static int read_number(const struct reader *rd, const char *file, uint64_t *ret)
{
	char *text, *line;
	int r = read_text(rd, file, &text);

	if (r < 0 || !(line = next_line(&text)))
		return r;
	return to_number(line, ret)
		       ? 0
		       : error_set(rd->err, EBADMSG, "%s: \"%.40s\" is not a number", file, line);
}

struct counters {
	size_t n;
	struct cgroup_counter *v;
};

/* Lines of "key number". */
static int read_counters(const struct reader *rd, const char *file, struct counters *ret)
{
	char *text, *line;
	int r = read_text(rd, file, &text);

	if (r < 0)
		return r;
	ret->n = 0;
	ret->v = arena_array(rd->a, count(text, '\n') + 1, sizeof(*ret->v));
	if (!ret->v)
		return error_sys(rd->err, ENOMEM, "read %s", file);
	while ((line = next_line(&text))) {
		char *blank = strchr(line, ' ');

		if (!blank || !to_number(blank + 1, &ret->v[ret->n].val))
			continue;
		*blank = '\0';
		ret->v[ret->n++].key = line;
	}
	return 0;
}

static uint64_t counter(const struct counters *c, const char *key)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].key, key) == 0)
			return c->v[i].val;
	return 0;
}

static bool to_stall(const char *line, struct cgroup_stall *ret)
{
	unsigned whole[3], part[3];
	unsigned long long total;

	if (sscanf(line, " avg10=%u.%2u avg60=%u.%2u avg300=%u.%2u total=%llu", &whole[0], &part[0],
		   &whole[1], &part[1], &whole[2], &part[2], &total) != 7)
		return false;
	*ret = (struct cgroup_stall){ .avg10 = whole[0] * 100 + part[0],
				      .avg60 = whole[1] * 100 + part[1],
				      .avg300 = whole[2] * 100 + part[2],
				      .total = total };
	return true;
}

/* Before 5.13 the pressure of the cpu has no line "full". */
static int read_pressure(const struct reader *rd, const char *file, struct cgroup_pressure *ret)
{
	char *text, *line;
	int r = read_text(rd, file, &text);

	if (r < 0)
		return r;
	while ((line = next_line(&text))) {
		if (str_starts(line, "some"))
			ret->known = to_stall(line + strlen("some"), &ret->some);
		else if (str_starts(line, "full"))
			(void)to_stall(line + strlen("full"), &ret->full);
	}
	return 0;
}

/* ---- controllers -------------------------------------------------------------------- */

static int read_cpu(const struct reader *rd, struct cgroup_stats *s)
{
	struct counters c;
	int r = read_counters(rd, "cpu.stat", &c);

	if (r < 0)
		return r;
	s->cpu.total = counter(&c, "usage_usec") * 1000;
	s->cpu.user = counter(&c, "user_usec") * 1000;
	s->cpu.kernel = counter(&c, "system_usec") * 1000;
	s->cpu.periods = counter(&c, "nr_periods");
	s->cpu.throttled = counter(&c, "nr_throttled");
	s->cpu.throttled_time = counter(&c, "throttled_usec") * 1000;
	return read_pressure(rd, "cpu.pressure", &s->cpu.pressure);
}

static int read_memory(const struct reader *rd, struct cgroup_stats *s)
{
	const struct {
		const char *file;
		uint64_t *ret;
	} numbers[] = {
		{ "memory.current", &s->memory.ram.usage },
		{ "memory.max", &s->memory.ram.limit },
		{ "memory.peak", &s->memory.ram.peak },
		{ "memory.swap.current", &s->memory.swap.usage },
		{ "memory.swap.max", &s->memory.swap.limit },
		{ "memory.swap.peak", &s->memory.swap.peak },
	};
	struct counters c;
	int r = read_counters(rd, "memory.stat", &c);

	if (r < 0)
		return r;
	s->memory.raw.n = c.n;
	s->memory.raw.v = c.v;
	for (size_t i = 0; r >= 0 && i < sizeof(numbers) / sizeof(*numbers); i++)
		r = read_number(rd, numbers[i].file, numbers[i].ret);
	if (r >= 0)
		r = read_counters(rd, "memory.events", &c);
	if (r < 0)
		return r;
	s->memory.ram.failures = counter(&c, "max");
	return read_pressure(rd, "memory.pressure", &s->memory.pressure);
}

static int read_pids(const struct reader *rd, struct cgroup_stats *s)
{
	cleanup_free pid_t *pids = NULL;
	struct error ignored;
	size_t n = 0;
	int r;

	s->pids.current = UINT64_MAX;
	r = read_number(rd, "pids.current", &s->pids.current);
	if (r >= 0)
		r = read_number(rd, "pids.max", &s->pids.limit);
	if (r < 0)
		return r;
	if (s->pids.limit == UINT64_MAX)
		s->pids.limit = 0;
	if (s->pids.current != UINT64_MAX)
		return 0;
	/* No controller: the processes without their threads. */
	(void)cgroup_pids(rd->cg, &pids, &n, &ignored);
	s->pids.current = n;
	return 0;
}

/* ---- io
 * ------------------------------------------------------------------------------------------
 */

static void add_device(struct cgroup_stats *s, uint64_t major, uint64_t minor, const char *word)
{
	static const struct {
		const char *key, *what;
		bool bytes;
	} known[] = {
		{ "rbytes=", "Read", true },    { "wbytes=", "Write", true },
		{ "dbytes=", "Discard", true }, { "rios=", "Read", false },
		{ "wios=", "Write", false },    { "dios=", "Discard", false },
	};
	struct cgroup_device_count c = { .major = major, .minor = minor };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		struct cgroup_device_counts *list =
			known[i].bytes ? &s->io.bytes : &s->io.operations;

		if (!str_starts(word, known[i].key) ||
		    !to_number(word + strlen(known[i].key), &c.val))
			continue;
		c.what = known[i].what;
		list->v[list->n++] = c;
	}
}

/* "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6"; a device may have none of them. */
static void add_devices(struct cgroup_stats *s, char *line)
{
	unsigned long long major, minor;
	char *rest = NULL;

	if (sscanf(line, "%llu:%llu", &major, &minor) != 2)
		return;
	for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		add_device(s, major, minor, word);
}

static int read_io(const struct reader *rd, struct cgroup_stats *s)
{
	char *text, *line;
	size_t most;
	int r = read_text(rd, "io.stat", &text);

	if (r < 0)
		return r;
	most = count(text, '=') + 1;
	s->io.bytes.v = arena_array(rd->a, most, sizeof(*s->io.bytes.v));
	s->io.operations.v = arena_array(rd->a, most, sizeof(*s->io.operations.v));
	if (!s->io.bytes.v || !s->io.operations.v)
		return error_sys(rd->err, ENOMEM, "read io.stat");
	while ((line = next_line(&text)))
		add_devices(s, line);
	return read_pressure(rd, "io.pressure", &s->io.pressure);
}

/* ---- hugetlb ------------------------------------------------------------------------ */

/* "hugetlb.2MB.current": the length of "2MB", 0 for any other file. */
static size_t size_of_file(const char *file)
{
	const char *size = file + strlen("hugetlb.");

	if (!str_starts(file, "hugetlb.") || strcmp(size + strcspn(size, "."), ".current") != 0)
		return 0;
	return strcspn(size, ".");
}

static int by_size(const void *a, const void *b)
{
	const struct cgroup_hugetlb *x = a, *y = b;

	return strcmp(x->size, y->size);
}

static int find_sizes(const struct reader *rd, struct cgroup_stats *s)
{
	cleanup_dir DIR *d = cgfile_dir(rd->cg->fd);
	const struct dirent *e;

	s->hugetlb.v = arena_array(rd->a, HUGE_SIZES_MAX, sizeof(*s->hugetlb.v));
	if (!s->hugetlb.v)
		return error_sys(rd->err, ENOMEM, "read hugetlb");
	while (d && s->hugetlb.n < HUGE_SIZES_MAX && (e = readdir(d))) {
		const size_t n = size_of_file(e->d_name);
		struct cgroup_hugetlb *h = &s->hugetlb.v[s->hugetlb.n];

		if (n == 0)
			continue;
		h->size = arena_strndup(rd->a, e->d_name + strlen("hugetlb."), n);
		if (!h->size)
			return error_sys(rd->err, ENOMEM, "read hugetlb");
		s->hugetlb.n++;
	}
	qsort(s->hugetlb.v, s->hugetlb.n, sizeof(*s->hugetlb.v), by_size);
	return 0;
}

static int read_hugetlb(const struct reader *rd, struct cgroup_stats *s)
{
	int r = find_sizes(rd, s);

	for (size_t i = 0; r >= 0 && i < s->hugetlb.n; i++) {
		struct cgroup_hugetlb *h = &s->hugetlb.v[i];
		struct counters c = { 0 };
		char file[64];

		snprintf(file, sizeof(file), "hugetlb.%.32s.current", h->size);
		r = read_number(rd, file, &h->usage);
		snprintf(file, sizeof(file), "hugetlb.%.32s.events", h->size);
		if (r >= 0)
			r = read_counters(rd, file, &c);
		h->failures = counter(&c, "max");
	}
	return r;
}

int cgroup_stats(const struct cgroup *cg, struct arena *a, struct cgroup_stats *ret,
		 struct error *err)
{
	static int (*const parts[])(const struct reader *rd, struct cgroup_stats *s) = {
		read_cpu, read_memory, read_pids, read_io, read_hugetlb,
	};
	const struct reader rd = { .cg = cg, .a = a, .err = err };
	struct cgroup_stats s = { 0 };

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		int r = parts[i](&rd, &s);

		if (r < 0)
			return r;
	}
	*ret = s;
	return 0;
}

/* ---- out of memory
 * ------------------------------------------------------------------------------- */

int cgroup_oom_open(const struct cgroup *cg)
{
	return cgfile_open(cg->fd, "memory.events", O_RDONLY);
}

int cgroup_oom_kills(int fd, uint64_t *ret)
{
	cleanup_str struct str text = { 0 };
	char *rest, *line;
	int r = lseek(fd, 0, SEEK_SET) < 0 ? -errno : cgfile_read_fd(fd, &text);

	if (r < 0)
		return r;
	*ret = 0;
	for (rest = text.text; (line = next_line(&rest));) {
		if (str_starts(line, "oom_kill "))
			(void)to_number(line + strlen("oom_kill "), ret);
	}
	return 0;
}

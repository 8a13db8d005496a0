/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/stats_json.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"

/* ---- the parts of JSON ---------------------------------------------------------------------- */

static void comma(struct str *out)
{
	const char last = out->len ? out->text[out->len - 1] : '{';

	if (last != '{' && last != '[')
		str_add(out, ",");
}

static void key(struct str *out, const char *name)
{
	comma(out);
	json_quote(out, name);
	str_add(out, ":");
}

static void begin(struct str *out, const char *name)
{
	key(out, name);
	str_add(out, "{");
}

static void end(struct str *out)
{
	str_add(out, "}");
}

static void number(struct str *out, const char *name, uint64_t val)
{
	key(out, name);
	str_printf(out, "%" PRIu64, val);
}

static void number_unless_0(struct str *out, const char *name, uint64_t val)
{
	if (val)
		number(out, name, val);
}

static void hundredths(struct str *out, const char *name, unsigned val)
{
	key(out, name);
	str_printf(out, "%u.%02u", val / 100, val % 100);
}

/* ---- what several members have ------------------------------------------------------ */

static void stall(struct str *out, const char *name, const struct cgroup_stall *s)
{
	begin(out, name);
	hundredths(out, "avg10", s->avg10);
	hundredths(out, "avg60", s->avg60);
	hundredths(out, "avg300", s->avg300);
	number(out, "total", s->total);
	end(out);
}

static void pressure(struct str *out, const struct cgroup_pressure *p)
{
	if (!p->known)
		return;
	begin(out, "psi");
	stall(out, "some", &p->some);
	stall(out, "full", &p->full);
	end(out);
}

static void amount(struct str *out, const char *name, const struct cgroup_amount *a)
{
	begin(out, name);
	number(out, "limit", a->limit);
	number_unless_0(out, "usage", a->usage);
	number_unless_0(out, "max", a->peak);
	number(out, "failcnt", a->failures);
	end(out);
}

/* ---- the members of data
 * ---------------------------------------------------------------------------
 */

static void cpu(struct str *out, const struct cgroup_stats *s)
{
	begin(out, "cpu");
	begin(out, "usage");
	number_unless_0(out, "total", s->cpu.total);
	number(out, "kernel", s->cpu.kernel);
	number(out, "user", s->cpu.user);
	end(out);
	begin(out, "throttling");
	number_unless_0(out, "periods", s->cpu.periods);
	number_unless_0(out, "throttledPeriods", s->cpu.throttled);
	number_unless_0(out, "throttledTime", s->cpu.throttled_time);
	end(out);
	pressure(out, &s->cpu.pressure);
	end(out);
}

/* Of v1 alone. */
static void cpuset(struct str *out)
{
	static const char *const flags[] = {
		"cpu_exclusive",   "mem_hardwall",       "mem_exclusive",
		"memory_migrate",  "memory_spread_page", "memory_spread_slab",
		"memory_pressure", "sched_load_balance", "sched_relax_domain_level",
	};

	begin(out, "cpuset");
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		number(out, flags[i], 0);
	end(out);
}

/* v1 counted memory and swap together. Two peaks were not at the same time: they have no sum. */
static struct cgroup_amount with_swap(const struct cgroup_stats *s)
{
	const struct cgroup_amount *ram = &s->memory.ram, *swap = &s->memory.swap;
	struct cgroup_amount both = { .usage = ram->usage + swap->usage, .limit = UINT64_MAX };

	if (ram->limit != UINT64_MAX && swap->limit != UINT64_MAX)
		both.limit = ram->limit + swap->limit;
	return both;
}

static void raw(struct str *out, const struct cgroup_stats *s)
{
	begin(out, "raw");
	for (size_t i = 0; i < s->memory.raw.n; i++)
		number(out, s->memory.raw.v[i].key, s->memory.raw.v[i].val);
	end(out);
}

static uint64_t cached(const struct cgroup_stats *s)
{
	for (size_t i = 0; i < s->memory.raw.n; i++)
		if (strcmp(s->memory.raw.v[i].key, "file") == 0)
			return s->memory.raw.v[i].val;
	return 0;
}

static void memory(struct str *out, const struct cgroup_stats *s)
{
	static const struct cgroup_amount none = { 0 };
	const struct cgroup_amount both = with_swap(s);

	begin(out, "memory");
	number_unless_0(out, "cache", cached(s));
	amount(out, "usage", &s->memory.ram);
	amount(out, "swap", &both);
	amount(out, "kernel", &none);
	amount(out, "kernelTCP", &none);
	if (s->memory.raw.n)
		raw(out, s);
	pressure(out, &s->memory.pressure);
	end(out);
}

static void pids(struct str *out, const struct cgroup_stats *s)
{
	begin(out, "pids");
	number_unless_0(out, "current", s->pids.current);
	number_unless_0(out, "limit", s->pids.limit);
	end(out);
}

static void device_counts(struct str *out, const char *name,
			  const struct cgroup_device_counts *list)
{
	if (!list->n)
		return;
	key(out, name);
	str_add(out, "[");
	for (size_t i = 0; i < list->n; i++) {
		const struct cgroup_device_count *c = &list->v[i];

		comma(out);
		str_add(out, "{");
		number_unless_0(out, "major", c->major);
		number_unless_0(out, "minor", c->minor);
		key(out, "op");
		json_quote(out, c->what);
		number_unless_0(out, "value", c->val);
		end(out);
	}
	str_add(out, "]");
}

static void blkio(struct str *out, const struct cgroup_stats *s)
{
	begin(out, "blkio");
	device_counts(out, "ioServiceBytesRecursive", &s->io.bytes);
	device_counts(out, "ioServicedRecursive", &s->io.operations);
	pressure(out, &s->io.pressure);
	end(out);
}

static void hugetlb(struct str *out, const struct cgroup_stats *s)
{
	begin(out, "hugetlb");
	for (size_t i = 0; i < s->hugetlb.n; i++) {
		begin(out, s->hugetlb.v[i].size);
		number_unless_0(out, "usage", s->hugetlb.v[i].usage);
		number(out, "failcnt", s->hugetlb.v[i].failures);
		end(out);
	}
	end(out);
}

int stats_json(struct str *out, const char *id, const struct cgroup_stats *s)
{
	str_add(out, "{\"type\":\"stats\",\"id\":");
	json_quote(out, id);
	begin(out, "data");
	cpu(out, s);
	cpuset(out);
	memory(out, s);
	pids(out, s);
	blkio(out, s);
	hugetlb(out, s);
	begin(out, "intel_rdt");
	end(out);
	key(out, "network_interfaces");
	str_add(out, "null}}");
	return str_ok(out);
}

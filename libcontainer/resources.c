/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/resources.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

/* ---- single limits --------------------------------------------------------------------------- */

enum kind {
	NUMBER, /* may be negative */
	BYTES,  /* the same, or with k, m, g, t */
	TEXT,
};

struct single {
	const char *group, *key; /* their place in linux.resources */
	enum kind kind;
	size_t offset; /* in struct warren_update */
};

/* The members of a group stand together. */
/* clang-format off */
#define AT(member) offsetof(struct warren_update, member)
static const struct single singles[] = {
	{ "memory",  "limit",           BYTES,  AT(memory) },
	{ "memory",  "reservation",     BYTES,  AT(memory_reservation) },
	{ "memory",  "swap",            BYTES,  AT(memory_swap) },
	{ "cpu",     "shares",          NUMBER, AT(cpu_shares) },
	{ "cpu",     "quota",           NUMBER, AT(cpu_quota) },
	{ "cpu",     "burst",           NUMBER, AT(cpu_burst) },
	{ "cpu",     "period",          NUMBER, AT(cpu_period) },
	{ "cpu",     "realtimeRuntime", NUMBER, AT(cpu_rt_runtime) },
	{ "cpu",     "realtimePeriod",  NUMBER, AT(cpu_rt_period) },
	{ "cpu",     "idle",            NUMBER, AT(cpu_idle) },
	{ "cpu",     "cpus",            TEXT,   AT(cpuset_cpus) },
	{ "cpu",     "mems",            TEXT,   AT(cpuset_mems) },
	{ "pids",    "limit",           NUMBER, AT(pids_limit) },
	{ "blockIO", "weight",          NUMBER, AT(blkio_weight) },
};
#undef AT
/* clang-format on */

/* "", "b", "k", "kb", "kib" and so on, in either case: the power of 1024, or -1. */
static int unit_of(const char *text)
{
	static const char units[] = "bkmgt";
	const char *unit = strchr(units, *text | 0x20);

	if (!*text)
		return 0;
	if (!unit || !*unit)
		return -1;
	if (!text[1] || strcasecmp(text + 1, "b") == 0 || strcasecmp(text + 1, "ib") == 0)
		return text[1] && unit == units ? -1 : (int)(unit - units);
	return -1;
}

/* Returns 0 or -EINVAL. */
static int to_number(const char *text, enum kind kind, bool *ret_negative, unsigned long long *ret)
{
	const char *digits = text + (*text == '-');
	const size_t n = strspn(digits, "0123456789");
	const int unit = kind == BYTES ? unit_of(digits + n) : digits[n] ? -1 : 0;
	char number[24];
	unsigned long long val;

	if (n >= sizeof(number) || unit < 0)
		return -EINVAL;
	memcpy(number, digits, n);
	number[n] = '\0';
	if (str_to_u64(number, UINT64_MAX >> 10 * unit, &val) < 0)
		return -EINVAL;
	*ret_negative = *text == '-' && val != 0;
	*ret = val << 10 * unit;
	return 0;
}

static int add_single(struct str *out, const struct single *s, const char *text, struct error *err)
{
	unsigned long long val;
	bool negative;

	str_printf(out, "\"%s\":", s->key);
	if (s->kind == TEXT) {
		json_quote(out, text);
		return 0;
	}
	if (to_number(text, s->kind, &negative, &val) < 0)
		return error_set(err, EINVAL, "%s.%s: expected %s, got \"%.64s\"", s->group, s->key,
				 s->kind == BYTES ? "bytes, a size like 512m, or -1" : "a number",
				 text);
	str_printf(out, "%s%llu", negative ? "-" : "", val);
	return 0;
}

/* As JSON: so there is one reader, and types and ranges are checked in one place. */
static int add_singles(struct str *out, const struct warren_update *args, struct error *err)
{
	const char *group = "";

	str_add(out, "{");
	for (size_t i = 0; i < sizeof(singles) / sizeof(*singles); i++) {
		const struct single *s = &singles[i];
		const char *text;
		int r;

		memcpy(&text, (const char *)args + s->offset, sizeof(text));
		if (!text || !*text)
			continue;
		if (strcmp(group, s->group) != 0)
			str_printf(out, "%s\"%s\":{", *group ? "}," : "", s->group);
		else
			str_add(out, ",");
		group = s->group;
		r = add_single(out, s, text, err);
		if (r < 0)
			return r;
	}
	str_add(out, *group ? "}}" : "}");
	return str_ok(out) < 0 ? error_sys(err, ENOMEM, "update") : 0;
}

int resources_given(struct arena *a, const struct warren_update *args, struct spec_resources **ret,
		    struct error *err)
{
	cleanup_str struct str text = { 0 };
	const char *name = args->resources_name ? args->resources_name : "resources";
	int r = 0;

	if (args->resources)
		str_add(&text, args->resources);
	else
		r = add_singles(&text, args, err);
	if (r >= 0 && str_ok(&text) < 0)
		r = error_sys(err, ENOMEM, "update");
	if (r >= 0)
		r = spec_parse_resources(a, name, text.len ? text.text : "", text.len, ret, err);
	if (r < 0)
		return r;
	(*ret)->devices.n = 0;
	(*ret)->devices.v = NULL;
	return 0;
}

/* ---- lists
 * ----------------------------------------------------------------------------------------
 */

/* Both begin with a name, or with a device's two numbers. */
static bool same_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b) == 0;
}

static bool same_device(const void *a, const void *b)
{
	return memcmp(a, b, 2 * sizeof(int64_t)) == 0;
}

struct list {
	size_t n;
	const void *v;
};

/* Old elements, each replaced by its namesake in given, then the new ones. NULL: no memory. */
static void *merge_list(struct arena *a, struct list old, struct list given, size_t size,
			bool (*same)(const void *a, const void *b), size_t *ret_n)
{
	char *all = arena_array(a, old.n + given.n + 1, size);
	size_t n = old.n;

	if (!all)
		return NULL;
	if (old.n)
		memcpy(all, old.v, old.n * size);
	for (size_t i = 0; i < given.n; i++) {
		const char *from = (const char *)given.v + i * size;
		size_t at = 0;

		while (at < n && !same(all + at * size, from))
			at++;
		memcpy(all + at * size, from, size);
		n += at == n;
	}
	*ret_n = n;
	return all;
}

/* clang-format off */
#define MERGE(member, same) do {                                                           \
	const struct list was = { old->member.n, old->member.v };                          \
	const struct list now = { given->member.n, given->member.v };                      \
	if (now.n && !(all->member.v = merge_list(a, was, now, sizeof(*all->member.v),     \
						  same, &all->member.n)))                  \
		return -ENOMEM;                                                            \
} while (0)
/* clang-format on */

static int merge_lists(struct arena *a, const struct spec_resources *old,
		       const struct spec_resources *given, struct spec_resources *all)
{
	MERGE(blockIO.weightDevice, same_device);
	MERGE(blockIO.throttleReadBpsDevice, same_device);
	MERGE(blockIO.throttleWriteBpsDevice, same_device);
	MERGE(blockIO.throttleReadIOPSDevice, same_device);
	MERGE(blockIO.throttleWriteIOPSDevice, same_device);
	MERGE(hugepageLimits, same_name);
	MERGE(rdma, same_name);
	MERGE(unified, same_name);
	return 0;
}
#undef MERGE

/* ---- values
 * ------------------------------------------------------------------------------------------
 */

/* memory and swap of 0 are not set. */
static void merge_memory(const struct spec_memory *given, struct spec_memory *all)
{
	if (given->limit.val)
		all->limit = given->limit;
	if (given->reservation.val)
		all->reservation = given->reservation;
	if (given->swap.val)
		all->swap = given->swap;
	else if (given->limit.val == -1)
		all->swap = given->limit; /* a limit on both would have no meaning left */
	all->checkBeforeUpdate |= given->checkBeforeUpdate;
}

static void merge_cpu(const struct spec_cpu *given, struct spec_cpu *all)
{
	if (given->shares.val)
		all->shares = given->shares;
	if (given->period.val)
		all->period = given->period;
	if (given->quota.set)
		all->quota = given->quota;
	if (given->burst.set)
		all->burst = given->burst;
	if (given->idle.set)
		all->idle = given->idle;
	if (given->cpus && *given->cpus)
		all->cpus = given->cpus;
	if (given->mems && *given->mems)
		all->mems = given->mems;
}

/* given, completed by what its values are written together with. */
static void complete(struct spec_resources *change, const struct spec_resources *all)
{
	struct spec_memory *m = &change->memory;
	struct spec_cpu *c = &change->cpu;

	if (m->limit.val || m->swap.val) {
		m->limit = all->memory.limit;
		m->swap = all->memory.swap;
	}
	m->checkBeforeUpdate = all->memory.checkBeforeUpdate;
	/* an idle group takes no weight, and has to get it back when it no longer is */
	if (c->shares.val || c->idle.set) {
		c->shares = all->cpu.shares;
		c->idle = all->cpu.idle;
	}
	/* a period without a quota may never have been written */
	if (c->quota.set)
		c->period = all->cpu.period;
}

int resources_merge(struct arena *a, const struct spec_resources *old,
		    const struct spec_resources *given, struct spec_resources *ret_all,
		    struct spec_resources *ret_change)
{
	int r;

	*ret_all = *old;
	merge_memory(&given->memory, &ret_all->memory);
	merge_cpu(&given->cpu, &ret_all->cpu);
	if (given->pids && given->pids->limit.set)
		ret_all->pids = given->pids;
	if (given->blockIO.weight.val)
		ret_all->blockIO.weight = given->blockIO.weight;
	r = merge_lists(a, old, given, ret_all);
	*ret_change = *given;
	complete(ret_change, ret_all);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "spec/number_list.h"
#include "spec/rules.h"

/* Of cpu.max, in microseconds. */
#define MIN_CPU_TIME 1000
#define MAX_CPU_PERIOD 1000000

/* ---- devices ----------------------------------------------------------------- */

static int check_device_rule(const struct spec_device_rule *d, const char *at, size_t i,
			     struct error *err)
{
	if (rule_given(d->type) && (strlen(d->type) != 1 || !strchr("abc", *d->type)))
		return BAD(err, "%sdevices[%zu].type: expected a, b or c, got \"%s\"", at, i,
			   d->type);
	if (!rule_given(d->access))
		return BAD(err, "%sdevices[%zu].access: device access cannot be empty", at, i);
	if (d->access[strspn(d->access, "rwm")])
		return BAD(err, "%sdevices[%zu].access: expected some of rwm, got \"%s\"", at, i,
			   d->access);
	/* The numbers are 32 bits wide where they are compared. */
	if (d->major.set && (d->major.val < -1 || d->major.val > UINT32_MAX))
		return BAD(err, "%sdevices[%zu].major: is no number of a device", at, i);
	if (d->minor.set && (d->minor.val < -1 || d->minor.val > UINT32_MAX))
		return BAD(err, "%sdevices[%zu].minor: is no number of a device", at, i);
	return 0;
}

static int check_device_rules(const struct spec_resources *res, const char *at, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < res->devices.n; i++)
		r = check_device_rule(&res->devices.v[i], at, i, err);
	return r;
}

/* ---- memory, processes, processors ------------------------------------------- */

static int check_memory(const struct spec_resources *res, const char *at, struct error *err)
{
	const struct spec_memory *m = &res->memory;
	const struct {
		const char *name;
		struct opt_i64 value;
	} limits[] = {
		{ "limit", m->limit },   { "reservation", m->reservation }, { "swap", m->swap },
		{ "kernel", m->kernel }, { "kernelTCP", m->kernelTCP },
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		if (limits[i].value.set && limits[i].value.val < -1)
			return BAD(err, "%smemory.%s: %" PRId64 " is below -1 (no limit)", at,
				   limits[i].name, limits[i].value.val);
	if (m->swappiness.set && m->swappiness.val > 100)
		return BAD(err, "%smemory.swappiness: %" PRIu64 " is not in 0..100", at,
			   m->swappiness.val);
	return 0;
}

static int check_cpu_set(const char *text, unsigned long long max, const char *at, const char *name,
			 struct error *err)
{
	if (rule_given(text) && !spec_number_list_valid(text, max))
		return BAD(err, "%scpu.%s: \"%s\" is not a list like 0-3,7", at, name, text);
	return 0;
}

static int check_cpu(const struct spec_resources *res, const char *at, struct error *err)
{
	const struct spec_cpu *c = &res->cpu;
	int r;

	if (c->period.set && c->period.val &&
	    (c->period.val < MIN_CPU_TIME || c->period.val > MAX_CPU_PERIOD))
		return BAD(err, "%scpu.period: %" PRIu64 " is not in %d..%d", at, c->period.val,
			   MIN_CPU_TIME, MAX_CPU_PERIOD);
	if (c->quota.set && c->quota.val > 0 && c->quota.val < MIN_CPU_TIME)
		return BAD(err, "%scpu.quota: %" PRId64 " is below %d", at, c->quota.val,
			   MIN_CPU_TIME);
	if (c->idle.set && c->idle.val != 0 && c->idle.val != 1)
		return BAD(err, "%scpu.idle: %" PRId64 " is neither 0 nor 1", at, c->idle.val);
	r = check_cpu_set(c->cpus, SPEC_MAX_CPU, at, "cpus", err);
	return r < 0 ? r : check_cpu_set(c->mems, SPEC_MAX_NODE, at, "mems", err);
}

/* ---- block devices ----------------------------------------------------------- */

static int check_weight(struct opt_u16 weight, const char *at, const char *name, struct error *err)
{
	if (weight.set && weight.val && (weight.val < 10 || weight.val > 1000))
		return BAD(err, "%sblockIO.%s: %u is not in 10..1000", at, name, weight.val);
	return 0;
}

static int check_number(int64_t major, int64_t minor, const char *at, const char *list, size_t i,
			struct error *err)
{
	if (major < 0 || major > UINT32_MAX || minor < 0 || minor > UINT32_MAX)
		return BAD(err,
			   "%sblockIO.%s[%zu]: %" PRId64 ":%" PRId64 " is no number of a device",
			   at, list, i, major, minor);
	return 0;
}

static int check_throttles(const struct spec_throttles *all, const char *at, const char *list,
			   struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < all->n; i++)
		r = check_number(all->v[i].major, all->v[i].minor, at, list, i, err);
	return r;
}

static int check_block_io(const struct spec_resources *res, const char *at, struct error *err)
{
	const struct spec_block_io *b = &res->blockIO;
	int r = check_weight(b->weight, at, "weight", err);

	if (r == 0)
		r = check_weight(b->leafWeight, at, "leafWeight", err);
	for (size_t i = 0; r == 0 && i < b->weightDevice.n; i++) {
		const struct spec_weight *w = &b->weightDevice.v[i];

		r = check_number(w->major, w->minor, at, "weightDevice", i, err);
		if (r == 0)
			r = check_weight(w->weight, at, "weightDevice", err);
	}
	if (r == 0)
		r = check_throttles(&b->throttleReadBpsDevice, at, "throttleReadBpsDevice", err);
	if (r == 0)
		r = check_throttles(&b->throttleWriteBpsDevice, at, "throttleWriteBpsDevice", err);
	if (r == 0)
		r = check_throttles(&b->throttleReadIOPSDevice, at, "throttleReadIOPSDevice", err);
	if (r == 0)
		r = check_throttles(&b->throttleWriteIOPSDevice, at, "throttleWriteIOPSDevice",
				    err);
	return r;
}

/* ---- the others -------------------------------------------------------------- */

/* [1-9][0-9]*(K|M|G)B, the end of a file's name: hugetlb.2MB.max. */
static bool is_page_size(const char *s)
{
	const size_t digits = strspn(s, "0123456789");

	return digits > 0 && *s != '0' && s[digits] && strchr("KMG", s[digits]) &&
	       strcmp(s + digits + 1, "B") == 0;
}

static int check_hugepages(const struct spec_resources *res, const char *at, struct error *err)
{
	for (size_t i = 0; i < res->hugepageLimits.n; i++)
		if (!is_page_size(res->hugepageLimits.v[i].pageSize))
			return BAD(err,
				   "%shugepageLimits[%zu].pageSize: expected a size like \"2MB\", "
				   "got \"%s\"",
				   at, i, res->hugepageLimits.v[i].pageSize);
	return 0;
}

/* The key is the name of a file in the guest's cgroup: a limit, not a lever on processes. */
static bool is_unified_key(const char *key)
{
	static const char *const levers[] = {
		"cgroup.procs",  "cgroup.threads", "cgroup.kill",
		"cgroup.freeze", "cgroup.type",    "cgroup.subtree_control",
	};
	const char *dot = strchr(key, '.');

	if (!dot || dot == key || !dot[1] || strchr(key, '/'))
		return false;
	for (size_t i = 0; i < sizeof(levers) / sizeof(*levers); i++)
		if (strcmp(key, levers[i]) == 0)
			return false;
	return true;
}

static int check_unified(const struct spec_resources *res, const char *at, struct error *err)
{
	for (size_t i = 0; i < res->unified.n; i++)
		if (!is_unified_key(res->unified.v[i].key))
			return BAD(
				err,
				"%sunified: \"%s\" is not a limit of the form controller.parameter",
				at, res->unified.v[i].key);
	return 0;
}

int rule_resources(const struct spec_resources *res, const char *at, struct error *err)
{
	static int (*const rules[])(const struct spec_resources *res, const char *at,
				    struct error *err) = {
		check_device_rules, check_memory,    check_cpu,
		check_block_io,     check_hugepages, check_unified,
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		int r = rules[i](res, at, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int rule_resource_pairs(const struct spec_resources *res, const char *at, struct error *err)
{
	const struct spec_memory *m = &res->memory;
	const struct spec_cpu *c = &res->cpu;
	const bool limited = m->limit.set && m->limit.val > 0;

	/* swap counts memory and swap together; 0 and -1 need no limit. */
	if (m->swap.set && m->swap.val > 0 && !limited)
		return BAD(err, "%smemory.swap: needs %smemory.limit", at, at);
	if (m->swap.set && m->swap.val > 0 && m->swap.val < m->limit.val)
		return BAD(err,
			   "%smemory.swap: %" PRId64 " is below memory.limit, which it includes",
			   at, m->swap.val);
	if (c->burst.set && c->quota.set && c->quota.val > 0 &&
	    c->burst.val > (uint64_t)c->quota.val)
		return BAD(err, "%scpu.burst: %" PRIu64 " is above cpu.quota", at, c->burst.val);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What linux.resources may say, found before anything is created. */

#define WEIGHT_MIN 10
#define WEIGHT_MAX 1000
#define PERIOD_MIN 1000
#define PERIOD_MAX 1000000
#define QUOTA_MIN 1000
#define MAJOR_MAX 0xfff
#define MINOR_MAX 0xfffff

/* ---- memory -------------------------------------------------------------------------------- */

static int check_amount(const char *key, const struct opt_i64 *v, struct error *err)
{
	if (v->val >= -1)
		return 0;
	return error_set(err, EINVAL,
			 "linux.resources.memory.%s: %lld is out of range: -1 (unlimited) or more",
			 key, (long long)v->val);
}

/* Limits that only v1 knows. 0 and -1 limit nothing and pass. */
static int check_v1_memory(const struct spec_memory *m, struct error *err)
{
	const struct {
		const char *key;
		bool asked;
	} v1[] = {
		{ "kernel", m->kernel.val > 0 },
		{ "kernelTCP", m->kernelTCP.val > 0 },
		/* -1 as an unsigned number: callers of v1 wrote "unset" so */
		{ "swappiness", m->swappiness.set && m->swappiness.val != UINT64_MAX },
		{ "disableOOMKiller", m->disableOOMKiller },
	};

	for (size_t i = 0; i < sizeof(v1) / sizeof(*v1); i++) {
		if (v1[i].asked)
			return error_set(
				err, EOPNOTSUPP,
				"linux.resources.memory.%s: cgroup v2 has no such setting: "
				"remove it",
				v1[i].key);
	}
	return 0;
}

static int check_memory(const struct spec_memory *m, struct error *err)
{
	int r = check_amount("limit", &m->limit, err);

	if (r >= 0)
		r = check_amount("reservation", &m->reservation, err);
	if (r >= 0)
		r = check_amount("swap", &m->swap, err);
	if (r >= 0)
		r = check_amount("kernel", &m->kernel, err);
	if (r >= 0)
		r = check_amount("kernelTCP", &m->kernelTCP, err);
	if (r >= 0)
		r = check_v1_memory(m, err);
	if (r < 0 || m->swap.val <= 0)
		return r;
	if (m->limit.val <= 0)
		return error_set(err, EINVAL,
				 "linux.resources.memory.swap: unable to set swap limit without "
				 "memory limit: set linux.resources.memory.limit as well");
	if (m->swap.val < m->limit.val)
		return error_set(
			err, EINVAL,
			"linux.resources.memory.swap: memory+swap limit should be >= memory "
			"limit: %lld < %lld",
			(long long)m->swap.val, (long long)m->limit.val);
	return 0;
}

/* ---- cpu ------------------------------------------------------------------------------------- */

/* The kernel reads the list; this keeps out what is none, such as a second line. */
static int check_list(const char *key, const char *list, struct error *err)
{
	if (!list || list[strspn(list, "0123456789,-:/ ")] == '\0')
		return 0;
	return error_set(err, EINVAL, "linux.resources.cpu.%s: \"%.100s\" is not a list like 0-3,8",
			 key, list);
}

static int check_cpu_time(const struct spec_cpu *cpu, struct error *err)
{
	if (cpu->realtimeRuntime.val > 0 || cpu->realtimePeriod.val > 0)
		return error_set(
			err, EOPNOTSUPP,
			"linux.resources.cpu.%s: cgroup v2 has no real-time limits: remove "
			"it",
			cpu->realtimeRuntime.val > 0 ? "realtimeRuntime" : "realtimePeriod");
	if (cpu->period.val && (cpu->period.val < PERIOD_MIN || cpu->period.val > PERIOD_MAX))
		return error_set(err, EINVAL,
				 "linux.resources.cpu.period: %llu is out of range: %d to %d "
				 "microseconds",
				 (unsigned long long)cpu->period.val, PERIOD_MIN, PERIOD_MAX);
	if (cpu->quota.val > 0 && cpu->quota.val < QUOTA_MIN)
		return error_set(err, EINVAL,
				 "linux.resources.cpu.quota: %lld is out of range: at least %d "
				 "microseconds, or -1 for none",
				 (long long)cpu->quota.val, QUOTA_MIN);
	if (cpu->burst.val > INT64_MAX ||
	    (cpu->quota.val > 0 && cpu->burst.val > (uint64_t)cpu->quota.val))
		return error_set(err, EINVAL,
				 "linux.resources.cpu.burst: %llu is greater than the quota",
				 (unsigned long long)cpu->burst.val);
	return 0;
}

static int check_cpu(const struct spec_cpu *cpu, struct error *err)
{
	int r = check_cpu_time(cpu, err);

	if (r >= 0 && cpu->idle.set && cpu->idle.val != 0 && cpu->idle.val != 1)
		r = error_set(err, EINVAL, "linux.resources.cpu.idle: %lld is neither 0 nor 1",
			      (long long)cpu->idle.val);
	if (r >= 0)
		r = check_list("cpus", cpu->cpus, err);
	if (r >= 0)
		r = check_list("mems", cpu->mems, err);
	return r;
}

/* ---- blockIO ------------------------------------------------------------------------ */

static int check_device(const char *list, size_t i, int64_t major, int64_t minor, struct error *err)
{
	if (major >= 0 && major <= MAJOR_MAX && minor >= 0 && minor <= MINOR_MAX)
		return 0;
	return error_set(err, EINVAL,
			 "linux.resources.blockIO.%s[%zu]: %lld:%lld is not a device number", list,
			 i, (long long)major, (long long)minor);
}

static int check_weights(const char *where, unsigned weight, unsigned leaf, struct error *err)
{
	if (weight && (weight < WEIGHT_MIN || weight > WEIGHT_MAX))
		return error_set(err, ERANGE,
				 "linux.resources.blockIO.%sweight: %u is out of range: %d to %d",
				 where, weight, WEIGHT_MIN, WEIGHT_MAX);
	if (leaf)
		return error_set(err, EOPNOTSUPP,
				 "linux.resources.blockIO.%sleafWeight: cgroup v2 has no such "
				 "setting: remove it",
				 where);
	return 0;
}

static int check_throttles(const char *list, const struct spec_throttles *t, struct error *err)
{
	for (size_t i = 0; i < t->n; i++) {
		int r = check_device(list, i, t->v[i].major, t->v[i].minor, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int check_io(const struct spec_block_io *io, struct error *err)
{
	int r = check_weights("", io->weight.val, io->leafWeight.val, err);

	for (size_t i = 0; r >= 0 && i < io->weightDevice.n; i++) {
		const struct spec_weight *w = &io->weightDevice.v[i];
		char where[48];

		snprintf(where, sizeof(where), "weightDevice[%zu].", i);
		r = check_device("weightDevice", i, w->major, w->minor, err);
		if (r >= 0)
			r = check_weights(where, w->weight.val, w->leafWeight.val, err);
	}
	if (r >= 0)
		r = check_throttles("throttleReadBpsDevice", &io->throttleReadBpsDevice, err);
	if (r >= 0)
		r = check_throttles("throttleWriteBpsDevice", &io->throttleWriteBpsDevice, err);
	if (r >= 0)
		r = check_throttles("throttleReadIOPSDevice", &io->throttleReadIOPSDevice, err);
	if (r >= 0)
		r = check_throttles("throttleWriteIOPSDevice", &io->throttleWriteIOPSDevice, err);
	return r;
}

/* ---- names that become file names or lines ------------------------------------------ */

/* [1-9][0-9]*(K|M|G)B */
static bool is_page_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return digits > 0 && digits < 20 && *s != '0' && s[digits] && strchr("KMG", s[digits]) &&
	       strcmp(s + digits + 1, "B") == 0;
}

static int check_hugepages(const struct spec_resources *res, struct error *err)
{
	for (size_t i = 0; i < res->hugepageLimits.n; i++) {
		const char *size = res->hugepageLimits.v[i].pageSize;

		if (!is_page_size(size))
			return error_set(
				err, EINVAL,
				"linux.resources.hugepageLimits[%zu].pageSize: \"%.64s\" is "
				"not a size like 64KB, 2MB or 1GB",
				i, size);
	}
	return 0;
}

static int check_rdma(const struct spec_resources *res, struct error *err)
{
	for (size_t i = 0; i < res->rdma.n; i++) {
		const char *key = res->rdma.v[i].key;

		if (!*key || strlen(key) > 64 || strpbrk(key, " \t\n"))
			return error_set(err, EINVAL,
					 "linux.resources.rdma: \"%.100s\" is not the name of a "
					 "device",
					 key);
	}
	return 0;
}

/* Files that start, stop, move or shape instead of limit: the runtime's, not the guest's. */
static bool is_reserved(const char *key)
{
	static const char *const reserved[] = {
		"cgroup.procs", "cgroup.threads", "cgroup.freeze",
		"cgroup.kill",  "cgroup.type",    "cgroup.subtree_control",
	};

	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++) {
		if (strcmp(key, reserved[i]) == 0)
			return true;
	}
	return false;
}

static int check_unified(const struct spec_resources *res, struct error *err)
{
	for (size_t i = 0; i < res->unified.n; i++) {
		const char *key = res->unified.v[i].key;
		const char *dot = strchr(key, '.');

		if (strchr(key, '/'))
			return error_set(
				err, EINVAL,
				"linux.resources.unified: \"%.100s\" must be a file name (no "
				"slashes)",
				key);
		if (!dot || dot == key || !dot[1] || strlen(key) > 100)
			return error_set(err, EINVAL,
					 "linux.resources.unified: \"%.100s\" must be in the form "
					 "CONTROLLER.PARAMETER",
					 key);
		if (is_reserved(key))
			return error_set(err, EINVAL,
					 "linux.resources.unified: \"%.100s\" is not a limit, it "
					 "belongs to the runtime: remove it",
					 key);
	}
	return 0;
}

/* ---- devices
 * --------------------------------------------------------------------------------------- */

static int check_rule(size_t i, const struct spec_device_rule *rule, struct error *err)
{
	const char *type = rule->type ? rule->type : "", *access = rule->access ? rule->access : "";
	const struct {
		const char *key;
		int64_t val;
		int max;
	} number[] = {
		{ "major", rule->major.val, MAJOR_MAX },
		{ "minor", rule->minor.val, MINOR_MAX },
	};

	if (*type && (type[1] || !strchr("abc", *type)))
		return error_set(
			err, EINVAL,
			"linux.resources.devices[%zu].type: \"%.20s\" is none of a, b and c", i,
			type);
	if (!*access)
		return error_set(err, EINVAL,
				 "linux.resources.devices[%zu].access: device access at %zu field "
				 "cannot be empty",
				 i, i);
	if (access[strspn(access, "rwm")])
		return error_set(
			err, EINVAL,
			"linux.resources.devices[%zu].access: \"%.20s\": only r, w and m are "
			"known",
			i, access);
	for (size_t k = 0; k < 2; k++) {
		if (number[k].val < -1 || number[k].val > number[k].max)
			return error_set(
				err, EINVAL,
				"linux.resources.devices[%zu].%s: %lld is out of range: -1 "
				"(all) to %d",
				i, number[k].key, (long long)number[k].val, number[k].max);
	}
	return 0;
}

static int check_network(const struct spec_resources *res, struct error *err)
{
	if (!res->network.classID.val && !res->network.priorities.n)
		return 0;
	return error_set(err, EOPNOTSUPP,
			 "linux.resources.network: cgroup v2 has no such setting: remove it");
}

int cgroup_check(const struct spec_resources *res, struct error *err)
{
	int r = check_memory(&res->memory, err);

	if (r >= 0)
		r = check_cpu(&res->cpu, err);
	if (r >= 0)
		r = check_io(&res->blockIO, err);
	if (r >= 0)
		r = check_hugepages(res, err);
	if (r >= 0)
		r = check_rdma(res, err);
	if (r >= 0)
		r = check_network(res, err);
	if (r >= 0)
		r = check_unified(res, err);
	for (size_t i = 0; r >= 0 && i < res->devices.n; i++)
		r = check_rule(i, &res->devices.v[i], err);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SHARES_MIN 2
#define SHARES_MAX 262144
#define WEIGHT_DEFAULT 100
#define WEIGHT_MAX 10000
#define PERIOD_DEFAULT 100000

/* x >= 1. A bit of the result a round: squaring doubles the logarithm. */
static double log2_of(double x)
{
	double result = 0, bit = 1;

	while (x >= 2) {
		x /= 2;
		result += 1;
	}
	for (int i = 0; i < 53; i++) {
		x *= x;
		bit /= 2;
		if (x >= 2) {
			x /= 2;
			result += bit;
		}
	}
	return result;
}

/*
 * ceil(10^((l^2 + 125 l) / 612 - 7 / 34)), l = log2(shares): the curve that runs
 * through 2 -> 1, 1024 -> 100 and 262144 -> 10000. Written as (l - 1)(l + 126) / 612
 * those three come out exact. The smallest weight whose logarithm reaches the
 * exponent is looked for: so no power is needed, nor the mathematics library. The
 * logarithms err by 1e-14, no share but those three is nearer to a weight than 5e-10.
 */
unsigned limit_cpu_weight(uint64_t shares)
{
	unsigned low = 1, high = WEIGHT_MAX;
	double l, reach;

	if (shares <= SHARES_MIN)
		return 1;
	if (shares >= SHARES_MAX)
		return WEIGHT_MAX;
	l = log2_of((double)shares);
	reach = (l - 1) * (l + 126) / 612 * log2_of(10) - 1e-12;
	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (log2_of(middle) >= reach)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static int limit_weight(struct limit *l, const struct spec_cpu *cpu)
{
	bool idle = cpu->idle.set && cpu->idle.val == 1;
	unsigned weight;
	int r = 0;

	/* First: an idle group refuses a weight, and one made idle has none. */
	if (cpu->idle.set)
		r = limit_put_num(l, "cpu.idle", idle ? LIMIT_NEEDED : LIMIT_NOTHING, "cpu.idle",
				  idle);
	if (r < 0 || idle || !cpu->shares.val)
		return r;
	weight = limit_cpu_weight(cpu->shares.val);
	return limit_put_num(l, "cpu.shares",
			     weight == WEIGHT_DEFAULT ? LIMIT_NOTHING : LIMIT_NEEDED, "cpu.weight",
			     weight);
}

/* The quota that stands now, for a change of the period alone. */
static void current_quota(const struct limit *l, char ret[24])
{
	cleanup_str struct str text = { 0 };

	snprintf(ret, 24, "max");
	if (!l->wants && cgfile_read(l->cg->fd, "cpu.max", &text) >= 0 && text.len)
		snprintf(ret, 24, "%.*s", (int)strcspn(text.text, " \n"), text.text);
}

/* "QUOTA PERIOD"; the kernel keeps the period when only a quota is written. */
static int limit_quota(struct limit *l, const struct spec_cpu *cpu)
{
	bool limited = cpu->quota.set && cpu->quota.val > 0;
	char quota[24] = "max", value[64];

	if (!cpu->quota.set && !cpu->period.val)
		return 0;
	if (limited)
		snprintf(quota, sizeof(quota), "%lld", (long long)cpu->quota.val);
	else if (!cpu->quota.set)
		current_quota(l, quota);
	snprintf(value, sizeof(value), "%s", quota);
	if (cpu->period.val)
		snprintf(value, sizeof(value), "%s %llu", quota,
			 (unsigned long long)cpu->period.val);
	if (limited)
		return limit_put(l, "cpu.quota", LIMIT_NEEDED, "cpu.max", value);
	/* A period without a quota limits nothing now, but counts once there is one. */
	return limit_put(l, "cpu.period",
			 cpu->period.val && cpu->period.val != PERIOD_DEFAULT ? LIMIT_WELCOME
									      : LIMIT_NOTHING,
			 "cpu.max", value);
}

static int limit_burst(struct limit *l, const struct spec_cpu *cpu)
{
	if (!cpu->burst.set)
		return 0;
	return limit_put_num(l, "cpu.burst", cpu->burst.val ? LIMIT_NEEDED : LIMIT_NOTHING,
			     "cpu.max.burst", (long long)cpu->burst.val);
}

int limit_cpu(struct limit *l, const struct spec_cpu *cpu)
{
	struct error refused;
	struct limit attempt = *l;
	int burst, r;

	r = limit_weight(l, cpu);
	if (r < 0)
		return r;

	/*
	 * At every moment the kernel wants burst <= quota. A smaller burst goes before a
	 * smaller quota, a greater one after the greater quota: so one of the two fits.
	 */
	attempt.err = &refused;
	burst = limit_burst(&attempt, cpu);
	if (burst < 0 && burst != -EINVAL) {
		*l->err = refused;
		return burst;
	}
	r = limit_quota(l, cpu);
	if (r < 0)
		return r;
	return burst < 0 ? limit_burst(l, cpu) : 0;
}

int limit_cpuset(struct limit *l, const struct spec_cpu *cpu)
{
	int r = 0;

	if (cpu->cpus && *cpu->cpus)
		r = limit_put(l, "cpu.cpus", LIMIT_NEEDED, "cpuset.cpus", cpu->cpus);
	if (r >= 0 && cpu->mems && *cpu->mems)
		r = limit_put(l, "cpu.mems", LIMIT_NEEDED, "cpuset.mems", cpu->mems);
	return r;
}

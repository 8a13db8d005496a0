/* SPDX-License-Identifier: Apache-2.0 */
/* What is valid, and no kernel of ours can do. */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "spec/names.h"
#include "spec/rules.h"
#include "spec/validate.h"

/* One row: is it used, and what to say after its name. */
struct absent {
	bool used;
	const char *name, *why;
};

static const char cgroup2[] = "cgroup v2 has no such limit";

static int refuse(const struct absent *rows, size_t n, const char *at, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].used)
			return error_set(err, ENOTSUP, "%s%s: %s", at, rows[i].name, rows[i].why);
	return 0;
}

#define REFUSE(rows, at, err) refuse(rows, sizeof(rows) / sizeof(*(rows)), at, err)

/* ---- mounts ------------------------------------------------------------------ */

/* crun's way to write mappings; unknown, it would reach the file system as an option of its own. */
static int refuse_mount(const struct spec_mount *m, size_t i, struct error *err)
{
	for (size_t k = 0; k < m->options.n; k++) {
		const char *option = m->options.v[k];

		if (str_starts(option, "idmap=") || str_starts(option, "ridmap="))
			return error_set(err, ENOTSUP,
					 "mounts[%zu].options[%zu]: \"%s\" is not supported: "
					 "use uidMappings and gidMappings",
					 i, k, option);
	}
	return 0;
}

/* ---- linux.resources --------------------------------------------------------- */

/* 0 and -1 ask for nothing. */
static bool limits(struct opt_i64 value)
{
	return value.set && value.val > 0;
}

static bool has_leaf_weight(const struct spec_block_io *b)
{
	bool found = b->leafWeight.set && b->leafWeight.val;

	for (size_t i = 0; !found && i < b->weightDevice.n; i++)
		found = b->weightDevice.v[i].leafWeight.set && b->weightDevice.v[i].leafWeight.val;
	return found;
}

static int refuse_resources(const struct spec_resources *r, const char *at, struct error *err)
{
	const struct spec_memory *m = &r->memory;
	const struct spec_cpu *c = &r->cpu;
	/* clang-format off */
	const struct absent rows[] = {
		{ limits(m->kernel), "memory.kernel", cgroup2 },
		{ limits(m->kernelTCP), "memory.kernelTCP", cgroup2 },
		{ m->swappiness.set, "memory.swappiness", cgroup2 },
		{ m->disableOOMKiller, "memory.disableOOMKiller", cgroup2 },
		{ limits(c->realtimeRuntime), "cpu.realtimeRuntime", cgroup2 },
		{ c->realtimePeriod.set && c->realtimePeriod.val, "cpu.realtimePeriod", cgroup2 },
		{ has_leaf_weight(&r->blockIO), "blockIO.leafWeight", cgroup2 },
		{ r->network.classID.set && r->network.classID.val, "network.classID", cgroup2 },
		{ r->network.priorities.n > 0, "network.priorities", cgroup2 },
	};
	/* clang-format on */

	return REFUSE(rows, at, err);
}

int spec_supported(const struct spec *spec, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < spec->mounts.n; i++)
		r = refuse_mount(&spec->mounts.v[i], i, err);
	if (r == 0 && spec->linux)
		r = refuse_resources(&spec->linux->resources, "linux.resources.", err);
	return r;
}

int spec_supported_resources(const struct spec_resources *res, struct error *err)
{
	return refuse_resources(res, "", err);
}

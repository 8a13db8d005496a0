/* SPDX-License-Identifier: Apache-2.0 */
/* The file of `update --resources`, and all that is made of it before the kernel is asked. */
#include "spec/spec.c" /* its tables are what the mutations go by */

#include "base/fd.h"
#include "libcontainer/resources.h"
#include "spec/validate.h"
#include "tests/fuzz/arena.h"
#include "tests/fuzz/json.h"
#include "tests/unit/device_machine.h"

JSON_MUTATOR(&resources_class)

/* What the kernel would refuse, or run out of. */
static void check_devices(const struct spec_resources *res)
{
	cleanup_device_program struct device_program p = { 0 };
	struct error err = { 0 };

	must(worked(device_program(res, &p, &err), &err));
	must(is_sound(&p));
	for (size_t i = 0; i < res->devices.n; i++) {
		const struct spec_device_rule *rule = &res->devices.v[i];
		const char type = rule->type && *rule->type == 'b' ? 'b' : 'c';
		const int answer = ask(&p, type, BPF_DEVCG_ACC_READ, (unsigned)rule->major.val,
				       (unsigned)rule->minor.val);

		must(answer == 0 || answer == 1);
		/* the last word on reading */
		if (i + 1 == res->devices.n && rule->allow && strchr(rule->access, 'r'))
			must(answer == 1);
	}
	must(ask(&p, 'c', BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE, 1, 3) == 1);
}

/* Nothing but the controllers that there are; every one that is needed by name of a property. */
static void check_limits(const struct spec_resources *res)
{
	struct limit_wants wants;

	limit_collect(res, &wants);
	must(!((wants.needed | wants.welcome) >> LIMIT_CONTROLLERS));
	for (unsigned i = 0; i < LIMIT_CONTROLLERS; i++)
		must(!(wants.needed >> i & 1) || wants.by[i]);
	if (res->cpu.shares.set) {
		const unsigned weight = limit_cpu_weight(res->cpu.shares.val);

		must(weight >= 1 && weight <= 10000);
	}
}

/* An update that changes nothing, and one of nothing. */
static void check_merge(struct arena *a, const struct spec_resources *res)
{
	const struct spec_resources none = { 0 };
	struct spec_resources all, change;
	struct error err = { 0 };

	must(resources_merge(a, res, &none, &all, &change) == 0);
	must(resources_merge(a, &none, res, &all, &change) == 0);
	must(resources_merge(a, res, res, &all, &change) == 0);
	worked(cgroup_check(&all, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena struct arena a = { 0 };
	struct error err = { 0 };
	struct spec_resources *res;
	int r = spec_parse_resources(&a, "resources", (const char *)data, size, &res, &err);

	if (!worked(r, &err))
		return 0;
	check_merge(&a, res);
	r = spec_validate_resources(res, &err);
	if (!worked(r, &err))
		return 0;
	worked(spec_supported_resources(res, &err), &err);
	if (!worked(cgroup_check(res, &err), &err))
		return 0;
	check_limits(res);
	check_devices(res);
	return 0;
}

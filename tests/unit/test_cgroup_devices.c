/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdint.h>

#include "tests/unit/cgroup_tree.h"
#include "tests/unit/check.h"
#include "tests/unit/device_machine.h"

/*
 * The filter is run here, on a machine of a few lines, against what the rules
 * mean when they are read one by one. Only the last test needs the kernel.
 */

/* ---- single questions ----------------------------------------------------------------------- */

#define M BPF_DEVCG_ACC_MKNOD
#define R BPF_DEVCG_ACC_READ
#define W BPF_DEVCG_ACC_WRITE

#define DENY_ALL "{'allow':false,'access':'rwm'}"

/* clang-format off */
static const struct {
	const char *rules;
	char type;
	unsigned access, major, minor;
	int allowed;
} rows[] = {
	{ "", 'c', R | W, 1, 3, 1 },
	{ "", 'c', R | W, 1, 5, 1 },
	{ "", 'c', R | W, 1, 7, 1 },
	{ "", 'c', R | W, 1, 8, 1 },
	{ "", 'c', R | W, 1, 9, 1 },
	{ "", 'c', R | W, 5, 0, 1 },
	{ "", 'c', R | W, 5, 1, 1 },
	{ "", 'c', R | W, 5, 2, 1 },
	{ "", 'c', R | W, 136, 0, 1 },
	{ "", 'c', R | W, 136, 1048575, 1 },
	{ "", 'c', R | W, 10, 200, 1 },
	{ "", 'c', R, 1, 1, 0 },
	{ "", 'c', R, 1, 4, 0 },
	{ "", 'c', R, 10, 201, 0 },
	{ "", 'c', R, 137, 0, 0 },
	{ "", 'b', R, 1, 3, 0 },
	{ "", 'b', R, 136, 0, 0 },
	{ "", 'b', M, 8, 0, 1 },
	{ "", 'c', M, 1, 1, 1 },
	{ "", 'c', M | R, 1, 1, 0 },
	{ "", 'c', 0, 1, 1, 1 },
	{ DENY_ALL, 'c', R | W | M, 1, 3, 1 },
	{ DENY_ALL, 'c', R, 1, 11, 0 },
	{ "{'allow':false,'type':'c','major':1,'minor':3,'access':'rwm'}", 'c', R | W, 1, 3, 1 },
	{ "{'allow':true,'access':'rwm'}", 'b', R | W, 8, 0, 1 },
	{ DENY_ALL ",{'allow':true,'access':'rwm'}", 'b', R | W, 8, 0, 1 },
	{ "{'allow':true,'access':'rwm'}," DENY_ALL, 'b', R, 8, 0, 0 },
	{ "{'allow':true,'type':'a','access':'rwm'}," DENY_ALL, 'b', R, 8, 0, 0 },
	{ "{'allow':true,'type':'b','access':'rwm'}", 'b', R, 8, 0, 1 },
	{ "{'allow':true,'type':'b','access':'rwm'}", 'c', R, 8, 0, 0 },
	{ "{'allow':true,'type':'b','major':8,'access':'r'}", 'b', R, 8, 1, 1 },
	{ "{'allow':true,'type':'b','major':8,'access':'r'}", 'b', W, 8, 1, 0 },
	{ "{'allow':true,'type':'b','major':8,'access':'r'}", 'b', R | W, 8, 1, 0 },
	{ "{'allow':true,'type':'b','major':8,'access':'r'}", 'b', R | M, 8, 1, 1 },
	{ "{'allow':true,'type':'b','minor':1,'access':'rw'}", 'b', R, 9, 1, 1 },
	{ "{'allow':true,'type':'b','minor':1,'access':'rw'}", 'b', R, 9, 2, 0 },
	{ "{'allow':true,'type':'b','major':8,'minor':-1,'access':'r'},"
	  "{'allow':true,'type':'b','major':8,'minor':1,'access':'w'}", 'b', R | W, 8, 1, 1 },
	/* a denial of writing denies opening for both */
	{ "{'allow':true,'access':'rwm'},{'allow':false,'type':'c','major':1,'minor':11,'access':'w'}",
	  'c', R | W, 1, 11, 0 },
	{ "{'allow':true,'access':'rwm'},{'allow':false,'type':'c','major':1,'minor':11,'access':'w'}",
	  'c', R, 1, 11, 1 },
	{ "{'allow':true,'access':'rwm'},{'allow':false,'type':'c','major':1,'minor':11,'access':'w'}",
	  'c', R | W, 1, 12, 1 },
	/* numbers whose packed form has the sign bit */
	{ "{'allow':true,'type':'c','major':4095,'minor':1048575,'access':'rwm'}", 'c', R, 4095,
	  1048575, 1 },
	{ "{'allow':true,'type':'c','major':4095,'minor':1048575,'access':'rwm'}", 'c', R, 4095,
	  1048574, 0 },
	{ "{'allow':true,'type':'c','major':2048,'minor':0,'access':'rwm'}", 'c', R, 2048, 0, 1 },
};
/* clang-format on */

static const struct spec_resources *rules(struct arena *a, const char *json)
{
	char text[512];

	snprintf(text, sizeof(text), "{'devices':[%s]}", json);
	return resources(a, text);
}

static void test_rows(void)
{
	cleanup_arena struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct spec_resources *res = rules(&arena, rows[i].rules);
		struct device_program p = { 0 };
		struct error err = { 0 };
		int answer;

		CHECK(cgroup_check(res, &err) == 0 && device_program(res, &p, &err) == 0);
		CHECK(is_sound(&p));
		answer = ask(&p, rows[i].type, rows[i].access, rows[i].major, rows[i].minor);
		CHECK(answer == rows[i].allowed);
		if (answer != rows[i].allowed)
			printf("# row %zu: %s\n", i, rows[i].rules);
		device_program_free(&p);
	}
}

/* All is allowed: no program, and no bpf(2), which a rootless caller may not use. */
static void test_allow_all(void)
{
	const struct cgroup no_cgroup = CGROUP_INIT;
	cleanup_arena struct arena arena = { 0 };
	struct error err = { 0 };

	CHECK(cgroup_devices(&no_cgroup, rules(&arena, "{'allow':true,'access':'rwm'}"), &err) ==
	      0);
	CHECK(cgroup_devices(&no_cgroup, rules(&arena, DENY_ALL ",{'allow':true,'access':'mwr'}"),
			     &err) == 0);
	CHECK(err.code == 0);
}

/* ---- many rules --------------------------------------------------------------------------------
 */

static unsigned next_random(unsigned *state)
{
	*state = *state * 1103515245U + 12345U;
	return *state >> 16;
}

static struct spec_device_rule random_rule(unsigned *state)
{
	static const char *const types[] = { NULL, "a", "b", "c", "c", "b" };
	static const char *const access[] = { "rwm", "rwm", "rw", "r", "w", "m", "rm" };

	return (struct spec_device_rule){
		.allow = next_random(state) % 2,
		.type = types[next_random(state) % 6],
		.access = access[next_random(state) % 7],
		.major = { next_random(state) % 3, next_random(state) % 4 },
		.minor = { next_random(state) % 3, next_random(state) % 4 },
	};
}

static bool names(const struct spec_device_rule *rule, char type, char access, unsigned major,
		  unsigned minor)
{
	return (!rule->type || *rule->type == 'a' || *rule->type == type) &&
	       strchr(rule->access, access) && (!rule->major.set || rule->major.val == major) &&
	       (!rule->minor.set || rule->minor.val == minor);
}

/* The definition: forward, one access at a time, the last rule that names it decides. */
static bool means(const struct spec_resources *res, char type, char access, unsigned major,
		  unsigned minor)
{
	bool allowed = false;

	for (size_t i = 0; i < res->devices.n; i++) {
		if (names(&res->devices.v[i], type, access, major, minor))
			allowed = res->devices.v[i].allow;
	}
	return allowed || access == 'm' || (type == 'c' && major == 1 && minor == 3);
}

static unsigned differences(const struct spec_resources *res, const struct device_program *p)
{
	unsigned wrong = 0;

	for (unsigned q = 0; q < 2 * 8 * 4 * 4; q++) {
		char type = q & 1 ? 'b' : 'c';
		unsigned access = q >> 1 & 7, major = q >> 4 & 3, minor = q >> 6 & 3;
		bool want = (!(access & R) || means(res, type, 'r', major, minor)) &&
			    (!(access & W) || means(res, type, 'w', major, minor));

		wrong += ask(p, type, access, major, minor) != want;
	}
	return wrong;
}

static void test_random(void)
{
	struct spec_device_rule list[24];
	unsigned state = 1, wrong = 0, unsound = 0;

	for (unsigned i = 0; i < 3000; i++) {
		struct spec_resources res = { 0 };
		struct device_program p = { 0 };
		struct error err;

		res.devices.v = list;
		res.devices.n = next_random(&state) % 24;
		for (size_t k = 0; k < res.devices.n; k++)
			list[k] = random_rule(&state);
		if (device_program(&res, &p, &err) < 0)
			continue;
		wrong += differences(&res, &p) > 0;
		unsound += !is_sound(&p);
		device_program_free(&p);
	}
	CHECK(wrong == 0);
	CHECK(unsound == 0);
}

/* Longer than a run may be, with offsets that must still fit. */
static void test_long(void)
{
	static struct spec_device_rule list[1000];
	struct spec_resources res = { 0 };
	struct device_program p = { 0 };
	struct error err;

	for (unsigned i = 0; i < 1000; i++)
		list[i] = (struct spec_device_rule){
			.allow = true,
			.type = "b",
			.access = "rwm",
			.major = { true, 8 },
			.minor = { true, i },
		};
	res.devices.v = list;
	res.devices.n = 1000;
	CHECK(device_program(&res, &p, &err) == 0);
	CHECK(is_sound(&p) && p.n < 1100);
	CHECK(ask(&p, 'b', R, 8, 0) == 1 && ask(&p, 'b', R, 8, 500) == 1);
	CHECK(ask(&p, 'b', R, 8, 999) == 1 && ask(&p, 'b', R, 8, 1000) == 0);
	device_program_free(&p);
}

/* ---- the kernel
 * ---------------------------------------------------------------------------------- */

static void test_load(void)
{
	struct spec_device_rule list[24];
	unsigned state = 7, refused = 0;
	int r = 0;

	for (unsigned i = 0; i < 50 && !refused; i++) {
		struct spec_resources res = { 0 };
		struct device_program p = { 0 };
		struct error err;

		res.devices.v = list;
		res.devices.n = next_random(&state) % 24;
		for (size_t k = 0; k < res.devices.n; k++)
			list[k] = random_rule(&state);
		if (device_program(&res, &p, &err) < 0 || p.n == 0)
			continue;
		r = bpf_load_device(p.insn, p.n);
		device_program_free(&p);
		if (r == -EPERM || r == -ENOSYS) {
			printf("ok %d # SKIP loading a device program is not allowed here\n",
			       ++check_count);
			return;
		}
		refused += r < 0;
		fd_close(&r);
	}
	CHECK(refused == 0);
}

int main(void)
{
	test_rows();
	test_allow_all();
	test_random();
	test_long();
	test_load();
	return CHECK_DONE();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/stats.h"

#include "libcontainer/stats_json.h"
#include "tests/unit/cgroup_tree.h"
#include "tests/unit/check.h"

/* clang-format off */
static const struct {
	const char *file, *text;
} files[] = {
	{ "cgroup.procs", "12\n13\n14\n" },
	{ "cpu.stat", "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\ncore_sched.force_idle_usec 0\n"
		      "nr_periods 9\nnr_throttled 3\nthrottled_usec 42\n" },
	{ "cpu.pressure", "some avg10=1.50 avg60=0.07 avg300=100.00 total=123456\n"
			  "full avg10=0.00 avg60=0.00 avg300=0.10 total=7\n" },
	{ "memory.stat", "anon 11\nfile 22\nkernel 33\n" },
	{ "memory.current", "4096\n" },
	{ "memory.max", "1048576\n" },
	{ "memory.peak", "8192\n" },
	{ "memory.swap.current", "100\n" },
	{ "memory.swap.max", "1000\n" },
	{ "memory.events", "low 0\nhigh 0\nmax 5\noom 2\noom_kill 1\noom_group_kill 0\n" },
	{ "pids.current", "4\n" },
	{ "pids.max", "max\n" },
	{ "io.stat", "8:16 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=0\n8:0 \n"
		     "253:1 rbytes=18446744073709551615 wbytes=0 rios=6 wios=0 dbytes=0 dios=0 cost.usage=9\n" },
	{ "hugetlb.2MB.current", "2097152\n" },
	{ "hugetlb.2MB.events", "max 4\n" },
	{ "hugetlb.2MB.rsvd.current", "1\n" },
	{ "hugetlb.1GB.current", "0\n" },
	{ "hugetlb.1GB.max", "max\n" },
};
/* clang-format on */

static int read_stats(struct tree *t, struct arena *a, struct cgroup_stats *ret, struct error *err)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;

	cg.fd = open(t->mount.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return cgroup_stats(&cg, a, ret, err);
}

static void fill(struct tree *t)
{
	tree_open(t);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		tree_put(t, files[i].file, files[i].text);
}

static void numbers(void)
{
	cleanup_arena struct arena a = { 0 };
	cleanup_tree struct tree t;
	struct cgroup_stats s;
	struct error err = { 0 };

	fill(&t);
	CHECK(read_stats(&t, &a, &s, &err) == 0);
	CHECK(s.cpu.total == 1500000 && s.cpu.user == 1000000 && s.cpu.kernel == 500000);
	CHECK(s.cpu.periods == 9 && s.cpu.throttled == 3 && s.cpu.throttled_time == 42000);
	CHECK(s.cpu.pressure.known && !s.memory.pressure.known && !s.io.pressure.known);
	CHECK(s.cpu.pressure.some.avg10 == 150 && s.cpu.pressure.some.avg60 == 7 &&
	      s.cpu.pressure.some.avg300 == 10000 && s.cpu.pressure.some.total == 123456);
	CHECK(s.cpu.pressure.full.avg300 == 10 && s.cpu.pressure.full.total == 7);
	CHECK(s.memory.ram.usage == 4096 && s.memory.ram.limit == 1048576 &&
	      s.memory.ram.peak == 8192 && s.memory.ram.failures == 5);
	CHECK(s.memory.swap.usage == 100 && s.memory.swap.limit == 1000);
	CHECK(s.memory.raw.n == 3 && s.memory.raw.v[1].val == 22);
	CHECK_STR(s.memory.raw.v[1].key, "file");
	CHECK(s.pids.current == 4 && s.pids.limit == 0);
	CHECK(s.io.bytes.n == 6 && s.io.operations.n == 6);
	CHECK(s.io.bytes.v[0].major == 8 && s.io.bytes.v[0].minor == 16 &&
	      s.io.bytes.v[0].val == 1);
	CHECK_STR(s.io.bytes.v[2].what, "Discard");
	CHECK(s.io.bytes.v[3].major == 253 && s.io.bytes.v[3].val == UINT64_MAX);
	CHECK(s.hugetlb.n == 2);
	CHECK_STR(s.hugetlb.v[0].size, "1GB");
	CHECK(s.hugetlb.v[1].usage == 2097152 && s.hugetlb.v[1].failures == 4);
}

/* A cgroup without controllers: nothing is an error, and processes are counted by hand. */
static void nothing_there(void)
{
	cleanup_arena struct arena a = { 0 };
	cleanup_tree struct tree t;
	struct cgroup_stats s;
	struct error err = { 0 };

	tree_open(&t);
	tree_put(&t, "cgroup.procs", "12\n13\n14\n");
	tree_put(&t, "cpu.stat", "");
	CHECK(read_stats(&t, &a, &s, &err) == 0);
	CHECK(s.pids.current == 3);
	CHECK(s.cpu.total == 0 && s.memory.raw.n == 0 && s.io.bytes.n == 0 && s.hugetlb.n == 0);
}

/* What another kernel might say. */
static void odd_text(void)
{
	cleanup_arena struct arena a = { 0 };
	cleanup_tree struct tree t;
	struct cgroup_stats s;
	struct error err = { 0 };

	tree_open(&t);
	tree_put(&t, "cpu.stat", "usage_usec\nuser_usec x\nsystem_usec 7");
	tree_put(&t, "cpu.pressure", "some avg10=nan\n");
	tree_put(&t, "io.stat", "(unknown) rbytes=1\n8:0 rbytes=x wbytes=3 rbytes\n");
	tree_put(&t, "pids.current", "1\n");
	CHECK(read_stats(&t, &a, &s, &err) == 0);
	CHECK(s.cpu.total == 0 && s.cpu.user == 0 && s.cpu.kernel == 7000);
	CHECK(!s.cpu.pressure.known);
	CHECK(s.io.bytes.n == 1 && s.io.bytes.v[0].val == 3);
	tree_put(&t, "memory.current", "-1\n");
	CHECK(read_stats(&t, &a, &s, &err) < 0);
	CHECK_STR(err.text, "memory.current: \"-1\" is not a number");
}

static bool holds(const struct str *text, const char *part)
{
	const bool found = strstr(text->text, part) != NULL;

	if (!found)
		printf("# not in %s\n", text->text);
	return found;
}

/* In the schema of runc; the whole is read by a JSON parser, the parts by eye. */
static void as_json(void)
{
	cleanup_arena struct arena a = { 0 };
	cleanup_tree struct tree t;
	cleanup_str struct str out = { 0 };
	struct cgroup_stats s;
	struct error err = { 0 };
	struct json *tree;

	fill(&t);
	CHECK(read_stats(&t, &a, &s, &err) == 0);
	CHECK(stats_json(&out, "a", &s) == 0);
	CHECK(json_parse(&a, out.text, out.len, &tree, &err) == 0);
	CHECK(strchr(out.text, '\n') == NULL);
	CHECK(str_starts(out.text, "{\"type\":\"stats\",\"id\":\"a\",\"data\":{\"cpu\":{\"usage\":"
				   "{\"total\":1500000,\"kernel\":500000,\"user\":1000000},"));
	CHECK(holds(&out, "\"psi\":{\"some\":{\"avg10\":1.50,\"avg60\":0.07,\"avg300\":100.00,"
			  "\"total\":123456},\"full\":{"));
	CHECK(holds(&out, "\"memory\":{\"cache\":22,\"usage\":{\"limit\":1048576,\"usage\":4096,"
			  "\"max\":8192,\"failcnt\":5},\"swap\":{\"limit\":1049576,\"usage\":4196,"
			  "\"failcnt\":0},"));
	CHECK(holds(&out, "\"raw\":{\"anon\":11,\"file\":22,\"kernel\":33}"));
	CHECK(holds(&out, "\"pids\":{\"current\":4}"));
	CHECK(holds(&out, "\"ioServicedRecursive\":[{\"major\":8,\"minor\":16,\"op\":\"Read\","
			  "\"value\":3},"));
	CHECK(holds(&out, "\"hugetlb\":{\"1GB\":{\"failcnt\":0},\"2MB\":{\"usage\":2097152,"
			  "\"failcnt\":4}}"));
	CHECK(holds(&out, "\"intel_rdt\":{},\"network_interfaces\":null}}"));
}

/* No limit on one of the two is no limit on both, and not a number that wraps. */
static void no_limit_on_swap(void)
{
	cleanup_str struct str out = { 0 };
	struct cgroup_stats s = { .memory = { .ram = { .limit = UINT64_MAX, .usage = 1 },
					      .swap = { .limit = 5, .usage = 2 } } };

	CHECK(stats_json(&out, "a\"b", &s) == 0);
	CHECK(holds(&out, "\"id\":\"a\\\"b\""));
	CHECK(holds(&out, "\"swap\":{\"limit\":18446744073709551615,\"usage\":3,\"failcnt\":0}"));
}

static void oom(void)
{
	cleanup_tree struct tree t;
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	cleanup_fd int fd = -1;
	uint64_t kills = 9;

	tree_open(&t);
	cg.fd = open(t.mount.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(cgroup_oom_open(&cg) == -ENOENT);
	tree_put(&t, "memory.events", "oom 7\noom_kill 3\noom_group_kill 4\n");
	fd = cgroup_oom_open(&cg);
	CHECK(fd >= 0);
	CHECK(cgroup_oom_kills(fd, &kills) == 0 && kills == 3);
	tree_put(&t, "memory.events", "oom 8\noom_kill 4\n");
	CHECK(cgroup_oom_kills(fd, &kills) == 0 && kills == 4);
	tree_put(&t, "memory.events", "");
	CHECK(cgroup_oom_kills(fd, &kills) == 0 && kills == 0);
}

int main(void)
{
	numbers();
	nothing_there();
	odd_text();
	as_json();
	no_limit_on_swap();
	oom();
	return CHECK_DONE();
}

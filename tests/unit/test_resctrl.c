/* SPDX-License-Identifier: Apache-2.0 */
/* linux.intelRdt on a directory tree in the place of resctrl's mount. */
#include "libcontainer/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/unit/check.h"
#include "tests/unit/tree.h"

struct fake {
	char path[32];
	int root;
	char got[512];
};

static void put(const struct fake *f, const char *path, const char *text)
{
	cleanup_fd int fd = openat(f->root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
}

static const char *get(struct fake *f, const char *path)
{
	cleanup_fd int fd = openat(f->root, path, O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? -1 : read(fd, f->got, sizeof(f->got) - 1);

	if (n < 0)
		return "(missing)";
	f->got[n] = '\0';
	return f->got;
}

static bool has(const struct fake *f, const char *path)
{
	return faccessat(f->root, path, F_OK, 0) == 0;
}

/* A directory as the kernel makes it: with its files in it. */
static void group(const struct fake *f, const char *name, const char *schemata)
{
	char path[64];

	mkdirat(f->root, name, 0755);
	snprintf(path, sizeof(path), "%s/mon_groups", name);
	mkdirat(f->root, path, 0755);
	snprintf(path, sizeof(path), "%s/tasks", name);
	put(f, path, "");
	snprintf(path, sizeof(path), "%s/schemata", name);
	put(f, path, schemata);
}

static void fake_open(struct fake *f)
{
	f->root = open(tree_make(f->path), O_PATH | O_DIRECTORY | O_CLOEXEC);
	group(f, ".", "    L3:0=7ff;1=7ff\n    MB:0=100;1=100\n");
	mkdirat(f->root, "info", 0755);
	put(f, "info/last_cmd_status", "ok\n");
}

static void fake_close(struct fake *f)
{
	fd_close(&f->root);
	tree_remove(f->path);
}
#define cleanup_fake __attribute__((cleanup(fake_close)))

/* ---- a group of its own ------------------------------------------------------------- */

/* proves: linux.intelRdt.l3CacheSchema|memBwSchema|enableMonitoring */
/* proves: update --l3-cache-schema|--mem-bw-schema */
static void test_own(void)
{
	cleanup_fake struct fake f;
	cleanup_arena struct arena a = { 0 };
	const struct spec_intel_rdt rdt = { .l3CacheSchema = "L3:0=f\nMB:0=10",
					    .memBwSchema = "MB:0=20",
					    .enableMonitoring = true };
	struct error err = { 0 };

	fake_open(&f);
	CHECK_STR(resctrl_own(&a, &rdt, "c1"), "c1");
	CHECK(resctrl_make(f.root, &rdt, "c1", &err) == 1 && has(&f, "c1"));
	group(&f, "c1", "");
	CHECK(resctrl_write(f.root, &rdt, "c1", &err) == 0);
	/* memBwSchema counts, where both say something */
	CHECK_STR(get(&f, "c1/schemata"), "L3:0=f\nMB:0=20\n");
	CHECK(resctrl_monitor(f.root, &rdt, "c1", &err) == 0);
	group(&f, "c1/mon_groups/c1", "");
	CHECK(resctrl_add(f.root, &rdt, "c1", 4711, &err) == 0);
	CHECK_STR(get(&f, "c1/tasks"), "4711");
	CHECK_STR(get(&f, "c1/mon_groups/c1/tasks"), "4711");
	CHECK_STR(get(&f, "tasks"), "");

	/* whose it is, nobody knows */
	CHECK(resctrl_make(f.root, &rdt, "c1", &err) == -EEXIST && strstr(err.text, "\"c1\""));
	CHECK(resctrl_make(f.root, &rdt, "info", &err) == -EEXIST);
}

static void test_no_schema(void)
{
	cleanup_fake struct fake f;
	const struct spec_intel_rdt rdt = { 0 };
	struct error err = { 0 };

	fake_open(&f);
	/* no file is there to be written: it would fail */
	CHECK(resctrl_setup(f.root, &rdt, "c1", &err) == 1 && has(&f, "c1"));
	CHECK(resctrl_remove(f.root, "c1", &err) == 0 && !has(&f, "c1"));
	CHECK(resctrl_remove(f.root, "c1", &err) == 0);
	CHECK(resctrl_setup(f.root, &rdt, "c2", &err) == 1);
	resctrl_undo(f.root, &rdt, "c2");
	CHECK(!has(&f, "c2"));
}

/* What cannot be written leaves nothing, and the kernel's own words are handed on. */
/* proves: linux.intelRdt.schemata */
static void test_refused(void)
{
	static const char *const lines[] = { "L3:0=f0f" };
	cleanup_fake struct fake f;
	const struct spec_intel_rdt rdt = { .schemata = { 1, (const char **)(uintptr_t)lines } };
	struct error err = { 0 };

	fake_open(&f);
	put(&f, "info/last_cmd_status", "mask f0f has non-consecutive 1-bits\n");
	CHECK(resctrl_setup(f.root, &rdt, "c1", &err) < 0 && !has(&f, "c1"));
	CHECK(strstr(err.text, "c1/schemata is refused") && strstr(err.text, "1-bits"));
	CHECK(!strstr(err.text, "no such file"));
}

/* ---- a class that is named ------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *l3, *bandwidth;
	const char *error; /* NULL: it holds what is asked for */
} asked[] = {
	{ "L3:0=f", NULL, NULL },
	{ "L3:1=0F0;0=000f", NULL, NULL },
	{ "L3: 0 = f ; 1 = f0 ", "MB:0=50", NULL },
	{ "L3:0=f\nMB:0=99", "MB:0=50", NULL },
	{ "L3:0=ff", NULL, "its L3 of domain 0 is not ff" },
	{ "L3:0=f;1=f", NULL, "its L3 of domain 1 is not f" },
	{ "L3:2=f", NULL, "its L3 of domain 2 is not f" },
	{ "L2:0=f", NULL, "its L2 of domain 0 is not f" },
	{ NULL, "MB:1=50", "its MB of domain 1 is not 50" },
	{ NULL, "MB:0=500", "its MB of domain 0 is not 500" },
};
/* clang-format on */

static void test_shared(void)
{
	cleanup_fake struct fake f;
	static const char held[] = "    L3:0=00f;1=0f0\n    MB:0=50;1=100\n";

	fake_open(&f);
	group(&f, "gold", held);
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		const struct spec_intel_rdt rdt = { .closID = "gold",
						    .l3CacheSchema = asked[i].l3,
						    .memBwSchema = asked[i].bandwidth };
		struct error err = { 0 };
		const int r = resctrl_setup(f.root, &rdt, "c1", &err);

		CHECK(r == (asked[i].error ? -EINVAL : 0));
		CHECK(!asked[i].error || strstr(err.text, asked[i].error));
		CHECK_STR(get(&f, "gold/schemata"), held);
	}
}

/* proves: linux.intelRdt.closID */
static void test_named(void)
{
	cleanup_fake struct fake f;
	cleanup_arena struct arena a = { 0 };
	struct spec_intel_rdt rdt = { .closID = "gold" };
	struct error err = { 0 };

	fake_open(&f);
	CHECK(!resctrl_own(&a, &rdt, "c1"));
	CHECK(resctrl_setup(f.root, &rdt, "c1", &err) == -ENOENT && !has(&f, "gold"));
	CHECK(strstr(err.text, "closID") && strstr(err.text, "gold"));
	rdt.l3CacheSchema = "L3:0=f";
	CHECK(resctrl_make(f.root, &rdt, "c1", &err) == 1 && has(&f, "gold") && !has(&f, "c1"));
	group(&f, "gold", "L3:0=f\n");
	rdt.l3CacheSchema = NULL;
	rdt.enableMonitoring = true;
	CHECK(resctrl_setup(f.root, &rdt, "c1", &err) == 0 && has(&f, "gold/mon_groups/c1"));
	CHECK_STR(resctrl_own(&a, &rdt, "c1"), "gold/mon_groups/c1");
	CHECK(resctrl_remove(f.root, "gold/mon_groups/c1", &err) == 0 && has(&f, "gold/tasks"));
}

static void test_root(void)
{
	cleanup_fake struct fake f;
	cleanup_arena struct arena a = { 0 };
	struct spec_intel_rdt rdt = { .closID = "/", .l3CacheSchema = "L3:0=7ff" };
	struct error err = { 0 };

	fake_open(&f);
	CHECK(resctrl_setup(f.root, &rdt, "c1", &err) == 0 && !has(&f, "c1"));
	CHECK(resctrl_add(f.root, &rdt, "c1", 7, &err) == 0);
	CHECK_STR(get(&f, "tasks"), "7");
	rdt.l3CacheSchema = "L3:0=f";
	CHECK(resctrl_setup(f.root, &rdt, "c1", &err) == -EINVAL);
	rdt.l3CacheSchema = NULL;
	rdt.enableMonitoring = true;
	CHECK(resctrl_setup(f.root, &rdt, "c1", &err) == 0 && has(&f, "mon_groups/c1"));
	CHECK_STR(resctrl_own(&a, &rdt, "c1"), "mon_groups/c1");
}

static void test_no_monitoring(void)
{
	cleanup_fake struct fake f;
	const struct spec_intel_rdt rdt = { .enableMonitoring = true };
	struct error err = { 0 };

	fake_open(&f);
	/* a processor that cannot has no mon_groups */
	CHECK(resctrl_setup(f.root, &rdt, "c1", &err) == -ENOTSUP && !has(&f, "c1"));
	CHECK(strstr(err.text, "enableMonitoring"));
}

int main(void)
{
	test_own();
	test_no_schema();
	test_refused();
	test_shared();
	test_named();
	test_root();
	test_no_monitoring();
	return CHECK_DONE();
}

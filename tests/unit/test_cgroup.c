/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cgroup_tree.h"
#include "tests/unit/check.h"

static const struct spec_resources nothing;

/* ---- paths --------------------------------------------------------------------------- */

static void test_path(void)
{
	static const struct {
		const char *given, *path;
	} good[] = {
		{ "/a/b", "/a/b" },     { "/a//b/", "/a/b" },   { "/../x", "/x" },
		{ "/a/../../x", "/x" }, { "/a/./b/..", "/a" },  { "/..a/b..", "/..a/b.." },
		{ "/...", "/..." },     { "/a:b:c", "/a:b:c" },
	};
	static const char *const bad[] = { "/", "/..", "/a/..", "/a\nb" };
	cleanup_tree struct tree t;
	struct error err = { 0 };
	char path[4096], small[8], name[300];

	CHECK(tree_open(&t) >= 0);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		CHECK(cgroup_path(&t.mount, good[i].given, "id", path, sizeof(path), &err) == 0);
		CHECK_STR(path, good[i].path);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK(cgroup_path(&t.mount, bad[i], "id", path, sizeof(path), &err) == -EINVAL);
		CHECK(strstr(err.text, "linux.cgroupsPath: ") == err.text);
	}
	CHECK(cgroup_path(&t.mount, "/1234567", "id", small, sizeof(small), &err) == -ENAMETOOLONG);
	CHECK(cgroup_path(&t.mount, "/123456", "id", small, sizeof(small), &err) == 0);
	memset(name, 'n', sizeof(name));
	name[0] = '/';
	name[256] = '\0';
	CHECK(cgroup_path(&t.mount, name, "id", path, sizeof(path), &err) == 0);
	name[256] = 'n';
	name[257] = '\0';
	CHECK(cgroup_path(&t.mount, name, "id", path, sizeof(path), &err) == -ENAMETOOLONG);
}

/* Beside our own cgroup where the mount shows its parent, else at the root. */
static void test_path_relative(void)
{
	cleanup_tree struct tree t;
	struct error err = { 0 };
	char own[4096], path[4096], want[8192];
	size_t parent;

	CHECK(tree_open(&t) >= 0);
	CHECK(cgroup_path(&t.mount, "x/../y/z", "id", path, sizeof(path), &err) == 0);
	CHECK_STR(path, "/y/z");
	CHECK(cgroup_path(&t.mount, NULL, "id", path, sizeof(path), &err) == 0);
	CHECK_STR(path, "/id");
	CHECK(cgroup_path(&t.mount, "", "id", path, sizeof(path), &err) == 0);
	CHECK_STR(path, "/id");

	if (cgpath_of_pid(0, own, sizeof(own), &err) < 0)
		return;
	parent = cgpath_parent(own, strlen(own));
	for (size_t i = 1; i <= parent; i++) {
		if (own[i] == '/') {
			own[i] = '\0';
			tree_dir(&t, own + 1);
			own[i] = '/';
		}
	}
	snprintf(want, sizeof(want), "%.*s/y", (int)parent, own);
	CHECK(cgroup_path(&t.mount, "y", "id", path, sizeof(path), &err) == 0);
	CHECK_STR(path, want);
}

static void test_own(void)
{
	char path[64], small[4];

	CHECK(cgpath_of_text("0::/a/b\n", path, sizeof(path)) == 1);
	CHECK_STR(path, "/a/b");
	CHECK(cgpath_of_text("4:memory:/m\n10::/x\n0::/\n", path, sizeof(path)) == 1);
	CHECK_STR(path, "/");
	CHECK(cgpath_of_text("0::/gone (deleted)\n", path, sizeof(path)) == 1);
	CHECK_STR(path, "/gone");
	CHECK(cgpath_of_text("1:name=systemd:/\n", path, sizeof(path)) == 0);
	CHECK(cgpath_of_text("", path, sizeof(path)) == 0);
	CHECK(cgpath_of_text("0::/abc\n", small, sizeof(small)) == -ENAMETOOLONG);
}

static void test_mount_line(void)
{
	char path[32];

	CHECK(cgmount_of_line(
		      "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n",
		      path, sizeof(path)) == 1);
	CHECK_STR(path, "/sys/fs/cgroup/unified");
	CHECK(cgmount_of_line("41 31 0:38 / /a\\040b rw shared:9 - cgroup2 none rw\n", path,
			      sizeof(path)) == 1);
	CHECK_STR(path, "/a b");
	/* no escapes, though they look like some */
	CHECK(cgmount_of_line("41 31 0:38 / /a\\xyz\\08\\1 rw - cgroup2 none rw\n", path,
			      sizeof(path)) == 1);
	CHECK_STR(path, "/a\\xyz\\08\\1");
	CHECK(cgmount_of_line("32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n", path,
			      sizeof(path)) == 0);
	CHECK(cgmount_of_line("1 1 0:1 / /x rw - tmpfs cgroup2 rw\n", path, sizeof(path)) == 0);
	CHECK(cgmount_of_line("1 1 0:1 / /x rw\n", path, sizeof(path)) == 0);
	CHECK(cgmount_of_line("- cgroup2 \n", path, sizeof(path)) == 0);
	CHECK(cgmount_of_line("a - cgroup2 \n", path, sizeof(path)) == 0);
	CHECK(cgmount_of_line("1 1 0:1 / /0123456789/0123456789/0123456789 rw - cgroup2 c rw\n",
			      path, sizeof(path)) == 0);
}

/* ---- directories ----------------------------------------------------------------------- */

static void test_create(void)
{
	cleanup_cgroup struct cgroup a = CGROUP_INIT, b = CGROUP_INIT, c = CGROUP_INIT;
	cleanup_tree struct tree t;
	struct error err = { 0 };

	CHECK(tree_open(&t) >= 0);
	CHECK(cgroup_create(&t.mount, "/g/h/one", &nothing, &a, &err) == 0);
	CHECK_STR(a.path, "/g/h/one");
	CHECK(a.created_from == 0 && a.fd >= 0);
	CHECK(cgroup_create(&t.mount, "/g/i/two", &nothing, &b, &err) == 0);
	CHECK(b.created_from == 2);
	CHECK(cgroup_create(&t.mount, "/g/i/two", &nothing, &c, &err) == 0);
	CHECK(c.created_from == (int)strlen("/g/i/two"));

	CHECK(cgroup_remove(&t.mount, "/g/h/one", 0, &err) == 0);
	CHECK(!tree_has(&t, "g/h") && tree_has(&t, "g/i/two"));
	CHECK(cgroup_remove(&t.mount, "/g/h/one", 0, &err) == 0);
	CHECK(cgroup_remove(&t.mount, "/g/i/two", 2, &err) == 0);
	CHECK(!tree_has(&t, "g")); /* the last one takes the parents along */

	CHECK(cgroup_create(&t.mount, "/", &nothing, &c, &err) == -EINVAL);
	CHECK(cgroup_create(&t.mount, "g/x", &nothing, &c, &err) == -EINVAL);
	CHECK(cgroup_remove(&t.mount, "/", 0, &err) == -EINVAL);
	CHECK(err.code == EINVAL);
}

static void test_create_used(void)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	cleanup_tree struct tree t;
	struct error err = { 0 };

	CHECK(tree_open(&t) >= 0);
	tree_dir(&t, "used");
	tree_dir(&t, "used/below");
	tree_put(&t, "used/cgroup.events", "populated 1\nfrozen 0\n");
	tree_put(&t, "used/cgroup.procs", "12\n");
	tree_put(&t, "used/below/cgroup.procs", "13\n14\n");
	CHECK(cgroup_create(&t.mount, "/used", &nothing, &cg, &err) == -EBUSY);
	CHECK(strstr(err.text, "container's cgroup is not empty: 3 process(es) found") != NULL);
	CHECK(tree_has(&t, "used"));
	CHECK(cg.fd == -1);

	tree_put(&t, "used/cgroup.procs", "");
	tree_put(&t, "used/below/cgroup.procs", "");
	CHECK(cgroup_create(&t.mount, "/used", &nothing, &cg, &err) == 0);
	cgroup_close(&cg);

	tree_put(&t, "used/cgroup.events", "populated 0\nfrozen 1\n");
	CHECK(cgroup_create(&t.mount, "/used", &nothing, &cg, &err) == -EBUSY);
	CHECK(strstr(err.text, "container's cgroup unexpectedly frozen") != NULL);
}

/* A link below the mount leads nowhere, whoever made it. */
static void test_links(void)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	cleanup_tree struct tree t;
	struct error err = { 0 };

	CHECK(tree_open(&t) >= 0);
	tree_dir(&t, "real");
	tree_dir(&t, "real/below");
	CHECK(symlinkat("real", t.mount.fd, "link") == 0);
	CHECK(symlinkat("/", t.mount.fd, "root") == 0);
	CHECK(cgroup_open(&t.mount, "/link", &cg, &err) < 0);
	CHECK(cgroup_open(&t.mount, "/link/below", &cg, &err) < 0);
	CHECK(cgroup_create(&t.mount, "/link/new", &nothing, &cg, &err) < 0);
	CHECK(!tree_has(&t, "real/new"));
	CHECK(cgroup_create(&t.mount, "/root/warren-test-escaped", &nothing, &cg, &err) < 0);
	CHECK(access("/warren-test-escaped", F_OK) < 0);
	CHECK(cgroup_remove(&t.mount, "/link/below", 0, &err) < 0);
	CHECK(tree_has(&t, "real/below"));
	CHECK(cgroup_open(&t.mount, "/real/../../etc", &cg, &err) < 0);

	CHECK(cgroup_open(&t.mount, "/missing", &cg, &err) == -ENOENT);
	CHECK_STR(err.text, "open cgroup /missing: it does not exist");
	CHECK(cg.fd == -1);
}

static void test_open_below(void)
{
	static const char *const bad[] = { "",       "/",     "/sub", "..",     "../real",
					   "sub/..", "./sub", "sub/", "sub//x", "." };
	cleanup_cgroup struct cgroup cg = CGROUP_INIT, sub = CGROUP_INIT;
	cleanup_tree struct tree t;
	struct error err = { 0 };

	CHECK(tree_open(&t) >= 0);
	tree_dir(&t, "real");
	tree_dir(&t, "real/sub");
	tree_dir(&t, "real/sub/x");
	CHECK(symlinkat("sub", t.mount.fd, "real/link") == 0);
	CHECK(cgroup_open(&t.mount, "/real", &cg, &err) == 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK(cgroup_open_below(&cg, bad[i], &sub, &err) == -EINVAL);
	CHECK(cgroup_open_below(&cg, "link", &sub, &err) < 0);
	CHECK(cgroup_open_below(&cg, "nope", &sub, &err) == -ENOENT);
	CHECK_STR(err.text, "open cgroup /real/nope: it does not exist");
	CHECK(cgroup_open_below(&cg, "sub/x", &sub, &err) == 0);
	CHECK_STR(sub.path, "/real/sub/x");
}

static void test_remove_deep(void)
{
	cleanup_fd int dir = -1;
	cleanup_tree struct tree t;
	struct error err = { 0 };

	/* Deeper than a path may be long, wider than one level. */
	CHECK(tree_open(&t) >= 0);
	tree_dir(&t, "deep");
	dir = openat(t.mount.fd, "deep", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 2000 && dir >= 0; i++) {
		int next;

		(void)mkdirat(dir, "beside", 0755);
		(void)mkdirat(dir, "below", 0755);
		next = openat(dir, "below", O_PATH | O_DIRECTORY | O_CLOEXEC);
		fd_close(&dir);
		dir = next;
	}
	CHECK(dir >= 0);
	CHECK(cgroup_remove(&t.mount, "/deep", 0, &err) == 0);
	CHECK(!tree_has(&t, "deep"));
}

/* A file keeps a directory from being removed as a process does a cgroup. */
static void test_remove_busy(void)
{
	cleanup_tree struct tree t;
	struct error err = { 0 };

	CHECK(tree_open(&t) >= 0);
	tree_dir(&t, "busy");
	tree_dir(&t, "busy/a");
	tree_put(&t, "busy/a/process", "");
	CHECK(cgroup_remove(&t.mount, "/busy", 0, &err) == -EBUSY);
	CHECK_STR(err.text, "remove cgroup /busy: it still holds processes");
}

/* ---- controllers --------------------------------------------------------------------------- */

static void enable_tree(struct tree *t)
{
	tree_put(t, "cgroup.controllers", "cpuset cpu io memory pids\n");
	tree_put(t, "cgroup.subtree_control", "");
	tree_dir(t, "a");
	tree_put(t, "a/cgroup.controllers", "cpuset cpu io memory pids\n");
	tree_put(t, "a/cgroup.subtree_control", "");
}

static void test_enable(void)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	cleanup_tree struct tree t;
	struct error err = { 0 };

	CHECK(tree_open(&t) >= 0);

	/* Nothing asked: a file that is not there is missed by nobody. */
	CHECK(cgroup_create(&t.mount, "/a/x",
			    resources(&arena,
				      "{'memory':{'limit':-1,'swap':-1},'cpu':{'shares':1024,"
				      "'quota':-1},'pids':{'limit':-1},'blockIO':{'weight':0}}"),
			    &cg, &err) == 0);
	cgroup_close(&cg);

	enable_tree(&t);
	CHECK(cgroup_create(&t.mount, "/a/y",
			    resources(&arena, "{'memory':{'limit':1048576},'pids':{'limit':5}}"),
			    &cg, &err) == 0);
	CHECK_STR(tree_get(&t, "cgroup.subtree_control"), "+cpu +io +memory +pids");
	CHECK_STR(tree_get(&t, "a/cgroup.subtree_control"), "+cpu +io +memory +pids");
	cgroup_close(&cg);

	/* What is on stays as it is; what only may be of use is not insisted on. */
	tree_put(&t, "cgroup.subtree_control", "memory pids\n");
	tree_put(&t, "a/cgroup.subtree_control", "memory\n");
	CHECK(cgroup_create(&t.mount, "/a/z",
			    resources(&arena, "{'memory':{'limit':1048576},'pids':{'limit':0},"
					      "'unified':{'misc.max':'1','cpu.pressure':'x'}}"),
			    &cg, &err) == 0);
	CHECK(strncmp(tree_get(&t, "cgroup.subtree_control"), "+cpu", 4) == 0);
	CHECK_STR(tree_get(&t, "a/cgroup.subtree_control"), "+cpu +io +pids");
}

static void test_enable_missing(void)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	cleanup_tree struct tree t;
	struct error err = { 0 };

	CHECK(tree_open(&t) >= 0);
	enable_tree(&t);
	tree_put(&t, "cgroup.controllers", "hugetlb\n");
	CHECK(cgroup_create(&t.mount, "/b/c/d",
			    resources(&arena, "{'memory':{'limit':1048576,'swap':2097152}}"), &cg,
			    &err) == -ENODEV);
	CHECK(strstr(err.text,
		     "linux.resources.memory.swap: the memory controller is not available "
		     "on this cgroup2 mount (") == err.text);
	CHECK(!tree_has(&t, "b"));
	CHECK(cg.fd == -1);
	CHECK_STR(tree_get(&t, "cgroup.subtree_control"), "");
}

static void test_v1(void)
{
	static const char text[] = "9:name=systemd:/memory\n7:blkio:/\n4:memory:/cpuset\n"
				   "2:cpu,cpuacct:/\n0::/pids\n";

	CHECK(limit_on_v1(text, "memory"));
	CHECK(limit_on_v1(text, "cpu"));
	CHECK(limit_on_v1(text, "io"));
	CHECK(limit_on_v1(text, "cpuacct"));
	CHECK(!limit_on_v1(text, "cpuset"));
	CHECK(!limit_on_v1(text, "pids"));
	CHECK(!limit_on_v1(text, "name"));
	CHECK(!limit_on_v1("", "memory"));
	CHECK(!limit_on_v1("0::/\n", "memory"));
	CHECK(!limit_on_v1("memory", "memory"));
}

/* ---- state -------------------------------------------------------------------------- */

static void test_events(void)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	cleanup_tree struct tree t;
	struct error err = { 0 };

	CHECK(tree_open(&t) >= 0);
	tree_dir(&t, "g");
	CHECK(cgroup_open(&t.mount, "/g", &cg, &err) == 0);
	CHECK(cgroup_frozen(&cg, &err) == 0 && cgroup_populated(&cg, &err) == 0);
	tree_put(&t, "g/cgroup.events", "populated 1\nfrozen 0\n");
	CHECK(cgroup_frozen(&cg, &err) == 0 && cgroup_populated(&cg, &err) == 1);
	tree_put(&t, "g/cgroup.events", "populated 0\nfrozen 1\n");
	CHECK(cgroup_frozen(&cg, &err) == 1 && cgroup_populated(&cg, &err) == 0);
	tree_put(&t, "g/cgroup.events", "unfrozen 1\nfrozenness 1");
	CHECK(cgroup_frozen(&cg, &err) == 0);

	tree_put(&t, "g/cgroup.events", "populated 1\nfrozen 0\n");
	tree_put(&t, "g/cgroup.freeze", "0");
	CHECK(freeze_within(&cg, true, 20, &err) == -ETIMEDOUT);
	CHECK_STR(tree_get(&t, "g/cgroup.freeze"), "0");
	tree_put(&t, "g/cgroup.events", "populated 1\nfrozen 1\n");
	CHECK(freeze_within(&cg, true, 20, &err) == 0);
	CHECK_STR(tree_get(&t, "g/cgroup.freeze"), "1");
	CHECK(freeze_within(&cg, false, 20, &err) == -ETIMEDOUT);
	CHECK(strstr(err.text, "thaw cgroup /g: ") == err.text);

	CHECK(cgroup_kill(&cg, &err) == 0);
	tree_put(&t, "g/cgroup.procs", "1\n");
	CHECK(cgroup_kill(&cg, &err) == -EOPNOTSUPP);
	tree_put(&t, "g/cgroup.kill", "");
	CHECK(cgroup_kill(&cg, &err) == 0);
	CHECK_STR(tree_get(&t, "g/cgroup.kill"), "1");
}

static void test_pids(void)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	cleanup_free pid_t *pids = NULL;
	cleanup_str struct str many = { 0 };
	cleanup_tree struct tree t;
	struct error err = { 0 };
	size_t n = 99;

	CHECK(tree_open(&t) >= 0);
	tree_dir(&t, "g");
	tree_dir(&t, "g/a");
	tree_dir(&t, "g/a/b");
	CHECK(cgroup_open(&t.mount, "/g", &cg, &err) == 0);
	CHECK(cgroup_pids(&cg, &pids, &n, &err) == 0 && n == 0);
	free_ptr(&pids);

	for (int i = 1; i <= 3000; i++)
		str_printf(&many, "%d\n", i);
	tree_put(&t, "g/cgroup.procs", many.text);
	tree_put(&t, "g/a/b/cgroup.procs", "4001\n0\n4002");
	CHECK(cgroup_pids(&cg, &pids, &n, &err) == 0);
	CHECK(n == 3002 && pids[0] == 1 && pids[2999] == 3000 && pids[3001] == 4002);
	free_ptr(&pids);
	pids = NULL;
	tree_put(&t, "g/a/b/cgroup.procs", "12 x\n");
	CHECK(cgroup_pids(&cg, &pids, &n, &err) == -EPROTO && pids == NULL);
	/* not the process 1 that is left of it in 32 bits */
	tree_put(&t, "g/a/b/cgroup.procs", "4294967297\n");
	CHECK(cgroup_pids(&cg, &pids, &n, &err) == -EPROTO && pids == NULL);
}

int main(void)
{
	test_path();
	test_path_relative();
	test_own();
	test_mount_line();
	test_create();
	test_create_used();
	test_links();
	test_open_below();
	test_remove_deep();
	test_remove_busy();
	test_enable();
	test_enable_missing();
	test_v1();
	test_events();
	test_pids();
	return CHECK_DONE();
}

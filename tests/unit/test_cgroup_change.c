/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cgroup_tree.h"
#include "tests/unit/check.h"

static struct cgroup open_root(struct tree *t)
{
	struct cgroup cg = CGROUP_INIT;

	cg.fd = open(t->mount.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return cg;
}

/* Changes, and takes it back; between the two after() may do what the kernel would. */
static int change_and_undo(struct tree *t, const char *json, void (*after)(struct tree *t))
{
	cleanup_cgroup_undo struct cgroup_undo undo = { 0 };
	cleanup_arena struct arena a = { 0 };
	cleanup_cgroup struct cgroup cg = open_root(t);
	struct error err = { 0 };
	int r = cgroup_change(&cg, resources(&a, json), "1.3.0", &undo, &err);

	if (after)
		after(t);
	CHECK(cgroup_undo(&cg, &undo, &err) == 0);
	CHECK(undo.last == NULL);
	return r;
}

static bool begins(struct tree *t, const char *file, const char *text)
{
	return strncmp(tree_get(t, file), text, strlen(text)) == 0;
}

static void change_is_written(void)
{
	cleanup_cgroup_undo struct cgroup_undo undo = { 0 };
	cleanup_arena struct arena a = { 0 };
	cleanup_tree struct tree t;
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	struct error err = { 0 };

	tree_open(&t);
	cg = open_root(&t);
	tree_put(&t, "pids.max", "max");
	CHECK(cgroup_change(&cg, resources(&a, "{'pids':{'limit':100}}"), "1.3.0", &undo, &err) ==
	      0);
	CHECK_STR(tree_get(&t, "pids.max"), "100");
	cgroup_undo_free(&undo);
	CHECK(cgroup_undo(&cg, &undo, &err) == 0); /* forgotten: it stays */
	CHECK_STR(tree_get(&t, "pids.max"), "100");
}

static void values_come_back(void)
{
	cleanup_tree struct tree t;

	tree_open(&t);
	tree_put(&t, "pids.max", "1000\n");
	tree_put(&t, "memory.max", "1048576\n");
	tree_put(&t, "cpu.max", "max 100000\n");
	tree_put(&t, "cpuset.cpus", "\n");
	CHECK(change_and_undo(&t,
			      "{'pids':{'limit':7},'memory':{'limit':4096},"
			      "'cpu':{'quota':1000,'period':2000,'cpus':'3'}}",
			      NULL) == 0);
	CHECK(begins(&t, "pids.max", "1000\n"));
	CHECK(begins(&t, "memory.max", "1048576\n"));
	CHECK(begins(&t, "cpu.max", "max 100000\n"));
	CHECK(begins(&t, "cpuset.cpus", "\n")); /* an empty one is cleared by a newline */
}

static void failed_change_comes_back(void)
{
	cleanup_tree struct tree t;

	tree_open(&t);
	tree_put(&t, "hugetlb.2MB.max", "8388608\n");
	tree_put(&t, "cgroup.controllers", "hugetlb\n");
	CHECK(change_and_undo(&t,
			      "{'hugepageLimits':[{'pageSize':'2MB','limit':4194304}],"
			      "'unified':{'hugetlb.1GB.max':'0'}}",
			      NULL) < 0);
	CHECK(begins(&t, "hugetlb.2MB.max", "8388608\n"));
	CHECK(!tree_has(&t, "hugetlb.1GB.max"));
}

static void same_file_twice(void)
{
	cleanup_tree struct tree t;

	tree_open(&t);
	tree_put(&t, "memory.max", "1048576\n");
	CHECK(change_and_undo(&t, "{'memory':{'limit':8192},'unified':{'memory.max':'4096'}}",
			      NULL) == 0);
	CHECK(begins(&t, "memory.max", "1048576\n"));
}

static void lines_of_devices(void)
{
	static const char before[] = "8:0 rbps=1 wbps=max riops=max wiops=max\n"
				     "8:16 rbps=7 wbps=max riops=max wiops=9\n";
	cleanup_tree struct tree t;

	tree_open(&t);
	tree_put(&t, "io.max", before);
	CHECK(change_and_undo(
		      &t, "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':16,'rate':2}]}}",
		      NULL) == 0);
	CHECK(begins(&t, "io.max", "8:16 rbps=7 wbps=max riops=max wiops=9"));
	tree_put(&t, "io.max", before);
	CHECK(change_and_undo(
		      &t, "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':1,'rate':2}]}}",
		      NULL) == 0);
	CHECK(begins(&t, "io.max", "8:1 rbps=max wbps=max riops=max wiops=max"));
	tree_put(&t, "io.weight", "default 100\n8:0 300\n");
	CHECK(change_and_undo(&t, "{'blockIO':{'weight':10}}", NULL) == 0);
	CHECK(begins(&t, "io.weight", "default 100"));
	tree_put(&t, "io.weight", "default 100\n8:0 300\n");
	CHECK(change_and_undo(&t, "{'unified':{'io.weight':'200'}}", NULL) == 0);
	CHECK(begins(&t, "io.weight", "default 100"));
	CHECK(change_and_undo(&t, "{'unified':{'io.weight':'8:1 200'}}", NULL) == 0);
	CHECK(begins(&t, "io.weight", "8:1 default"));
}

/* What the kernel does to the weight of a group that is no longer idle. */
static void forget_weight(struct tree *t)
{
	tree_put(t, "cpu.weight", "100\n");
}

static void weight_of_an_idle_group(void)
{
	cleanup_tree struct tree t;

	tree_open(&t);
	tree_put(&t, "cpu.idle", "0\n");
	tree_put(&t, "cpu.weight", "59\n");
	CHECK(change_and_undo(&t, "{'cpu':{'idle':1}}", forget_weight) == 0);
	CHECK(begins(&t, "cpu.idle", "0\n"));
	CHECK(begins(&t, "cpu.weight", "59"));
}

static void remove_file(struct tree *t)
{
	(void)unlinkat(t->mount.fd, "memory.max", 0);
}

static void what_cannot_come_back_is_told(void)
{
	cleanup_cgroup_undo struct cgroup_undo undo = { 0 };
	cleanup_arena struct arena a = { 0 };
	cleanup_tree struct tree t;
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	struct error err = { 0 };

	tree_open(&t);
	cg = open_root(&t);
	tree_put(&t, "pids.max", "1000\n");
	tree_put(&t, "memory.max", "1048576\n");
	CHECK(cgroup_change(&cg, resources(&a, "{'pids':{'limit':7},'memory':{'limit':4096}}"),
			    "1.3.0", &undo, &err) == 0);
	remove_file(&t);
	CHECK(cgroup_undo(&cg, &undo, &err) < 0);
	CHECK(strstr(err.text, "memory.max") != NULL);
	CHECK(begins(&t, "pids.max", "1000\n")); /* the others are put back all the same */
}

int main(void)
{
	change_is_written();
	values_come_back();
	failed_change_comes_back();
	same_file_twice();
	lines_of_devices();
	weight_of_an_idle_group();
	what_cannot_come_back_is_told();
	return CHECK_DONE();
}

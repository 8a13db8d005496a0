/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a cgroup: one of them says what the input says, the others are
 * missing. What is shown of it is JSON in any case.
 */
#include "tests/fuzz/arena.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/cgroup_tree.h"

#include "cgroups/stats.h"
#include "libcontainer/stats_json.h"

static struct tree tree;

static void close_tree(void)
{
	tree_close(&tree);
}

static void open_tree_once(struct cgroup *cg)
{
	if (cg->fd >= 0)
		return;
	must(tree_open(&tree) >= 0 && atexit(close_tree) == 0);
	cg->fd = open(tree.mount.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(cg->fd >= 0);
	snprintf(cg->path, sizeof(cg->path), "/fuzz");
}

static void put(const char *file, const uint8_t *data, size_t size)
{
	cleanup_fd int fd =
		openat(tree.mount.fd, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
}

static void check_stats(const struct cgroup *cg)
{
	cleanup_arena struct arena a = { 0 };
	cleanup_str struct str text = { 0 };
	struct cgroup_stats s;
	struct error err = { 0 };
	struct json *v;

	if (!worked(cgroup_stats(cg, &a, &s, &err), &err))
		return;
	must(stats_json(&text, "fuzz", &s) == 0);
	/* two lines with one key are the kernel's mistake */
	if (json_parse(&a, text.text, text.len, &v, &err) < 0)
		must(strstr(err.text, "duplicate key"));
}

static void check_pids(const struct cgroup *cg)
{
	cleanup_free pid_t *pids = NULL;
	struct error err = { 0 };
	size_t n = 0;

	if (worked(cgroup_pids(cg, &pids, &n, &err), &err))
		for (size_t i = 0; i < n; i++)
			must(pids[i] > 0);
}

static void check_events(const struct cgroup *cg)
{
	cleanup_fd int fd = cgroup_oom_open(cg);
	const int frozen = cgfile_event(cg->fd, "frozen");
	uint64_t kills;

	must(frozen == 0 || frozen == 1);
	if (fd >= 0)
		must(cgroup_oom_kills(fd, &kills) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const files[] = {
		"cpu.stat",
		"cpu.pressure",
		"memory.stat",
		"memory.current",
		"memory.max",
		"memory.events",
		"memory.swap.max",
		"memory.pressure",
		"pids.current",
		"pids.max",
		"io.stat",
		"io.pressure",
		"cgroup.procs",
		"cgroup.events",
		"hugetlb.2MB.events",
		"hugetlb.2MB.current",
	};
	static struct cgroup cg = CGROUP_INIT;
	const char *file;

	if (!size)
		return 0;
	open_tree_once(&cg);
	file = files[*data % (sizeof(files) / sizeof(*files))];
	put(file, data + 1, size - 1);
	check_stats(&cg);
	check_pids(&cg);
	check_events(&cg);
	must(unlinkat(tree.mount.fd, file, 0) == 0);
	return 0;
}

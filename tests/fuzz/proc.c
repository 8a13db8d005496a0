/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of procfs, whose names of processes, mounts and cgroups are guests' to choose. */
#include "base/mount_table.h"
#include "base/path.h"
#include "cgroups/internal.h"

#include "cmd/proc.c"
#include "tests/fuzz/arena.h"
#include "tests/fuzz/fuzz.h"

static void mountinfo(char *text, size_t size)
{
	cleanup_mount_table struct mount_table t = { 0 };

	if (!size)
		return;
	t.file = fmemopen(text, size, "r");
	must(t.file);
	while (mount_table_next(&t)) {
		must(strlen(t.where) <= size && strlen(t.type) <= size);
		must(!strchr(t.type, ' '));
	}
}

static void mountinfo_line(char *text, size_t size)
{
	char where[16];
	int r = cgmount_of_line(text, where, sizeof(where));

	(void)size;
	must(r == 0 || (r == 1 && strlen(where) < sizeof(where)));
}

/* Absolute, without "." and "..": it cannot lead anywhere else. */
static void must_be_clean(const char *path)
{
	must(!*path || *path == '/');
	for (const char *part = path; (part = strchr(part, '/')); part++) {
		const size_t n = strcspn(part + 1, "/");

		must(n > 0 && (n > 2 || strncmp(part + 1, "..", n) != 0));
	}
}

static void must_be_cgroup(const char *path)
{
	must_be_clean(path);
	must(!strchr(path, '\n'));
	for (const char *part = path; (part = strchr(part, '/')); part++)
		must(strcspn(part + 1, "/") <= NAME_MAX);
}

static void cgroup(char *text, size_t size)
{
	char path[64], clean[64] = "", name[NAME_MAX + 1];
	int r = cgpath_of_text(text, path, sizeof(path));

	(void)size;
	must(r == 0 || r == 1 || r == -ENAMETOOLONG);
	(void)limit_on_v1(text, "io");
	(void)limit_on_v1(text, "memory");
	if (r == 1) {
		must(*path == '/');
		must(cgpath_append(clean, sizeof(clean), path) == 0);
		must_be_cgroup(clean);
	}
	if (cgpath_append(clean, sizeof(clean), text) == 0)
		must_be_cgroup(clean);
	r = cgpath_name(clean, strlen(clean), name);
	must(r < 0 || strlen(name) <= strlen(clean));
	must(cgpath_parent(clean, strlen(clean)) <= strlen(clean));
}

static void status(char *text, size_t size)
{
	cleanup_proc struct proc p = { 0 };

	str_add_n(&p.command, text, size);
	join_arguments(&p.command);
	must(p.command.len == 0 || p.command.len == strlen(p.command.text));
	if (parse_stat(text, &p) == 0)
		must(strlen(p.name) < sizeof(p.name));
	(void)parse_status(text, &p);
}

static void paths(char *text, size_t size)
{
	cleanup_arena struct arena a = { 0 };
	const char *clean = path_clean(&a, text), *joined = path_join(&a, clean, text);

	must(clean && joined && strlen(clean) <= size + 1);
	if (strcmp(clean, "/") != 0)
		must_be_clean(clean);
	must(path_below(clean, "/"));
	must(strcmp(path_clean(&a, clean), clean) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(char *text, size_t size) = {
		mountinfo, mountinfo_line, cgroup, status, paths,
	};
	char *text;

	if (!size)
		return 0;
	text = text_of(data + 1, size - 1);
	readers[*data % (sizeof(readers) / sizeof(*readers))](text, size - 1);
	free(text);
	return 0;
}

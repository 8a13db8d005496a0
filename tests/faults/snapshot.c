/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/snapshot.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH 8

__attribute__((format(printf, 2, 3))) static void add(struct snapshot *s, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(s->text + s->len, sizeof(s->text) - s->len, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(s->text) - s->len) {
		fputs("the host is too large for a snapshot\n", stderr);
		exit(125);
	}
	s->len += (size_t)n;
}

/* The lines of a file without those that hold a word. */
static void add_file(struct snapshot *s, const char *path, const char *name, const char *without)
{
	FILE *f = fopen(path, "re");
	char line[4096];

	while (f && fgets(line, sizeof(line), f))
		if (!without || !strstr(line, without))
			add(s, "%s %s", name, line);
	if (f)
		fclose(f);
}

static int is_entry(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

/* A directory and all below it in the order of names. processes: it is a cgroup. */
static void add_tree(struct snapshot *s, const char *path, const char *name, int depth,
		     bool processes, const char *without)
{
	struct dirent **list = NULL;
	const int n = depth > 0 ? scandir(path, &list, is_entry, alphasort) : 0;
	char next[4096];

	if (processes) {
		snprintf(next, sizeof(next), "%s/cgroup.procs", path);
		add_file(s, next, name, NULL);
	}
	for (int i = 0; i < n; i++) {
		const char *entry = list[i]->d_name;
		struct stat st;

		snprintf(next, sizeof(next), "%s/%s", path, entry);
		if (!(without && strchr(without, entry[0])) && lstat(next, &st) == 0 &&
		    (!processes || S_ISDIR(st.st_mode))) {
			add(s, "%s %o %s\n", name, st.st_mode, next);
			if (S_ISDIR(st.st_mode))
				add_tree(s, next, name, depth - 1, processes, NULL);
		}
		free(list[i]);
	}
	free(list);
}

void snapshot_take(const struct place *p, struct snapshot *ret)
{
	char at[4096];

	ret->len = 0;
	snprintf(at, sizeof(at), "%s/@", p->state);
	add_file(ret, "/proc/self/mountinfo", "mount", p->cold ? NULL : at);
	add_tree(ret, p->cgroup, "cgroup", DEPTH, true, NULL);
	add_tree(ret, p->state, "state", DEPTH, false, p->cold ? NULL : "@");
	snprintf(at, sizeof(at), "%s/upper", p->bundle);
	add_tree(ret, at, "upper", 1, false, NULL);
	add_tree(ret, p->bundle, "bundle", 1, false, NULL);
}

bool snapshot_same(const struct snapshot *a, const struct snapshot *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static bool has_line(const struct snapshot *s, const char *line, size_t n)
{
	for (const char *at = s->text; (at = memmem(at, s->text + s->len - at, line, n)); at++)
		if (at == s->text || at[-1] == '\n')
			return true;
	return false;
}

static void lines_only_in(const struct snapshot *s, const struct snapshot *other,
			  const char *prefix, const char *sign)
{
	for (const char *line = s->text; line < s->text + s->len;) {
		const size_t n = strcspn(line, "\n") + 1;

		if (!has_line(other, line, n))
			printf("%s%s %.*s", prefix, sign, (int)n, line);
		line += n;
	}
}

void snapshot_diff(const struct snapshot *before, const struct snapshot *after, const char *prefix)
{
	lines_only_in(before, after, prefix, "missing:");
	lines_only_in(after, before, prefix, "left:");
}

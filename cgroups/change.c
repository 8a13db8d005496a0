/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of a guest that lives: what a write replaced is kept until the change is known to hold. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cgroups/internal.h"

/* One file before one write. */
struct cgroup_old {
	struct cgroup_old *next; /* the write before it */
	const char *file, *text; /* all that stood in it */
	const char *key;         /* of the line that was written; NULL: a file of one value */
};

/* Files of a line a device, and what a line that limits nothing says: those are not shown. */
static const struct {
	const char *file, *nothing;
} lines[] = {
	{ "io.max", "rbps=max wbps=max riops=max wiops=max" },
	{ "io.weight", "default" },
	{ "io.bfq.weight", "default" },
	{ "io.latency", "target=max" },
	{ "rdma.max", "hca_handle=max hca_object=max" },
	{ "misc.max", "max" },
};

/* NULL: a file of one value. */
static const char *line_of_nothing(const char *file)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (strcmp(lines[i].file, file) == 0)
			return lines[i].nothing;
	return NULL;
}

/* ---- before a write ----------------------------------------------------------------------- */

/* "8:0 rbps=1" is the line of 8:0; a weight without a device is the default of all. */
static const char *key_of(struct arena *a, const char *value)
{
	const size_t n = strcspn(value, " ");

	return value[n] ? arena_strndup(a, value, n) : "default";
}

static int note(struct cgroup_undo *undo, int dir, const char *file, const char *value)
{
	cleanup_str struct str text = { 0 };
	struct cgroup_old *old = arena_alloc(&undo->memory, sizeof(*old));
	int r = cgfile_read(dir, file, &text);

	if (!old || r == -ENOMEM)
		return -ENOMEM;
	if (r < 0)
		return 0; /* not there, or only to be written: there is nothing to put back */
	old->next = undo->last;
	old->file = arena_strndup(&undo->memory, file, strlen(file));
	old->text = arena_strndup(&undo->memory, text.text, text.len);
	if (line_of_nothing(file)) {
		old->key = key_of(&undo->memory, value);
		if (!old->key)
			return -ENOMEM;
	}
	if (!old->file || !old->text)
		return -ENOMEM;
	undo->last = old;
	return 0;
}

int limit_write(struct limit *l, const char *file, const char *value)
{
	struct cgroup_old *before = l->undo ? l->undo->last : NULL;
	int r = 0;

	/* The kernel forgets the weight of a group that is made idle. */
	if (l->undo && strcmp(file, "cpu.idle") == 0)
		r = note(l->undo, l->cg->fd, "cpu.weight", "");
	if (l->undo && r >= 0)
		r = note(l->undo, l->cg->fd, file, value);
	if (r >= 0)
		r = cgfile_write(l->cg->fd, file, value);
	if (r < 0 && l->undo)
		l->undo->last = before;
	return r;
}

/* ---- taking it back ------------------------------------------------------------------------ */

/* The line of a device, or what says that there was none. */
static void old_line(const struct cgroup_old *old, struct str *ret)
{
	const size_t n = strlen(old->key);

	for (const char *at = old->text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		if (strncmp(at, old->key, n) != 0 || at[n] != ' ')
			continue;
		str_add_n(ret, at, strcspn(at, "\n"));
		return;
	}
	str_printf(ret, "%s %s", old->key, line_of_nothing(old->file));
}

static int put_back(const struct cgroup *cg, const struct cgroup_old *old)
{
	cleanup_str struct str now = { 0 }, value = { 0 };
	int r = cgfile_read(cg->fd, old->file, &now);

	/* a weight reads 0 while its group is idle, and cannot be written */
	if (r >= 0 && strcmp(now.text, old->text) == 0)
		return 0;
	if (old->key)
		old_line(old, &value);
	else
		str_add_n(&value, old->text, strcspn(old->text, "\n"));
	str_add(&value, value.len ? "" : "\n"); /* no bytes would be no write */
	r = str_ok(&value);
	return r < 0 ? r : cgfile_write(cg->fd, old->file, value.text);
}

int cgroup_undo(const struct cgroup *cg, struct cgroup_undo *undo, struct error *err)
{
	int result = 0;

	/* Newest first: each step leads to a state that the kernel has taken before. */
	for (; undo->last; undo->last = undo->last->next) {
		int r = put_back(cg, undo->last);

		if (r < 0 && result == 0)
			result = cgfile_error(err, -r, "put back", undo->last->file);
	}
	return result;
}

void cgroup_undo_free(struct cgroup_undo *undo)
{
	arena_free(&undo->memory);
	undo->last = NULL;
}

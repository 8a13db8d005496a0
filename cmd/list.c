/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "cmd/command.h"
#include "cmd/fail.h"
#include "cmd/print.h"
#include "cmd/report.h"

struct list_args {
	const char *format;
	bool quiet;
};

/* clang-format off */
#define T struct list_args
static const struct option rows[] = {
	OPTION(T, format, "format", 'f', "FORMAT", "table or json"),
	OPTION(T, quiet,  "quiet",  'q', NULL,     "print only the ids"),
	OPTION_END,
};
#undef T
/* clang-format on */

const struct option_set list_options = {
	.size = sizeof(struct list_args),
	.rows = rows,
};

/* What is gathered on the walk over the containers. */
struct list {
	const struct context *ctx;
	void (*add)(struct list *l, const struct warren_state *state);
	struct table table;
	struct str json;
};

static void report_entry(const struct list *l, const char *id, const char *why)
{
	cleanup_str struct str text = { 0 };

	str_printf(&text, "%s: %s", id, why);
	report_error(l->ctx, str_ok(&text) == 0 ? text.text : why);
}

static void add_id(struct list *l, const struct warren_state *state)
{
	(void)l;
	print_text(state->id);
}

static void add_row(struct list *l, const struct warren_state *state)
{
	table_add(&l->table, state->id);
	table_printf(&l->table, "%d", (int)state->pid);
	table_add(&l->table, warren_status_name(state->status));
	table_add(&l->table, state->bundle);
	table_add(&l->table, state->created);
	table_add(&l->table, state->owner);
}

static void add_json(struct list *l, const struct warren_state *state)
{
	struct warren_error err = { 0 };
	cleanup_free char *text = NULL;

	if (warren_state_json(state, 0, true, &text, &err) < 0) {
		report_entry(l, state->id, err.text);
		return;
	}
	str_add(&l->json, l->json.len ? "," : "[");
	str_add(&l->json, text);
}

static int visit(void *arg, const char *id, const struct warren_state *state,
		 const struct warren_error *why)
{
	struct list *l = arg;

	/* One broken container must not hide the others. */
	if (state)
		l->add(l, state);
	else
		report_entry(l, id, why->text);
	return 0;
}

static int walk(struct list *l, struct warren_error *err)
{
	static const char *const titles[] = { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" };
	int r;

	for (size_t i = 0; i < l->table.columns; i++)
		table_add(&l->table, titles[i]);
	r = warren_list(&l->ctx->host, visit, l, err);
	if (r < 0)
		return r;
	if (l->add == add_json) {
		str_add(&l->json, l->json.len ? "]" : "[]");
		r = str_ok(&l->json);
		if (r == 0)
			print_text(l->json.text);
	} else if (l->add == add_row) {
		r = table_print(&l->table);
	}
	return r < 0 ? fail(err, -r, "out of memory") : 0;
}

COMMAND(list)
{
	const struct list_args *o = options;
	struct list l = {
		.ctx = ctx,
		.add = add_row,
		.table = { .columns = 6, .width = 12, .gap = 3 },
	};
	int r;

	(void)args;
	if (o->format && strcmp(o->format, "json") == 0)
		l.add = add_json;
	else if (o->format && strcmp(o->format, "table") != 0)
		return fail(err, EINVAL, "invalid format \"%s\": expected table or json",
			    o->format);
	if (o->quiet)
		l.add = add_id;
	r = walk(&l, err);
	table_free(&l.table);
	str_free(&l.json);
	return r;
}

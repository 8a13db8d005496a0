/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "cmd/command.h"
#include "cmd/duration.h"
#include "cmd/fail.h"
#include "cmd/print.h"

struct events_args {
	const char *interval;
	bool stats;
};

/* clang-format off */
#define T struct events_args
static const struct option rows[] = {
	OPTION(T, stats,    "stats",    0, NULL,   "print the numbers once and no events"),
	OPTION(T, interval, "interval", 0, "TIME", "time between two outputs of the numbers, like 500ms or 1m30s; 5s without it"),
	OPTION_END,
};
#undef T
/* clang-format on */

const struct option_set events_options = {
	.size = sizeof(struct events_args),
	.rows = rows,
};

static int print_stats(const struct context *ctx, const char *id, struct warren_error *err)
{
	cleanup_free char *text = NULL;
	int r = warren_stats(&ctx->host, id, &text, err);

	if (r == 0)
		print_text(text);
	return r;
}

/* Who reads this waits for each line; when nobody can any more, main() says so. */
static int print_event(void *arg, const char *event)
{
	(void)arg;
	print_text(event);
	return fflush(stdout) != 0;
}

COMMAND(events)
{
	const struct events_args *e = options;
	const char *interval = e->interval && *e->interval ? e->interval : "5s";
	const long long ms = duration_ms(interval);

	if (ms < 0)
		return fail(err, EINVAL,
			    "invalid value \"%s\" for --interval: expected a time like 5s, 500ms "
			    "or 1m30s",
			    interval);
	if (ms == 0)
		return fail(err, EINVAL, "duration interval must be greater than 0");
	if (e->stats)
		return print_stats(ctx, args->v[0], err);
	return warren_events(&ctx->host, args->v[0], ms > INT_MAX ? INT_MAX : (unsigned)ms,
			     print_event, NULL, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/create.h"

/* clang-format off */
#define T struct create_args
static const struct option rows[] = {
	OPTION(T, args.detach,       "detach",       'd', NULL, "return as soon as the container runs"),
	OPTION(T, args.keep,         "keep",         0,   NULL, "do not delete the container when it ends"),
	OPTION(T, args.no_subreaper, "no-subreaper", 0,   NULL, "leave orphans of the container to the caller"),
	OPTION_END,
};
#undef T
/* clang-format on */

const struct option_set run_options = {
	.size = sizeof(struct create_args),
	.rows = rows,
	.more = create_rows,
};

COMMAND(run)
{
	struct create_args *c = options;
	int r = create_prepare(ctx, c, args->v[0], err);

	return r < 0 ? r : warren_run(&ctx->host, &c->args, err);
}

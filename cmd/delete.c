/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"

struct delete_args {
	bool force;
};

static const struct option rows[] = {
	OPTION(struct delete_args, force, "force", 'f', NULL, "kill the container first"),
	OPTION_END,
};

const struct option_set delete_options = {
	.size = sizeof(struct delete_args),
	.rows = rows,
};

COMMAND(delete)
{
	const struct delete_args *d = options;

	return warren_delete(&ctx->host, args->v[0], d->force, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>

#include "cmd/command.h"
#include "cmd/fail.h"

struct kill_args {
	bool all;
};

/* For a shared pid namespace. Callers give it, runc no longer shows it, neither do we. */
static const struct option rows[] = {
	OPTION(struct kill_args, all, "all", 'a', NULL, NULL),
	OPTION_END,
};

const struct option_set kill_options = {
	.size = sizeof(struct kill_args),
	.rows = rows,
};

COMMAND(kill)
{
	const struct kill_args *k = options;
	int sig = args->n > 1 ? warren_signal(args->v[1]) : SIGTERM;
	int r;

	if (sig < 0)
		return fail(err, EINVAL, "unknown signal \"%s\"", args->v[1]);
	r = warren_kill(&ctx->host, args->v[0], sig, k->all, err);
	/* All processes of a container that has none have been signalled. */
	return r == -ESRCH && k->all ? 0 : r;
}

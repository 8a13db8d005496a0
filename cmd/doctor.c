/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "cmd/command.h"
#include "cmd/print.h"

struct doctor_args {
	bool reset;
};

static const struct option rows[] = {
	OPTION(struct doctor_args, reset, "reset", 0, NULL,
	       "remove it; the next start makes it anew"),
	OPTION_END,
};

const struct option_set doctor_options = {
	.size = sizeof(struct doctor_args),
	.rows = rows,
};

COMMAND(doctor)
{
	const struct doctor_args *d = options;
	cleanup_free char *text = NULL;
	int r = warren_doctor(&ctx->host, d->reset, &text, err);

	(void)args;
	if (r < 0)
		return r;
	print_text(text);
	return 0;
}

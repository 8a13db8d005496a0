/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "cmd/command.h"
#include "cmd/print.h"

COMMAND(state)
{
	struct warren_state state;
	cleanup_free char *text = NULL;
	int r = warren_state(&ctx->host, args->v[0], &state, err);

	(void)options;
	if (r < 0)
		return r;
	r = warren_state_json(&state, 2, true, &text, err);
	warren_state_free(&state);
	if (r < 0)
		return r;
	print_text(text);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "cmd/command.h"
#include "cmd/print.h"

COMMAND(features)
{
	cleanup_free char *text = NULL;
	int r = warren_features(&text, err);

	(void)ctx, (void)options, (void)args;
	if (r < 0)
		return r;
	print_text(text);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"

COMMAND(start)
{
	(void)options;
	return warren_start(&ctx->host, args->v[0], err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"

COMMAND(pause)
{
	(void)options;
	return warren_pause(&ctx->host, args->v[0], err);
}

COMMAND(resume)
{
	(void)options;
	return warren_resume(&ctx->host, args->v[0], err);
}

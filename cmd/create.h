/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cmd/command.h"

/* What create and run have in common. */
struct create_args {
	struct warren_create args;
	struct strs lower;
};

extern const struct option create_rows[];

/* Completes c->args: the id, absolute paths, and what the environment says. */
int create_prepare(const struct context *ctx, struct create_args *c, const char *id,
		   struct warren_error *err);

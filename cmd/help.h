/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>

#include "cmd/command.h"

/* "usage: warren create [options] ID"; command NULL: of the program itself. */
void help_usage(FILE *out, const struct context *ctx, const struct command *command);

/* Everything about one command, or about the program when command is NULL. */
void help_show(const struct context *ctx, const struct command *command);

void help_version(const struct context *ctx);

/* NULL: there is none of that name. */
const struct command *help_find(const struct context *ctx, const char *name);

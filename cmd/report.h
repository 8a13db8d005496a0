/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cmd/command.h"

/*
 * What went wrong, told once to whoever listens: a person at a terminal reads
 * "warren: create web-17: reason", a program on standard error or in the log
 * file the line that runc would write. With a log file standard error has the
 * bare sentence as well.
 */

/* A command failed; id may be NULL. */
void report_failure(const struct context *ctx, const struct command *command, const char *id,
		    const char *text);

/* The command line itself was wrong; command may be NULL. Shows the usage line, too. */
void report_usage(const struct context *ctx, const struct command *command, const char *text);

/* Nothing that belongs to one command. */
void report_error(const struct context *ctx, const char *text);

/* For struct warren_host: arg is the context. */
void report_warning(void *arg, const char *text);

/* Dropped unless the caller asked for it. */
void report_debug(const struct context *ctx, const char *text);

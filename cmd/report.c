/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/report.h"

#include <stdio.h>
#include <unistd.h>

#include "cmd/help.h"

/* Standard error as text: escaped, since names and causes may come from a guest. */
static void say(const char *before, const char *text)
{
	cleanup_str struct str line = { 0 };

	log_escape(&line, before);
	log_escape(&line, text);
	str_add(&line, "\n");
	if (str_ok(&line) == 0 && write(STDERR_FILENO, line.text, line.len) < 0)
		return; /* there is nobody left to tell */
}

/* human: what a person reads instead of text. */
static void report(const struct context *ctx, enum log_level level, const char *human,
		   const char *text)
{
	const bool terminal = isatty(STDERR_FILENO);
	const bool logged = ctx->log.path && log_line(&ctx->log, level, text) == 0;

	if (level > ctx->log.level || (logged && level != LOG_LEVEL_ERROR))
		return;
	if (terminal && !(ctx->log.json && !ctx->log.path)) {
		cleanup_str struct str before = { 0 };

		str_printf(&before, "%s: ", ctx->program);
		say(str_ok(&before) == 0 ? before.text : "", human);
	} else if (ctx->log.path) {
		say("", text);
	} else {
		(void)log_line(&ctx->log, level, text);
	}
}

void report_failure(const struct context *ctx, const struct command *command, const char *id,
		    const char *text)
{
	cleanup_str struct str human = { 0 }, full = { 0 };

	str_printf(&human, "%s%s%s: %s", command->name, id ? " " : "", id ? id : "", text);
	str_printf(&full, "%s%s", command->prefix, text);
	if (str_ok(&human) < 0 || str_ok(&full) < 0)
		report(ctx, LOG_LEVEL_ERROR, text, text);
	else
		report(ctx, LOG_LEVEL_ERROR, human.text, full.text);
}

void report_usage(const struct context *ctx, const struct command *command, const char *text)
{
	report(ctx, LOG_LEVEL_ERROR, text, text);
	help_usage(stderr, ctx, command);
}

void report_error(const struct context *ctx, const char *text)
{
	report(ctx, LOG_LEVEL_ERROR, text, text);
}

void report_warning(void *arg, const char *text)
{
	const struct context *ctx = arg;
	cleanup_str struct str human = { 0 };

	str_printf(&human, "warning: %s", text);
	report(ctx, LOG_LEVEL_WARNING, str_ok(&human) == 0 ? human.text : text, text);
}

void report_debug(const struct context *ctx, const char *text)
{
	report(ctx, LOG_LEVEL_DEBUG, text, text);
}

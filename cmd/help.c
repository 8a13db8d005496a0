/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/help.h"

#include <errno.h>
#include <string.h>

#include "cmd/fail.h"

static bool any_shown(const struct option *rows)
{
	for (const struct option *o = rows; o && o->name; o++)
		if (o->help)
			return true;
	return false;
}

static bool has_options(const struct command *command)
{
	const struct option_set *set = command->options;

	return set && (any_shown(set->rows) || any_shown(set->more));
}

void help_usage(FILE *out, const struct context *ctx, const struct command *command)
{
	if (!command)
		fprintf(out, "usage: %s [global options] COMMAND [options] [arguments]\n",
			ctx->program);
	else
		fprintf(out, "usage: %s %s%s%s%s\n", ctx->program, command->name,
			has_options(command) ? " [options]" : "", *command->arguments ? " " : "",
			command->arguments);
}

static void show_options(const struct option *rows)
{
	for (const struct option *o = rows; o && o->name; o++) {
		char left[64];

		if (!o->help)
			continue;
		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
			 o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
			 o->value ? " " : "", o->value ? o->value : "");
		printf("  %-30s %s\n", left, o->help);
	}
}

static void show_command(const struct context *ctx, const struct command *command)
{
	help_usage(stdout, ctx, command);
	printf("\n%s\n", command->help);
	if (!has_options(command))
		return;
	printf("\noptions:\n");
	show_options(command->options->rows);
	show_options(command->options->more);
}

static void show_program(const struct context *ctx)
{
	const char *comma = "";

	help_usage(stdout, ctx, NULL);
	printf("\nRuns containers from OCI bundles.\n\ncommands:\n");
	for (const struct command *c = ctx->commands; c->name; c++) {
		if (c->run)
			printf("  %-10s %s\n", c->name, c->help);
	}
	printf("\nnot supported yet: ");
	for (const struct command *c = ctx->commands; c->name; c++) {
		if (!c->run) {
			printf("%s%s", comma, c->name);
			comma = ", ";
		}
	}
	printf("\n\nglobal options:\n");
	show_options(global_options.rows);
	printf("\n\"%s COMMAND --help\" tells more about a command.\n", ctx->program);
}

void help_show(const struct context *ctx, const struct command *command)
{
	if (command)
		show_command(ctx, command);
	else
		show_program(ctx);
}

void help_version(const struct context *ctx)
{
	char seccomp[32];

	printf("%s version %s\n", ctx->program, warren_version());
	printf("commit: %s\n", warren_commit());
	printf("spec: %s\n", WARREN_OCI_VERSION);
	if (warren_libseccomp_version(seccomp, sizeof(seccomp)) > 0)
		printf("libseccomp: %s\n", seccomp);
}

const struct command *help_find(const struct context *ctx, const char *name)
{
	for (const struct command *c = ctx->commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

COMMAND(help)
{
	const struct command *about = args->n ? help_find(ctx, args->v[0]) : NULL;

	(void)options;
	if (args->n && !about)
		return fail(err, EINVAL, "unknown command \"%s\"", args->v[0]);
	help_show(ctx, about);
	return 0;
}

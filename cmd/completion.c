/* SPDX-License-Identifier: Apache-2.0 */
/* Completion for shells, made from the tables that the command line is read with. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/fail.h"

static bool shown(const struct command *c)
{
	return c->run && c->help;
}

static void words_of(const struct option *rows)
{
	for (const struct option *o = rows; o && o->name; o++)
		if (o->help)
			printf(" --%s", o->name);
}

static void options_of(const struct command *c)
{
	if (c->options) {
		words_of(c->options->rows);
		words_of(c->options->more);
	}
}

/* What follows is a file or directory: left to the shell. */
static bool takes_id(const struct command *c)
{
	return strncmp(c->arguments, "ID", 2) == 0 && strcmp(c->name, "create") != 0 &&
	       strcmp(c->name, "run") != 0;
}

static void bash(const struct context *ctx)
{
	fputs("_warren()\n{\n"
	      "\tlocal word=${COMP_WORDS[COMP_CWORD]} command= i words=\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tcase ${COMP_WORDS[i]} in\n"
	      "\t\t--root | --log | --log-format | --log-level | --cgroup-manager | --rootless) "
	      "((i++)) ;;\n"
	      "\t\t-*) ;;\n"
	      "\t\t*) command=${COMP_WORDS[i]}; break ;;\n"
	      "\t\tesac\n"
	      "\tdone\n"
	      "\tcase $command in\n\t'') words='",
	      stdout);
	words_of(global_options.rows);
	for (const struct command *c = ctx->commands; c->name; c++)
		if (shown(c))
			printf(" %s", c->name);
	puts("' ;;");
	for (const struct command *c = ctx->commands; c->name; c++) {
		if (!shown(c))
			continue;
		printf("\t%s) words='", c->name);
		options_of(c);
		fputs("'", stdout);
		if (takes_id(c))
			fputs("; [[ $word == -* ]] || words+=\" $(warren list -q 2>/dev/null)\"",
			      stdout);
		puts(" ;;");
	}
	puts("\tesac\n"
	     "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
	     "}\ncomplete -o default -F _warren warren");
}

static void zsh(const struct context *ctx)
{
	puts("#compdef warren\n_warren() {\n\tlocal -a commands=(");
	for (const struct command *c = ctx->commands; c->name; c++)
		if (shown(c))
			printf("\t\t\"%s:%s\"\n", c->name, c->help);
	puts("\t)\n\tlocal command=${words[2]}\n"
	     "\tif ((CURRENT == 2)); then\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
	     "\tcase $command in");
	for (const struct command *c = ctx->commands; c->name; c++) {
		if (!shown(c))
			continue;
		printf("\t%s) compadd --", c->name);
		options_of(c);
		if (takes_id(c))
			fputs(" $(warren list -q 2>/dev/null)", stdout);
		puts(" ;;");
	}
	puts("\tesac\n\t_files\n}\n_warren \"$@\"");
}

static void fish_quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		printf(*text == '\'' ? "\\'" : "%c", *text);
	puts("'");
}

static void fish_options(const char *condition, const struct option *rows)
{
	for (const struct option *o = rows; o && o->name; o++) {
		if (!o->help)
			continue;
		printf("complete -c warren -n '%s' -l %s", condition, o->name);
		if (o->letter)
			printf(" -s %c", o->letter);
		printf("%s -d ", o->value ? " -r" : "");
		fish_quoted(o->help);
	}
}

static void fish(const struct context *ctx)
{
	fish_options("__fish_use_subcommand", global_options.rows);
	for (const struct command *c = ctx->commands; c->name; c++) {
		char condition[96];

		if (!shown(c))
			continue;
		printf("complete -c warren -n __fish_use_subcommand -f -a %s -d ", c->name);
		fish_quoted(c->help);
		snprintf(condition, sizeof(condition), "__fish_seen_subcommand_from %s", c->name);
		if (takes_id(c))
			printf("complete -c warren -n '%s' -a '(warren list -q 2>/dev/null)'\n",
			       condition);
		if (c->options) {
			fish_options(condition, c->options->rows);
			fish_options(condition, c->options->more);
		}
	}
}

COMMAND(completion)
{
	const char *shell = args->v[0];

	(void)options;
	if (strcmp(shell, "bash") == 0)
		bash(ctx);
	else if (strcmp(shell, "zsh") == 0)
		zsh(ctx);
	else if (strcmp(shell, "fish") == 0)
		fish(ctx);
	else
		return fail(err, EINVAL, "completion: there is bash, zsh and fish, not \"%s\"",
			    shell);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* warren(8), made from the tables that the command line is read with: it cannot disagree with them.
 */
#include <stdio.h>

#include "cmd/command.h"

/* "-" is a hyphen to roff, "\" an escape, and a dot that begins a line a request. */
static void escaped(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '-')
			fputs("\\-", stdout);
		else if (*text == '\\')
			fputs("\\e", stdout);
		else
			putchar(*text);
	}
}

static void bold(const char *prefix, const char *text)
{
	fputs("\\fB", stdout);
	escaped(prefix);
	escaped(text);
	fputs("\\fR", stdout);
}

static void show_rows(const struct option *rows)
{
	for (const struct option *o = rows; o && o->name; o++) {
		const char letter[] = { o->letter, '\0' };

		if (!o->help)
			continue;
		puts(".TP");
		if (o->letter) {
			bold("-", letter);
			fputs(", ", stdout);
		}
		bold("--", o->name);
		if (o->value)
			printf(" \\fI%s\\fR", o->value);
		putchar('\n');
		escaped(o->help);
		putchar('\n');
	}
}

static void show_command(const struct command *c)
{
	printf(".SS ");
	bold("", c->name);
	printf("%s", c->options ? " [options]" : "");
	if (*c->arguments)
		printf(" \\fI%s\\fR", c->arguments);
	putchar('\n');
	escaped(c->help);
	puts(".");
	if (!c->options)
		return;
	show_rows(c->options->rows);
	show_rows(c->options->more);
}

static const char head[] =
	".SH NAME\n"
	"warren \\- run containers from OCI bundles\n"
	".SH SYNOPSIS\n"
	"\\fBwarren\\fR [global options] \\fICOMMAND\\fR [options] [arguments]\n"
	".SH DESCRIPTION\n"
	"Turns an OCI bundle, a directory with a root file system and a config.json, into an\n"
	"isolated guest on the host's own kernel: namespaces, cgroup v2, overlayfs. The command\n"
	"line is that of runc(8), so that Podman, containerd and Docker can call it in runc's "
	"place.\n"
	".PP\n"
	"Options are written \\fB\\-\\-name=value\\fR, \\fB\\-\\-name value\\fR or "
	"\\fB\\-name value\\fR; one that takes no value\n"
	"may be given as \\fB\\-\\-name=false\\fR.\n";

static const char tail[] =
	".SH EXIT STATUS\n"
	"0, or 1 when something failed. \\fBrun\\fR and \\fBexec\\fR give the status of the "
	"program, "
	"128 and the\n"
	"number of the signal that killed it, or, for \\fBexec\\fR, 255 when it could not be "
	"started.\n"
	".SH FILES\n"
	".TP\n"
	".I /run/warren\n"
	"the state of guests, a directory each; and \\fI@template\\fR, a mount namespace that "
	"starts "
	"are made\n"
	"from: \\fBwarren doctor \\-\\-reset\\fR removes it. For other users than root it lies "
	"below\n"
	".IR $XDG_RUNTIME_DIR .\n"
	".SH SEE ALSO\n"
	"runc(8), crun(1), podman(1), cgroups(7), namespaces(7)\n";

COMMAND(man)
{
	(void)options;
	(void)args;
	(void)err;
	puts(".\\\" made by warren man");
	printf(".TH WARREN 8 \"\" \"warren %s\" \"System Manager's Manual\"\n", warren_version());
	fputs(head, stdout);
	puts(".SH GLOBAL OPTIONS");
	show_rows(global_options.rows);
	puts(".SH COMMANDS");
	for (const struct command *c = ctx->commands; c->name; c++)
		if (c->run && c->help)
			show_command(c);
	fputs(tail, stdout);
	return 0;
}

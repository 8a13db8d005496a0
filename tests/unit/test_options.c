/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/options.h"

#include "base/str.h"
#include "tests/unit/check.h"

/* The command line is no part of the library. */
#include "cmd/fail.c"
#include "cmd/options.c"

struct sample {
	bool debug, force;
	struct option_choice tty;
	const char *bundle, *user;
	int fds;
	struct strs env;
	struct u32s gids;
};

#define T struct sample
static const struct option own[] = {
	OPTION(T, debug, "debug", 'd', NULL, "a flag"),
	OPTION(T, force, "force", 'f', NULL, "another"),
	OPTION(T, tty, "tty", 't', NULL, "a choice"),
	OPTION(T, bundle, "bundle", 'b', "DIR", "a text"),
	OPTION_END,
};

static const struct option shared[] = {
	OPTION(T, user, "user", 'u', "UID", NULL),
	OPTION(T, fds, "preserve-fds", 0, "N", "a number"),
	OPTION(T, env, "env", 'e', "NAME=VALUE", "texts"),
	OPTION(T, gids, "gid", 'g', "GID", "ids"),
	OPTION_END,
};
#undef T

static const struct option_set permuting = { sizeof(struct sample), false, own, shared };
static const struct option_set stopping = { sizeof(struct sample), true, own, shared };
static const struct option_set none = { 0 };

/* clang-format off */
/* Every row: the words, and what they mean: what was set, then what is left. */
static const struct {
	const struct option_set *set;
	const char *words[8];
	const char *want;
} rows[] = {
	{ &permuting, { NULL }, "" },
	{ &permuting, { "id" }, " id" },
	{ &permuting, { "--bundle", "/b", "id" }, "bundle=/b id" },
	{ &permuting, { "--bundle=/b", "id" }, "bundle=/b id" },
	{ &permuting, { "-bundle", "/b", "id" }, "bundle=/b id" },
	{ &permuting, { "-bundle=/b=c", "id" }, "bundle=/b=c id" },
	{ &permuting, { "-b", "/b", "id" }, "bundle=/b id" },
	{ &permuting, { "-b=/b", "id" }, "bundle=/b id" },
	{ &permuting, { "--bundle=" }, "bundle=" },
	{ &permuting, { "--bundle", "--debug" }, "bundle=--debug" },
	{ &permuting, { "--bundle", "--" }, "bundle=--" },
	{ &permuting, { "-b", "1", "-b", "2" }, "bundle=2" },

	{ &permuting, { "--debug" }, "debug" },
	{ &permuting, { "-debug" }, "debug" },
	{ &permuting, { "--debug=true", "--force=1" }, "debug force" },
	{ &permuting, { "--debug", "--debug=false", "--force", "-f=0" }, "" },
	{ &permuting, { "--debug=no" },
	  "! invalid value \"no\" for --debug: expected true or false" },
	{ &permuting, { "--debug=" }, "! invalid value \"\" for --debug: expected true or false" },
	{ &permuting, { "--tty" }, "tty=1" },
	{ &permuting, { "--tty=false" }, "tty=0" },

	{ &permuting, { "-df" }, "debug force" },
	{ &permuting, { "-dfb", "/b", "id" }, "debug force bundle=/b id" },
	{ &permuting, { "-db=/b" }, "debug bundle=/b" },
	{ &permuting, { "-bd", "/b" }, "! option -b in \"-bd\" takes a value and must come last" },
	{ &permuting, { "-dx" }, "! unknown option \"-dx\"" },
	{ &permuting, { "-u0" }, "! option -u in \"-u0\" takes a value and must come last" },

	{ &permuting, { "id", "-d", "more" }, "debug id more" },
	{ &permuting, { "--", "id", "-d", "--" }, " id -d --" },
	{ &permuting, { "-d", "-" }, "debug -" },
	{ &permuting, { "" }, " " },
	{ &stopping, { "-d", "id", "-f", "--", "-x" }, "debug id -f -- -x" },
	{ &stopping, { "-d", "--", "-f", "--" }, "debug -f --" },

	{ &permuting, { "-u", "0", "-preserve-fds", "3" }, "user=0 fds=3" },
	{ &permuting, { "--preserve-fds=2147483647" }, "fds=2147483647" },
	{ &permuting, { "--preserve-fds=2147483648" },
	  "! invalid value \"2147483648\" for --preserve-fds: "
	  "expected a number that is not negative" },
	{ &permuting, { "--preserve-fds", "-1" },
	  "! invalid value \"-1\" for --preserve-fds: expected a number that is not negative" },
	{ &permuting, { "-e", "A=b", "--env=C=d=e", "-e=F" }, "env=A=b env=C=d=e env=F" },
	{ &permuting, { "-g", "0", "--gid=4294967294" }, "gid=0 gid=4294967294" },
	{ &permuting, { "-g", "4294967295" },
	  "! invalid value \"4294967295\" for --gid: expected an id from 0 to 4294967294" },
	{ &permuting, { "-g", "4294967296" },
	  "! invalid value \"4294967296\" for --gid: expected an id from 0 to 4294967294" },

	{ &permuting, { "--bundl", "/b" }, "! unknown option \"--bundl\"" },
	{ &permuting, { "--bundles=x" }, "! unknown option \"--bundles\"" },
	{ &permuting, { "--b", "/b" }, "! unknown option \"--b\"" },
	{ &permuting, { "---debug" }, "! unknown option \"---debug\"" },
	{ &permuting, { "--=x" }, "! unknown option \"--\"" },
	{ &permuting, { "-=x" }, "! unknown option \"-\"" },
	{ &permuting, { "id", "-9" }, "! unknown option \"-9\"" },
	{ &permuting, { "--bundle" }, "! option --bundle needs a value" },
	{ &permuting, { "-db" }, "! option --bundle needs a value" },
	{ &none, { "id", "--debug" }, "! unknown option \"--debug\"" },
	{ &none, { "id" }, " id" },

	{ &permuting, { "id", "--help", "--nonsense" }, "help" },
	{ &permuting, { "-h" }, "help" },
	{ &permuting, { "-help" }, "help" },
	{ &permuting, { "-dh" }, "! unknown option \"-dh\"" },
	{ &permuting, { "--bundle", "-h" }, "bundle=-h" },
	{ &stopping, { "id", "-h" }, " id -h" },
};
/* clang-format on */

static void show(struct str *s, const struct sample *v, const struct strs *rest)
{
	const char *const gap[] = { "", " " };

	if (v->debug)
		str_add(s, "debug");
	if (v->force)
		str_printf(s, "%sforce", gap[s->len > 0]);
	if (v->tty.set)
		str_printf(s, "%stty=%d", gap[s->len > 0], v->tty.val);
	if (v->bundle)
		str_printf(s, "%sbundle=%s", gap[s->len > 0], v->bundle);
	if (v->user)
		str_printf(s, "%suser=%s", gap[s->len > 0], v->user);
	if (v->fds)
		str_printf(s, "%sfds=%d", gap[s->len > 0], v->fds);
	for (size_t i = 0; i < v->env.n; i++)
		str_printf(s, "%senv=%s", gap[s->len > 0], v->env.v[i]);
	for (size_t i = 0; i < v->gids.n; i++)
		str_printf(s, "%sgid=%u", gap[s->len > 0], v->gids.v[i]);
	for (size_t i = 0; i < rest->n; i++)
		str_printf(s, " %s", rest->v[i]);
}

static void test_row(const struct option_set *set, const char *const *words, const char *want)
{
	cleanup_arena struct arena a = { 0 };
	cleanup_str struct str got = { 0 };
	struct strs given = { .v = (const char **)words }, rest = { 0 };
	struct sample value = { 0 };
	struct warren_error err = { 0 };
	int r;

	while (words[given.n])
		given.n++;
	r = options_parse(&a, set, &given, &value, &rest, &err);
	if (r < 0)
		str_printf(&got, "! %s", err.text);
	else if (r > 0)
		str_add(&got, "help");
	else
		show(&got, &value, &rest);
	CHECK_STR(got.text ? got.text : "", want);
	CHECK(r < 0 ? r == -err.code : err.code == 0);
}

/* Lists are handed to the library as they are. */
static void test_terminated(void)
{
	cleanup_arena struct arena a = { 0 };
	const char *words[] = { "-e", "A=b", "id", "cmd", NULL };
	const struct strs given = { .n = 4, .v = words };
	struct strs rest = { 0 };
	struct sample value = { 0 };
	struct warren_error err = { 0 };

	CHECK(options_parse(&a, &permuting, &given, &value, &rest, &err) == 0);
	CHECK(value.env.n == 1 && !value.env.v[1]);
	CHECK(rest.n == 2 && !rest.v[2]);
	CHECK(value.gids.n == 0 && !value.gids.v);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		test_row(rows[i].set, rows[i].words, rows[i].want);
	test_terminated();
	return CHECK_DONE();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command line: the words are separated by NULs. What is set points to the
 * words, lists end as their readers expect, and every refusal is a sentence.
 */
#include "cmd/options.c"
#include "cmd/duration.c"
#include "cmd/fail.c"

#include "libcontainer/record.h"
#include "tests/fuzz/arena.h"
#include "tests/fuzz/fuzz.h"

#define WORDS_MAX 64

struct sample {
	bool debug, force;
	struct option_choice tty;
	const char *bundle, *user;
	int fds;
	struct strs env;
	struct u32s gids;
};

#define T struct sample
static const struct option rows[] = {
	OPTION(T, debug, "debug", 'd', NULL, ""),
	OPTION(T, force, "force", 'f', NULL, ""),
	OPTION(T, tty, "tty", 't', NULL, ""),
	OPTION(T, bundle, "bundle", 'b', "", ""),
	OPTION_END,
};
static const struct option more[] = {
	OPTION(T, user, "user", 'u', "", NULL),
	OPTION(T, fds, "preserve-fds", 0, "", ""),
	OPTION(T, env, "env", 'e', "", ""),
	OPTION(T, gids, "gid", 'g', "", ""),
	OPTION_END,
};
#undef T

/* Words of a command line that have a meaning of their own. */
static void check_word(const char *word)
{
	struct error err = { 0 };
	const int sig = warren_signal(word);
	const long long ms = duration_ms(word);

	must(sig == -EINVAL || (sig >= 0 && sig <= 64));
	must(ms >= 0 || ms == -EINVAL);
	if (worked(record_check_id(word, &err), &err))
		must(!strchr(word, '/') && strcmp(word, ".") != 0 && strcmp(word, "..") != 0);
}

static void must_be_of(const char *text, const char *begin, size_t size)
{
	must(text >= begin && text <= begin + size);
}

static void check(const struct sample *v, const struct strs *rest, const char *text, size_t size)
{
	if (v->bundle)
		must_be_of(v->bundle, text, size);
	if (v->user)
		must_be_of(v->user, text, size);
	must(v->fds >= 0);
	for (size_t i = 0; i < v->env.n; i++)
		must_be_of(v->env.v[i], text, size);
	must(!v->env.n || !v->env.v[v->env.n]);
	for (size_t i = 0; i < v->gids.n; i++)
		must(v->gids.v[i] != UINT32_MAX);
	for (size_t i = 0; i < rest->n; i++)
		must_be_of(rest->v[i], text, size);
	must(!rest->v[rest->n]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct option_set set = { sizeof(struct sample), size && *data & 1, rows, more };
	cleanup_arena struct arena a = { 0 };
	struct warren_error err = { 0 };
	const char *words[WORDS_MAX + 1] = { 0 };
	struct strs given = { .v = words }, rest = { 0 };
	struct sample v = { 0 };
	char *text;
	int r;

	if (!size)
		return 0;
	text = text_of(data + 1, size - 1);
	for (char *at = text; at < text + size - 1 && given.n < WORDS_MAX; at += strlen(at) + 1) {
		words[given.n++] = at;
		check_word(at);
	}
	r = options_parse(&a, &set, &given, &v, &rest, &err);
	must(r < 0 ? r == -err.code && *err.text : err.code == 0 && r <= HELP_ASKED);
	if (r == 0)
		check(&v, &rest, text, size);
	free(text);
	return 0;
}

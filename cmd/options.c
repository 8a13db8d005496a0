/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/options.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/str.h"
#include "cmd/fail.h"

/* (uid_t)-1 means "no change" to the kernel, so it is nobody's id. */
#define MAX_ID (UINT32_MAX - 1)

enum { PARSED, HELP_ASKED };

struct parser {
	struct arena *arena;
	const struct option_set *set;
	const struct strs *words;
	size_t next; /* the word to be read next */
	char *into;
	struct warren_error *err;
};

/* By name, or by letter if name is NULL. */
static const struct option *find(const struct option_set *set, const char *name, size_t len,
				 char letter)
{
	const struct option *const groups[] = { set->rows, set->more };

	for (size_t i = 0; i < 2; i++) {
		for (const struct option *o = groups[i]; o && o->name; o++) {
			if (name ? strlen(o->name) == len && memcmp(o->name, name, len) == 0
				 : o->letter == letter)
				return o;
		}
	}
	return NULL;
}

static bool is_flag(const struct option *o)
{
	return o->kind == OPTION_FLAG || o->kind == OPTION_CHOICE;
}

static int refuse(const struct parser *p, const struct option *o, const char *value,
		  const char *want)
{
	return fail(p->err, EINVAL, "invalid value \"%s\" for --%s: expected %s", value, o->name,
		    want);
}

static int set_flag(const struct parser *p, const struct option *o, const char *value, bool *ret)
{
	if (strcmp(value, "true") == 0 || strcmp(value, "1") == 0) {
		*ret = true;
		return 0;
	}
	if (strcmp(value, "false") == 0 || strcmp(value, "0") == 0) {
		*ret = false;
		return 0;
	}
	return refuse(p, o, value, "true or false");
}

static int set_number(const struct parser *p, const struct option *o, const char *value, int *ret)
{
	unsigned long long n;

	if (str_to_u64(value, INT_MAX, &n) < 0)
		return refuse(p, o, value, "a number that is not negative");
	*ret = (int)n;
	return 0;
}

/* No list can become longer than the command line. */
static int add_text(const struct parser *p, const char *value, struct strs *list)
{
	if (!list->v)
		list->v = arena_array(p->arena, p->words->n + 1, sizeof(*list->v));
	if (!list->v)
		return fail(p->err, ENOMEM, "read the command line: out of memory");
	list->v[list->n++] = value;
	return 0;
}

static int add_id(const struct parser *p, const struct option *o, const char *value,
		  struct u32s *list)
{
	unsigned long long id;

	if (str_to_u64(value, MAX_ID, &id) < 0)
		return refuse(p, o, value, "an id from 0 to 4294967294");
	if (!list->v)
		list->v = arena_array(p->arena, p->words->n, sizeof(*list->v));
	if (!list->v)
		return fail(p->err, ENOMEM, "read the command line: out of memory");
	list->v[list->n++] = (uint32_t)id;
	return 0;
}

/* value: what stood behind "=", or NULL. */
static int set_option(struct parser *p, const struct option *o, const char *value)
{
	void *at = p->into + o->offset;

	if (!value && is_flag(o))
		value = "true";
	if (!value && p->next == p->words->n)
		return fail(p->err, EINVAL, "option --%s needs a value", o->name);
	if (!value)
		value = p->words->v[p->next++];
	switch (o->kind) {
	case OPTION_FLAG:
		return set_flag(p, o, value, at);
	case OPTION_CHOICE:
		((struct option_choice *)at)->set = true;
		return set_flag(p, o, value, &((struct option_choice *)at)->val);
	case OPTION_TEXT:
		*(const char **)at = value;
		return 0;
	case OPTION_NUMBER:
		return set_number(p, o, value, at);
	case OPTION_TEXTS:
		return add_text(p, value, at);
	case OPTION_IDS:
		return add_id(p, o, value, at);
	}
	return refuse(p, o, value, "nothing");
}

static int unknown(const struct parser *p, const char *word)
{
	return fail(p->err, EINVAL, "unknown option \"%.*s\"", (int)strcspn(word, "="), word);
}

/* "-abc": flags in one word, of which the last may be an option with a value. */
static int parse_letters(struct parser *p, const char *word, size_t len, const char *value)
{
	for (size_t i = 1; i < len; i++) {
		const struct option *o = find(p->set, NULL, 0, word[i]);
		const bool last = i + 1 == len;
		int r;

		if (!o && word[i] == 'h' && len == 2)
			return HELP_ASKED;
		if (!o)
			return unknown(p, word);
		if (!last && !is_flag(o))
			return fail(p->err, EINVAL,
				    "option -%c in \"%s\" takes a value and must come last",
				    o->letter, word);
		r = set_option(p, o, last ? value : NULL);
		if (r < 0)
			return r;
	}
	return PARSED;
}

static int parse_option(struct parser *p, const char *word)
{
	const bool two_dashes = word[1] == '-';
	const char *name = word + (two_dashes ? 2 : 1);
	const size_t len = strcspn(name, "=");
	const char *value = name[len] ? name + len + 1 : NULL;
	const struct option *o = find(p->set, name, len, 0);

	if (o)
		return set_option(p, o, value);
	if (len == strlen("help") && memcmp(name, "help", len) == 0)
		return HELP_ASKED;
	if (two_dashes || len == 0)
		return unknown(p, word);
	return parse_letters(p, word, len + 1, value);
}

int options_parse(struct arena *a, const struct option_set *set, const struct strs *words,
		  void *into, struct strs *ret_rest, struct warren_error *err)
{
	struct parser p = { .arena = a, .set = set, .words = words, .into = into, .err = err };
	struct strs rest = { .v = arena_array(a, words->n + 1, sizeof(*rest.v)) };
	bool ended = false;

	if (!rest.v)
		return fail(err, ENOMEM, "read the command line: out of memory");
	while (p.next < words->n) {
		const char *word = words->v[p.next++];
		int r;

		if (!ended && strcmp(word, "--") == 0) {
			ended = true;
			continue;
		}
		if (ended || word[0] != '-' || !word[1]) {
			rest.v[rest.n++] = word;
			ended |= set->stop;
			continue;
		}
		r = parse_option(&p, word);
		if (r != PARSED)
			return r;
	}
	*ret_rest = rest;
	return PARSED;
}

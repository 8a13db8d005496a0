/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/json.h"
#include "libcontainer/warren.h"

/*
 * The one reader of command lines.
 *
 * A command declares a struct and one row an option; the C type of the member
 * decides what the option takes, and the same rows make the help texts.
 *
 *   --name=value  --name value  -name value  -n value  -n=value  -xyz (flags)
 *
 * "--" ends the options. Names are never abbreviated. Given twice, the later
 * one counts, unless the member is a list.
 */

enum option_kind {
	OPTION_FLAG,   /* bool: no value, or =true =false =1 =0 */
	OPTION_CHOICE, /* struct option_choice: a flag that is remembered even as =false */
	OPTION_TEXT,   /* const char * */
	OPTION_NUMBER, /* int, not negative */
	OPTION_TEXTS,  /* struct strs: may be repeated; v[n] is NULL, and v if there is none */
	OPTION_IDS,    /* struct u32s: user or group ids, may be repeated */
};

struct option_choice {
	bool set, val;
};

struct option {
	const char *name; /* without dashes */
	char letter;      /* 0: none */
	enum option_kind kind;
	size_t offset;
	const char *value; /* what help calls the value; NULL: a flag */
	const char *help;  /* NULL: accepted, but not shown */
};

struct option_set {
	size_t size;               /* of the struct to be filled */
	bool stop;                 /* at the first word that is no option: the rest is not ours */
	const struct option *rows; /* ends with a NULL name; NULL: no options */
	const struct option *more; /* the same, for rows shared by commands */
};

/* clang-format off */
#define OPTION_KIND(T, member) _Generic(((T *)0)->member, \
	bool: OPTION_FLAG, struct option_choice: OPTION_CHOICE, const char *: OPTION_TEXT, \
	int: OPTION_NUMBER, struct strs: OPTION_TEXTS, struct u32s: OPTION_IDS)

#define OPTION(T, member, name, letter, value, help) \
	{ name, letter, OPTION_KIND(T, member), offsetof(T, member), value, help }
#define OPTION_END { 0 }
/* clang-format on */

/*
 * Reads words into the struct at into, which starts as the caller set it. What
 * is no option is left in *ret_rest. Returns 0, or 1 when help was asked for.
 */
int options_parse(struct arena *a, const struct option_set *set, const struct strs *words,
		  void *into, struct strs *ret_rest, struct warren_error *err);

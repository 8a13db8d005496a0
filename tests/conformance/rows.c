/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the rows of doc/CONFORMANCE.md, out of the tables that config.json and
 * the command line are read with: what is new there is a row here.
 *
 *   process.oomScoreAdj                     a property
 *   mounts[].options=ro                     a word that a property may be
 *   exec                                    a command
 *   exec --cwd                              an option of a command
 *   warren --root                           an option of the program
 */
#include "spec/names.c"
#include "spec/spec.c"

#define main warren_main
int warren_main(int argc, char **argv);
#include "cmd/main.c"
#undef main

#include "spec/mount_option.h"

/* ---- config.json ------------------------------------------------------- */

static void print_words(const char *path, const char *const words[])
{
	for (; *words; words++)
		printf("%s=%s\n", path, *words);
}

/* The words of properties that are strings to the tables. */
static void print_strings(const char *path)
{
	const char *option;

	if (strcmp(path, "mounts[].options") == 0)
		for (size_t i = 0; (option = spec_mount_option(i)); i++)
			printf("%s=%s\n", path, option);
	if (strcmp(path, "process.rlimits[].type") == 0)
		for (size_t i = 0; i < sizeof(rlimits) / sizeof(*rlimits); i++)
			printf("%s=%s\n", path, rlimits[i].name);
	if (strcmp(path, "linux.rootfsPropagation") == 0)
		print_words(path, spec_propagations);
	if (strcmp(path, "linux.seccomp.flags") == 0)
		print_words(path, spec_seccomp_flags);
}

static void print_leaf(const char *path, const struct json_as *as)
{
	printf("%s\n", path);
	if (as->each && as->each->names)
		print_words(path, as->each->names);
	/* the default action is one of a rule's */
	else if (as->names && strcmp(path, "linux.seccomp.defaultAction") != 0)
		print_words(path, as->names);
	else
		print_strings(path);
}

static size_t common_prefix(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return n;
}

static size_t common_suffix(const char *a, const char *b)
{
	const size_t la = strlen(a), lb = strlen(b);
	size_t n = 0;

	while (n < la && n < lb && a[la - n - 1] == b[lb - n - 1])
		n++;
	return n;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * How the fields of a class that are of the same class themselves are called
 * together: uidMappings and gidMappings are *idMappings. Returns their number.
 */
static size_t together(const struct json_field *fields, const struct json_class *class, char *name,
		       size_t size)
{
	const struct json_field *first = NULL;
	size_t n = 0, prefix = SIZE_MAX, suffix = SIZE_MAX;

	for (const struct json_field *f = fields; f->key; f++) {
		if (f->as.class != class)
			continue;
		first = first ? first : f;
		prefix = least(prefix, common_prefix(first->key, f->key));
		suffix = least(suffix, common_suffix(first->key, f->key));
		n++;
	}
	if (n == 1)
		snprintf(name, size, "%s", first->key);
	else if (n > 1)
		snprintf(name, size, "%.*s*%s", (int)prefix, first->key,
			 first->key + strlen(first->key) - suffix);
	return n;
}

static bool is_last_of(const struct json_field *f)
{
	const struct json_class *class = f->as.class;

	for (f++; f->key; f++)
		if (f->as.class == class)
			return false;
	return true;
}

static const char *brackets(const struct json_as *as)
{
	return as->kind == JSON_K_LIST ? "[]" : as->kind == JSON_K_MAP ? ".NAME" : "";
}

static void print_class(const char *prefix, const struct json_class *class)
{
	char name[64], path[256];

	for (const struct json_field *f = class->fields; f->key; f++) {
		snprintf(path, sizeof(path), "%s%s", prefix, f->key);
		if (!f->as.class) {
			print_leaf(path, &f->as);
			continue;
		}
		if (together(class->fields, f->as.class, name, sizeof(name)) > 1)
			printf("%s\n", path);
		if (is_last_of(f)) {
			snprintf(path, sizeof(path), "%s%s%s.", prefix, name, brackets(&f->as));
			print_class(path, f->as.class);
		}
	}
}

/* ---- the command line -------------------------------------------------- */

static void print_options(const char *command, const struct option *rows)
{
	for (; rows && rows->name; rows++)
		printf("%s --%s\n", command, rows->name);
}

int main(void)
{
	print_class("", &config_class);
	print_options("warren", global_options.rows);
	for (const struct command *c = commands; c->name; c++) {
		printf("%s\n", c->name);
		if (c->options) {
			print_options(c->name, c->options->rows);
			print_options(c->name, c->options->more);
		}
	}
	return 0;
}

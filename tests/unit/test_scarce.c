/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Without memory every reader and writer of base/ and spec/ says so, whichever
 * of its allocations it is that fails: nothing is read by half.
 */
#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/path.h"
#include "spec/features.h"
#include "spec/mount_option.h"
#include "spec/spec.h"
#include "spec/state.h"
#include "tests/unit/check.h"
#include "tests/unit/data.h"

/* ---- an arena that fails when told ------------------------------------------------ */

/* Instead of base/arena.c, which is then not taken from the library. */
struct arena_block {
	struct arena_block *next;
	_Alignas(max_align_t) char data[];
};

static size_t left = SIZE_MAX; /* allocations that work */

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = left ? calloc(1, sizeof(*b) + size) : NULL;

	if (!b)
		return NULL;
	left--;
	b->next = a->head;
	a->head = b;
	return b->data;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	return arena_alloc(a, n * size);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	return p ? memcpy(p, s, n) : NULL;
}

void arena_free(struct arena *a)
{
	for (struct arena_block *b = a->head, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	a->head = NULL;
}

/* ---- what is tried ------------------------------------------------------------------ */

typedef int attempt(struct arena *a, const char *text, struct error *err);

static int read_spec(struct arena *a, const char *text, struct error *err)
{
	struct spec *spec;

	return spec_parse(a, text, strlen(text), &spec, err);
}

static int read_process(struct arena *a, const char *text, struct error *err)
{
	struct spec_process *p;

	return spec_parse_process(a, "process", text, strlen(text), &p, err);
}

static int read_resources(struct arena *a, const char *text, struct error *err)
{
	struct spec_resources *res;

	return spec_parse_resources(a, "resources", text, strlen(text), &res, err);
}

static int read_state(struct arena *a, const char *text, struct error *err)
{
	struct spec_state *state;

	return spec_state_parse(a, text, strlen(text), &state, err);
}

static int read_options(struct arena *a, const char *text, struct error *err)
{
	const char *words[] = { "ro", text, "sync" };
	const struct spec_mount m = { .destination = "/", .type = "t", .options = { 3, words } };
	struct spec_mount_flags flags;

	return spec_mount_flags(a, &m, &flags, err);
}

/* Those that have no text for it. */
static int silent(int r, struct error *err)
{
	return r < 0 ? error_sys(err, -r, "x") : 0;
}

static int clean(struct arena *a, const char *text, struct error *err)
{
	return silent(path_clean(a, text) && path_join(a, text, "b") ? 0 : -ENOMEM, err);
}

static int read_file(struct arena *a, const char *text, struct error *err)
{
	size_t len;

	return silent(file_read(a, AT_FDCWD, text, 1 << 20, &text, &len), err);
}

/* Its arena is its own, and as scarce. */
static int list_features(struct arena *a, const char *text, struct error *err)
{
	cleanup_str struct str out = { 0 };
	const struct spec_features_info info = { .version = text,
						 .commit = text,
						 .libseccomp = "2.5.4" };

	(void)a;
	return silent(spec_features(&out, &info), err);
}

/* How often it had to fail before it worked; 0: not always in the right way. */
static size_t failures(attempt *try, const char *text)
{
	for (size_t n = 0; n < 10000; n++) {
		cleanup_arena struct arena a = { 0 };
		struct error err = { 0 };
		int r;

		left = n;
		r = try(&a, text, &err);
		left = SIZE_MAX;
		if (r >= 0)
			return n;
		if (r != -ENOMEM || err.code != ENOMEM || !*err.text) {
			printf("# allocation %zu: %d, %s\n", n, r, err.text);
			return 0;
		}
	}
	return 0;
}

int main(void)
{
	cleanup_arena struct arena a = { 0 };
	cleanup_str struct str many = { 0 };

	/* so many keys that duplicates are looked for in another way */
	str_add(&many, "{\"unified\":{");
	for (int i = 0; i < 40; i++)
		str_printf(&many, "%s\"a.%d\":\"\"", i ? "," : "", i);
	str_add(&many, "}}");

	CHECK(failures(read_spec, data_file(&a, "spec/full.json")) > 500);
	CHECK(failures(read_process, data_file(&a, "process/exec.json")) > 20);
	CHECK(failures(read_resources, many.text) > 80);
	CHECK(failures(read_state, data_file(&a, "state/format-1.json")) > 20);
	CHECK(failures(read_options, "a,b,c") == 4);
	CHECK(failures(clean, "/a/../b") == 2);
	CHECK(failures(read_file, "/proc/self/maps") >= 1);
	CHECK(failures(list_features, "1") == 3);
	return CHECK_DONE();
}

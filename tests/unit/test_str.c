/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/fd.h"
#include "tests/unit/check.h"

/* What cannot be allocated is NULL for the sanitizer, too, and not the end. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* ---- text that grows ------------------------------------------------------------ */

static void test_grows(void)
{
	cleanup_str struct str s = { 0 };
	size_t n = 0;

	CHECK(str_ok(&s) == 0 && !s.text);
	for (int i = 0; i < 300; i++) {
		str_printf(&s, "%d,", i);
		str_add_n(&s, "abc", 2);
	}
	for (int i = 0; i < 300; i++)
		n += 4 + (i > 9) + (i > 99);
	CHECK(str_ok(&s) == 0 && s.len == n && strlen(s.text) == n);
	CHECK(strncmp(s.text, "0,ab1,ab2,ab", 12) == 0);
	CHECK_STR(s.text + n - 12, "298,ab299,ab");
	str_free(&s);
	CHECK(!s.text && s.len == 0 && s.size == 0);
}

/* NULs are bytes like others. */
static void test_bytes(void)
{
	cleanup_str struct str s = { 0 };

	str_add_n(&s, "a\0b", 3);
	str_add(&s, "c");
	CHECK(s.len == 4 && memcmp(s.text, "a\0bc", 5) == 0);
}

/* Asked for at the end: in between nothing is written, and nothing is lost. */
static void test_too_much(size_t n)
{
	cleanup_str struct str s = { 0 };

	str_add(&s, "abc");
	str_add_n(&s, "x", n);
	CHECK(str_ok(&s) == -ENOMEM);
	CHECK_STR(s.text, "abc");
	str_add(&s, "more");
	str_printf(&s, "%d", 1);
	CHECK(str_ok(&s) == -ENOMEM && s.len == 3);
	CHECK(str_take(&s) == NULL);
	CHECK(!s.text && str_ok(&s) == 0); /* and can be used again */
}

static void test_take(void)
{
	cleanup_str struct str s = { 0 };
	cleanup_free char *text = NULL, *empty = NULL;

	str_add(&s, "abc");
	text = str_take(&s);
	CHECK_STR(text, "abc");
	CHECK(!s.text && s.len == 0);
	empty = str_take(&s);
	CHECK(empty != NULL);
	CHECK_STR(empty ? empty : "NULL", "");
}

/* ---- words ---------------------------------------------------------------------- */

static void test_starts(void)
{
	CHECK(str_starts("abc", "") && str_starts("abc", "ab") && str_starts("abc", "abc"));
	CHECK(!str_starts("ab", "abc") && !str_starts("xab", "ab") && str_starts("", ""));
}

static void test_numbers(void)
{
	/* clang-format off */
	static const struct { const char *text; unsigned long long max, value; int r; } rows[] = {
		{ "0", 0, 0, 0 }, { "007", 7, 7, 0 }, { "10", 10, 10, 0 }, { "11", 10, 0, -EINVAL },
		{ "18446744073709551615", ULLONG_MAX, ULLONG_MAX, 0 },
		{ "18446744073709551616", ULLONG_MAX, 0, -EINVAL },
		{ "28446744073709551615", ULLONG_MAX, 0, -EINVAL },
		{ "99999999999999999999999", ULLONG_MAX, 0, -EINVAL },
		{ "", 9, 0, -EINVAL }, { "-1", 9, 0, -EINVAL }, { "+1", 9, 0, -EINVAL },
		{ " 1", 9, 0, -EINVAL }, { "1 ", 9, 0, -EINVAL }, { "0x1", 9, 0, -EINVAL },
		{ "1/", 9, 0, -EINVAL }, { "1:", 9, 0, -EINVAL },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsigned long long value = 0;

		CHECK(str_to_u64(rows[i].text, rows[i].max, &value) == rows[i].r);
		CHECK(value == rows[i].value);
	}
}

/* ---- arenas ---------------------------------------------------------------------- */

static bool is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Zeroed and aligned, each its own memory, beyond the size of a block as well. */
static void test_arena(void)
{
	cleanup_arena struct arena a = { 0 };
	unsigned char *all[200], *large = arena_alloc(&a, 1000000);
	unsigned wrong = 0;

	CHECK(large && is_zero(large, 1000000));
	for (unsigned i = 0; i < 200; i++) {
		all[i] = arena_alloc(&a, i * 17 + 1);
		wrong += !all[i] || (uintptr_t)all[i] % 16 || !is_zero(all[i], i * 17 + 1);
		if (all[i])
			memset(all[i], (int)i, i * 17 + 1);
	}
	memset(large, 0xff, 1000000);
	for (unsigned i = 0; i < 200; i++)
		wrong += all[i][0] != i || all[i][i * 17] != i;
	CHECK(wrong == 0);
	CHECK(arena_alloc(&a, 0) != NULL);
	arena_free(&a);
	CHECK(!a.head && arena_alloc(&a, 1) != NULL); /* empty, and fit for use */
}

static void test_arena_limits(void)
{
	cleanup_arena struct arena a = { 0 };

	CHECK(arena_alloc(&a, SIZE_MAX) == NULL);
	CHECK(arena_alloc(&a, SIZE_MAX / 2) == NULL);
	CHECK(arena_array(&a, SIZE_MAX / 4, 8) == NULL);
	CHECK(arena_array(&a, 3, 4) != NULL);
	CHECK_STR(arena_strndup(&a, "abcdef", 3), "abc");
	CHECK_STR(arena_strndup(&a, "", 0), "");
}

int main(void)
{
	test_grows();
	test_bytes();
	test_too_much(SIZE_MAX);         /* with the NUL it would be 0 */
	test_too_much(SIZE_MAX - 2);     /* not with what is there already */
	test_too_much(SIZE_MAX / 2 + 2); /* cannot be doubled */
	test_too_much(SIZE_MAX / 4);     /* nobody has that much */
	test_take();
	test_starts();
	test_numbers();
	test_arena();
	test_arena_limits();
	return CHECK_DONE();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>

#include "tests/unit/check.h"

static void test_texts(void)
{
	struct error err = { 0 };

	CHECK(error_set(&err, EINVAL, "%s: %d is too much", "memory", 7) == -EINVAL);
	CHECK(err.code == EINVAL);
	CHECK_STR(err.text, "memory: 7 is too much");
	CHECK(error_sys(&err, EBUSY, "write %s", "memory.max") == -EBUSY);
	CHECK(err.code == EBUSY);
	CHECK_STR(err.text, "write memory.max: device or resource busy");
	CHECK(error_ctx(&err, "limit %s", "memory") == -EBUSY);
	CHECK_STR(err.text, "limit memory: write memory.max: device or resource busy");
}

/* In the middle of a sentence; an abbreviation stays one. */
static void test_describe(void)
{
	static const struct {
		int code;
		const char *text;
	} rows[] = {
		{ ENOENT, "no such file or directory" },
		{ EIO, "input/output error" },
		{ ERANGE, "numerical result out of range" },
		{ EDOTDOT, "RFS specific error" },
		{ 99999, "unknown error" },
	};
	char buf[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		CHECK_STR(error_describe(rows[i].code, buf, sizeof(buf)), rows[i].text);
	CHECK_STR(error_describe(ENOENT, buf, 8), "no such");
	CHECK_STR(error_describe(ENOENT, buf, 1), "");
}

/* The cause is what counts: whatever is put in front, its beginning is there. */
static void test_cut(void)
{
	struct error err = { 0 };
	char outer[400], inner[600];

	memset(outer, 'o', sizeof(outer) - 1);
	outer[sizeof(outer) - 1] = '\0';
	memset(inner, 'i', sizeof(inner) - 1);
	inner[sizeof(inner) - 1] = '\0';

	error_set(&err, EINVAL, "%s", inner);
	CHECK(strlen(err.text) == sizeof(err.text) - 1);
	error_sys(&err, EINVAL, "%s", inner); /* no room for what errno means */
	CHECK(strlen(err.text) == sizeof(err.text) - 1 && err.text[506] == 'i');

	error_set(&err, EINVAL, "the cause %s", inner);
	CHECK(error_ctx(&err, "%s", outer) == -EINVAL);
	CHECK(strlen(err.text) == sizeof(err.text) - 1);
	CHECK(strncmp(err.text + 399, ": the cause iii", 15) == 0);

	/* a context that is too long by itself */
	error_set(&err, EINVAL, "the cause");
	error_ctx(&err, "%s", inner);
	CHECK(strlen(err.text) == sizeof(err.text) - 1);
	CHECK(strncmp(err.text, "iii", 3) == 0);
}

int main(void)
{
	test_texts();
	test_describe();
	test_cut();
	return CHECK_DONE();
}

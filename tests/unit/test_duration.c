/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/duration.h"

#include "tests/unit/check.h"

/* The command line is no part of the library. */
#include "cmd/duration.c"

/* clang-format off */
static const struct {
	const char *text;
	long long ms;
} rows[] = {
	{ "5s", 5000 },
	{ "500ms", 500 },
	{ "1m30s", 90000 },
	{ "1h1m1s1ms", 3661001 },
	{ "1.5h", 5400000 },
	{ ".5s", 500 },
	{ "1.s", 1000 },
	{ "0.25s", 250 },
	{ "1.0005s", 1001 },
	{ "1us", 1 },
	{ "1\xc2\xb5s", 1 },
	{ "1\xce\xbcs", 1 },
	{ "1000001ns", 2 },
	{ "0", 0 },
	{ "0s", 0 },
	{ "-5s", 0 },
	{ "+5s", 5000 },
	{ "0.00000000000000000000000000001h", 0 },

	{ "", -EINVAL },
	{ "5", -EINVAL },
	{ "s", -EINVAL },
	{ ".s", -EINVAL },
	{ "-", -EINVAL },
	{ "5 s", -EINVAL },
	{ "5d", -EINVAL },
	{ "5s5", -EINVAL },
	{ "1.5.5s", -EINVAL },
	{ "99999999999999999999s", -EINVAL },
	{ "9223372036854775807h", -EINVAL },
	{ "2562047h2562047h", -EINVAL },
};
/* clang-format on */

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const long long ms = duration_ms(rows[i].text);

		CHECK(ms == rows[i].ms);
		if (ms != rows[i].ms)
			printf("# %s: %lld\n", rows[i].text, ms);
	}
	return CHECK_DONE();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/warren.h"

#include <errno.h>
#include <signal.h>

#include "tests/unit/check.h"

/* clang-format off */
static const struct { const char *text; int number; } cases[] = {
	{ "0", 0 }, { "1", 1 }, { "9", 9 }, { "015", 15 }, { "31", 31 }, { "34", 34 }, { "64", 64 },
	{ "KILL", SIGKILL }, { "SIGKILL", SIGKILL }, { "sigkill", SIGKILL }, { "Term", SIGTERM },
	{ "SIGIOT", SIGABRT }, { "CLD", SIGCHLD }, { "POLL", SIGIO }, { "STKFLT", SIGSTKFLT },
	{ "RTMIN", 34 }, { "SIGRTMIN", 34 }, { "RTMIN+0", 34 }, { "RTMIN+3", 37 },
	{ "sigrtmin+30", 64 }, { "RTMAX", 64 }, { "RTMAX-0", 64 }, { "RTMAX-14", 50 },
	{ "SIGRTMAX-30", 34 },
	/* the C library's own, and what does not exist */
	{ "32", -EINVAL }, { "33", -EINVAL }, { "65", -EINVAL }, { "128", -EINVAL },
	{ "4294967305", -EINVAL }, { "18446744073709551625", -EINVAL }, { "-1", -EINVAL },
	{ "+9", -EINVAL }, { " 9", -EINVAL }, { "9 ", -EINVAL }, { "0x9", -EINVAL }, { "", -EINVAL },
	{ "SIG", -EINVAL }, { "SIG9", -EINVAL }, { "SIGSIGKILL", -EINVAL }, { "KILLED", -EINVAL },
	{ "KIL", -EINVAL }, { "RTMIN+", -EINVAL }, { "RTMIN-1", -EINVAL }, { "RTMIN+31", -EINVAL },
	{ "RTMAX+1", -EINVAL }, { "RTMAX-", -EINVAL }, { "RTMAX-31", -EINVAL },
	{ "RTMIN+-1", -EINVAL }, { "RTMIN+3x", -EINVAL }, { "RT", -EINVAL },
};
/* clang-format on */

int main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const int got = warren_signal(cases[i].text);

		CHECK(got == cases[i].number);
		if (got != cases[i].number)
			printf("# \"%s\": %d\n", cases[i].text, got);
	}
	return CHECK_DONE();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdbool.h>

#include "tests/unit/check.h"

static bool as_libc(time_t when)
{
	char ours[CLOCK_UTC_SIZE], theirs[CLOCK_UTC_SIZE];
	struct tm tm;

	if (!gmtime_r(&when, &tm))
		return false;
	strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%S", &tm);
	return strcmp(clock_utc(when, ours), theirs) == 0;
}

int main(void)
{
	const time_t day = 86400, year_2400 = 13569465600;
	char text[CLOCK_UTC_SIZE];
	time_t when = 0;

	CHECK_STR(clock_utc(0, text), "1970-01-01T00:00:00");
	CHECK_STR(clock_utc(-5, text), "1970-01-01T00:00:00");
	CHECK_STR(clock_utc(1709251199, text), "2024-02-29T23:59:59");
	while (when < year_2400 + 400 * day && as_libc(when) && as_libc(when + day - 1))
		when += day;
	CHECK(when >= year_2400 + 400 * day);
	return CHECK_DONE();
}

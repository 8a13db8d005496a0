/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdio.h>

#define DAY 86400
#define DAYS_4_YEARS 1461
#define DAYS_100_YEARS 36524
#define DAYS_400_YEARS 146097
#define DAYS_BEFORE_1970 719468 /* since the first of March of the year 0 */

/* Years that begin in March have their odd day at the end, and months of 153 days in five. */
const char *clock_utc(time_t when, char text[CLOCK_UTC_SIZE])
{
	const unsigned long seconds = when > 0 ? (unsigned long)when : 0;
	const unsigned long days = seconds / DAY + DAYS_BEFORE_1970, second = seconds % DAY;
	const unsigned long age = days % DAYS_400_YEARS;
	const unsigned long year_of_400 = (age - age / (DAYS_4_YEARS - 1) + age / DAYS_100_YEARS -
					   age / (DAYS_400_YEARS - 1)) /
					  365;
	const unsigned long day_of_year =
		age - (365 * year_of_400 + year_of_400 / 4 - year_of_400 / 100);
	const unsigned long march = (5 * day_of_year + 2) / 153; /* months since March */
	const unsigned long day = day_of_year - (153 * march + 2) / 5 + 1;
	const unsigned long month = march < 10 ? march + 3 : march - 9;
	const unsigned long year = days / DAYS_400_YEARS * 400 + year_of_400 + (month <= 2);

	snprintf(text, CLOCK_UTC_SIZE, "%04lu-%02lu-%02luT%02lu:%02lu:%02lu", year % 10000, month,
		 day, second / 3600, second / 60 % 60, second % 60);
	return text;
}

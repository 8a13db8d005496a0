/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/duration.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Longer names first: "ms" is not "m" and an "s". */
static const struct {
	const char *name;
	long long ns;
} units[] = {
	{ "ns", 1 },       { "us", 1000 },      { "\xc2\xb5s", 1000 }, { "\xce\xbcs", 1000 },
	{ "ms", 1000000 }, { "s", 1000000000 }, { "m", 60000000000 },  { "h", 3600000000000 },
};

/* Steps over the unit; 0: there is none. */
static long long take_unit(const char **text)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		const size_t n = strlen(units[i].name);

		if (strncmp(*text, units[i].name, n) != 0)
			continue;
		*text += n;
		return units[i].ns;
	}
	return 0;
}

/* One "1.5h": nanoseconds, or -EINVAL. */
static long long take_part(const char **text)
{
	const char *digits = *text, *fraction;
	const size_t n = strspn(digits, "0123456789");
	long long whole = 0, unit, part = 0, total;
	size_t n_fraction = 0;

	for (size_t i = 0; i < n; i++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, digits[i] - '0', &whole))
			return -EINVAL;
	fraction = digits + n;
	*text = fraction;
	if (*fraction == '.') {
		fraction++;
		n_fraction = strspn(fraction, "0123456789");
		*text = fraction + n_fraction;
	}
	if (n + n_fraction == 0)
		return -EINVAL;
	unit = take_unit(text);
	if (unit == 0)
		return -EINVAL;
	for (size_t i = 0, worth = (size_t)unit / 10; i < n_fraction; i++, worth /= 10)
		part += (long long)worth * (fraction[i] - '0');
	if (__builtin_mul_overflow(whole, unit, &total) ||
	    __builtin_add_overflow(total, part, &total))
		return -EINVAL;
	return total;
}

long long duration_ms(const char *text)
{
	const bool negative = *text == '-';
	long long ns = 0;

	text += negative || *text == '+';
	if (strcmp(text, "0") == 0)
		return 0;
	do {
		const long long part = take_part(&text);

		if (part < 0 || __builtin_add_overflow(ns, part, &ns))
			return -EINVAL;
	} while (*text);
	if (negative)
		return 0;
	return ns / 1000000 + (ns % 1000000 != 0);
}

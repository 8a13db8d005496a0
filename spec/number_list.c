/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/number_list.h"

#include <stdlib.h>
#include <string.h>

/* One element: "3", "0-3", "0-31:1/4". */
struct range {
	unsigned long long first, last, used, group;
};

static bool parse(const char *p, const char *end, unsigned long long max, struct range *ret)
{
	unsigned long long n[4];
	size_t count = 0;
	char *next;

	for (;; p = next + 1) {
		if (*p < '0' || *p > '9')
			return false;
		n[count] = strtoull(p, &next, 10);
		if (n[count++] > max)
			return false;
		if (next == end || count == 4 || *next != "-:/"[count - 1])
			break;
	}
	if (next != end || count == 3 || (count > 1 && n[0] > n[1]))
		return false;
	*ret = (struct range){ n[0], count > 1 ? n[1] : n[0], 1, 1 };
	if (count == 4) {
		ret->used = n[2];
		ret->group = n[3];
	}
	return ret->used > 0 && ret->used <= ret->group;
}

/* The next element that is not empty, *text behind it. 1: there is one, 0: the end, -1: wrong. */
static int next_range(const char **text, unsigned long long max, struct range *ret)
{
	while (**text) {
		const char *p = *text, *comma = p + strcspn(p, ","), *end = comma;

		*text = *comma ? comma + 1 : comma;
		while (*p == ' ')
			p++;
		while (end > p && end[-1] == ' ')
			end--;
		if (end > p)
			return parse(p, end, max, ret) ? 1 : -1;
	}
	return 0;
}

bool spec_number_list_valid(const char *text, unsigned long long max)
{
	struct range range;
	int r;

	do
		r = next_range(&text, max, &range);
	while (r > 0);
	return r == 0;
}

size_t spec_number_list_bits(const char *text, uint64_t *words)
{
	struct range range;
	size_t n = 0;

	while (next_range(&text, ~0ULL, &range) > 0) {
		for (unsigned long long i = range.first; i <= range.last; i++) {
			if ((i - range.first) % range.group >= range.used)
				continue;
			words[i / 64] |= 1ULL << i % 64;
			if (n <= i / 64)
				n = (size_t)(i / 64 + 1);
		}
	}
	return n;
}

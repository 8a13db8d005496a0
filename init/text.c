/* SPDX-License-Identifier: Apache-2.0 */
#include "init/init.h"

#include <stdarg.h>

/* What the compiler calls for copies and comparisons, and nothing else provides here. */
#ifdef WARREN_INIT
void *memcpy(void *to, const void *from, uint64_t n);
void *memset(void *to, int c, uint64_t n);
int memcmp(const void *a, const void *b, uint64_t n);

void *memcpy(void *to, const void *from, uint64_t n)
{
	char *t = to;
	const char *f = from;

	while (n--)
		*t++ = *f++;
	return to;
}

void *memset(void *to, int c, uint64_t n)
{
	char *t = to;

	while (n--)
		*t++ = (char)c;
	return to;
}

int memcmp(const void *a, const void *b, uint64_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n--; x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}
#endif

uint64_t text_len(const char *s)
{
	uint64_t n = 0;

	while (s[n])
		n++;
	return n;
}

bool text_equal(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return *a == *b;
}

bool text_starts(const char *s, const char *prefix)
{
	for (; *prefix; s++, prefix++)
		if (*s != *prefix)
			return false;
	return true;
}

bool text_add(char *buf, uint64_t size, const char *s)
{
	uint64_t n = text_len(buf);

	while (*s && n + 1 < size)
		buf[n++] = *s++;
	buf[n] = '\0';
	return !*s;
}

bool text_add_number(char *buf, uint64_t size, uint64_t n)
{
	char digits[21];
	int i = sizeof(digits) - 1;

	digits[i] = '\0';
	do
		digits[--i] = (char)('0' + n % 10);
	while (n /= 10);
	return text_add(buf, size, digits + i);
}

static void say(struct guest *g, const char *first, va_list ap)
{
	g->why[0] = '\0';
	for (const char *s = first; s; s = va_arg(ap, const char *))
		text_add(g->why, sizeof(g->why), s);
}

int fail(struct guest *g, int code, const char *first, ...)
{
	va_list ap;

	va_start(ap, first);
	say(g, first, ap);
	va_end(ap);
	g->why_complete = false;
	return code;
}

int fail_only(struct guest *g, int code, const char *first, ...)
{
	va_list ap;

	va_start(ap, first);
	say(g, first, ap);
	va_end(ap);
	g->why_complete = true;
	return code;
}

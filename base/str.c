/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for n more bytes and the NUL. */
static bool grow(struct str *s, size_t n)
{
	size_t need, size = s->size ? s->size : 256;
	char *text;

	if (s->failed || __builtin_add_overflow(s->len, n + 1, &need) || n + 1 == 0)
		goto failed;
	if (need <= s->size)
		return true;
	while (size < need) {
		if (__builtin_mul_overflow(size, (size_t)2, &size))
			goto failed;
	}
	text = realloc(s->text, size);
	if (!text)
		goto failed;
	s->text = text;
	s->size = size;
	return true;
failed:
	s->failed = true;
	return false;
}

void str_add_n(struct str *s, const char *text, size_t n)
{
	if (!grow(s, n))
		return;
	memcpy(s->text + s->len, text, n);
	s->len += n;
	s->text[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_add_n(s, text, strlen(text));
}

void str_printf(struct str *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		s->failed = true;
		return;
	}
	if (!grow(s, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(s->text + s->len, s->size - s->len, fmt, ap);
	va_end(ap);
	s->len += (size_t)n;
}

void str_free(struct str *s)
{
	int saved = errno;

	free(s->text);
	*s = (struct str){ 0 };
	errno = saved;
}

int str_ok(const struct str *s)
{
	return s->failed ? -ENOMEM : 0;
}

char *str_take(struct str *s)
{
	char *text;

	str_add_n(s, "", 0); /* an empty text is still a text */
	if (s->failed) {
		str_free(s);
		return NULL;
	}
	text = s->text;
	*s = (struct str){ 0 };
	return text;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

int str_to_u64(const char *s, unsigned long long max, unsigned long long *ret)
{
	unsigned long long n = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(n, 10ULL, &n) ||
		    __builtin_add_overflow(n, (unsigned long long)(*s - '0'), &n) || n > max)
			return -EINVAL;
	}
	*ret = n;
	return 0;
}

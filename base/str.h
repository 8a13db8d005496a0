/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Text that grows. All zeroes is a valid empty one. A failed allocation is
 * remembered: append as you like, ask once at the end (str_ok).
 */
struct str {
	char *text; /* NUL-terminated when not NULL */
	size_t len, size;
	bool failed;
};

void str_add(struct str *s, const char *text);
void str_add_n(struct str *s, const char *text, size_t n);
void str_printf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_free(struct str *s);

/* 0 or -ENOMEM. */
int str_ok(const struct str *s);

/* Hands the text over (to be freed with free()); NULL when an allocation failed. */
char *str_take(struct str *s);

#define cleanup_str __attribute__((cleanup(str_free)))

bool str_starts(const char *s, const char *prefix);

/* The whole text is a decimal number in [0, max]; -EINVAL otherwise. No sign, space or base. */
int str_to_u64(const char *s, unsigned long long max, unsigned long long *ret);

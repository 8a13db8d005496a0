/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"

int fail(struct warren_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return -code;
}

/* Callers read ENOENT's and EACCES' usual words as exit status 127 and 126. */
static const char *describe(int code, char *buf, size_t size)
{
	switch (code) {
	case ENOENT:
		return "it does not exist";
	case EACCES:
	case EPERM:
		return "you may not do that";
	default:
		return error_describe(code, buf, size);
	}
}

int fail_sys(struct warren_error *err, int code, const char *fmt, ...)
{
	char why[64];
	va_list ap;
	int n;

	err->code = code;
	va_start(ap, fmt);
	n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(err->text))
		snprintf(err->text + n, sizeof(err->text) - (size_t)n, ": %s",
			 describe(code, why, sizeof(why)));
	return -code;
}

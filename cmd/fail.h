/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "libcontainer/warren.h"

/* Both return -code, so that failing is one statement. */

/* We refused: the text says it all. */
int fail(struct warren_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), nonnull));

/*
 * The kernel refused: the text ends with what the errno means, in words that
 * no caller mistakes for a missing or forbidden program of the guest.
 */
int fail_sys(struct warren_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), nonnull));

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* What a system call fails with when it is made to. */
struct call {
	long nr;
	const char *name;
	int hard; /* errno of a host that is out of something, 0: it is never made to fail */
	int soft; /* errno of an ordinary day: gone, interrupted, not allowed, not there; 0: none */
	int path; /* which argument is a path, -1: none */
	bool done; /* it is executed all the same, and then said to have failed */
};

/* NULL: not known; it fails with EIO then, and tests name it by its number. */
const struct call *call_find(long nr);

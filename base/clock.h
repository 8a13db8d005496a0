/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <time.h>

/*
 * "2026-01-02T03:04:05", UTC, of a moment after 1970. gmtime_r() would do, but
 * glibc reads the system's time zone before it calculates without one.
 */
#define CLOCK_UTC_SIZE 128 /* 20 are used; compilers count six numbers of any length */
const char *clock_utc(time_t when, char text[CLOCK_UTC_SIZE]);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/seccomp.h>

#include "libcontainer/filter.h"

/*
 * What a compiled filter answers: SECCOMP_RET_*, as the kernel would find it.
 * Only what libseccomp and filter.c write is understood; for the rest, and for
 * what cannot be loaded, it is SECCOMP_RET_KILL_PROCESS.
 */
uint32_t filter_says(const struct filter *filter, const struct seccomp_data *call);

/* Whether it lets a call of this machine's own architecture pass, without a word to anybody. */
bool filter_allows(const struct filter *filter, int nr, const uint64_t args[6]);

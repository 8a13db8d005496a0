/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "libcontainer/filter.h"

/*
 * Compiled filters, kept below the state root in @filters: a profile of 400
 * system calls takes libseccomp about 15 ms, and a file 50 us.
 *
 * A file holds the whole profile beside the program that was made of it, and
 * which libseccomp did that, on which kernel: it serves only who asks for
 * exactly the same. It is never more than a copy: whatever is wrong with one,
 * or with the directory, it is as if there was none. Only who may write the
 * state of the guests can write there. At most FILTERS_MAX are kept; `warren
 * doctor` shows and removes them.
 */
#define FILTERS_MAX 64

/* As filter_compile(), from the cache or into it. */
int filter_get(struct arena *a, const char *state_root, const struct spec_seccomp *sc,
	       struct filter *ret, struct error *err);

/* How many there are; 0 also when that cannot be told. */
int filter_cache_count(const char *state_root);
int filter_cache_remove(const char *state_root, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * A guest's root out of layers: shared lower directories that nobody writes
 * to, and an upper one that is the guest's alone.
 *
 * The result is a detached tree: no mount table shows it until the caller
 * attaches it somewhere, and it is gone with its last descriptor. Every
 * directory is opened once, checked, and handed to the kernel as what was
 * opened. Nothing here looks into a layer or changes one.
 */

/* How layers reach the kernel. What is missing makes it go on with the next. */
enum overlay_way {
	OVERLAY_BY_FD,   /* 6.13: descriptors */
	OVERLAY_BY_NAME, /* 6.8: one by one, as /proc/self/fd/N */
	OVERLAY_JOINED,  /* before: all in one text of 255 bytes, enough for a dozen */
};

struct overlay {
	const char *const *lower; /* lower[0] is the uppermost */
	size_t n_lower;
	const char *upper;    /* NULL: nothing can be written; needs two lower ones */
	const char *work;     /* NULL: <upper>.work, made if it is missing */
	enum overlay_way way; /* where to begin: a test goes the way of an older kernel */
};

/*
 * Returns a descriptor of the tree in *ret_tree. *ret_work_made: <upper>.work
 * was not there before, and is the caller's to remove with the guest.
 * On failure nothing is left behind.
 */
int overlay_mount(const struct overlay *overlay, int *ret_tree, bool *ret_work_made,
		  struct error *err);

/*
 * Removes <upper>.work, when the overlay is gone. Holds it more than the
 * kernel's own empty directories, it stays: -ENOTEMPTY. Missing is fine.
 */
int overlay_remove_work(const char *upper, struct error *err);

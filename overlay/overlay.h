/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "spec/spec.h"

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

/*
 * For a guest with a user namespace. Lower layers have the ids of their image
 * and are id-mapped (5.19): what root has there, the guest's root has. The
 * upper one is as it is: what the guest writes has the guest's ids on the
 * host, so that nothing which a guest made ever belongs to a user of the
 * host's. An empty upper directory is given to the guest's root; a layer whose
 * directory belongs to nobody in the guest is refused.
 */
struct overlay_ids {
	int userns;                                 /* the guest's, or one with the same maps */
	const struct spec_id_mappings *uids, *gids; /* its maps */
	uint32_t uid, gid;                          /* the host's ids of its root */
};

struct overlay {
	const char *const *lower; /* lower[0] is the uppermost */
	size_t n_lower;
	const char *upper;             /* NULL: nothing can be written; needs two lower ones */
	const char *work;              /* NULL: <upper>.work, made if it is missing */
	const struct overlay_ids *ids; /* NULL: layers as they are on disk */
	enum overlay_way way;          /* where to begin: a test goes the way of an older kernel */
	bool attach;                   /* with ids: at once as before 6.15 */
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

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spec/spec.h"

/*
 * The options of one mount, sorted by whom they are for.
 *
 * Options are taken in their order, and a later one wins. What was asked to be
 * off is kept apart from what nobody mentioned: a bind keeps the attributes of
 * its source unless told otherwise, and an option like "rw" that the kernel
 * cannot grant (a locked read-only mount) must fail, not be forgotten.
 *
 * set and clear are attr_set and attr_clr of mount_setattr(2), in MOUNT_ATTR_*
 * bits. No bit is in both, but for the access time mode: that is a number in
 * the field MOUNT_ATTR__ATIME, so once it was asked for, clear has the whole
 * field and set the mode (relatime is 0). A new filesystem takes set as the
 * attributes of fsmount(2), where all that is not set is off; nothing is below
 * it yet, so what is recursive is in set as well, and rset and rclear are 0.
 */
#define SPEC_MOUNT_PROPAGATIONS 4

struct spec_mount_flags {
	uint64_t set, clear;   /* of this mount alone */
	uint64_t rset, rclear; /* of it and all below, to be set first: rro, ... (AT_RECURSIVE) */
	bool bind;             /* clone source; type means nothing */
	bool rec;              /* with what is mounted below it (rbind) */
	bool remount;          /* change what is there already */
	bool tmpcopyup;        /* fill the tmpfs with what it covers; type is "tmpfs" */
	bool idmap, ridmap;    /* idmap: asked for by option or by mappings */
	/* Each to be set after the mount, in order: MS_SHARED, ..., with MS_REC if recursive. */
	unsigned propagation[SPEC_MOUNT_PROPAGATIONS];
	int n_propagation;
	/*
	 * Flags of the superblock by their name in fsconfig(FSCONFIG_SET_FLAG):
	 * sync async dirsync mand nomand lazytime nolazytime. As with mount(2)
	 * they mean nothing to a bind. "ro" is not among them: read-only by
	 * option is an attribute of the mount, see set.
	 */
	struct strs super;
	/*
	 * The filesystem's own, in their order: "key=value" for
	 * FSCONFIG_SET_STRING, "key" for FSCONFIG_SET_FLAG. An option with commas
	 * outside quotes, not behind a backslash, is several, as in mount(8).
	 * Empty for a bind.
	 */
	struct strs data;
};

/*
 * What of mounts[i] can be said without its index is said here; the caller
 * adds which mount it was. Strings live in a or are those of mount.
 *
 * -EINVAL: data options for a bind, tmpcopyup for something else than tmpfs
 * or at "/", more propagation options than SPEC_MOUNT_PROPAGATIONS.
 *
 * Of the words in the specification's table these do nothing: defaults;
 * iversion, noiversion, silent and loud (the new mount calls have no such
 * flags); norelatime and nostrictatime without the mode that they take back.
 */
int spec_mount_flags(struct arena *a, const struct spec_mount *mount, struct spec_mount_flags *ret,
		     struct error *err);

/* The mount has "bind" or "rbind" among its options. */
bool spec_mount_is_bind(const struct spec_mount *mount);

/* It has mappings, or "idmap" or "ridmap" among its options. */
bool spec_mount_is_mapped(const struct spec_mount *mount);

/* The options that this version accepts, in alphabetical order; NULL behind the last. */
const char *spec_mount_option(size_t i);

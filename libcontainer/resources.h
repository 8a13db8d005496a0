/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "libcontainer/warren.h"
#include "spec/spec.h"

/*
 * The arithmetic of an update: what was asked for, what it makes of the
 * limits that the guest has, and which of them have to be written.
 */

/* From args->resources, or from the single limits. Device rules are left out. */
int resources_given(struct arena *a, const struct warren_update *args, struct spec_resources **ret,
		    struct error *err);

/*
 * *ret_all: old with what is given, as it is remembered; what is not given, and
 * a 0 where that means "not set", stays as it was. *ret_change: what is to be
 * written for it, a value and those that it only has a meaning with (swap and
 * memory, weight and idle, quota and period). Returns 0 or -ENOMEM.
 */
int resources_merge(struct arena *a, const struct spec_resources *old,
		    const struct spec_resources *given, struct spec_resources *ret_all,
		    struct spec_resources *ret_change);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "libcontainer/build.h"
#include "libcontainer/filter.h"

/* Parts of build_process(): when capabilities are given up, and when the filter is loaded. */

/* As the user: the final ones, and what loading the filter takes. */
void build_caps(struct plan *p, const struct build_process *bp, const struct plan_caps *caps,
		const struct filter *filter);

/*
 * Before the FORK into a pid namespace that others are in, if the filter allows
 * all that is left to do. Whether it is loaded; if not, build_filter_last().
 */
bool build_filter_first(struct plan *p, const struct build_process *bp,
			const struct plan_caps *caps, const struct filter *filter);

/* Right before EXEC. */
void build_filter_last(struct plan *p, const struct build_process *bp, const struct plan_caps *caps,
		       const struct filter *filter);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"
#include "cgroups/stats.h"

/*
 * Appends the event that shows the numbers, one line without its newline. The
 * schema is runc's, which was made for cgroup v1: what v2 does not count is
 * left out, or 0 where readers expect it. Returns 0 or -ENOMEM.
 */
int stats_json(struct str *out, const char *id, const struct cgroup_stats *s);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * What a guest could leave on the host, as text: mounts, cgroups with their processes, the state
 * root and the bundle. Cheap enough for every point; around all of them stands the host oracle of
 * tests/attack.
 */
struct place {
	const char *state, *bundle, *cgroup; /* directories */
	bool cold;                           /* what is kept on purpose (@...) counts as well */
};

struct snapshot {
	size_t len;
	char text[256 * 1024];
};

void snapshot_take(const struct place *p, struct snapshot *ret);
bool snapshot_same(const struct snapshot *a, const struct snapshot *b);
/* The lines of which one has more than the other, each behind its prefix. */
void snapshot_diff(const struct snapshot *before, const struct snapshot *after, const char *prefix);

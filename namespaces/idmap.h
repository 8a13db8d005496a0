/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "spec/spec.h"

/* Id maps of user namespaces: what a number inside means outside. */

/* The host's id of a guest's; false: it is not mapped. No mapping at all maps all to itself. */
bool idmap_to_host(const struct spec_id_mappings *map, uint32_t id, uint32_t *ret);

/* Written in the same way. */
bool idmap_same(const struct spec_id_mappings *a, const struct spec_id_mappings *b);

/*
 * Writes /proc/PID/gid_map and uid_map of a process that is alone in its new
 * user namespace. For an ordinary user that is done by newgidmap and newuidmap,
 * but for a single line with their own id; the process has to be dumpable then.
 */
int idmap_write(pid_t pid, const struct spec_id_mappings *uids, const struct spec_id_mappings *gids,
		struct error *err);

/* The maps of a user namespace by its descriptor, as numbers of the caller's own; into an arena. */
int idmap_of_namespace(struct arena *a, int userns, struct spec_id_mappings *ret_uids,
		       struct spec_id_mappings *ret_gids, struct error *err);

/* A descriptor of a new user namespace that has these maps, and in which nobody is. */
int idmap_make_namespace(const struct spec_id_mappings *uids, const struct spec_id_mappings *gids,
			 struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "namespaces/idmap.h"

/* What idmap.c and idmap_user.c share. Not for others. */

/* /proc/PID/file, by the caller's own rights. */
int idmap_write_file(pid_t pid, const char *file, const struct spec_id_mappings *map,
		     struct error *err);

/* Both maps for a caller who is not root. */
int idmap_write_as_user(pid_t pid, const struct spec_id_mappings *uids,
			const struct spec_id_mappings *gids, struct error *err);

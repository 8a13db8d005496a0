/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts that show their files with other ids. A tree is mapped while it is
 * detached, so that nobody ever sees it unmapped; the runtime does it, for the
 * guest has no rights over a file system of the host's.
 */
#include "libcontainer/build.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/mount.h"
#include "base/mount_table.h"
#include "base/path.h"
#include "base/sys.h"
#include "namespaces/idmap.h"

/* Most mounts of a guest have the same maps: the namespace is made once. */
static int maps_open(struct build *b, const struct spec_id_mappings *uids,
		     const struct spec_id_mappings *gids, struct error *err)
{
	struct build_idmap *last = &b->idmap;

	if (last->fd >= 0 && idmap_same(&last->uids, uids) && idmap_same(&last->gids, gids))
		return last->fd;
	if (geteuid() != 0)
		return error_set(err, EPERM, "only root can id-map a mount or a layer");
	fd_close(&last->fd);
	last->uids = *uids;
	last->gids = *gids;
	last->fd = idmap_make_namespace(uids, gids, err);
	return last->fd;
}

int build_guest_maps(struct build *b, struct error *err)
{
	if (b->joins.user >= 0)
		return b->init.slots[b->joins.user].fd;
	/* the guest's own does not exist yet */
	return maps_open(b, &b->uids, &b->gids, err);
}

/* ---- what to say when the kernel refuses ------------------------------------------- */

static int refused(const char *type, const char *where, int code, struct error *err)
{
	if (code == EINVAL)
		return error_set(err, EINVAL,
				 "idmap: the file system %s%s%s may not support id-mapped mounts "
				 "on this kernel",
				 type, where ? " at " : "", where ? where : "");
	if (code == EPERM)
		return error_set(err, EPERM,
				 "idmap: %s%s%s is id-mapped already, or not this user's to map",
				 type, where ? " at " : "", where ? where : "");
	return error_sys(err, code, "idmap: map the ids");
}

static int try_alone(const char *path, int userns)
{
	cleanup_fd int tree = sys_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return tree < 0 ? tree : mount_map(tree, userns, 0);
}

/* Which of the mounts at source and below it was it? The kernel does not say: each is tried. */
static int refused_bind(const char *source, bool recursive, int userns, int code, struct error *err)
{
	cleanup_mount_table struct mount_table t = { 0 };
	cleanup_fd int fd = open(source, O_PATH | O_CLOEXEC);
	cleanup_free char *real = realpath(source, NULL);
	const uint64_t top = mount_id(fd);

	while (mount_table_next(&t)) {
		const bool is_top = t.id == top;

		if (!is_top && !(recursive && real && path_below(t.where, real)))
			continue;
		if (try_alone(is_top ? source : t.where, userns) == -code)
			return refused(t.type, is_top ? source : t.where, code, err);
	}
	return refused("(unknown)", source, code, err);
}

int build_idmap(struct build *b, const struct spec_mount *mount, bool recursive, int tree,
		const char *source, struct error *err)
{
	const int userns = mount->uidMappings.n
				   ? maps_open(b, &mount->uidMappings, &mount->gidMappings, err)
				   : build_guest_maps(b, err);
	int r;

	if (userns < 0)
		return userns;
	r = mount_map(tree, userns, recursive ? AT_RECURSIVE : 0);
	if (r >= 0)
		return 0;
	if (!source)
		return refused(mount->type, NULL, -r, err);
	return refused_bind(source, recursive, userns, -r, err);
}

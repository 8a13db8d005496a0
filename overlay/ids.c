/* SPDX-License-Identifier: Apache-2.0 */
#include "overlay/ids.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/mount.h"
#include "base/mount_table.h"
#include "base/sys.h"

/* host: an id of the host's; otherwise one of the guest's. */
static bool covers(const struct spec_id_mappings *map, uint32_t id, bool host)
{
	for (size_t i = 0; i < map->n; i++) {
		const uint32_t first = host ? map->v[i].hostID : map->v[i].containerID;

		if (id >= first && id - first < map->v[i].size)
			return true;
	}
	return false;
}

static bool owned(const struct overlay_ids *ids, const struct stat *st, bool host)
{
	return covers(ids->uids, st->st_uid, host) && covers(ids->gids, st->st_gid, host);
}

/* ---- lower --------------------------------------------------------------------- */

static int refused(const char *path, int dir, int code, struct error *err)
{
	char type[64];

	if (code == EPERM)
		return error_set(err, EPERM,
				 "--lower %s cannot be id-mapped for the guest's user namespace: "
				 "it is id-mapped already, or not this user's to map",
				 path);
	if (code != EINVAL)
		return error_sys(err, code, "id-map --lower %s", path);
	mount_type(dir, type, sizeof(type));
	return error_set(err, EINVAL,
			 "--lower %s cannot be id-mapped for the guest's user namespace: "
			 "its file system, %s, may not support that on this kernel",
			 path, type);
}

int layer_map(const struct overlay_ids *ids, const char *path, int *dir, struct error *err)
{
	cleanup_fd int tree = -1;
	struct stat st;
	int r;

	if (fstat(*dir, &st) < 0)
		return error_sys(err, errno, "--lower %s", path);
	if (!owned(ids, &st, false))
		return error_set(err, EINVAL,
				 "--lower %s belongs to %u:%u, which nobody is in the guest: a "
				 "layer has the ids of its image and is mapped for each guest",
				 path, st.st_uid, st.st_gid);
	tree = sys_open_tree(*dir, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		return error_sys(err, -tree, "clone --lower %s", path);
	r = mount_map(tree, ids->userns, 0);
	if (r < 0)
		return refused(path, *dir, -r, err);
	fd_close(dir);
	*dir = fd_take(&tree);
	return 0;
}

/* ---- upper --------------------------------------------------------------------- */

static bool is_empty(int path_fd)
{
	int fd = openat(path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	bool empty = true;
	DIR *dir;

	if (fd < 0 || !(dir = fdopendir(fd))) {
		fd_close(&fd);
		return false;
	}
	while (empty && (entry = readdir(dir)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(dir);
	return empty;
}

int upper_give(const struct overlay_ids *ids, const char *path, int dir, struct error *err)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return error_sys(err, errno, "--upper %s", path);
	if (owned(ids, &st, true))
		return 0;
	if (!is_empty(dir))
		return error_set(err, EINVAL,
				 "--upper %s belongs to %u:%u, which nobody is in the guest: give "
				 "it an empty directory, or that of a guest with the same mappings",
				 path, st.st_uid, st.st_gid);
	if (fchownat(dir, "", ids->uid, ids->gid, AT_EMPTY_PATH) < 0)
		return error_sys(err, errno, "give --upper %s to the guest's root", path);
	return 0;
}

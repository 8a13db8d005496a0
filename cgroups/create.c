/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"

/* Another guest may remove a common parent between our open and our mkdir. */
#define MAKE_ATTEMPTS 8

/* ---- directories ------------------------------------------------------------------------ */

/*
 * Opens path[0..len) and makes what is missing of it. *kept is lowered to the
 * bytes of path before the first directory made here: what is not ours.
 */
static int make_parent(int mount, const char *path, size_t len, size_t *kept)
{
	int fd = cgpath_open(mount, path, len);
	size_t above = cgpath_parent(path, len);
	cleanup_fd int parent = -1;
	char name[NAME_MAX + 1];
	bool made;
	int r;

	if (fd != -ENOENT || len == 0)
		return fd;
	parent = make_parent(mount, path, above, kept);
	r = parent < 0 ? parent : cgpath_name(path, len, name);
	if (r < 0)
		return r;
	made = mkdirat(parent, name, 0755) == 0;
	if (!made && errno != EEXIST)
		return -errno;
	if (made)
		*kept = above < *kept ? above : *kept;
	fd = cgfile_open_dir(parent, name);
	if (made && fd >= 0)
		cgmark_made(fd);
	return fd;
}

/* *fresh: the last directory was made here, so nothing can be in it. */
static int make_path(int mount, const char *path, size_t *kept, bool *fresh)
{
	size_t len = strlen(path), above = cgpath_parent(path, len);
	cleanup_fd int parent = -1;
	char name[NAME_MAX + 1];
	int r;

	parent = make_parent(mount, path, above, kept);
	r = parent < 0 ? parent : cgpath_name(path, len, name);
	if (r < 0)
		return r;
	*fresh = mkdirat(parent, name, 0755) == 0;
	if (*fresh)
		*kept = above < *kept ? above : *kept;
	else if (errno != EEXIST)
		return -errno;
	return cgfile_open_dir(parent, name);
}

/* A guest born frozen would never answer. A new directory takes it over from its parent. */
static int check_thawed(const struct cgroup *cg, struct error *err)
{
	int r = cgroup_frozen(cg, err);

	if (r <= 0)
		return r;
	return error_set(err, EBUSY,
			 "container's cgroup unexpectedly frozen: thaw %.200s or what is frozen "
			 "above it, or choose another linux.cgroupsPath",
			 cg->path);
}

/* What exists may be used again when nothing of its former user is left in it. */
static int check_empty(const struct cgroup *cg, struct error *err)
{
	cleanup_free pid_t *pids = NULL;
	size_t n;
	int r = cgroup_pids(cg, &pids, &n, err);

	if (r < 0 || n == 0)
		return r;
	return error_set(err, EBUSY,
			 "container's cgroup is not empty: %zu process(es) found in %.200s: choose "
			 "another linux.cgroupsPath",
			 n, cg->path);
}

/* ---- controllers ------------------------------------------------------------------------- */

static int read_controllers(int dir, const char *file, unsigned *ret)
{
	cleanup_str struct str text = { 0 };
	int r = cgfile_read(dir, file, &text);

	if (r < 0)
		return r;
	*ret = limit_controllers_in(text.text);
	return 0;
}

static int write_enable(int dir, unsigned which)
{
	char value[128] = "";
	size_t len = 0;

	for (unsigned i = 0; i < LIMIT_CONTROLLERS; i++) {
		if (which >> i & 1)
			len += (size_t)snprintf(value + len, sizeof(value) - len, "%s+%s",
						len ? " " : "", limit_controllers[i]);
	}
	return cgfile_write(dir, "cgroup.subtree_control", value);
}

static int enable_refused(struct error *err, int code, const char *json, const char *controller,
			  const char *at)
{
	const char *why;

	switch (code) {
	case EBUSY:
		why = "it holds processes itself: move them into a child of it or choose another "
		      "linux.cgroupsPath";
		break;
	case EOPNOTSUPP:
		why = "it is threaded: choose another linux.cgroupsPath";
		break;
	case EACCES:
	case EPERM:
		why = "not allowed to this user: have the controller delegated or remove the limit";
		break;
	case ENOENT:
		why = "the cgroup above it does not offer the controller";
		break;
	default:
		return error_sys(err, code, "linux.resources.%s: enable %s in cgroup %.200s", json,
				 controller, at);
	}
	return error_set(err, code,
			 "linux.resources.%s: cannot enable %s for the children of %.200s: %s",
			 json, controller, at, why);
}

/* In the cgroup path[0..len). What is only welcome may fail. */
static int enable_at(int mount, const char *path, size_t len, const struct limit_wants *wants,
		     struct error *err)
{
	cleanup_fd int dir = cgpath_open(mount, path, len);
	unsigned on, offered, missing;
	char at[sizeof(((struct cgroup *)0)->path)] = "/";
	int r;

	memcpy(at, path, len);
	at[len ? len : 1] = '\0';
	if (dir < 0)
		return cgfile_error(err, -dir, "open cgroup", at);
	r = read_controllers(dir, "cgroup.subtree_control", &on);
	if (r < 0 && !wants->needed)
		return 0;
	if (r < 0)
		return cgfile_error(err, -r, "read cgroup.subtree_control of", at);
	missing = (wants->needed | wants->welcome) & ~on;
	if (!missing)
		return 0;
	r = read_controllers(dir, "cgroup.controllers", &offered);
	if (r < 0 && !wants->needed)
		return 0;
	if (r < 0)
		return cgfile_error(err, -r, "read cgroup.controllers of", at);
	for (unsigned i = 0; i < LIMIT_CONTROLLERS; i++) {
		if ((missing & wants->needed & ~offered) >> i & 1)
			return limit_refuse(err, NULL, wants->by[i], limit_controllers[i]);
	}
	missing &= offered;
	if (!missing || write_enable(dir, missing) >= 0)
		return 0;

	/* One that fails must not keep the others off. */
	for (unsigned i = 0; i < LIMIT_CONTROLLERS; i++) {
		r = missing >> i & 1 ? write_enable(dir, 1U << i) : 0;
		if (r < 0 && wants->needed >> i & 1)
			return enable_refused(err, -r, wants->by[i], limit_controllers[i], at);
	}
	return 0;
}

int cgroup_enable(const struct cgroup_mount *mount, const struct cgroup *cg,
		  const struct spec_resources *res, struct error *err)
{
	struct limit_wants wants;
	unsigned on = 0;
	int r;

	limit_collect(res, &wants);
	if (!(wants.needed | wants.welcome))
		return 0;

	/* What is offered here was enabled in every cgroup above. */
	r = read_controllers(cg->fd, "cgroup.controllers", &on);
	if (r >= 0 && !((wants.needed | wants.welcome) & ~on))
		return 0;

	for (size_t len = 0; cg->path[len]; len++) {
		if (cg->path[len] != '/')
			continue;
		r = enable_at(mount->fd, cg->path, len, &wants, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- the calls --------------------------------------------------------------------------- */

static int check_path(const char *path, struct error *err)
{
	if (path[0] == '/' && path[1] && strlen(path) < sizeof(((struct cgroup *)0)->path))
		return 0;
	return error_set(err, EINVAL, "cgroup \"%.200s\": not an absolute path below the root",
			 path);
}

static void fill(struct cgroup *cg, int fd, const char *path, size_t created_from)
{
	memcpy(cg->path, path, strlen(path) + 1);
	cg->created_from = (int)created_from;
	cg->fd = fd;
}

static int make_refused(struct error *err, int code, const char *path)
{
	if (code != EAGAIN)
		return cgfile_error(err, code, "create cgroup", path);
	return error_set(
		err, code,
		"create cgroup %.200s: too many or too deep: raise cgroup.max.descendants or "
		"cgroup.max.depth above it",
		path);
}

/* Whether it is fit for a guest, and with what the guest asks for. */
static int prepare(const struct cgroup_mount *mount, const struct cgroup *cg, bool fresh,
		   const struct spec_resources *res, struct error *err)
{
	int r = 0;

	/* The root cannot be frozen: below it, a new directory needs no look. */
	if (!fresh || cg->created_from > 0)
		r = check_thawed(cg, err);
	if (r >= 0 && !fresh)
		r = check_empty(cg, err);
	return r < 0 ? r : cgroup_enable(mount, cg, res, err);
}

int cgroup_create(const struct cgroup_mount *mount, const char *path,
		  const struct spec_resources *res, struct cgroup *ret, struct error *err)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	size_t kept = strlen(path);
	struct error ignored;
	bool fresh = false;
	int fd = -ENOENT, r;

	r = check_path(path, err);
	if (r < 0)
		return r;
	for (int i = 0; i < MAKE_ATTEMPTS; i++) {
		fd = make_path(mount->fd, path, &kept, &fresh);
		if (fd != -ENOENT && fd != -ENODEV)
			break;
	}
	if (fd >= 0) {
		fill(&cg, fd, path, kept);
		r = prepare(mount, &cg, fresh, res, err);
	} else {
		r = make_refused(err, -fd, path);
	}
	if (r < 0) {
		if (path[kept])
			(void)cgroup_remove(mount, path, (int)kept, &ignored);
		return r;
	}
	fill(ret, fd_take(&cg.fd), path, kept);
	return 0;
}

int cgroup_open(const struct cgroup_mount *mount, const char *path, struct cgroup *ret,
		struct error *err)
{
	int r = check_path(path, err);

	if (r < 0)
		return r;
	r = cgpath_open(mount->fd, path, strlen(path));
	if (r < 0)
		return cgfile_error(err, -r, "open cgroup", path);
	fill(ret, r, path, strlen(path));
	return 0;
}

int cgroup_of_pid(const struct cgroup_mount *mount, pid_t pid, struct cgroup *ret,
		  struct error *err)
{
	char path[sizeof(ret->path)];
	int r = cgpath_of_pid(pid, path, sizeof(path), err);

	return r < 0 ? r : cgroup_open(mount, path, ret, err);
}

int cgroup_open_below(const struct cgroup *cg, const char *path, struct cgroup *ret,
		      struct error *err)
{
	char full[sizeof(ret->path)];
	size_t len = strlen(cg->path);
	int r;

	/* Cleaning must have nothing to do: "a/../b" is somebody's mistake or attack. */
	memcpy(full, cg->path, len + 1);
	r = cgpath_append(full, sizeof(full), path);
	if (r < 0 || full[len] != '/' || strcmp(full + len + 1, path) != 0)
		return error_set(err, EINVAL,
				 "cgroup \"%.200s\": not a plain path below the guest's own cgroup",
				 path);
	r = cgfile_open_dir(cg->fd, path);
	if (r < 0)
		return cgfile_error(err, -r, "open cgroup", full);
	fill(ret, r, full, strlen(full));
	return 0;
}

void cgroup_close(struct cgroup *cg)
{
	fd_close(&cg->fd);
}

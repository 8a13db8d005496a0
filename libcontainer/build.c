/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/sys.h"
#include "cgroups/cgroup.h"
#include "libcontainer/upper.h"
#include "namespaces/idmap.h"
#include "overlay/overlay.h"
#include "spec/state.h"
#include "spec/validate.h"

#define CONFIG_MAX (16 * 1024 * 1024)

void build_free(struct build *b)
{
	plan_free(&b->init);
	plan_free(&b->mount);
	fd_close(&b->root);
	fd_close(&b->idmap.fd);
	fd_close(&b->start_sock);
	fd_close(&b->notify_dir);
	fd_close(&b->upper);
	arena_free(&b->arena);
}

/* ---- reading ---------------------------------------------------------------------- */

static int absolute(struct arena *a, const char *path, const char **ret, struct error *err)
{
	char cwd[4096] = "";

	if (*path != '/' && !getcwd(cwd, sizeof(cwd)))
		return error_sys(err, errno, "working directory");
	path = path_join(a, cwd, path);
	*ret = path ? path_clean(a, path) : NULL;
	return *ret ? 0 : error_sys(err, ENOMEM, "bundle");
}

static int read_config(struct build *b, struct error *err)
{
	const char *name = b->args->config ? b->args->config : "config.json";
	const char *path = path_join(&b->arena, b->bundle, name);
	int r;

	if (!path)
		return error_sys(err, ENOMEM, "read %s", name);
	r = file_read(&b->arena, AT_FDCWD, path, CONFIG_MAX, &b->text, &b->text_len);
	if (r == -ENOENT)
		return error_set(err, ENOENT, "JSON specification file %s not found in %s", name,
				 b->bundle);
	if (r == -EFBIG)
		return error_set(err, EFBIG, "%s: larger than %d MiB", path, CONFIG_MAX >> 20);
	if (r < 0)
		return error_set(err, -r, "%s cannot be read (errno %d)", path, -r);
	return spec_parse(&b->arena, b->text, b->text_len, &b->spec, err);
}

static int check_terminal(const struct build *b, struct error *err)
{
	const bool attached = b->attached;
	const bool terminal = b->spec->process->terminal;

	if (terminal && !attached && !b->args->console_socket)
		return error_set(err, EINVAL,
				 "cannot allocate tty if warren will detach without "
				 "setting console socket");
	if (b->args->console_socket && (!terminal || attached))
		return error_set(err, EINVAL,
				 "cannot use console socket if warren will not detach or "
				 "allocate tty");
	return 0;
}

static int check_preserved(const struct build *b, struct error *err)
{
	for (int fd = 3; fd < 3 + b->args->preserve_fds; fd++)
		if (fcntl(fd, F_GETFD) & FD_CLOEXEC) /* closed, or one of ours in its place */
			return error_set(err, EBADF,
					 "unable to stat preserved-fd %d (of %d): "
					 "it is not open",
					 fd, b->args->preserve_fds);
	return 0;
}

static int open_rootfs(struct build *b, struct error *err)
{
	const char *path = path_join(&b->arena, b->bundle, b->spec->root.path);
	struct stat st;

	if (!path || !(b->rootfs = path_clean(&b->arena, path)))
		return error_sys(err, ENOMEM, "root.path");
	if (lstat(b->rootfs, &st) < 0)
		return error_set(err, errno,
				 "root.path: invalid rootfs %s: there is no such directory",
				 b->rootfs);
	if (S_ISLNK(st.st_mode))
		return error_set(err, ELOOP,
				 "root.path: invalid rootfs %s: not an absolute path, or a "
				 "symlink",
				 b->rootfs);
	if (!S_ISDIR(st.st_mode))
		return error_set(err, ENOTDIR, "root.path: invalid rootfs %s: not a directory",
				 b->rootfs);
	if (b->rights == RIGHTS_USER)
		return 0;
	b->root = sys_open_tree(AT_FDCWD, b->rootfs,
				OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE |
					AT_SYMLINK_NOFOLLOW);
	if (b->root < 0)
		return error_set(err, -b->root, "root.path: %s cannot be cloned (errno %d)",
				 b->rootfs, -b->root);
	if (fstat(b->root, &st) < 0 || !S_ISDIR(st.st_mode))
		return error_set(err, ENOTDIR, "root.path: invalid rootfs %s: not a directory",
				 b->rootfs);
	return 0;
}

static int guest_root(const struct build *b, uint32_t *ret_uid, uint32_t *ret_gid,
		      struct error *err)
{
	if (!idmap_to_host(&b->uids, 0, ret_uid) || !idmap_to_host(&b->gids, 0, ret_gid))
		return error_set(err, EINVAL,
				 "linux.uidMappings: root (0) must be mapped in both lists");
	return 0;
}

static int open_overlay(struct build *b, struct error *err)
{
	struct overlay_ids ids = { .uids = &b->uids, .gids = &b->gids };
	const struct overlay overlay = { .lower = b->args->lower,
					 .n_lower = b->args->n_lower,
					 .upper = b->args->upper,
					 .work = b->args->work,
					 .ids = b->userns ? &ids : NULL };
	int r = 0;

	if (b->userns)
		r = guest_root(b, &ids.uid, &ids.gid, err);
	if (r >= 0 && b->userns)
		r = ids.userns = build_guest_maps(b, err);
	if (r >= 0)
		r = b->upper = upper_claim(b->args->upper, err);
	if (r >= 0)
		r = overlay_mount(&overlay, &b->root, &b->made_work, err);
	return r < 0 ? r : absolute(&b->arena, b->args->upper, &b->rootfs, err);
}

static int open_root(struct build *b, struct error *err)
{
	if (!b->args->n_lower) {
		if (b->args->upper || b->args->work)
			return error_set(err, EINVAL, "--upper and --work need a --lower");
		if (!b->spec->root.path)
			return error_set(err, EINVAL,
					 "root: missing, a guest needs a root file system");
		return open_rootfs(b, err);
	}
	if (!b->args->upper)
		return error_set(err, EINVAL,
				 "--lower needs an --upper: where the guest's writes go");
	if (b->rights == RIGHTS_USER)
		return error_set(err, EPERM,
				 "--lower: only root can mount an overlay for a guest: let "
				 "root.path be one that is mounted already");
	return open_overlay(b, err);
}

int build_load(struct build *b, struct error *err)
{
	int r = absolute(&b->arena, b->args->bundle ? b->args->bundle : ".", &b->bundle, err);

	b->rights = rights_own();
	if (r >= 0)
		r = read_config(b, err);
	if (r >= 0 && b->args->n_lower && !b->spec->root.path)
		b->spec->root.path = b->args->upper; /* the caller has said it otherwise */
	if (r >= 0)
		r = spec_validate(b->spec, err);
	if (r >= 0)
		r = spec_supported(b->spec, err);
	if (r >= 0 && !b->spec->linux)
		r = error_set(err, EINVAL, "linux: missing, a guest needs namespaces of its own");
	if (r >= 0)
		r = labels_load(b->spec->process, "process.", b->spec->linux->mountLabel,
				&b->labels, err);
	if (r >= 0)
		r = cgroup_check(&b->spec->linux->resources, err);
	if (r >= 0)
		r = check_terminal(b, err);
	if (r >= 0)
		r = check_preserved(b, err);
	if (r >= 0)
		r = build_open_namespaces(b, err);
	if (r >= 0 && geteuid() != 0 && !b->userns)
		r = error_set(err, EPERM,
			      "linux.namespaces: without a user namespace only root can start a "
			      "guest: add {\"type\": \"user\"} and mappings (spec --rootless "
			      "writes such a configuration)");
	return r < 0 ? r : open_root(b, err);
}

/* ---- plans -------------------------------------------------------------------------- */

/* The state for hooks that run in the guest, cut where the pid goes. */
static int hook_state(struct build *b, struct error *err)
{
	cleanup_str struct str text = { 0 };
	static const char mark[] = "\"pid\":2147483647";
	const struct spec_state_public state = { .ociVersion = b->spec->ociVersion,
						 .id = b->args->id,
						 .pid = 2147483647,
						 .status = "creating",
						 .bundle = b->bundle,
						 .annotations = b->spec->annotations };
	char *all, *at;

	if (spec_state_hook(&state, &text) < 0 ||
	    !(all = arena_strndup(&b->arena, text.text, text.len)))
		return error_sys(err, ENOMEM, "state for hooks");
	at = strstr(all, mark);
	if (!at)
		return error_set(err, EINVAL, "state for hooks: no pid");
	b->hook_tail = at + sizeof(mark) - 1;
	at[6] = '\0';
	b->hook_head = all;
	return 0;
}

/* startContainer comes later than createContainer: another status. */
static const char *started_head(struct build *b)
{
	static const char was[] = "\"status\":\"creating\"";
	const char *at = strstr(b->hook_head, was);
	cleanup_str struct str text = { 0 };

	if (!at)
		return b->hook_head;
	str_add_n(&text, b->hook_head, (size_t)(at - b->hook_head));
	str_add(&text, "\"status\":\"created\"");
	str_add(&text, at + strlen(was));
	return str_ok(&text) < 0 ? b->hook_head : arena_strndup(&b->arena, text.text, text.len);
}

/* Socket activation and sd_notify announce themselves in the environment. */
static int more_env(struct build *b, struct strs *ret, struct error *err)
{
	char text[64];

	ret->v = arena_array(&b->arena, 5, sizeof(char *));
	if (!ret->v)
		return error_sys(err, ENOMEM, "environment");
	if (b->args->listen_fds) {
		int n = snprintf(text, sizeof(text), "LISTEN_FDS=%d", b->args->listen_fds);

		ret->v[ret->n++] = arena_strndup(&b->arena, text, (size_t)n);
	}
	if (b->args->listen_fds && b->args->listen_fdnames) {
		cleanup_str struct str names = { 0 };

		str_printf(&names, "LISTEN_FDNAMES=%s", b->args->listen_fdnames);
		if (str_ok(&names) < 0)
			return error_sys(err, ENOMEM, "environment");
		ret->v[ret->n++] = arena_strndup(&b->arena, names.text, names.len);
	}
	if (b->notify_dir >= 0)
		ret->v[ret->n++] = "NOTIFY_SOCKET=/run/notify/notify.sock";
	return 0;
}

static int root_owner(struct build *b, struct plan *p, struct error *err)
{
	return b->split ? guest_root(b, &p->root_uid, &p->root_gid, err) : 0;
}

int build_plans(struct build *b, struct error *err)
{
	const struct spec_hooks *hooks = &b->spec->hooks;
	struct build_process bp = { .process = b->spec->process,
				    .seccomp = b->spec->linux->seccomp,
				    .linux = b->spec->linux,
				    .labels = &b->labels,
				    .hooks = hooks,
				    .console_bind = true,
				    .start_sock = b->start_sock,
				    .own_ns = -1,
				    .first_free = 3 + b->args->preserve_fds };
	struct strs env = { 0 };
	struct plan *mounts;
	int r = hook_state(b, err);

	b->slow = hooks->createContainer.n;
	b->classic = hooks->prestart.n || hooks->createRuntime.n || hooks->createContainer.n;
	b->shown = hooks->prestart.n || hooks->createRuntime.n;
	if (r >= 0)
		r = more_env(b, &env, err);
	if (r >= 0)
		r = build_namespaces(b, err);
	mounts = b->split ? &b->mount : &b->init;
	if (r >= 0)
		r = root_owner(b, mounts, err);
	if (r >= 0)
		r = build_root(b, mounts, err);
	if (r >= 0 && b->split)
		r = build_lock(b, mounts, err);
	if (r < 0)
		return r;
	if (b->split) {
		plan_add(mounts, PLAN_SYNC, NULL)->arg = SYNC_MOUNTED;
		plan_add(mounts, PLAN_EXIT, NULL);
	}
	if (b->spec->hostname)
		plan_add(&b->init, PLAN_HOSTNAME, "hostname")->text =
			plan_put_text(&b->init, b->spec->hostname);
	if (b->spec->domainname)
		plan_add(&b->init, PLAN_DOMAINNAME, "domainname")->text =
			plan_put_text(&b->init, b->spec->domainname);
	bp.userns = b->userns;
	bp.listen = b->args->listen_fds > 0;
	bp.own_ns = b->own_ns;
	bp.more_env = &env;
	bp.state_head = started_head(b);
	bp.state_tail = b->hook_tail;
	return build_process(&b->arena, &b->init, b->host, &bp, err);
}

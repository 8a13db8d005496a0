/* SPDX-License-Identifier: Apache-2.0 */
#include "namespaces/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"
#include "namespaces/idmap_internal.h"

#define LINES_MAX 340 /* what the kernel takes, since 4.15 */

bool idmap_to_host(const struct spec_id_mappings *map, uint32_t id, uint32_t *ret)
{
	if (!map->n) {
		*ret = id;
		return true;
	}
	for (size_t i = 0; i < map->n; i++) {
		const struct spec_id_mapping *m = &map->v[i];

		if (id >= m->containerID && id - m->containerID < m->size) {
			*ret = m->hostID + (id - m->containerID);
			return true;
		}
	}
	return false;
}

bool idmap_same(const struct spec_id_mappings *a, const struct spec_id_mappings *b)
{
	return a->n == b->n && (!a->n || memcmp(a->v, b->v, a->n * sizeof(*a->v)) == 0);
}

int idmap_write_file(pid_t pid, const char *file, const struct spec_id_mappings *map,
		     struct error *err)
{
	cleanup_str struct str text = { 0 };
	cleanup_fd int fd = -1;
	char path[64];

	if (map->n > LINES_MAX)
		return error_set(err, EINVAL, "%s: %zu mappings, the kernel takes %d", file, map->n,
				 LINES_MAX);
	for (size_t i = 0; i < map->n; i++)
		str_printf(&text, "%u %u %u\n", map->v[i].containerID, map->v[i].hostID,
			   map->v[i].size);
	if (str_ok(&text) < 0)
		return error_sys(err, ENOMEM, "write %s", file);
	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return error_sys(err, errno, "open %s", file);
	if (write(fd, text.text ? text.text : "", text.len) < 0) {
		if (errno == EINVAL)
			return error_set(err, EINVAL,
					 "%s: the kernel refuses these mappings: "
					 "do they overlap, or map an id twice?",
					 file);
		if (errno == EPERM)
			return error_set(err, EPERM, "%s: ids that this user may not map", file);
		return error_sys(err, errno, "write %s", file);
	}
	return 0;
}

int idmap_write(pid_t pid, const struct spec_id_mappings *uids, const struct spec_id_mappings *gids,
		struct error *err)
{
	int r;

	if (geteuid() != 0)
		return idmap_write_as_user(pid, uids, gids, err);
	r = idmap_write_file(pid, "gid_map", gids, err);
	return r < 0 ? r : idmap_write_file(pid, "uid_map", uids, err);
}

static int read_map(struct arena *a, pid_t pid, const char *file, struct spec_id_mappings *ret,
		    struct error *err)
{
	struct spec_id_mappings map = { 0 };
	struct spec_id_mapping one;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	f = fopen(path, "re");
	if (!f)
		return error_sys(err, errno, "open %s", file);
	map.v = arena_array(a, LINES_MAX, sizeof(*map.v));
	while (map.v && map.n < LINES_MAX &&
	       fscanf(f, "%u %u %u", &one.containerID, &one.hostID, &one.size) == 3)
		map.v[map.n++] = one;
	fclose(f);
	if (!map.v)
		return error_sys(err, ENOMEM, "read %s", file);
	*ret = map;
	return 0;
}

/* ---- a process in another user namespace, for the while --------------------------- */

struct helper {
	int pid, pidfd;
	int hold; /* nothing is written to it: the helper ends with whoever has it */
};

/* In a copy of the caller's memory: system calls only. */
__attribute__((noreturn)) static void stay_in(int userns, int ready, int end)
{
	char byte = userns >= 0 && sys_setns(userns, CLONE_NEWUSER) < 0;

	SYS_3(__NR_write, ready, &byte, 1);
	SYS_1(__NR_close, ready);
	SYS_3(__NR_read, end, &byte, 1);
	for (;;)
		SYS_1(__NR_exit_group, 0);
}

/* Killed, not only let go: the pipe's end may have been copied by a fork of another thread. */
static void helper_end(struct helper *h)
{
	if (h->pidfd >= 0) {
		sys_pidfd_send_signal(h->pidfd, SIGKILL);
		SYS_5(__NR_waitid, 3 /* P_PIDFD */, h->pidfd, NULL, 4 /* WEXITED */, NULL);
	}
	fd_close(&h->pidfd);
	fd_close(&h->hold);
}

#define cleanup_helper __attribute__((cleanup(helper_end)))
#define HELPER_INIT                     \
	{                               \
		.pidfd = -1, .hold = -1 \
	}

/* userns: one that is entered, -1: a new one. */
static int helper_start(struct helper *ret, int userns, struct error *err)
{
	cleanup_fd int from = -1, ready = -1, end = -1;
	int to_us[2], to_it[2], fd = -1;
	const struct clone_args args = { .flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND |
						  (userns < 0 ? CLONE_NEWUSER : 0),
					 .pidfd = (uint64_t)(uintptr_t)&fd,
					 .exit_signal = SIGCHLD };
	char failed = 1;

	if (pipe2(to_us, O_CLOEXEC) < 0)
		return error_sys(err, errno, "pipe");
	from = to_us[0];
	ready = to_us[1];
	if (pipe2(to_it, O_CLOEXEC) < 0)
		return error_sys(err, errno, "pipe");
	end = to_it[0];
	ret->hold = to_it[1];
	ret->pid = sys_clone3(&args);
	if (ret->pid == 0) {
		SYS_1(__NR_close, ret->hold);
		stay_in(userns, ready, end);
	}
	if (ret->pid < 0)
		return error_sys(err, -ret->pid, "process for a user namespace");
	ret->pidfd = fd;
	fd_close(&ready);
	if (read(from, &failed, 1) != 1 || failed)
		return error_set(err, EPERM, "it cannot be entered");
	return 0;
}

/* The kernel shows maps of processes only. */
int idmap_of_namespace(struct arena *a, int userns, struct spec_id_mappings *ret_uids,
		       struct spec_id_mappings *ret_gids, struct error *err)
{
	cleanup_helper struct helper h = HELPER_INIT;
	int r = helper_start(&h, userns, err);

	if (r >= 0)
		r = read_map(a, h.pid, "uid_map", ret_uids, err);
	return r < 0 ? r : read_map(a, h.pid, "gid_map", ret_gids, err);
}

/* Nor does it make a user namespace without a process. */
int idmap_make_namespace(const struct spec_id_mappings *uids, const struct spec_id_mappings *gids,
			 struct error *err)
{
	cleanup_helper struct helper h = HELPER_INIT;
	char path[64];
	int r = helper_start(&h, -1, err);

	if (r >= 0)
		r = idmap_write(h.pid, uids, gids, err);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", h.pid);
	r = open(path, O_RDONLY | O_CLOEXEC);
	return r < 0 ? error_sys(err, errno, "open a user namespace") : r;
}

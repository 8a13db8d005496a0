/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Id maps of an ordinary user. The kernel takes one line from them, their own
 * id; for more there are newuidmap and newgidmap, which may write what
 * /etc/subuid and /etc/subgid allow.
 */
#include "namespaces/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "namespaces/idmap_internal.h"

#define NUMBER 12 /* of 32 bits, with its end */

/* Absolute entries only: the program must not depend on where we are. */
static int find_program(const char *name, char *ret, size_t size, struct error *err)
{
	const char *path = getenv("PATH");

	for (path = path ? path : "/usr/local/bin:/usr/bin:/bin"; *path; path += *path == ':') {
		const size_t n = strcspn(path, ":");
		const int len = snprintf(ret, size, "%.*s/%s", (int)n, path, name);

		if (*path == '/' && (size_t)len < size && access(ret, X_OK) == 0)
			return 0;
		path += n;
	}
	return error_set(err, ENOENT,
			 "%s: not installed (package uidmap): an ordinary user needs it for more "
			 "than a mapping of their own id",
			 name);
}

static int run(const char *program, char *const *argv, int say, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return -r;
	for (int fd = 0; fd < 2 && !r; fd++)
		r = posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
	if (!r)
		r = posix_spawn_file_actions_adddup2(&actions, say, 2);
	if (!r)
		r = posix_spawn(ret_pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* One line of what it says, for the error. */
static void listen_to(int from, char *ret, size_t size)
{
	size_t n = 0;
	ssize_t got;
	char rest[256];

	while ((got = n < size - 1 ? read(from, ret + n, size - 1 - n)
				   : read(from, rest, sizeof(rest))) > 0)
		n += n < size - 1 ? (size_t)got : 0;
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

static int run_and_wait(const char *name, char *const *argv, struct error *err)
{
	cleanup_fd int from = -1, to = -1;
	char program[512], said[200];
	int pipe[2], status = 0, r = find_program(name, program, sizeof(program), err);
	pid_t pid;

	if (r < 0)
		return r;
	if (pipe2(pipe, O_CLOEXEC) < 0)
		return error_sys(err, errno, "pipe");
	from = pipe[0];
	to = pipe[1];
	r = run(program, argv, to, &pid);
	if (r < 0)
		return error_sys(err, -r, "run %s", program);
	fd_close(&to);
	listen_to(from, said, sizeof(said));
	while ((r = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	if (r >= 0 && status == 0)
		return 0;
	return error_set(err, EPERM, "%s refuses the mappings: %s (see /etc/sub%.3s)", name,
			 *said ? said : "it failed without a word", name + 3);
}

/* "newuidmap PID inside outside count ..." */
static int map_by_program(const char *name, pid_t pid, const struct spec_id_mappings *map,
			  struct error *err)
{
	const size_t n = 2 + 3 * map->n;
	cleanup_free char **argv = calloc(n + 1, sizeof(*argv));
	cleanup_free char *text = calloc(n, NUMBER);

	if (!argv || !text)
		return error_sys(err, ENOMEM, "run %s", name);
	argv[0] = (char *)(uintptr_t)name;
	for (size_t i = 1; i < n; i++)
		argv[i] = text + i * NUMBER;
	snprintf(argv[1], NUMBER, "%d", pid);
	for (size_t i = 0; i < map->n; i++) {
		snprintf(argv[2 + 3 * i], NUMBER, "%u", map->v[i].containerID);
		snprintf(argv[3 + 3 * i], NUMBER, "%u", map->v[i].hostID);
		snprintf(argv[4 + 3 * i], NUMBER, "%u", map->v[i].size);
	}
	return run_and_wait(name, argv, err);
}

static bool is_own(const struct spec_id_mappings *map, uint32_t own)
{
	return map->n == 1 && map->v[0].size == 1 && map->v[0].hostID == own;
}

/* Groups that keep somebody out of something could be left otherwise (CVE-2014-8989). */
static int deny_setgroups(pid_t pid, struct error *err)
{
	cleanup_fd int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/setgroups", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "deny", 4) < 0)
		return error_sys(err, errno, "deny setgroups");
	return 0;
}

int idmap_write_as_user(pid_t pid, const struct spec_id_mappings *uids,
			const struct spec_id_mappings *gids, struct error *err)
{
	int r;

	if (is_own(gids, getegid())) {
		r = deny_setgroups(pid, err);
		if (r >= 0)
			r = idmap_write_file(pid, "gid_map", gids, err);
	} else {
		r = map_by_program("newgidmap", pid, gids, err);
	}
	if (r < 0)
		return r;
	return is_own(uids, geteuid()) ? idmap_write_file(pid, "uid_map", uids, err)
				       : map_by_program("newuidmap", pid, uids, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A directory tree in the place of a cgroup2 mount: what is under test works on
 * descriptors and cannot tell. A file takes what is written as a file does, at its
 * beginning and without emptying it first, so put an empty one where it matters.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cgroups/internal.h"

struct tree {
	struct cgroup_mount mount;
	char got[512];
};

static inline int tree_open(struct tree *t)
{
	*t = (struct tree){ .mount = CGROUP_MOUNT_INIT };
	snprintf(t->mount.path, sizeof(t->mount.path), "/tmp/test-cgroup-XXXXXX");
	if (!mkdtemp(t->mount.path))
		return -1;
	t->mount.fd = open(t->mount.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return t->mount.fd;
}

static inline int tree_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void tree_close(struct tree *t)
{
	cgroup_mount_close(&t->mount);
	(void)nftw(t->mount.path, tree_unlink, 16, FTW_DEPTH | FTW_PHYS);
}
#define cleanup_tree __attribute__((cleanup(tree_close)))

static inline void tree_dir(struct tree *t, const char *path)
{
	(void)mkdirat(t->mount.fd, path, 0755);
}

static inline void tree_put(struct tree *t, const char *path, const char *text)
{
	cleanup_fd int fd =
		openat(t->mount.fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		perror(path);
}

static inline const char *tree_get(struct tree *t, const char *path)
{
	cleanup_fd int fd = openat(t->mount.fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, t->got, sizeof(t->got) - 1);

	if (n < 0)
		return "(missing)";
	t->got[n] = '\0';
	return t->got;
}

static inline bool tree_has(struct tree *t, const char *path)
{
	return faccessat(t->mount.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* linux.resources from JSON with ' for ". */
static inline const struct spec_resources *resources(struct arena *a, const char *json)
{
	char *text = arena_strndup(a, json, strlen(json));
	struct spec_resources *res = NULL;
	struct error err = { 0 };

	for (char *c = text; c && *c; c++)
		*c = *c == '\'' ? '"' : *c;
	if (!text || spec_parse_resources(a, "test", text, strlen(text), &res, &err) < 0) {
		printf("Bail out! %s: %s\n", json, err.text);
		exit(1);
	}
	return res;
}

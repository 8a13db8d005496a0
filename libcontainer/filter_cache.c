/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/filter_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"

#define FORMAT "warren filter 1"
#define FILE_MAX (4u << 20)
#define LIBRARY_MAX 256

/* A file: this, the program, the key. */
struct head {
	char format[16];
	uint32_t key_size, bpf_size;
	struct library {
		char path[LIBRARY_MAX];
		uint64_t device, inode, size;
		int64_t seconds, nanoseconds; /* of its last change */
	} library;
};

/* ---- where -------------------------------------------------------------------------- */

static int open_directory(struct arena *a, const char *state_root)
{
	const char *path = path_join(a, state_root, "@filters");
	cleanup_fd int fd = -1;
	struct stat st;

	if (!path)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && mkdir(path, 0700) == 0)
		fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() || st.st_mode & 077)
		return -EPERM;
	return fd_take(&fd);
}

/* FNV-1a. Two profiles with one name only take each other's place: keys are compared whole. */
static void name_of(const struct str *key, char name[17])
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < key->len; i++)
		hash = (hash ^ (unsigned char)key->text[i]) * UINT64_C(0x100000001b3);
	snprintf(name, 17, "%016llx", (unsigned long long)hash);
}

/* All that the program depends on, but for libseccomp. */
static int make_key(const struct spec_seccomp *sc, struct str *ret)
{
	struct utsname kernel;

	if (uname(&kernel) < 0)
		return -errno;
	str_printf(ret, "%s %s %s\n", WARREN_COMMIT, kernel.release, kernel.machine);
	spec_dump_seccomp(sc, ret);
	return str_ok(ret);
}

static bool same_library(const struct library *lib)
{
	struct stat st;

	return memchr(lib->path, '\0', sizeof(lib->path)) && stat(lib->path, &st) == 0 &&
	       st.st_dev == lib->device && st.st_ino == lib->inode &&
	       (uint64_t)st.st_size == lib->size && st.st_ctim.tv_sec == lib->seconds &&
	       st.st_ctim.tv_nsec == lib->nanoseconds;
}

/* ---- looking -------------------------------------------------------------------------- */

static bool find(struct arena *a, int directory, const struct str *key, struct filter *ret)
{
	const struct head *head;
	const char *text;
	char name[17];
	size_t size;

	name_of(key, name);
	if (file_read(a, directory, name, FILE_MAX, &text, &size) < 0 || size < sizeof(*head))
		return false;
	head = (const void *)text;
	if (strncmp(head->format, FORMAT, sizeof(head->format)) != 0 ||
	    head->key_size != key->len ||
	    (uint64_t)sizeof(*head) + head->key_size + head->bpf_size != size ||
	    memcmp(text + sizeof(*head) + head->bpf_size, key->text, key->len) != 0 ||
	    head->bpf_size % sizeof(struct sock_filter) || !same_library(&head->library))
		return false;
	ret->bpf = head + 1;
	ret->bytes = head->bpf_size;
	return true;
}

/* ---- keeping -------------------------------------------------------------------------- */

static bool is_entry(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static DIR *list(int directory)
{
	const int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

/* The one that has been there longest makes room. */
static void make_room(int directory)
{
	char oldest[NAME_MAX + 1] = "";
	time_t since = 0;
	DIR *dir = list(directory);
	struct dirent *d;
	struct stat st;
	int n = 0;

	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.' && d->d_name[1] && d->d_name[1] != '.')
			unlinkat(directory, d->d_name, 0); /* of one that died: we have the lock */
		if (!is_entry(d) || fstatat(directory, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		n++;
		if (!*oldest || st.st_mtime < since) {
			since = st.st_mtime;
			snprintf(oldest, sizeof(oldest), "%s", d->d_name);
		}
	}
	if (dir)
		closedir(dir);
	if (n >= FILTERS_MAX)
		unlinkat(directory, oldest, 0);
}

static bool describe(const char *path, struct library *ret)
{
	struct stat st;

	if (!path || strlen(path) >= sizeof(ret->path) || stat(path, &st) < 0)
		return false;
	memcpy(ret->path, path, strlen(path));
	ret->device = st.st_dev;
	ret->inode = st.st_ino;
	ret->size = (uint64_t)st.st_size;
	ret->seconds = st.st_ctim.tv_sec;
	ret->nanoseconds = st.st_ctim.tv_nsec;
	return true;
}

static void keep(int directory, const struct str *key, const struct filter *f)
{
	struct head head = { .format = FORMAT,
			     .key_size = (uint32_t)key->len,
			     .bpf_size = (uint32_t)f->bytes };
	cleanup_str struct str text = { 0 };
	char name[17];

	if (!describe(f->library, &head.library))
		return;
	str_add_n(&text, (const char *)&head, sizeof(head));
	str_add_n(&text, f->bpf, f->bytes);
	str_add_n(&text, key->text, key->len);
	if (str_ok(&text) < 0 || text.len > FILE_MAX)
		return;
	/* one at a time: two profiles may have one name, and so one temporary file */
	if (flock(directory, LOCK_EX | LOCK_NB) < 0)
		return;
	make_room(directory);
	name_of(key, name);
	(void)file_replace(directory, name, text.text, text.len, 0600);
}

int filter_get(struct arena *a, const char *state_root, const struct spec_seccomp *sc,
	       struct filter *ret, struct error *err)
{
	cleanup_fd int directory = open_directory(a, state_root);
	cleanup_str struct str key = { 0 };
	struct filter found = { 0 };
	int r;

	if (directory < 0 || make_key(sc, &key) < 0)
		return filter_compile(a, sc, ret, err);
	if (find(a, directory, &key, &found)) {
		r = filter_flags(sc, &found.flags, err);
		if (r >= 0)
			*ret = found;
		return r;
	}
	r = filter_compile(a, sc, ret, err);
	if (r >= 0 && !ret->none)
		keep(directory, &key, ret);
	return r;
}

/* ---- what is there ---------------------------------------------------------------------- */

/* Calls unlinkat on each as well, if that is asked for. */
static int each(const char *state_root, bool gone, struct error *err)
{
	cleanup_arena struct arena a = { 0 };
	const char *path = path_join(&a, state_root, "@filters");
	cleanup_fd int directory =
		path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	DIR *dir = directory < 0 ? NULL : list(directory);
	struct dirent *d;
	int n = 0;

	while (dir && (d = readdir(dir))) {
		n += is_entry(d);
		if (gone)
			unlinkat(directory, d->d_name, 0);
	}
	if (dir)
		closedir(dir);
	if (gone && path && rmdir(path) < 0 && errno != ENOENT)
		return error_sys(err, errno, "remove %s", path);
	return n;
}

int filter_cache_count(const char *state_root)
{
	struct error ignored = { 0 };

	return each(state_root, false, &ignored);
}

int filter_cache_remove(const char *state_root, struct error *err)
{
	return each(state_root, true, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A filter that is found must be the one that would have been compiled. */
#include "libcontainer/filter_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "spec/names.h"
#include "tests/unit/check.h"
#include "tests/unit/tree.h"

struct fixture {
	struct arena a;
	char root[32];
	const char *names[1];
	struct spec_syscall entry;
	struct spec_seccomp sc;
};

/* A profile that refuses one call. */
static void open_fixture(struct fixture *f, const char *call)
{
	*f = (struct fixture){ .names = { call } };
	f->entry = (struct spec_syscall){ .names = { 1, f->names }, .action = SPEC_ACT_ERRNO };
	f->sc = (struct spec_seccomp){ .defaultAction = SPEC_ACT_ALLOW,
				       .syscalls = { 1, &f->entry } };
	tree_make(f->root);
}

static void close_fixture(struct fixture *f)
{
	tree_remove(f->root);
	arena_free(&f->a);
}
#define cleanup_fixture __attribute__((cleanup(close_fixture)))

static bool same(const struct filter *a, const struct filter *b)
{
	return a->bytes == b->bytes && a->bytes && memcmp(a->bpf, b->bpf, a->bytes) == 0 &&
	       a->flags == b->flags && !a->none && !b->none;
}

/* What the cache gives is found and not compiled: only that names the library. */
static bool found(const struct filter *f)
{
	return !f->library;
}

static struct filter get(struct fixture *f)
{
	struct filter ret = { 0 };
	struct error err = { 0 };

	if (filter_get(&f->a, f->root, &f->sc, &ret, &err) < 0)
		printf("# %s\n", err.text);
	return ret;
}

static void the_file(const struct fixture *f, char path[512])
{
	char directory[64];
	DIR *dir;
	struct dirent *d;

	snprintf(directory, sizeof(directory), "%s/@filters", f->root);
	*path = '\0';
	dir = opendir(directory);
	while (dir && (d = readdir(dir)))
		if (d->d_name[0] != '.')
			snprintf(path, 512, "%s/%s", directory, d->d_name);
	if (dir)
		closedir(dir);
}

static void test_found(void)
{
	cleanup_fixture struct fixture f;
	struct filter first, second, other;

	open_fixture(&f, "swapon");
	first = get(&f);
	second = get(&f);
	CHECK(!found(&first) && found(&second) && same(&first, &second));
	f.names[0] = "swapoff";
	other = get(&f);
	CHECK(!found(&other) && !same(&first, &other));
	CHECK(filter_cache_count(f.root) == 2);
}

static void damage(const char *path, off_t at, const char *with)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || pwrite(fd, with, strlen(with), at) < 0)
		abort();
}

/* A copy that is not whole is none, and the next one takes its place. */
static void test_damaged(void)
{
	cleanup_fixture struct fixture f;
	struct filter first, again;
	char path[512];
	struct stat st;

	open_fixture(&f, "swapon");
	first = get(&f);
	the_file(&f, path);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	for (int i = 0; i < 4; i++) {
		if (i == 0)
			CHECK(truncate(path, st.st_size - 1) == 0);
		else if (i == 1)
			CHECK(truncate(path, 10) == 0);
		else
			damage(path, i == 2 ? 0 : st.st_size - 2, "?");
		again = get(&f);
		CHECK(!found(&again) && same(&first, &again));
		again = get(&f);
		CHECK(found(&again) && same(&first, &again));
	}
	/* made by a library that is no longer there */
	damage(path, 24, "/nonexistent");
	again = get(&f);
	CHECK(!found(&again) && same(&first, &again));
}

/* Where others may write, nothing is believed and nothing is kept. */
static void test_not_private(void)
{
	cleanup_fixture struct fixture f;
	struct filter first, second;
	char path[512];

	open_fixture(&f, "swapon");
	snprintf(path, sizeof(path), "%s/@filters", f.root);
	CHECK(mkdir(path, 0755) == 0 && chmod(path, 0777) == 0);
	first = get(&f);
	second = get(&f);
	CHECK(!found(&first) && !found(&second) && same(&first, &second));
	CHECK(filter_cache_count(f.root) == 0);
}

static void test_bounded(void)
{
	cleanup_fixture struct fixture f;
	struct error err = { 0 };

	open_fixture(&f, "swapon");
	for (unsigned i = 0; i < FILTERS_MAX + 3; i++) {
		f.entry.errnoRet = (struct opt_u32){ .set = true, .val = i };
		(void)get(&f);
	}
	CHECK(filter_cache_count(f.root) == FILTERS_MAX);
	CHECK(filter_cache_remove(f.root, &err) == FILTERS_MAX);
	CHECK(filter_cache_count(f.root) == 0);
}

int main(void)
{
	test_found();
	test_damaged();
	test_not_private();
	test_bounded();
	return CHECK_DONE();
}

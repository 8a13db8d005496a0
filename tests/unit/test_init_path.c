/* SPDX-License-Identifier: Apache-2.0 */
/* The guest side's paths, below a root that an attacker has filled with links. */
#include "init/path.c"
#include "init/text.c"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/fd.h"
#include "tests/unit/check.h"
#include "tests/unit/tree.h"

/*
 *	TOP/root      the guest's
 *	TOP/outside   where nothing may ever appear
 */
struct place {
	char top[32], root[64], outside[64];
	int top_fd, root_fd;
	struct plan_head head;
	struct guest guest;
};

int arm(const struct guest *g)
{
	(void)g;
	return 0;
}

static void place_make(struct place *p)
{
	tree_make(p->top);
	snprintf(p->root, sizeof(p->root), "%s/root", p->top);
	snprintf(p->outside, sizeof(p->outside), "%s/outside", p->top);
	if (mkdir(p->root, 0755) < 0 || mkdir(p->outside, 0755) < 0)
		abort();
	p->top_fd = open(p->top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	p->root_fd = open(p->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	p->guest = (struct guest){ .root = p->root_fd, .head = &p->head };
}

static void place_remove(struct place *p)
{
	fd_close(&p->top_fd);
	fd_close(&p->root_fd);
	tree_remove(p->top);
}

static atomic_int counted; /* nftw() takes no argument for its callback */

static int count(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	(void)st;
	(void)type;
	(void)ftw;
	counted++;
	return 0;
}

/* How many files there are at and below path. */
static int files(const char *path)
{
	counted = 0;
	(void)nftw(path, count, 16, FTW_PHYS);
	return counted;
}

static bool untouched(const struct place *p)
{
	counted = 0;
	return files(p->outside) == 1 && faccessat(p->top_fd, "new", F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

/* An error, or something inside the root. Closes it. */
static bool stayed(const struct place *p, int fd)
{
	char link[32], path[4200] = "";
	const size_t n = strlen(p->root);
	ssize_t len;

	if (fd < 0)
		return true;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	close(fd);
	return len > 0 && strncmp(path, p->root, n) == 0 && (path[n] == '/' || !path[n]);
}

static bool is(const struct place *p, const char *path, mode_t mode)
{
	struct stat st;

	if (fstatat(p->root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mode == mode)
		return true;
	printf("# %s: not %o\n", path, mode);
	return false;
}

static int target_of(const struct guest *g, const char *path, bool file)
{
	bool made;

	return path_target(g, path, file, &made);
}

/* ---- what should work ------------------------------------------------------------ */

static void test_plain(struct place *p)
{
	const struct guest *g = &p->guest;
	char deep[1200] = "";
	const char *name;
	int fd;

	CHECK(stayed(p, path_make_dir(g, "/a/b/c", 0711)) && is(p, "a/b/c", S_IFDIR | 0711) &&
	      is(p, "a/b", S_IFDIR | 0755));
	CHECK(stayed(p, target_of(g, "/a/f", true)) && is(p, "a/f", S_IFREG | 0644));
	CHECK(stayed(p, target_of(g, "/x/y/f", true)) && is(p, "x/y/f", S_IFREG | 0644));
	CHECK(stayed(p, target_of(g, "/x/d//", false)) && is(p, "x/d", S_IFDIR | 0755));
	CHECK(stayed(p, target_of(g, "", false)) && stayed(p, target_of(g, "/", false)));
	CHECK(stayed(p, target_of(g, "/../../../up", false)) && is(p, "up", S_IFDIR | 0755));

	fd = path_parent(g, "/p/q/node", &name);
	CHECK(fd >= 0 && stayed(p, fd) && is(p, "p/q", S_IFDIR | 0755));
	CHECK_STR(name, "node");
	CHECK(path_parent(g, "/p/q/", &name) == -EINVAL);

	/* more directories than links may be followed */
	for (int i = 0; i < 100; i++)
		strcat(deep, "/deep");
	fd = path_make_dir(g, deep, 0755);
	CHECK(fd >= 0 && stayed(p, fd));
	deep[0] = '\0';
	for (int i = 0; i < 200; i++)
		strcat(deep, "/more");
	CHECK(path_make_dir(g, deep, 0755) == -ENAMETOOLONG);

	CHECK(path_make_dir(g, "/a/f", 0755) == -ENOTDIR);
	CHECK(path_make_dir(g, "/a/f/g", 0755) == -ENOTDIR);
	CHECK(target_of(g, "/a/f/g", true) == -ENOTDIR);
	CHECK(path_open(g, "/none", O_PATH, 0) == -ENOENT);
}

static void test_long(struct place *p)
{
	char path[5000];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	CHECK(path_make_dir(&p->guest, path, 0755) == -ENAMETOOLONG);
	CHECK(target_of(&p->guest, path, true) < 0);
	path[300] = '\0'; /* one name that is too long */
	CHECK(path_make_dir(&p->guest, path, 0755) == -ENAMETOOLONG);
}

/* ---- links ------------------------------------------------------------------------ */

static void put_link(const struct place *p, const char *name, const char *target)
{
	(void)unlinkat(p->root_fd, name, 0);
	if (symlinkat(target, p->root_fd, name) < 0)
		abort();
}

/* Everything that a plan can do with a path, with a link in every position. */
static void attack(struct place *p, const char *target)
{
	static const char *const paths[] = { "/link",          "/link/",       "/link/sub",
					     "/link/sub/sub2", "/link/../new", "/dir/link",
					     "/dir/link/new" };
	const struct guest *g = &p->guest;
	bool inside = true;

	(void)mkdirat(p->root_fd, "dir", 0755);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		const char *name;

		put_link(p, "link", target);
		put_link(p, "dir/link", target);
		inside = stayed(p, path_open(g, paths[i], O_PATH, 0)) && inside;
		inside = stayed(p, target_of(g, paths[i], true)) && inside;
		inside = stayed(p, target_of(g, paths[i], false)) && inside;
		inside = stayed(p, path_make_dir(g, paths[i], 0755)) && inside;
		inside = stayed(p, path_parent(g, paths[i], &name)) && inside;
	}
	CHECK(inside && untouched(p));
	if (!inside || !untouched(p))
		printf("# link to %s\n", target);
}

static void test_escapes(struct place *p)
{
	char target[4096];
	static const char *const ends[] = { "",          "/",       "/new", "/new/",
					    "/new/new2", "/new/..", "/.",   "/../new" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		snprintf(target, sizeof(target), "%s%s", p->outside, ends[i]);
		attack(p, target);
		snprintf(target, sizeof(target), "../outside%s", ends[i]);
		attack(p, target);
		snprintf(target, sizeof(target),
			 "../../../../../../../../../../../../../../../../../../../..%s%s",
			 p->outside, ends[i]);
		attack(p, target);
		snprintf(target, sizeof(target), "/proc/self/root%s%s", p->outside, ends[i]);
		attack(p, target);
		snprintf(target, sizeof(target), "/proc/self/fd/%d/outside%s", p->top_fd, ends[i]);
		attack(p, target);
	}
	attack(p, "..");
	attack(p, "/..");
	attack(p, ".");
	attack(p, "/");
	attack(p, "link");
	attack(p, "dir/link/link");
	attack(p, "/dir/link");
	memset(target, '/', sizeof(target));
	memcpy(target + 1, "a", 1);
	target[4095] = '\0';
	attack(p, target);
	for (int i = 0; i < 4094; i += 2)
		memcpy(target + i, "a/", 2);
	attack(p, target);
	for (int i = 0; i < 4092; i += 3)
		memcpy(target + i, "../", 3);
	target[4092] = '\0';
	attack(p, target);
}

/* A host's procfs, bound into the root, has links that lead out of every root. */
static void test_magic(struct place *p)
{
	char path[64];
	cleanup_fd int proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct guest g = { .root = proc, .head = &p->head };

	snprintf(path, sizeof(path), "/fd/%d/outside/new", p->top_fd);
	CHECK(path_open(&g, "/root", O_PATH, 0) == -ELOOP);
	CHECK(path_open(&g, "/cwd", O_PATH, 0) == -ELOOP);
	CHECK(path_make_dir(&g, path, 0755) == -ELOOP);
	CHECK(target_of(&g, path, true) == -ELOOP);
	CHECK(untouched(p));
}

static void test_links(struct place *p)
{
	const struct guest *g = &p->guest;
	char name[16], next[16];
	int fd;

	/* what leads nowhere is made where the guest would see it */
	put_link(p, "abs", "/made/here");
	CHECK(stayed(p, path_make_dir(g, "/abs/x", 0755)) && is(p, "made/here/x", S_IFDIR | 0755));
	put_link(p, "file", "made/file");
	CHECK(stayed(p, target_of(g, "/file", true)) && is(p, "made/file", S_IFREG | 0644));
	put_link(p, "made/rel", "../made2");
	CHECK(stayed(p, path_make_dir(g, "/made/rel", 0755)) && is(p, "made2", S_IFDIR | 0755));

	/* loops end, chains do not have to */
	put_link(p, "l1", "l2");
	put_link(p, "l2", "l1");
	CHECK(path_make_dir(g, "/l1/x", 0755) == -ELOOP && target_of(g, "/l1", true) == -ELOOP);
	put_link(p, "self", "self/self");
	CHECK(path_make_dir(g, "/self", 0755) == -ELOOP);
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		snprintf(next, sizeof(next), "c%d", i + 1);
		put_link(p, name, next);
	}
	CHECK(stayed(p, path_make_dir(g, "/c16/x", 0755)) && is(p, "c30/x", S_IFDIR | 0755));
	(void)unlinkat(p->root_fd, "c30/x", AT_REMOVEDIR);
	(void)unlinkat(p->root_fd, "c30", AT_REMOVEDIR);
	CHECK(path_make_dir(g, "/c0/x", 0755) == -ELOOP);

	/* a file where a directory should be */
	put_link(p, "through", "made/file/x");
	CHECK(path_make_dir(g, "/through", 0755) == -ENOTDIR);
	CHECK(target_of(g, "/through", true) == -ENOTDIR);

	/* asked not to follow */
	put_link(p, "nofollow", "made");
	CHECK(path_open(g, "/nofollow/here", O_PATH, RESOLVE_NO_SYMLINKS) == -ELOOP);
	fd = path_open(g, "/nofollow", O_PATH | O_NOFOLLOW, 0);
	CHECK(fd >= 0);
	fd_close(&fd);
	CHECK(untouched(p));
}

/* ---- somebody who is faster ---------------------------------------------------------- */

struct racer {
	const struct place *place;
	atomic_bool stop;
};

/* "swap" is a directory and a link to the outside in turns. */
static void *race(void *arg)
{
	struct racer *r = arg;

	while (!atomic_load(&r->stop))
		(void)renameat2(r->place->root_fd, "swap", r->place->root_fd, "evil",
				2 /* EXCHANGE */);
	return NULL;
}

static void test_race(struct place *p)
{
	struct racer r = { .place = p };
	char path[64];
	bool inside = true;
	pthread_t thread;

	if (mkdirat(p->root_fd, "swap", 0755) < 0)
		abort();
	put_link(p, "evil", "../outside");
	if (pthread_create(&thread, NULL, race, &r) != 0)
		abort();
	for (int i = 0; i < 400; i++) {
		snprintf(path, sizeof(path), "/swap/d%d/e", i);
		inside = stayed(p, path_make_dir(&p->guest, path, 0755)) && inside;
		snprintf(path, sizeof(path), "/swap/f%d", i);
		inside = stayed(p, target_of(&p->guest, path, true)) && inside;
	}
	atomic_store(&r.stop, true);
	pthread_join(thread, NULL);
	CHECK(inside && untouched(p));
}

/* What labels and sysctls are written by: beneath the directory, through no link out of it. */
static void test_write(struct place *p)
{
	static const char *const out[] = { "../outside", "/outside", "up/outside", "none", "sub" };
	cleanup_fd int fd = openat(p->root_fd, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	cleanup_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char got[16] = "";

	CHECK(mkdirat(p->root_fd, "sub", 0755) == 0 && symlinkat("file", p->root_fd, "link") == 0);
	CHECK(symlinkat("..", p->root_fd, "up") == 0);
	CHECK(path_write(p->root_fd, "file", RESOLVE_NO_SYMLINKS, "one", 3) == 0);
	CHECK(path_write(p->root_fd, "link", RESOLVE_NO_SYMLINKS, "two", 3) == -ELOOP);
	CHECK(pread(fd, got, sizeof(got), 0) == 3 && strcmp(got, "one") == 0);
	CHECK(path_write(p->root_fd, "link", 0, "two", 3) == 0);
	CHECK(pread(fd, got, sizeof(got), 0) == 3 && strcmp(got, "two") == 0);
	for (size_t i = 0; i < sizeof(out) / sizeof(*out); i++)
		CHECK(path_write(p->root_fd, out[i], 0, "x", 1) < 0);
	/* procfs's own link to us is one to follow; those to elsewhere are not */
	CHECK(path_write(proc, "thread-self/comm", 0, "written", 7) == 0);
	CHECK(path_write(proc, "thread-self/fd/0", 0, "x", 1) < 0);
	CHECK(path_write(proc, "thread-self/root/dev/null", 0, "x", 1) < 0);
	CHECK(untouched(p));
}

int main(void)
{
	static void (*const tests[])(struct place *) = { test_plain, test_long,  test_escapes,
							 test_magic, test_links, test_race,
							 test_write };

	umask(0);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		struct place p = { 0 };

		place_make(&p);
		tests[i](&p);
		place_remove(&p);
	}
	return CHECK_DONE();
}

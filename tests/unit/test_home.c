/* SPDX-License-Identifier: Apache-2.0 */
/* What the guest side finds out by itself: HOME from a passwd that an image brought, and the
 * program. */
#include "init/path.c"
#include "init/program.c"
#include "init/text.c"

#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "tests/unit/check.h"
#include "tests/unit/tree.h"

int arm(const struct guest *g)
{
	(void)g;
	return 0;
}

const char *plan_text(const struct guest *g, uint32_t at)
{
	return g->base + at;
}

/* ---- HOME ------------------------------------------------------------------------- */

static const struct plan_head head;

static const char *home_for(struct guest *g, const char *passwd, size_t n, uint32_t uid)
{
	if (passwd) {
		cleanup_fd int fd =
			openat(g->root, "etc/passwd", O_WRONLY | O_CREAT | O_TRUNC, 0644);

		if (fd < 0 || write(fd, passwd, n) != (ssize_t)n)
			abort();
	}
	find_home(g, uid);
	return g->home;
}

/* clang-format off */
static const struct { const char *passwd; uint32_t uid; const char *home; } homes[] = {
	{ "root:x:0:0:root:/root:/bin/sh\n", 0, "/root" },
	{ "root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000::/home/u:/bin/sh\n", 1000, "/home/u" },
	{ "u:x:1000:1000::/home/u:/bin/sh", 1000, "/home/u" }, /* no newline at the end */
	{ "u:x:1000:1000::/home/u", 1000, "/home/u" },
	/* shorter than what stood in its place before: nothing of that may be left */
	{ "root:x:0:0:root:/root:/bin/sh\nu:x:9:9::/u", 9, "/u" },
	{ "a:x:7:7::/first:\nb:x:7:7::/second:\n", 7, "/first" },
	{ "root:x:0:0:root:/root:/bin/sh\n", 1, "/" },
	{ "", 0, "/" }, { "\n\n\n", 0, "/" }, { ":::::\n", 0, "/" }, { ":::::/x\n", 0, "/" },
	/* a name that is a number is a name (CVE-2016-3697) */
	{ "1000:x:0:0::/evil:/bin/sh\n", 1000, "/" },
	/* whole numbers in range, or none at all */
	{ "u:x:4294967296:0::/evil:\n", 0, "/" }, { "u:x:18446744073709551616:0::/evil:\n", 0, "/" },
	{ "u:x:-1:0::/evil:\n", 4294967295, "/" }, { "u:x:4294967294:0::/h:\n", 4294967294, "/h" },
	{ "u:x: 0:0::/evil:\n", 0, "/" }, { "u:x:0x0:0::/evil:\n", 0, "/" }, { "u:x::0::/evil:\n", 0, "/" },
	{ "u:x:1.0:0::/evil:\n", 1, "/" }, { "u:x:+1:0::/evil:\n", 1, "/" },
	/* too few fields, and none taken from the next line */
	{ "u:x:5\nv:x:6:6::/v:\n", 5, "/" }, { "u:x:5:5:\n/evil:x\n", 5, "/" },
	{ "u:x:5:5::\n", 5, "/" }, { "u:x:5:5::relative:\n", 5, "/" },
	{ "u:x\nv:x:5:5::/v\n", 5, "/v" },
};
/* clang-format on */

static void test_homes(struct guest *g)
{
	for (size_t i = 0; i < sizeof(homes) / sizeof(*homes); i++) {
		const char *got =
			home_for(g, homes[i].passwd, strlen(homes[i].passwd), homes[i].uid);

		CHECK(strncmp(got, "HOME=", 5) == 0 && strcmp(got + 5, homes[i].home) == 0);
		if (strcmp(got + 5, homes[i].home) != 0)
			printf("# %s, not HOME=%s\n", got, homes[i].home);
	}
}

/* A line of n characters in front of one that counts. */
static void test_long_lines(struct guest *g)
{
	static const char line[] = "\nu:x:5:5::/home/u:/bin/sh\n";
	static const size_t sizes[] = {
		4000, 4069, 4070, 4094, 4095, 4096, 4097, 8190, 8191, 100000
	};
	cleanup_free char *text = malloc(3000000);
	size_t at = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		memset(text, 'x', sizes[i]);
		memcpy(text + sizes[i], line, sizeof(line));
		CHECK_STR(home_for(g, text, sizes[i] + sizeof(line) - 1, 5), "HOME=/home/u");
	}
	/* many lines, each over the edge of a buffer somewhere */
	for (int n = 0; n < 20000; n++)
		at += (size_t)sprintf(text + at, "user%d:x:%d:%d::/home/user%d:/bin/sh\n", n,
				      n + 10, n, n);
	CHECK_STR(home_for(g, text, at, 10), "HOME=/home/user0");
	CHECK_STR(home_for(g, text, at, 1009), "HOME=/home/user999");
	CHECK_STR(home_for(g, text, at, 12345), "HOME=/home/user12335");
	/* bounded: whoever stands behind the first mebibyte has none */
	memset(text, '\n', 2000000);
	memcpy(text + 2000000, line, sizeof(line));
	CHECK_STR(home_for(g, text, 2000000 + sizeof(line) - 1, 5), "HOME=/");
}

static void test_odd_bytes(struct guest *g)
{
	static const char nul[] = "a\0b:x:5:5::/evil\nu:x:6:6::/u:\n";
	cleanup_free char *text = malloc(20000);
	const char *got;

	got = home_for(g, nul, sizeof(nul) - 1, 6);
	CHECK(strcmp(got, "HOME=/u") == 0 || strcmp(got, "HOME=/") == 0);
	memset(text, 0, 20000);
	CHECK_STR(home_for(g, text, 20000, 0), "HOME=/");
	memset(text, ':', 20000);
	CHECK_STR(home_for(g, text, 20000, 0), "HOME=/");
	/* one that does not fit is as good as none */
	memcpy(text, "u:x:5:5::/", 10);
	memset(text + 10, 'h', 3000);
	memcpy(text + 3010, ":\n", 2);
	CHECK_STR(home_for(g, text, 3012, 5), "HOME=/");
}

static void replace_passwd(const struct guest *g, const char *link)
{
	(void)unlinkat(g->root, "etc/passwd", 0);
	if (link && symlinkat(link, g->root, "etc/passwd") < 0)
		abort();
}

static void test_odd_files(struct guest *g, const char *top)
{
	char path[64];

	replace_passwd(g, NULL);
	CHECK_STR(home_for(g, NULL, 0, 0), "HOME=/");
	if (mkfifoat(g->root, "etc/passwd", 0600) < 0)
		abort();
	CHECK_STR(home_for(g, NULL, 0, 0), "HOME=/");
	replace_passwd(g, NULL);
	if (mkdirat(g->root, "etc/passwd", 0700) < 0)
		abort();
	CHECK_STR(home_for(g, NULL, 0, 0), "HOME=/");
	unlinkat(g->root, "etc/passwd", AT_REMOVEDIR);
	replace_passwd(g, "passwd");
	CHECK_STR(home_for(g, NULL, 0, 0), "HOME=/");

	/* the host's own is not the guest's */
	snprintf(path, sizeof(path), "%s/passwd", top);
	{
		cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

		if (write(fd, "u:x:0:0::/evil:\n", 16) != 16)
			abort();
	}
	replace_passwd(g, path);
	CHECK_STR(home_for(g, NULL, 0, 0), "HOME=/");
	replace_passwd(g, "../../passwd");
	CHECK_STR(home_for(g, NULL, 0, 0), "HOME=/");
	replace_passwd(g, NULL);
}

/* ---- the program -------------------------------------------------------------------- */

static void put(const char *path, mode_t mode)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || fchmod(fd, mode) < 0)
		abort();
}

static int find(struct guest *g, const char *name, const char *path)
{
	g->why[0] = g->program[0] = '\0';
	return search(g, name, path);
}

static void test_search(struct guest *g, const char *top)
{
	char one[64], two[64], path[200], want[80];

	snprintf(one, sizeof(one), "%s/one", top);
	snprintf(two, sizeof(two), "%s/two", top);
	if (mkdir(one, 0700) < 0 || mkdir(two, 0700) < 0)
		abort();
	snprintf(path, sizeof(path), "%s/p", two);
	put(path, 0755);
	snprintf(path, sizeof(path), "%s/denied", one);
	put(path, 0644);
	snprintf(path, sizeof(path), "%s/denied", two);
	put(path, 0644);
	snprintf(path, sizeof(path), "%s/p", one); /* a directory is no program */
	if (mkdir(path, 0755) < 0)
		abort();

	snprintf(path, sizeof(path), "/none:%s:%s", one, two);
	snprintf(want, sizeof(want), "%s/p", two);
	CHECK(find(g, "p", path) == 0);
	CHECK_STR(g->program, want);
	CHECK(find(g, "q", path) == -ENOENT && g->why_complete);
	CHECK_STR(g->why,
		  "unable to start container process: exec: \"q\": executable file not found in "
		  "$PATH");
	CHECK(find(g, "denied", path) == -EACCES);
	CHECK_STR(g->why, "unable to start container process: exec: \"denied\": permission denied");
	CHECK(find(g, "p", "") == -ENOENT && find(g, "p", ":::") == -ENOENT);
	CHECK(usable(one) == -EISDIR && usable("/dev/null") == -EACCES &&
	      usable("/none") == -ENOENT);
}

static void test_long_path(struct guest *g)
{
	cleanup_free char *path = malloc(20001);

	memset(path, 'x', 20000);
	path[20000] = '\0';
	path[0] = '/';
	CHECK(find(g, "sh", path) == -ENOENT);
	memcpy(path + 19900, ":/bin", 6); /* behind an entry that is too long to be used */
	CHECK(find(g, "sh", path) == 0);
	CHECK_STR(g->program, "/bin/sh");
	memset(path, 'y', 5000); /* a name that is too long for all of them */
	path[5000] = '\0';
	CHECK(find(g, path, "/bin:/usr/bin") == -ENOENT);
	CHECK(strlen(g->why) < sizeof(g->why));
}

int main(void)
{
	char top[32], root[64];
	struct guest g = { .head = &head };

	tree_make(top);
	snprintf(root, sizeof(root), "%s/root", top);
	if (mkdir(root, 0755) < 0)
		abort();
	g.root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(g.root, "etc", 0755) < 0)
		abort();
	test_homes(&g);
	test_long_lines(&g);
	test_odd_bytes(&g);
	test_odd_files(&g, top);
	test_search(&g, top);
	test_long_path(&g);
	close(g.root);
	tree_remove(top);
	return CHECK_DONE();
}

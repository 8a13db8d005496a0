/* SPDX-License-Identifier: Apache-2.0 */
/* Real mounts, which no mount table ever shows. */
#include "overlay/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/str.h"
#include "namespaces/idmap.h"
#include "tests/unit/check.h"

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* ---- files: all below the temporary directory, which is where we are ----------- */

static void put(int dir, const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* "-" for a file that is not there. */
static const char *get(int dir, const char *path, char buf[64])
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, buf, 63);

	if (n < 0)
		return "-";
	buf[n] = '\0';
	close(fd);
	return buf;
}

static size_t mount_table(char *buf, size_t size)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	size_t n = f ? fread(buf, 1, size - 1, f) : 0;

	buf[n] = '\0';
	if (f)
		fclose(f);
	return n;
}

static int open_fd_count(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* ---- what works ------------------------------------------------------------------ */

static const char odd_name[] = "low:er\\ 2,a";
static const char *const lower[] = { "lower1", odd_name };

static void check_way(enum overlay_way way)
{
	const struct overlay overlay = {
		.lower = lower, .n_lower = 2, .upper = "upper/", .way = way
	};
	static char before[65536], after[65536];
	struct error err = { 0 };
	bool made = false;
	int tree = -1;
	char buf[64];

	mount_table(before, sizeof(before));
	CHECK(overlay_mount(&overlay, &tree, &made, &err) == 0);
	CHECK_STR(err.text, "");
	CHECK(made && exists("upper.work"));
	mount_table(after, sizeof(after));
	CHECK(strcmp(before, after) == 0);
	CHECK(fcntl(tree, F_GETFD) == FD_CLOEXEC);

	CHECK_STR(get(tree, "both", buf), "1");
	CHECK_STR(get(tree, "only2", buf), "2");
	put(tree, "both", "changed");
	put(tree, "new", "written");
	CHECK(unlinkat(tree, "only2", 0) == 0);
	CHECK_STR(get(tree, "only2", buf), "-");
	CHECK_STR(get(AT_FDCWD, "upper/both", buf), "changed");
	CHECK_STR(get(AT_FDCWD, "upper/new", buf), "written");
	CHECK_STR(get(AT_FDCWD, "lower1/both", buf), "1");
	close(tree);

	/* Again, with what is there: what was written is still there. */
	CHECK(overlay_mount(&overlay, &tree, &made, &err) == 0);
	CHECK(!made);
	CHECK_STR(get(tree, "both", buf), "changed");
	close(tree);

	CHECK(overlay_remove_work("upper/", &err) == 0);
	CHECK(!exists("upper.work"));
	CHECK(overlay_remove_work("upper", &err) == 0);
	CHECK(unlink("upper/both") == 0 && unlink("upper/new") == 0 && unlink("upper/only2") == 0);
}

/* Seen through the overlay: what root has below belongs to 100000, and so does what is new. */
static void check_mapped(enum overlay_way way, bool attach)
{
	struct spec_id_mapping map = { .containerID = 0, .hostID = 100000, .size = 1000 };
	const struct spec_id_mappings maps = { 1, &map };
	struct overlay_ids ids = { .uids = &maps, .gids = &maps, .uid = 100000, .gid = 100000 };
	const struct overlay overlay = { .lower = lower,
					 .n_lower = 2,
					 .upper = "given",
					 .ids = &ids,
					 .way = way,
					 .attach = attach };
	static char before[65536], after[65536];
	struct error err = { 0 };
	struct stat st;
	bool made;
	int tree = -1;

	CHECK(mkdir("given", 0755) == 0);
	ids.userns = idmap_make_namespace(&maps, &maps, &err);
	CHECK(ids.userns >= 0 && fcntl(ids.userns, F_GETFD) == FD_CLOEXEC);
	mount_table(before, sizeof(before));
	CHECK(overlay_mount(&overlay, &tree, &made, &err) == 0);
	CHECK_STR(err.text, "");
	mount_table(after, sizeof(after));
	CHECK(strcmp(before, after) == 0);
	CHECK(fstat(tree, &st) == 0 && st.st_uid == 100000 && st.st_gid == 100000);
	CHECK(fstatat(tree, "both", &st, 0) == 0 && st.st_uid == 100000);
	CHECK(fchmodat(tree, "only2", 0640, 0) == 0);
	CHECK(stat("given/only2", &st) == 0 && st.st_uid == 100000 && st.st_gid == 100000);
	CHECK(stat("lower1/both", &st) == 0 && st.st_uid == 0);
	close(tree);
	close(ids.userns);
	CHECK(overlay_remove_work("given", &err) == 0);
	CHECK(unlink("given/only2") == 0 && rmdir("given") == 0);
}

static void check_readonly(void)
{
	struct overlay overlay = { .lower = lower, .n_lower = 2 };
	struct error err = { 0 };
	bool made = true;
	int tree = -1;
	char buf[64];

	CHECK(overlay_mount(&overlay, &tree, &made, &err) == 0);
	CHECK(!made);
	CHECK_STR(get(tree, "both", buf), "1");
	CHECK(openat(tree, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0644) < 0 && errno == EROFS);
	close(tree);
}

static void check_given_work(void)
{
	const struct overlay overlay = {
		.lower = lower,
		.n_lower = 1,
		.upper = "upper",
		.work = "work",
	};
	struct error err = { 0 };
	bool made = true;
	int tree = -1;

	CHECK(mkdir("work", 0700) == 0);
	CHECK(overlay_mount(&overlay, &tree, &made, &err) == 0);
	CHECK(!made && !exists("upper.work"));
	close(tree);
}

/* The old way has room for few layers, the new ones have not. */
static void check_many(void)
{
	static const char *many[120];
	struct overlay overlay = { .lower = many, .n_lower = COUNT(many) };
	struct error err = { 0 };
	cleanup_str struct str names = { 0 };
	bool made;
	int tree = -1;

	for (size_t i = 0; i < COUNT(many); i++)
		str_printf(&names, "m%03zu%c", i, '\0');
	for (size_t i = 0; i < COUNT(many); i++) {
		many[i] = names.text + 5 * i;
		CHECK(mkdir(many[i], 0755) == 0);
	}
	put(AT_FDCWD, "m119/lowest", "x");
	for (int way = OVERLAY_BY_FD; way <= OVERLAY_BY_NAME; way++) {
		overlay.way = (enum overlay_way)way;
		CHECK(overlay_mount(&overlay, &tree, &made, &err) == 0);
		CHECK(faccessat(tree, "lowest", F_OK, 0) == 0);
		close(tree);
	}
	overlay.way = OVERLAY_JOINED;
	CHECK(overlay_mount(&overlay, &tree, &made, &err) == -E2BIG);
	CHECK(str_starts(err.text, "120 lower directories are too many before Linux 6.8, "));
	overlay.n_lower = 12;
	CHECK(overlay_mount(&overlay, &tree, &made, &err) == 0);
	close(tree);
}

/* ---- what is refused --------------------------------------------------------------- */

static const char *const no_dir[] = { "lower1", "nothing" };
static const char *const no_file[] = { "file", "lower1" };

/* clang-format off */
static const struct {
	struct overlay overlay;
	const char *error;
} bad[] = {
	{ { .lower = lower, .n_lower = 0, .upper = "upper" },
	  "an overlay needs at least one lower directory" },
	{ { .lower = lower, .n_lower = 1 },
	  "an overlay without an upper directory needs two lower ones" },
	{ { .lower = lower, .n_lower = 501, .upper = "upper" },
	  "501 lower directories: the kernel takes 500" },
	{ { .lower = no_dir, .n_lower = 2, .upper = "upper" }, "--lower nothing does not exist" },
	{ { .lower = no_file, .n_lower = 2, .upper = "upper" }, "--lower file is not a directory" },
	{ { .lower = lower, .n_lower = 2, .upper = "nothing" }, "--upper nothing does not exist" },
	{ { .lower = lower, .n_lower = 2, .upper = "upper", .work = "nothing" },
	  "--work nothing does not exist" },
	{ { .lower = lower, .n_lower = 2, .upper = "." },
	  "--upper .: give a directory by its name" },
	{ { .lower = lower, .n_lower = 2, .upper = "upper/../" },
	  "--upper upper/../: give a directory by its name" },
	{ { .lower = lower, .n_lower = 2, .upper = "/" },
	  "--upper /: give a directory by its name" },
	{ { .lower = lower, .n_lower = 2, .upper = "upper", .work = "upper" },
	  "--work and --upper are both upper" },
	{ { .lower = lower, .n_lower = 2, .upper = "upper", .work = "/dev/shm" },
	  "--work /dev/shm is not on the file system of --upper upper" },
	{ { .lower = lower, .n_lower = 2, .upper = "upper", .work = "upper/inside" },
	  "the kernel refuses the overlay (its log says why): does one of the directories lie in "
	  "another, or are they overlays themselves?" },
};
/* clang-format on */

static void check_bad(void)
{
	int fds = open_fd_count();

	CHECK(mkdir("upper/inside", 0755) == 0);
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct error err = { 0 };
		bool made = false;
		int tree = -1;
		int r = overlay_mount(&bad[i].overlay, &tree, &made, &err);

		CHECK(r < 0 && r == -err.code);
		CHECK_STR(err.text, bad[i].error);
		CHECK(tree == -1 && !made);
	}
	CHECK(rmdir("upper/inside") == 0);
	CHECK(!exists("upper.work"));
	CHECK(open_fd_count() == fds);
}

/* Inside a guest the usual mistake: everything lies on an overlay already. */
static void check_on_overlay(void)
{
	struct overlay overlay = { .lower = lower, .n_lower = 1, .upper = "upper" };
	cleanup_str struct str path = { 0 }, want = { 0 };
	struct error err = { 0 };
	bool made = false;
	int tree = -1, other = -1;

	CHECK(overlay_mount(&overlay, &tree, &made, &err) == 0);
	CHECK(mkdirat(tree, "up", 0755) == 0);
	str_printf(&path, "/proc/self/fd/%d/up", tree);
	overlay.upper = path.text;
	CHECK(overlay_mount(&overlay, &other, &made, &err) == -EINVAL);
	str_printf(&want,
		   "--upper %s: an overlay cannot have its upper directory on overlayfs; "
		   "use a directory on ext4, xfs, btrfs or tmpfs",
		   path.text);
	CHECK_STR(err.text, want.text);
	CHECK(faccessat(tree, "up.work", F_OK, 0) < 0);
	close(tree);
	CHECK(overlay_remove_work("upper", &err) == 0);
}

/* A layer may be an overlay itself, but not any deeper: here the kernel speaks. */
static void check_depth(void)
{
	struct overlay overlay = { .lower = lower, .n_lower = 2 };
	struct error err = { 0 };
	const char *layers[2] = { "lower1", NULL };
	char path[3][32];
	int tree[3] = { -1, -1, -1 };
	int made = 0;
	bool ignored;

	for (; made < 3; made++) {
		if (overlay_mount(&overlay, &tree[made], &ignored, &err) < 0)
			break;
		snprintf(path[made], sizeof(path[made]), "/proc/self/fd/%d", tree[made]);
		layers[1] = path[made];
		overlay.lower = layers;
	}
	CHECK(made == 2);
	CHECK(strstr(err.text, "the kernel refuses the overlay") != NULL);
	for (int i = 0; i < made; i++)
		close(tree[i]);
}

/* What somebody else put there is not ours to remove. */
static void check_foreign_work(void)
{
	struct error err = { 0 };

	CHECK(mkdir("upper.work", 0700) == 0);
	put(AT_FDCWD, "upper.work/mine", "x");
	CHECK(overlay_remove_work("upper", &err) == -ENOTEMPTY);
	CHECK(exists("upper.work/mine"));
	CHECK(unlink("upper.work/mine") == 0 && rmdir("upper.work") == 0);
}

/* Why nothing can be mounted here, or NULL. */
static const char *hindrance(void)
{
	const struct overlay probe = { .lower = lower, .n_lower = 2, .upper = "upper" };
	struct error err = { 0 };
	struct error ignored;
	bool made;
	int tree, r;

	if (geteuid() != 0)
		return "needs root";
	r = overlay_mount(&probe, &tree, &made, &err);
	if (r == -EPERM || r == -ENODEV)
		return "no overlay can be mounted here";
	if (r == -EINVAL && strstr(err.text, "upper directory on"))
		return "the temporary directory can hold no upper directory";
	if (r == 0) {
		close(tree);
		(void)overlay_remove_work("upper", &ignored);
	}
	return NULL;
}

static void check_all(void)
{
	const char *why;

	CHECK(mkdir("lower1", 0755) == 0 && mkdir(odd_name, 0755) == 0 &&
	      mkdir("upper", 0755) == 0);
	put(AT_FDCWD, "file", "x");
	put(AT_FDCWD, "lower1/both", "1");
	put(AT_FDCWD, "low:er\\ 2,a/both", "2");
	put(AT_FDCWD, "low:er\\ 2,a/only2", "2");
	why = hindrance();
	if (why) {
		printf("ok %d # SKIP %s\n", ++check_count, why);
		return;
	}
	for (int way = OVERLAY_BY_FD; way <= OVERLAY_JOINED; way++)
		check_way((enum overlay_way)way);
	for (int way = OVERLAY_BY_FD; way <= OVERLAY_JOINED; way++) {
		check_mapped((enum overlay_way)way, false);
		check_mapped((enum overlay_way)way, true);
	}
	check_readonly();
	check_given_work();
	check_many();
	check_bad();
	check_on_overlay();
	check_depth();
	check_foreign_work();
}

int main(void)
{
	char dir[] = "/tmp/test_overlay.XXXXXX";
	cleanup_str struct str command = { 0 };

	if (!mkdtemp(dir) || chdir(dir) < 0) {
		puts("1..0 # SKIP no temporary directory");
		return 0;
	}
	check_all();
	str_printf(&command, "rm -r %s", dir);
	(void)!system(command.text);
	return CHECK_DONE();
}

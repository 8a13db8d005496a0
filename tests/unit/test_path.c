/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/file.h"
#include "tests/unit/check.h"
#include "tests/unit/tree.h"

/* ---- as text ------------------------------------------------------------------ */

/* clang-format off */
static const struct { const char *path, *clean; } cleaned[] = {
	{ "", "/" }, { "/", "/" }, { "//", "/" }, { ".", "/" }, { "..", "/" }, { "/..", "/" },
	{ "a", "/a" }, { "/a/", "/a" }, { "/a//b", "/a/b" }, { "/a/./b/.", "/a/b" },
	{ "/a/../b", "/b" }, { "/a/b/..", "/a" }, { "/a/b/../..", "/" }, { "/../../x", "/x" },
	{ "/a/../../../b/../c", "/c" }, { "/...", "/..." }, { "/..a/.b", "/..a/.b" },
	{ "/a/..b/../c", "/a/c" }, { "a/b/../../../../etc/passwd", "/etc/passwd" },
};

static const struct { const char *path, *dir; bool below; } belows[] = {
	{ "/a", "/a", true }, { "/a/b", "/a", true }, { "/ab", "/a", false }, { "/a", "/a/b", false },
	{ "/a", "/", true }, { "/", "/", true }, { "/", "/a", false }, { "/proc2", "/proc", false },
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void test_clean(void)
{
	cleanup_arena struct arena a = { 0 };

	for (size_t i = 0; i < COUNT(cleaned); i++)
		CHECK_STR(path_clean(&a, cleaned[i].path), cleaned[i].clean);
	/* what is clean stays as it is */
	for (size_t i = 0; i < COUNT(cleaned); i++)
		CHECK_STR(path_clean(&a, cleaned[i].clean), cleaned[i].clean);
}

static void test_join_below(void)
{
	cleanup_arena struct arena a = { 0 };

	CHECK_STR(path_join(&a, "/b", "c"), "/b/c");
	CHECK_STR(path_join(&a, "/b", "/c"), "/c");
	CHECK_STR(path_join(&a, "", "c"), "/c");
	CHECK_STR(path_join(&a, "/b", ""), "/b/");
	for (size_t i = 0; i < COUNT(belows); i++)
		CHECK(path_below(belows[i].path, belows[i].dir) == belows[i].below);
}

/* ---- files -------------------------------------------------------------------- */

static int dir_open(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void test_read(int dir)
{
	cleanup_arena struct arena a = { 0 };
	const char *text = NULL;
	size_t len = 0;

	CHECK(file_read(&a, dir, "none", 100, &text, &len) == -ENOENT);
	CHECK(file_replace(dir, "f", "0123456789", 10, 0600) == 0);
	CHECK(file_read(&a, dir, "f", 10, &text, &len) == 0 && len == 10 && text[10] == '\0');
	CHECK_STR(text, "0123456789");
	CHECK(file_read(&a, dir, "f", 9, &text, &len) == -EFBIG);
	CHECK(file_replace(dir, "f", "a\0b", 3, 0600) == 0);
	CHECK(file_read(&a, dir, "f", 10, &text, &len) == 0 && len == 3 && text[2] == 'b');
	CHECK(file_replace(dir, "f", "", 0, 0600) == 0);
	CHECK(file_read(&a, dir, "f", 0, &text, &len) == 0 && len == 0 && !*text);
	/* says 0 bytes and has some */
	CHECK(file_read(&a, AT_FDCWD, "/proc/self/status", 65536, &text, &len) == 0 && len > 100);
	/* neither waits for a writer nor reads what is none */
	CHECK(mkfifoat(dir, "fifo", 0600) == 0 &&
	      file_read(&a, dir, "fifo", 10, &text, &len) == -EINVAL);
	CHECK(file_read(&a, dir, ".", 10, &text, &len) == -EINVAL);
	CHECK(file_read(&a, AT_FDCWD, "/dev/null", 10, &text, &len) == -EINVAL);
}

static void test_large(int dir)
{
	cleanup_arena struct arena a = { 0 };
	cleanup_free char *large = malloc(100000);
	const char *text = NULL;
	size_t len = 0;

	memset(large, 'x', 100000);
	CHECK(file_replace(dir, "large", large, 100000, 0600) == 0);
	CHECK(file_read(&a, dir, "large", 100000, &text, &len) == 0 && len == 100000 &&
	      memcmp(text, large, len) == 0);
	CHECK(file_read(&a, dir, "large", 99999, &text, &len) == -EFBIG);
}

/* Of procfs the size shows by reading only: here a command line of 20,000 bytes. */
static void test_unknown_size(void)
{
	cleanup_arena struct arena a = { 0 };
	cleanup_free char *word = calloc(1, 20001);
	const char *text = NULL;
	char path[32];
	size_t len = 0;
	int pipes[2];
	pid_t pid;

	memset(word, 'w', 20000);
	CHECK(pipe2(pipes, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		dup2(pipes[0], STDIN_FILENO);
		execl("/bin/sh", "sh", "-c", "read x", word, (char *)NULL);
		_exit(1);
	}
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	/* until it is there: before the exec it is ours */
	for (int i = 0; i < 5000 && len < 20000; i++) {
		usleep(1000);
		if (file_read(&a, AT_FDCWD, path, 1 << 20, &text, &len) < 0)
			break;
	}
	CHECK(len == strlen("sh_-c_read x_") + 20001);
	CHECK(len > 20001 && memcmp(text + len - 20001, word, 20001) == 0);
	CHECK(file_read(&a, AT_FDCWD, path, 20000, &text, &len) == -EFBIG);
	close(pipes[0]);
	close(pipes[1]);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(file_read(&a, AT_FDCWD, path, 20000, &text, &len) == -ENOENT);
}

/* A disk that is full in the middle: the file is as it was, and nothing lies beside it. */
static void test_no_room(int dir)
{
	const struct rlimit little = { 5000, 5000 };
	cleanup_arena struct arena a = { 0 };
	static const char large[8192];
	const char *text = NULL;
	struct stat st;
	size_t len = 0;
	pid_t pid;
	int status = -1;

	CHECK(file_replace(dir, "room", "old", 3, 0600) == 0);
	pid = fork();
	if (pid == 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &little);
		_exit(file_replace(dir, "room", large, sizeof(large), 0600) == -EFBIG ? 0 : 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(fstatat(dir, ".room.tmp", &st, 0) < 0 && errno == ENOENT);
	CHECK(file_read(&a, dir, "room", 10, &text, &len) == 0 && len == 3);
	CHECK_STR(text, "old");
}

static void test_replace(int dir)
{
	char name[300];
	struct stat st;

	CHECK(file_replace(dir, "m", "x", 1, 0640) == 0);
	CHECK(fstatat(dir, "m", &st, 0) == 0 && (st.st_mode & 07777) == 0640);
	CHECK(fstatat(dir, ".m.tmp", &st, 0) < 0 && errno == ENOENT);

	/* the temporary name is a link that leads elsewhere: not followed, and not left behind */
	CHECK(symlinkat("elsewhere", dir, ".m.tmp") == 0);
	CHECK(file_replace(dir, "m", "y", 1, 0640) < 0);
	CHECK(fstatat(dir, "elsewhere", &st, 0) < 0);
	(void)unlinkat(dir, ".m.tmp", 0);

	/* a link in the place of the file is replaced, what it points to stays */
	CHECK(symlinkat("f", dir, "link") == 0 && file_replace(dir, "link", "new", 3, 0600) == 0);
	CHECK(fstatat(dir, "link", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode));

	CHECK(mkdirat(dir, "d", 0700) == 0 && file_replace(dir, "d", "x", 1, 0600) == -EISDIR);
	CHECK(fstatat(dir, ".d.tmp", &st, 0) < 0);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK(file_replace(dir, name, "x", 1, 0600) == -ENAMETOOLONG);
	name[253] = '\0'; /* fits, but not with what is put around it */
	CHECK(file_replace(dir, name, "x", 1, 0600) == -ENAMETOOLONG);
}

int main(void)
{
	cleanup_fd int dir = -1;
	char path[32];

	test_clean();
	test_join_below();
	umask(0);
	dir = dir_open(tree_make(path));
	test_read(dir);
	test_large(dir);
	test_unknown_size();
	test_no_room(dir);
	test_replace(dir);
	tree_remove(path);
	return CHECK_DONE();
}

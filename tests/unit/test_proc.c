/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/proc.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "tests/unit/check.h"

/* The command line is no part of the library. */
#include "cmd/proc.c"

#define STATUS "Name:\tx\nUmask:\t0022\nUid:\t1\t1000\t3\t4\n"
#define REST " S 7 12 12 34816 12 4194304 1 2 3 4 150 50 6 7 20 0 1 0 9876 8192 1\n"

static void put(int dir, const char *name, const char *text, size_t len)
{
	cleanup_fd int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len);
}

/* Reads a process 42 that consists of these three files; NULL: the file is missing. */
static int read_as(const char *stat, const char *status, const char *cmdline, size_t len,
		   struct proc *ret)
{
	char path[] = "/tmp/test_proc.XXXXXX";
	cleanup_fd int proc = -1, dir = -1;
	int r;

	CHECK(mkdtemp(path) != NULL);
	proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(mkdirat(proc, "42", 0700) == 0);
	dir = openat(proc, "42", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (stat)
		put(dir, "stat", stat, strlen(stat));
	if (status)
		put(dir, "status", status, strlen(status));
	put(dir, "cmdline", cmdline, len);
	r = proc_read(proc, 42, ret);

	(void)unlinkat(dir, "stat", 0);
	(void)unlinkat(dir, "status", 0);
	CHECK(unlinkat(dir, "cmdline", 0) == 0);
	CHECK(unlinkat(proc, "42", AT_REMOVEDIR) == 0 && rmdir(path) == 0);
	return r;
}

static void test_good(void)
{
	cleanup_proc struct proc p = { 0 };

	CHECK(read_as("42 (sh)" REST, STATUS, "sh\0-c\0true\0", 11, &p) == 0);
	CHECK(p.pid == 42 && p.ppid == 7 && p.uid == 1000 && p.tty == 34816);
	CHECK(p.ticks == 200 && p.started == 9876);
	CHECK_STR(p.name, "sh");
	CHECK_STR(p.command.text, "sh -c true");
	CHECK(strlen(p.command.text) == p.command.len);
}

/* A name may look like the end of itself. */
static void test_odd_name(void)
{
	cleanup_proc struct proc p = { 0 };

	CHECK(read_as("42 (a) R 1 (b)" REST, STATUS, "", 0, &p) == 0);
	CHECK_STR(p.name, "a) R 1 (b");
	CHECK(p.ppid == 7 && p.command.len == 0);
}

static void test_bad(void)
{
	cleanup_proc struct proc p = { 0 };

	CHECK(read_as("", STATUS, "", 0, &p) == -EINVAL);
	CHECK(read_as("42 sh" REST, STATUS, "", 0, &p) == -EINVAL);
	CHECK(read_as("42 (sh) S 7", STATUS, "", 0, &p) == -EINVAL);
	CHECK(read_as("42 (sh)" REST, "Name:\tx\n", "", 0, &p) == -EINVAL);
	CHECK(read_as("42 (sh)" REST, NULL, "", 0, &p) == -ESRCH);
	CHECK(read_as(NULL, STATUS, "", 0, &p) == -ESRCH);
}

static void test_self(void)
{
	cleanup_fd int procfs = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_proc struct proc p = { 0 };

	CHECK(proc_read(procfs, getpid(), &p) == 0);
	CHECK(p.ppid == getppid() && p.uid == geteuid());
	CHECK_STR(p.name, "test_proc");
	CHECK(proc_read(procfs, 0x7fffffff, &p) == -ESRCH);
}

int main(void)
{
	test_good();
	test_odd_name();
	test_bad();
	test_self();
	return CHECK_DONE();
}

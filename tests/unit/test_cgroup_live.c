/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/sys.h"
#include "cgroups/internal.h"
#include "tests/unit/check.h"

/* What only the kernel can answer, below one cgroup of our own on the real mount. */

static const struct spec_resources nothing;

static void nap(void)
{
	(void)usleep(20000);
}

/* A process, and its pidfd, born in the cgroup: it forks once, then both sleep. */
static pid_t spawn_into(const struct cgroup *cg, bool with_child)
{
	const struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cg->fd,
	};
	pid_t pid = sys_clone3(&args);

	if (pid != 0)
		return pid;
	if (with_child)
		(void)fork();
	for (;;)
		(void)pause();
}

static bool killed_by(pid_t pid, int sig)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == sig;
}

static void test_life(const struct cgroup_mount *mount, const char *base)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT, sub = CGROUP_INIT, of = CGROUP_INIT;
	cleanup_free pid_t *pids = NULL;
	struct error err = { 0 };
	char path[128], below[160];
	size_t n = 0;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/life", base);
	snprintf(below, sizeof(below), "%s/sub", path);
	CHECK(cgroup_create(mount, path, &nothing, &cg, &err) == 0);
	CHECK(cgroup_create(mount, below, &nothing, &sub, &err) == 0);
	CHECK(cgroup_populated(&cg, &err) == 0);
	pid = spawn_into(&sub, true);
	CHECK(pid > 0);
	nap();
	CHECK(cgroup_populated(&cg, &err) == 1);
	CHECK(cgroup_pids(&cg, &pids, &n, &err) == 0 && n == 2);
	CHECK(cgroup_of_pid(mount, pid, &of, &err) == 0);
	CHECK_STR(of.path, below);

	CHECK(cgroup_freeze(&cg, true, &err) == 0);
	CHECK(cgroup_frozen(&cg, &err) == 1 && cgroup_frozen(&sub, &err) == 1);
	CHECK(cgroup_freeze(&cg, false, &err) == 0);
	CHECK(cgroup_frozen(&cg, &err) == 0);

	CHECK(cgroup_remove(mount, path, 0, &err) == -EBUSY);
	CHECK(cgroup_signal(&cg, SIGTERM, &err) == 0);
	CHECK(killed_by(pid, SIGTERM));
	nap();
	CHECK(cgroup_populated(&cg, &err) == 0);
	CHECK(cgroup_of_pid(mount, pid, &of, &err) == -ESRCH);

	/* Frozen processes die as well, and are no reason to wait. */
	pid = spawn_into(&sub, true);
	CHECK(cgroup_freeze(&cg, true, &err) == 0);
	CHECK(cgroup_kill(&cg, &err) == 0);
	CHECK(killed_by(pid, SIGKILL));
	CHECK(cgroup_remove(mount, path, (int)strlen(base), &err) == 0);
	CHECK(cgroup_open(mount, path, &of, &err) == -ENOENT);
	CHECK(cgroup_populated(&cg, &err) == 0 && cgroup_frozen(&cg, &err) == 0);
	CHECK(cgroup_kill(&cg, &err) == 0);
	fd_close(&of.fd);
}

static void test_used(const struct cgroup_mount *mount, const char *base)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT, again = CGROUP_INIT;
	struct error err = { 0 };
	char path[128], below[160];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/used", base);
	snprintf(below, sizeof(below), "%s/new", path);
	CHECK(cgroup_create(mount, path, &nothing, &cg, &err) == 0);
	pid = spawn_into(&cg, false);
	CHECK(cgroup_create(mount, path, &nothing, &again, &err) == -EBUSY);
	CHECK(strstr(err.text, "container's cgroup is not empty: 1 process(es) found") == err.text);
	CHECK(cgroup_kill(&cg, &err) == 0 && killed_by(pid, SIGKILL));
	CHECK(cgroup_create(mount, path, &nothing, &again, &err) == 0);

	/* A new directory is frozen with its parent: clone3() into it would not come back. */
	CHECK(cgroup_freeze(&cg, true, &err) == 0);
	CHECK(cgroup_create(mount, path, &nothing, &again, &err) == -EBUSY);
	CHECK(cgroup_create(mount, below, &nothing, &again, &err) == -EBUSY);
	CHECK(strstr(err.text, "container's cgroup unexpectedly frozen") == err.text);
	CHECK(cgroup_open(mount, below, &again, &err) == -ENOENT);
	CHECK(cgroup_remove(mount, path, (int)strlen(base), &err) == 0);
}

static int child_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0 ? 0 : errno;
}

/* Bits of what went wrong, as an exit status. */
static int see_devices(void)
{
	return (child_open("/dev/null", O_RDWR) == 0 ? 0 : 1) |
	       (child_open("/dev/urandom", O_RDONLY) == 0 ? 0 : 2) |
	       (child_open("/dev/kmsg", O_RDONLY) == EPERM ? 0 : 4) |
	       (child_open("/dev/kmsg", O_WRONLY) == 0 ? 0 : 8);
}

static void test_devices(const struct cgroup_mount *mount, const char *base)
{
	struct spec_device_rule list[] = {
		{ .allow = false, .access = "rwm" },
		{ .allow = true,
		  .type = "c",
		  .access = "w",
		  .major = { true, 1 },
		  .minor = { true, 11 } },
	};
	struct spec_resources res = { .devices = { 2, list } };
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	struct error err = { 0 };
	int status = -1, r;
	char path[128];
	pid_t pid;

	if (child_open("/dev/kmsg", O_RDWR) != 0) {
		printf("ok %d # SKIP /dev/kmsg cannot be opened here anyway\n", ++check_count);
		return;
	}
	snprintf(path, sizeof(path), "%s/devices", base);
	CHECK(cgroup_create(mount, path, &nothing, &cg, &err) == 0);
	r = cgroup_devices(&cg, &res, &err);
	if (r == -EPERM || r == -ENOSYS) {
		printf("ok %d # SKIP %s\n", ++check_count, err.text);
	} else {
		CHECK(r == 0);
		args.cgroup = (uint64_t)cg.fd;
		pid = sys_clone3(&args);
		if (pid == 0)
			_exit(see_devices());
		CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
		CHECK(WEXITSTATUS(status) == 0);
	}
	CHECK(cgroup_remove(mount, path, (int)strlen(base), &err) == 0);
}

/* A controller that this mount offers is enabled all the way down; hugetlb is the usual one. */
static void test_enable(const struct cgroup_mount *mount, const char *base)
{
	cleanup_cgroup struct cgroup root = CGROUP_INIT, cg = CGROUP_INIT, sub = CGROUP_INIT;
	struct spec_hugepage page = { .pageSize = "2MB", .limit = 2097152 };
	struct spec_resources res = { 0 };
	cleanup_str struct str text = { 0 };
	struct error err = { 0 };
	char path[128];
	pid_t pid;

	CHECK(cgroup_open(mount, base, &root, &err) == 0);
	if (cgfile_read(root.fd, "cgroup.controllers", &text) < 0 ||
	    !cgfile_has_word(text.text, "hugetlb")) {
		printf("ok %d # SKIP hugetlb is not enabled for %s\n", ++check_count, base);
		return;
	}
	str_free(&text);
	snprintf(path, sizeof(path), "%s/enable/a/b", base);
	res.hugepageLimits.n = 1;
	res.hugepageLimits.v = &page;
	CHECK(cgroup_create(mount, path, &res, &cg, &err) == 0);
	CHECK(cgroup_limit(&cg, &res, "1.3.0", &err) == 0);
	CHECK(cgfile_read(cg.fd, "hugetlb.2MB.max", &text) == 0);
	CHECK_STR(text.text, "2097152\n");

	/* A cgroup with processes of its own can have no limited children. */
	snprintf(path, sizeof(path), "%s/busy", base);
	cgroup_close(&cg);
	CHECK(cgroup_create(mount, path, &nothing, &cg, &err) == 0);
	pid = spawn_into(&cg, false);
	snprintf(path, sizeof(path), "%s/busy/child", base);
	CHECK(cgroup_create(mount, path, &res, &sub, &err) == -EBUSY);
	CHECK(strstr(err.text, "linux.resources.hugepageLimits: cannot enable hugetlb for the "
			       "children of ") == err.text);
	CHECK(cgroup_open(mount, path, &sub, &err) == -ENOENT);
	CHECK(cgroup_kill(&cg, &err) == 0 && killed_by(pid, SIGKILL));
	snprintf(path, sizeof(path), "%s/busy", base);
	CHECK(cgroup_remove(mount, path, (int)strlen(base), &err) == 0);
	snprintf(path, sizeof(path), "%s/enable/a/b", base);
	CHECK(cgroup_remove(mount, path, (int)strlen(base), &err) == 0);
}

int main(void)
{
	cleanup_cgroup_mount struct cgroup_mount mount = CGROUP_MOUNT_INIT;
	cleanup_cgroup struct cgroup base = CGROUP_INIT;
	struct error err = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/warren-test-cg-%d", (int)getpid());
	if (geteuid() != 0) {
		printf("1..0 # SKIP needs root\n");
		return 0;
	}
	if (cgroup_mount_open(&mount, &err) < 0 ||
	    cgroup_create(&mount, path, &nothing, &base, &err) < 0) {
		printf("1..0 # SKIP %s\n", err.text);
		return 0;
	}
	test_life(&mount, path);
	test_used(&mount, path);
	test_devices(&mount, path);
	test_enable(&mount, path);
	CHECK(cgroup_remove(&mount, path, 0, &err) == 0);
	return CHECK_DONE();
}

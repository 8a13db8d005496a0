/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"
#include "tests/unit/check.h"

static void test_refused(void)
{
	cleanup_fd int file = open("/dev/null", O_RDONLY | O_CLOEXEC);

	CHECK(mount_set(-1, MOUNT_ATTR_RDONLY, 0, 0, 0) == -EBADF);
	CHECK(mount_map(-1, -1, 0) < 0);
	CHECK(mount_map(file, file, 0) < 0); /* neither a mount of ours nor a user namespace */
}

/* On a copy of a mount that is attached nowhere: it concerns nobody else. */
static void test_detached(void)
{
	cleanup_fd int tree = sys_open_tree(AT_FDCWD, "/dev", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct statvfs st = { 0 };

	if (tree < 0) {
		printf("ok %d # SKIP mounts cannot be copied here\n", ++check_count);
		return;
	}
	CHECK(mount_set(tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC, 0, MS_PRIVATE, 0) == 0);
	CHECK(fstatvfs(tree, &st) == 0 && st.f_flag & ST_RDONLY && st.f_flag & ST_NOEXEC);
	CHECK(mount_set(tree, 0, MOUNT_ATTR_RDONLY, 0, AT_RECURSIVE) == 0);
	CHECK(fstatvfs(tree, &st) == 0 && !(st.f_flag & ST_RDONLY) && st.f_flag & ST_NOEXEC);
}

int main(void)
{
	test_refused();
	test_detached();
	return CHECK_DONE();
}

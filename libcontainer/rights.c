/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"

#define FIRST_USER_NAMESPACE 0xeffffffdU /* PROC_USER_INIT_INO: the host's, on every kernel */

/* Root of a user namespace may do so when the mount namespace belongs to that one as well. */
static bool may_clone_mounts(void)
{
	cleanup_fd int tree = sys_open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	/* -EINVAL: allowed, but for the mounts below it */
	return tree != -EPERM;
}

enum rights rights_own(void)
{
	struct stat st;

	if (geteuid() != 0)
		return RIGHTS_USER;
	if (stat("/proc/self/ns/user", &st) < 0 || st.st_ino == FIRST_USER_NAMESPACE)
		return RIGHTS_HOST;
	return may_clone_mounts() ? RIGHTS_NESTED : RIGHTS_USER;
}

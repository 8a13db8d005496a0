/* SPDX-License-Identifier: Apache-2.0 */
/* idmount SOURCE TARGET PID: a bind that is id-mapped by the user namespace of PID. */
#include <fcntl.h>
#include <linux/mount.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	char path[64];
	long tree, userns;

	if (argc != 4)
		return 2;
	snprintf(path, sizeof(path), "/proc/%s/ns/user", argv[3]);
	userns = open(path, O_RDONLY | O_CLOEXEC);
	tree = syscall(SYS_open_tree, AT_FDCWD, argv[1], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	attr.userns_fd = (uint64_t)userns;
	if (userns < 0 || tree < 0 ||
	    syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ||
	    syscall(SYS_move_mount, tree, "", AT_FDCWD, argv[2], MOVE_MOUNT_F_EMPTY_PATH) < 0) {
		perror("idmount");
		return 1;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The floor: what the start of a guest costs when nothing but plain system
 * calls is done for it. floor ROOTFS CGROUP makes the directory CGROUP, clones
 * into it with the namespaces of a default configuration, mounts what that
 * mounts, changes the root, executes /bin/true, waits, and removes CGROUP.
 *
 * Naive on purpose: it copies the whole mount table and waits for the
 * detaching umount. It reads no configuration, keeps no state, drops no
 * capability, loads no filter and makes no device: a runtime does more, and
 * one that is cleverer about mounts can still be faster.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMESPACES \
	(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)
#define SAFE (MS_NOSUID | MS_NODEV | MS_NOEXEC)

struct mount {
	const char *target, *type;
	unsigned long flags;
	const char *data;
};

static const struct mount mounts[] = {
	{ "proc", "proc", SAFE, NULL },
	{ "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k" },
	{ "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620" },
	{ "dev/shm", "tmpfs", SAFE, "mode=1777,size=65536k" },
	{ "dev/mqueue", "mqueue", SAFE, NULL },
	{ "sys", "sysfs", SAFE | MS_RDONLY, NULL },
	{ "sys/fs/cgroup", "cgroup2", SAFE | MS_RDONLY, NULL },
};

/* For parent and child alike: neither has anything to flush or to undo. */
static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void mount_all(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		const struct mount *m = &mounts[i];

		/* The ones below /dev have to be made in its new tmpfs, the rest is there. */
		must(mkdir(m->target, 0755) == 0 || errno == EEXIST, m->target);
		must(mount(m->type, m->target, m->type, m->flags, m->data) == 0, m->target);
	}
}

static void become_guest(const char *root)
{
	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0, "make mounts slaves");
	must(mount(root, root, NULL, MS_BIND | MS_REC, NULL) == 0, root);
	must(chdir(root) == 0, root);
	mount_all();
	must(syscall(SYS_pivot_root, ".", ".") == 0, "pivot_root");
	must(umount2(".", MNT_DETACH) == 0, "detach the old root");
	must(chdir("/") == 0, "/");
	execl("/bin/true", "true", (char *)NULL);
	must(0, "/bin/true");
}

/* The last process leaves its cgroup a little after it can be waited for. */
static void remove_cgroup(const char *path)
{
	while (rmdir(path) < 0) {
		must(errno == EBUSY, path);
		usleep(100);
	}
}

int main(int argc, char **argv)
{
	int fd, status = 0;
	struct clone_args args = { .flags = NAMESPACES | CLONE_INTO_CGROUP,
				   .exit_signal = SIGCHLD };
	pid_t pid;

	if (argc != 3) {
		fprintf(stderr, "usage: floor ROOTFS CGROUP\n");
		return 2;
	}
	must(mkdir(argv[2], 0755) == 0, argv[2]);
	fd = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(fd >= 0, argv[2]);
	args.cgroup = (uint64_t)fd;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	must(pid >= 0, "clone3");
	if (pid == 0)
		become_guest(argv[1]);
	must(waitpid(pid, &status, 0) == pid, "wait");
	remove_cgroup(argv[2]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

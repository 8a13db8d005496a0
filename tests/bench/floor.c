/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The floor: what the start of a guest costs when nothing but plain system
 * calls is done for it, in the order that is cheapest.
 *
 *   floor prepare DIR                pins an empty mount namespace at DIR/mnt
 *   floor run DIR ROOT CGROUP STATE  a guest by way of that namespace
 *   floor naive - ROOT CGROUP STATE  the same by way of a copy of the caller's
 *
 * A guest is /bin/true of ROOT in a cgroup made for it, with the namespaces and
 * the file systems of a default configuration, six device nodes and a loopback
 * that is up, while STATE, a directory made for it, holds a file. Then all of
 * it is removed. `run` mounts what nobody sees yet and changes the root by
 * chroot. `naive` copies the whole mount table, pivots, and waits for the
 * detaching umount.
 *
 * Neither reads a configuration, drops a capability, loads a filter or masks a
 * path, and the guest's program is a fork of this one: a runtime does more.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMESPACES (CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)
#define NOEXEC (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)
#define SAFE (NOEXEC | MOUNT_ATTR_NODEV)
#define PATH_SIZE 4096

struct mount {
	const char *target, *type;
	unsigned int flags;
	const char *options[4]; /* names and values */
};

struct link {
	const char *name, *target;
};

struct device {
	const char *name;
	unsigned int major, minor;
};

/* clang-format off */
static const struct mount mounts[] = {
	{ "proc", "proc", SAFE, { NULL } },
	{ "dev", "tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME, { "mode", "755", "size", "65536k" } },
	{ "dev/pts", "devpts", NOEXEC, { "ptmxmode", "0666", "mode", "0620" } },
	{ "dev/shm", "tmpfs", SAFE, { "mode", "1777", "size", "65536k" } },
	{ "dev/mqueue", "mqueue", SAFE, { NULL } },
	{ "sys", "sysfs", SAFE | MOUNT_ATTR_RDONLY, { NULL } },
	{ "sys/fs/cgroup", "cgroup2", SAFE | MOUNT_ATTR_RDONLY, { NULL } },
};

static const struct device devices[] = {
	{ "dev/null", 1, 3 }, { "dev/zero", 1, 5 }, { "dev/full", 1, 7 },
	{ "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 },
};

static const struct link links[] = {
	{ "dev/fd", "/proc/self/fd" }, { "dev/stdin", "/proc/self/fd/0" },
	{ "dev/stdout", "/proc/self/fd/1" }, { "dev/stderr", "/proc/self/fd/2" },
	{ "dev/ptmx", "pts/ptmx" },
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* For parent and child alike: neither has anything to flush or to undo. */
static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static const char *below(char *buf, const char *dir, const char *name)
{
	must(snprintf(buf, PATH_SIZE, "%s/%s", dir, name) < PATH_SIZE, dir);
	return buf;
}

/* ---- the guest ---------------------------------------------------------------- */

static void mount_one(const struct mount *m)
{
	int fs = fsopen(m->type, FSOPEN_CLOEXEC), fd;

	must(fs >= 0, m->type);
	for (size_t i = 0; i < COUNT(m->options) && m->options[i] != NULL; i += 2)
		must(fsconfig(fs, FSCONFIG_SET_STRING, m->options[i], m->options[i + 1], 0) == 0,
		     m->options[i]);
	must(fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0, m->type);
	fd = fsmount(fs, FSMOUNT_CLOEXEC, m->flags);
	must(fd >= 0, m->type);
	must(move_mount(fd, "", AT_FDCWD, m->target, MOVE_MOUNT_F_EMPTY_PATH) == 0, m->target);
}

/* The ones below /dev have to be made in its new tmpfs, the rest is there. */
static void mount_all(void)
{
	for (size_t i = 0; i < COUNT(mounts); i++) {
		if (strncmp(mounts[i].target, "dev/", 4) == 0)
			must(mkdir(mounts[i].target, 0755) == 0, mounts[i].target);
		mount_one(&mounts[i]);
	}
}

static void make_devices(void)
{
	umask(0);
	for (size_t i = 0; i < COUNT(devices); i++)
		must(mknod(devices[i].name, S_IFCHR | 0666,
			   makedev(devices[i].major, devices[i].minor)) == 0,
		     devices[i].name);
	for (size_t i = 0; i < COUNT(links); i++)
		must(symlink(links[i].target, links[i].name) == 0, links[i].name);
	umask(022);
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0, "lo");
}

/* A copy of the template holds one mount: there is nothing to pivot away from. */
static void enter_template(int template, const char *root)
{
	int tree = open_tree(AT_FDCWD, root, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	must(tree >= 0, root);
	must(setns(template, CLONE_NEWNS) == 0, "enter the template");
	must(unshare(CLONE_NEWNS) == 0, "copy the template");
	must(move_mount(tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) == 0, "attach the root");
	must(fchdir(tree) == 0, "enter the root");
	mount_all();
	must(chroot(".") == 0, "chroot");
}

static void enter_copy(const char *root)
{
	must(unshare(CLONE_NEWNS) == 0, "copy the mount namespace");
	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0, "make mounts slaves");
	must(mount(root, root, NULL, MS_BIND | MS_REC, NULL) == 0, root);
	must(chdir(root) == 0, root);
	mount_all();
	must(syscall(SYS_pivot_root, ".", ".") == 0, "pivot_root");
	must(umount2(".", MNT_DETACH) == 0, "detach the old root");
	must(chdir("/") == 0, "/");
}

/* A negative template: the naive way. */
static void become_guest(int template, const char *root)
{
	if (template <0)
		enter_copy(root);
	else
		enter_template(template, root);
	make_devices();
	loopback_up();
	execl("/bin/true", "true", (char *)NULL);
	must(0, "/bin/true");
}

/* ---- the runtime's side ------------------------------------------------------- */

static void make_state(const char *dir)
{
	static const char text[] = "{\"ociVersion\": \"1.3.0\", \"status\": \"running\"}\n";
	char temporary[PATH_SIZE], path[PATH_SIZE];
	int fd;

	must(mkdir(dir, 0700) == 0, dir);
	fd = open(below(temporary, dir, "new"), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	must(fd >= 0 && write(fd, text, sizeof(text) - 1) == sizeof(text) - 1, temporary);
	close(fd);
	must(rename(temporary, below(path, dir, "state.json")) == 0, path);
}

static void remove_state(const char *dir)
{
	char path[PATH_SIZE];

	must(unlink(below(path, dir, "state.json")) == 0, path);
	must(rmdir(dir) == 0, dir);
}

/* The last process leaves its cgroup a little after it can be waited for. */
static void remove_cgroup(const char *path)
{
	while (rmdir(path) < 0) {
		must(errno == EBUSY, path);
		usleep(100);
	}
}

static int run(int template, const char *root, const char *cgroup, const char *state)
{
	struct clone_args args = { .flags = NAMESPACES | CLONE_INTO_CGROUP,
				   .exit_signal = SIGCHLD };
	int fd, status = 0;
	pid_t pid;

	must(mkdir(cgroup, 0755) == 0, cgroup);
	fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(fd >= 0, cgroup);
	args.cgroup = (uint64_t)fd;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	must(pid >= 0, "clone3");
	if (pid == 0)
		become_guest(template, root);
	make_state(state); /* meanwhile, on another processor */
	must(waitpid(pid, &status, 0) == pid, "wait");
	remove_cgroup(cgroup);
	remove_state(state);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* ---- the template ------------------------------------------------------------- */

/* Waits to be killed, and ends by itself when the other end of the pipe does. */
static void become_template(const char *root, int ready, int orphaned)
{
	char byte = 1;

	must(unshare(CLONE_NEWNS) == 0, "unshare");
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "make mounts private");
	must(mount("tmpfs", root, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		   "mode=0") == 0,
	     root);
	must(chdir(root) == 0, root);
	must(syscall(SYS_pivot_root, ".", ".") == 0, "pivot_root");
	must(umount2(".", MNT_DETACH) == 0, "detach the old root");
	must(write(ready, &byte, 1) == 1, "tell that it is ready");
	_exit(read(orphaned, &byte, 1) == 0);
}

static int pin(pid_t pid, const char *dir)
{
	char from[64], to[PATH_SIZE];

	snprintf(from, sizeof(from), "/proc/%d/ns/mnt", (int)pid);
	return mount(from, below(to, dir, "mnt"), NULL, MS_BIND, NULL);
}

/* On processor cpu, or any if that is negative. */
static int try_template(const char *dir, const char *root, int cpu)
{
	int ready[2], alive[2], r, error;
	cpu_set_t set;
	pid_t pid;
	char byte;

	CPU_ZERO(&set);
	if (cpu >= 0)
		CPU_SET(cpu, &set);
	must(pipe2(ready, O_CLOEXEC) == 0 && pipe2(alive, O_CLOEXEC) == 0, "pipe");
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		close(alive[1]);
		if (cpu >= 0)
			sched_setaffinity(0, sizeof(set), &set);
		become_template(root, ready[1], alive[0]);
	}
	close(ready[1]);
	must(read(ready[0], &byte, 1) == 1, "make the template");
	r = pin(pid, dir);
	error = errno;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	errno = error;
	return r;
}

/*
 * A mount namespace can only be pinned in one that has a smaller id, and since
 * Linux 6.18 every processor hands out ids of its own from time to time: on one
 * of them the new namespace gets a larger id.
 */
static int prepare(const char *dir)
{
	const long n = sysconf(_SC_NPROCESSORS_CONF);
	char root[PATH_SIZE], file[PATH_SIZE];
	int fd = open(below(file, dir, "mnt"), O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0600), r;

	must(fd >= 0, file);
	must(mkdir(below(root, dir, "root"), 0) == 0, root);
	r = try_template(dir, root, -1);
	for (int cpu = 0; r < 0 && errno == EINVAL && cpu < n; cpu++)
		r = try_template(dir, root, cpu);
	must(r == 0, "pin the template");
	return 0;
}

int main(int argc, char **argv)
{
	char path[PATH_SIZE];
	int template = -1;

	if (argc == 3 && strcmp(argv[1], "prepare") == 0)
		return prepare(argv[2]);
	if (argc != 6 || (strcmp(argv[1], "run") != 0 && strcmp(argv[1], "naive") != 0)) {
		fprintf(stderr, "usage: floor prepare DIR\n"
				"       floor run DIR ROOT CGROUP STATE\n"
				"       floor naive - ROOT CGROUP STATE\n");
		return 2;
	}
	if (strcmp(argv[1], "run") == 0) {
		template = open(below(path, argv[2], "mnt"), O_RDONLY | O_CLOEXEC);
		must(template >= 0, path);
	}
	return run(template, argv[3], argv[4], argv[5]);
}

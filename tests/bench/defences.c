/* SPDX-License-Identifier: Apache-2.0 */

/*
 * defences INIT ROUNDS CGROUP [NAME=TIMES]...
 *
 * What a start pays for being safe: each defence as the system calls that it
 * is made of, and what would do without it, in turn, ROUNDS rounds. INIT is the
 * program of the guest side, CGROUP a directory, TIMES how often a start does
 * it (once where it is not given). Runs in the root of a bundle, in a mount
 * namespace of its own. Prints an object a line, in microseconds:
 *
 *   {"name": , "what": , "with": , "without": , "times": , "cost": }
 *
 * with and without are medians of one time, cost is the difference of all.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static const char *program;
static char *image;
static size_t image_size;
static int root, cgroup, null_device;

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void need(long r, const char *what)
{
	if (r >= 0)
		return;
	perror(what);
	exit(1);
}

/* ---- the guest side is executed from a sealed copy ------------------------------------ */

static void execute(const char *path)
{
	char *const argv[] = { (char *)path, NULL };
	pid_t pid;

	errno = posix_spawn(&pid, path, NULL, NULL, argv, NULL);
	need(errno ? -1 : 0, path);
	need(waitpid(pid, NULL, 0), "waitpid");
}

static void from_memory(void)
{
	int fd = memfd_create("init", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	char path[40];

	need(fd, "memfd_create");
	need(write(fd, image, image_size), "write");
	need(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL),
	     "seal");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	execute(path);
	close(fd);
}

static void from_file(void)
{
	execute(program);
}

/* ---- a path of the guest's is resolved in its root -------------------------------------- */

static void in_root(void)
{
	const struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				      .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	long fd = syscall(SYS_openat2, root, "/dev/shm", &how, sizeof(how));

	need(fd, "openat2");
	close((int)fd);
}

static void anywhere(void)
{
	int fd = openat(root, "dev/shm", O_PATH | O_CLOEXEC);

	need(fd, "openat");
	close(fd);
}

/* ---- a mount is finished before it is attached ------------------------------------------ */

static void detached(void)
{
	int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC), mnt;

	need(fs, "fsopen");
	need(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "mode", "755", 0), "fsconfig");
	need(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "create");
	mnt = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	need(mnt, "fsmount");
	need(syscall(SYS_move_mount, mnt, "", root, "dev/shm", MOVE_MOUNT_F_EMPTY_PATH),
	     "move_mount");
	close(mnt);
	close(fs);
	need(umount2("dev/shm", MNT_DETACH), "umount");
}

static void by_name(void)
{
	need(mount("tmpfs", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"), "mount");
	need(umount2("dev/shm", MNT_DETACH), "umount");
}

/* ---- the small ones ---------------------------------------------------------------------- */

static void nothing(void)
{
}

static void arm(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, 0);
}

static void look(void)
{
	struct statfs st;

	need(fstatfs(null_device, &st), "fstatfs");
}

static void shed(void)
{
	for (unsigned from = 1000; from < 1003; from++)
		need(syscall(SYS_close_range, from, from, 0), "close_range");
}

static void mark(void)
{
	char text[64];

	need(fsetxattr(cgroup, "user.warren", "owner", 5, 0), "fsetxattr");
	need(fgetxattr(cgroup, "user.warren", text, sizeof(text)), "fgetxattr");
}

static const struct defence {
	const char *name, *what;
	void (*with)(void), (*without)(void);
	int repeat;
} defences[] = {
	{ "sealed", "the guest side is executed from a sealed copy in memory", from_memory,
	  from_file, 5 },
	{ "root", "a path of the guest's is resolved by openat2() in its root", in_root, anywhere,
	  200 },
	{ "detached", "a mount is finished before it is attached", detached, by_name, 20 },
	{ "arm", "nobody may look at the guest side, which dies with the runtime", arm, nothing,
	  500 },
	{ "look", "a descriptor is what it should be: a device, procfs, a directory", look, nothing,
	  500 },
	{ "shed", "descriptors are closed and not left to the exec", shed, nothing, 500 },
	{ "mark", "a cgroup is known by its mark", mark, nothing, 200 },
};
#define DEFENCES (sizeof(defences) / sizeof(*defences))

/* ---- measuring ---------------------------------------------------------------------------- */

static double once(void (*f)(void), int repeat)
{
	const double from = now_us();

	for (int i = 0; i < repeat; i++)
		f();
	return (now_us() - from) / repeat;
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int times_of(const char *name, int argc, char **argv)
{
	const size_t n = strlen(name);

	for (int i = 3; i < argc; i++)
		if (strncmp(argv[i], name, n) == 0 && argv[i][n] == '=')
			return atoi(argv[i] + n + 1);
	return 1;
}

static void measure(const struct defence *d, int rounds, int times)
{
	double *with = calloc((size_t)rounds, sizeof(*with));
	double *without = calloc((size_t)rounds, sizeof(*without));

	need(with && without ? 0 : -1, "calloc");
	for (int i = -2; i < rounds; i++) { /* two for warming up */
		const double a = once(d->with, d->repeat), b = once(d->without, d->repeat);

		if (i >= 0)
			with[i] = a, without[i] = b;
	}
	qsort(with, (size_t)rounds, sizeof(*with), by_size);
	qsort(without, (size_t)rounds, sizeof(*without), by_size);
	printf("{\"name\": \"%s\", \"what\": \"%s\", \"with\": %.3f, \"without\": %.3f, \"times\": "
	       "%d, "
	       "\"cost\": %.2f}\n",
	       d->name, d->what, with[rounds / 2], without[rounds / 2], times,
	       (with[rounds / 2] - without[rounds / 2]) * times);
	free(with);
	free(without);
}

static void read_image(void)
{
	int fd = open(program, O_RDONLY | O_CLOEXEC);
	struct stat st;

	need(fd, program);
	need(fstat(fd, &st), program);
	image_size = (size_t)st.st_size;
	image = malloc(image_size);
	need(image ? read(fd, image, image_size) : -1, program);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "usage: defences INIT ROUNDS CGROUP [NAME=TIMES]...\n");
		return 2;
	}
	program = argv[1];
	read_image();
	root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cgroup = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	null_device = open("/dev/null", O_RDWR | O_CLOEXEC);
	need(cgroup, argv[3]);
	(void)mkdir("dev", 0755);
	(void)mkdir("dev/shm", 0755);
	for (size_t i = 0; i < DEFENCES; i++)
		measure(&defences[i], atoi(argv[2]), times_of(defences[i].name, argc, argv));
	return 0;
}

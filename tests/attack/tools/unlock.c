/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unlock: runs as root of a guest and tries to take off every mount that it
 * finds, and every flag of each. One line for each success:
 *
 *   unmounted PATH         what was below shows
 *   moved PATH
 *   writable PATH          a read-only mount no longer is one
 *   cleared FLAG PATH      nosuid, nodev or noexec
 *   uncovered PATH         a clone of the mount without what is mounted upon it
 *   entered NAME           a namespace of a process outside
 *
 * Nothing that succeeds is undone, so the harmless tries come first.
 */
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MS_RDONLY 1
#define MS_REMOUNT 32
#define MS_BIND 4096
#define MS_MOVE 8192
#define MNT_DETACH 2
#define PATHS_MAX 512

int mount(const char *from, const char *to, const char *type, unsigned long flags,
	  const void *data);
int umount2(const char *path, int flags);

static char *paths[PATHS_MAX], *options[PATHS_MAX];
static int n_paths;

static void read_table(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[8192], path[4096], flags[512];

	while (f && n_paths < PATHS_MAX && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*s %*s %*s %4095s %511s", path, flags) != 2)
			continue;
		paths[n_paths] = strdup(path);
		options[n_paths++] = strdup(flags);
	}
	if (f)
		fclose(f);
}

static int has(const char *list, const char *word)
{
	const size_t n = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += n)
		if ((at == list || at[-1] == ',') && (at[n] == ',' || !at[n]))
			return 1;
	return 0;
}

static int set_attr(const char *path, unsigned long long clear)
{
	struct mount_attr attr = { .attr_clr = clear };

	return (int)syscall(SYS_mount_setattr, AT_FDCWD, path, 0, &attr, sizeof(attr));
}

static void try_flags(const char *path, const char *now)
{
	static const struct {
		const char *name;
		unsigned long long attr;
	} all[] = {
		{ "nosuid", MOUNT_ATTR_NOSUID },
		{ "nodev", MOUNT_ATTR_NODEV },
		{ "noexec", MOUNT_ATTR_NOEXEC },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (has(now, all[i].name) && set_attr(path, all[i].attr) == 0)
			printf("cleared %s %s\n", all[i].name, path);
	if (!has(now, "ro"))
		return;
	if (set_attr(path, MOUNT_ATTR_RDONLY) == 0 ||
	    mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL) == 0 ||
	    mount(NULL, path, NULL, MS_REMOUNT, NULL) == 0)
		printf("writable %s\n", path);
}

/* A bind without what lies upon it shows what a mask hides. */
static void try_uncover(int i)
{
	int tree;

	for (int j = 0; j < n_paths; j++) {
		const size_t n = strlen(paths[i]);

		if (j == i || strncmp(paths[j], paths[i], n) != 0 || (n > 1 && paths[j][n] != '/'))
			continue;
		tree = (int)syscall(SYS_open_tree, AT_FDCWD, paths[i], OPEN_TREE_CLONE);
		if (tree >= 0 || mount(paths[i], "/tmp", NULL, MS_BIND, NULL) == 0)
			printf("uncovered %s\n", paths[i]);
		if (tree >= 0)
			close(tree);
		return;
	}
}

static void try_remove(const char *path)
{
	if (mount(path, "/mnt", NULL, MS_MOVE, NULL) == 0)
		printf("moved %s\n", path);
	else if (umount2(path, MNT_DETACH) == 0)
		printf("unmounted %s\n", path);
}

/* The initial namespaces have known numbers. */
static void try_namespaces(void)
{
	static const char *const names[] = { "user", "mnt", "net", "ipc", "uts", "cgroup", "pid" };

	for (int pid = 1; pid < 100; pid++) {
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
			char path[64], own[64];
			struct stat theirs, ours;
			int fd;

			snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, names[i]);
			snprintf(own, sizeof(own), "/proc/self/ns/%s", names[i]);
			if (stat(path, &theirs) < 0 || stat(own, &ours) < 0 ||
			    theirs.st_ino == ours.st_ino)
				continue;
			fd = open(path, O_RDONLY | O_CLOEXEC);
			if (fd >= 0 && setns(fd, 0) == 0)
				printf("entered %s\n", names[i]);
			if (fd >= 0)
				close(fd);
		}
	}
}

int main(void)
{
	mkdir("/mnt", 0755);
	setvbuf(stdout, NULL, _IOLBF, 0);
	read_table();
	try_namespaces();
	for (int i = 0; i < n_paths; i++)
		try_uncover(i);
	for (int i = 0; i < n_paths; i++)
		try_flags(paths[i], options[i]);
	for (int i = n_paths - 1; i > 0; i--)
		try_remove(paths[i]);
	printf("tried %d\n", n_paths);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sniff CANARY [trace]: runs in a guest and lies in wait for processes that come in
 * from outside, to reach through them what the guest has not got. A finding is
 * one line:
 *
 *   exe PATH     a program that is no file of the guest's can be opened for writing
 *   sealed       ... or its size or its bytes could be changed (memory files)
 *   fd PATH      a descriptor of it leads to a directory that is not the guest's
 *   root, cwd    its root or its working directory is one that has CANARY in it
 *   environ      its environment holds SECRET=
 *   traced PATH  (with "trace") it was stopped by ptrace before it had executed a
 *                program of the guest's, with capabilities or system calls that
 *                this program has not got: they are the tracer's then
 *
 * It ends with "watched N" when a file /tmp/stop appears: how often it looked
 * at a process whose program was not the guest's.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *canary;
static bool trace;
static long watched;

static void found(const char *what, const char *detail)
{
	printf("%s %s\n", what, detail);
	fflush(stdout);
}

static bool holds_canary(const char *dir)
{
	char path[8192];

	snprintf(path, sizeof(path), "%s%s", dir, canary);
	return access(path, F_OK) == 0;
}

/* Programs of others, by an O_PATH descriptor that outlives them; the oldest make room. */
static struct kept {
	int fd;
	char name[256];
} kept[64];
static unsigned n_kept;

static void keep(int exe, const char *target)
{
	struct kept *k = &kept[n_kept++ % 64];

	if (k->fd)
		close(k->fd);
	k->fd = exe;
	snprintf(k->name, sizeof(k->name), "%.255s", target);
}

/* Nothing is ever written to a file: that it could be is enough. */
static void try_program(struct kept *k)
{
	char self[64];
	void *at;
	int fd;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", k->fd);
	fd = open(self, O_RDWR | O_CLOEXEC);
	if (fd < 0) /* ETXTBSY: it is executed at this moment */
		return;
	if (strncmp(k->name, "/memfd:", 7) != 0) {
		found("exe", k->name);
	} else {
		at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (at != MAP_FAILED || ftruncate(fd, 1) == 0 || pwrite(fd, "x", 1, 0) == 1 ||
		    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0)
			found("sealed", k->name);
		if (at != MAP_FAILED)
			munmap(at, 4096);
	}
	close(fd);
}

/* Whether an open file is what its name means here: then it is the guest's own. */
static bool is_own(int fd, const char *name)
{
	struct stat st, here;

	return fstat(fd, &st) == 0 && stat(name, &here) == 0 && st.st_dev == here.st_dev &&
	       st.st_ino == here.st_ino;
}

/* The program of a process, by a descriptor that stays with it, and what that one is called. */
static int open_exe(const char *proc, char *name, size_t size)
{
	char path[300];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/exe", proc);
	fd = open(path, O_PATH | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = fd < 0 ? -1 : readlink(path, name, size - 1);
	name[n < 0 ? 0 : n] = '\0';
	return fd;
}

static void try_descriptors(const char *proc)
{
	char path[300], target[4096];
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/fd", proc);
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		char one[600];
		struct stat st;
		ssize_t n;

		snprintf(one, sizeof(one), "%s/%s", path, e->d_name);
		if (*e->d_name == '.' || stat(one, &st) < 0 || !S_ISDIR(st.st_mode))
			continue;
		n = readlink(one, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		snprintf(one + strlen(one), sizeof(one) - strlen(one), "/../../../../../../../..");
		if (holds_canary(one))
			found("fd", target);
	}
	if (dir)
		closedir(dir);
}

static void try_environment(const char *proc)
{
	char path[300], text[65536];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/environ", proc);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n > 0 && memmem(text, (size_t)n, "SECRET=", 7))
		found("environ", path);
}

struct rights {
	unsigned long long capabilities;
	int filtered; /* 2: by a seccomp filter */
};

static bool read_rights(const char *proc, struct rights *ret)
{
	char path[300], line[256];
	int got = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/status", proc);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		got += sscanf(line, "CapPrm: %llx", &ret->capabilities) == 1 ||
		       sscanf(line, "Seccomp: %d", &ret->filtered) == 1;
	if (f)
		fclose(f);
	return got == 2;
}

/* Whether taking it over would be a gain. */
static bool may_more(const char *proc)
{
	struct rights mine, its;

	return read_rights("/proc/self", &mine) && read_rights(proc, &its) &&
	       (its.capabilities & ~mine.capabilities || its.filtered < mine.filtered);
}

static void try_trace(const char *proc, pid_t pid)
{
	char target[4096];
	int exe;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return;
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0)
		waitpid(pid, NULL, __WALL);
	exe = open_exe(proc, target, sizeof(target));
	if (exe >= 0 && !is_own(exe, target) && may_more(proc))
		found("traced", target);
	if (exe >= 0)
		close(exe);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static void look_at(pid_t pid)
{
	char proc[64], path[128], target[4096];
	int exe;

	snprintf(proc, sizeof(proc), "/proc/%d", pid);
	exe = open_exe(proc, target, sizeof(target));
	if (exe >= 0 && !is_own(exe, target)) {
		watched++;
		keep(exe, target);
	} else if (exe >= 0) {
		close(exe);
	}
	if (trace)
		try_trace(proc, pid);
	try_descriptors(proc);
	snprintf(path, sizeof(path), "%s/root", proc);
	if (holds_canary(path))
		found("root", path);
	snprintf(path, sizeof(path), "%s/cwd/../../../../../../../..", proc);
	if (holds_canary(path))
		found("cwd", path);
	try_environment(proc);
}

int main(int argc, char **argv)
{
	pid_t first = getpid(), last = first;

	if (argc < 2) {
		fprintf(stderr, "usage: sniff CANARY [trace]\n");
		return 2;
	}
	canary = argv[1];
	trace = argc > 2;
	while (access("/tmp/stop", F_OK) < 0) {
		/* pids come one after another: the next ones are asked for by name, not listed */
		for (pid_t pid = last + 1; pid < last + 16; pid++) {
			char proc[32];

			snprintf(proc, sizeof(proc), "/proc/%d", pid);
			if (access(proc, F_OK) < 0)
				continue;
			for (int i = 0; i < 8; i++)
				look_at(pid);
			last = pid;
		}
		for (unsigned i = 0; i < 64 && i < n_kept; i++)
			try_program(&kept[i]);
	}
	printf("watched %ld\n", watched);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * count: what is alive on the whole machine and in no file, a name and a number
 * in a line: mount namespaces and the mounts in them, whether there is a
 * process or not, and BPF programs. What the kernel does not tell has no line;
 * mount namespaces it tells from 6.12 on.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct mount_namespace { /* linux/nsfs.h, for headers that are older than the kernel */
	uint32_t size, mounts;
	uint64_t id;
};
#define GET_INFO _IOR(0xb7, 10, struct mount_namespace)
#define GET_NEXT _IOR(0xb7, 11, struct mount_namespace)
#define GET_PREV _IOR(0xb7, 12, struct mount_namespace)

/* To its neighbour in the list of all mount namespaces; whether there is one. */
static bool step(int *fd, unsigned long request, struct mount_namespace *ns)
{
	int next;

	ns->size = sizeof(*ns);
	next = ioctl(*fd, request, ns);
	if (next < 0)
		return false;
	close(*fd);
	*fd = next;
	return true;
}

static void count_mounts(void)
{
	struct mount_namespace ns = { .size = sizeof(ns) };
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	long namespaces = 1, mounts;

	while (step(&fd, GET_PREV, &ns))
		;
	if (fd < 0 || errno != ENOENT || ioctl(fd, GET_INFO, &ns) < 0)
		return;
	for (mounts = ns.mounts; step(&fd, GET_NEXT, &ns); mounts += ns.mounts)
		namespaces++;
	close(fd);
	printf("mount namespaces\t%ld\nmounts in them\t%ld\n", namespaces, mounts);
}

static void count_programs(void)
{
	union bpf_attr at = { 0 };
	long n = 0;

	while (syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &at, sizeof(at)) == 0) {
		at.start_id = at.next_id;
		n++;
	}
	if (errno == ENOENT)
		printf("BPF programs\t%ld\n", n);
}

int main(void)
{
	count_mounts();
	count_programs();
	return 0;
}

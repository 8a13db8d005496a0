/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

/* size: what fstat() says; 0 for the files of procfs, whose end shows by reading. */
static int read_all(struct arena *a, int fd, size_t size, size_t max, const char **ret,
		    size_t *ret_len)
{
	size_t room = size ? size : 4096, len = 0;
	char *buf = arena_alloc(a, room + 1);
	ssize_t n;

	while (buf) {
		n = read(fd, buf + len, room - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
		if (n == 0 || len == size) {
			*ret = buf;
			*ret_len = len;
			return 0;
		}
		if (len == room) {
			const char *old = buf;

			room *= 2;
			buf = arena_alloc(a, room + 1);
			if (buf)
				memcpy(buf, old, len);
		}
	}
	return -ENOMEM;
}

int file_read(struct arena *a, int dirfd, const char *path, size_t max, const char **ret,
	      size_t *ret_len)
{
	cleanup_fd int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uint64_t)st.st_size > max)
		return -EFBIG;
	return read_all(a, fd, (size_t)st.st_size, max, ret, ret_len);
}

static int write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (size_t done = 0; done < len; done += (size_t)n) {
		n = write(fd, text + done, len - done);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return -errno;
	}
	return 0;
}

int file_replace(int dirfd, const char *name, const char *text, size_t len, unsigned mode)
{
	cleanup_fd int fd = -1;
	char temp[300];
	int r;

	if (snprintf(temp, sizeof(temp), ".%s.tmp", name) >= (int)sizeof(temp))
		return -ENAMETOOLONG;
	fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	r = write_all(fd, text, len);
	if (r >= 0 && renameat(dirfd, temp, dirfd, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dirfd, temp, 0);
	return r;
}

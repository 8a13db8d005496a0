/* SPDX-License-Identifier: Apache-2.0 */
#include "namespaces/clocks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"

static size_t add_line(char *text, size_t size, const char *clock,
		       const struct spec_time_offset *offset)
{
	const size_t n = strlen(text);

	if (!offset)
		return n;
	return n + (size_t)snprintf(text + n, size - n, "%s %" PRId64 " %" PRIu32 "\n", clock,
				    offset->secs, offset->nanosecs);
}

static int write_offsets(pid_t pid, const char *text, size_t len, struct error *err)
{
	cleanup_fd int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/timens_offsets", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, text, len) >= 0)
		return 0;
	if (errno == ERANGE)
		return error_set(err, ERANGE,
				 "linux.timeOffsets: a clock would go below zero, or beyond what "
				 "the kernel can count");
	return error_set(err, errno,
			 "linux.timeOffsets: the clocks cannot be set (errno %d): this needs "
			 "CAP_SYS_TIME",
			 errno);
}

int clocks_set(pid_t pid, const struct spec_time_offset *monotonic,
	       const struct spec_time_offset *boottime, struct error *err)
{
	char text[128] = "", path[64];
	size_t len;
	int r = 0;

	add_line(text, sizeof(text), "monotonic", monotonic);
	len = add_line(text, sizeof(text), "boottime", boottime);
	if (len)
		r = write_offsets(pid, text, len, err);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/%d/ns/time_for_children", pid);
	r = open(path, O_RDONLY | O_CLOEXEC);
	return r < 0 ? error_set(err, errno,
				 "linux.namespaces: the new time namespace cannot be opened "
				 "(errno %d)",
				 errno)
		     : r;
}

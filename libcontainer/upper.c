/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/upper.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "libcontainer/record.h"

#define MARK "trusted.warren"

/* Written by root, but perhaps by a guest's: it is checked against what there is. */
static bool lives(const char *mark, char id[1025])
{
	struct spec_state state = { 0 };
	struct record rec = RECORD_INIT;
	cleanup_fd int pidfd = -1;
	char boot[64];

	if (sscanf(mark, "%" SCNd32 " %" SCNu64 " %" SCNu64 " %63s %1024s", &state.pid,
		   &state.startTime, &state.pidfsInode, boot, id) != 5)
		return false;
	state.bootId = boot;
	rec.state = &state;
	pidfd = record_pidfd(&rec);
	return pidfd >= 0;
}

int upper_claim(const char *path, struct error *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char mark[1200], id[1025];
	ssize_t n;

	if (fd < 0)
		return error_set(err, errno, "--upper %s cannot be opened (errno %d)", path, errno);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return error_set(err, EBUSY,
				 "--upper %s is in use: a container is just being created with it",
				 path);
	n = fgetxattr(fd, MARK, mark, sizeof(mark) - 1);
	mark[n < 0 ? 0 : n] = '\0';
	if (lives(mark, id))
		return error_set(err, EBUSY,
				 "--upper %s is in use by container %.64s: delete that one first, "
				 "or take another directory",
				 path, id);
	return fd_take(&fd);
}

void upper_mark(int claim, const struct spec_state *state)
{
	char mark[1200];
	int n = snprintf(mark, sizeof(mark), "%" PRId32 " %" PRIu64 " %" PRIu64 " %s %s",
			 (int32_t)state->pid, (uint64_t)state->startTime,
			 (uint64_t)state->pidfsInode, state->bootId, state->id);

	if (n > 0 && n < (int)sizeof(mark))
		(void)fsetxattr(claim, MARK, mark, (size_t)n, 0);
}

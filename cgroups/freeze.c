/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

#define FREEZE_MS 2000

static long long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* 1: it is so, 0: not within the time. */
static int wait_frozen(int events, bool frozen, int milliseconds)
{
	const long long end = now_ms() + milliseconds;

	for (;;) {
		struct pollfd p = { .fd = events, .events = POLLPRI };
		long long left = end - now_ms();
		char text[256];
		ssize_t n = pread(events, text, sizeof(text) - 1, 0);

		if (n < 0)
			return -errno;
		text[n] = '\0';
		if (cgfile_event_of(text, "frozen") == frozen)
			return 1;
		if (left <= 0)
			return 0;
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
	}
}

int freeze_within(const struct cgroup *cg, bool frozen, int milliseconds, struct error *err)
{
	cleanup_fd int events = cgfile_open(cg->fd, "cgroup.events", O_RDONLY);
	const char *verb = frozen ? "freeze cgroup" : "thaw cgroup";
	int r;

	if (events < 0)
		return cgfile_error(err, -events, verb, cg->path);
	r = cgfile_write(cg->fd, "cgroup.freeze", frozen ? "1" : "0");
	if (r >= 0)
		r = wait_frozen(events, frozen, milliseconds);
	if (r > 0)
		return 0;
	if (frozen)
		(void)cgfile_write(cg->fd, "cgroup.freeze", "0");
	if (r < 0)
		return cgfile_error(err, -r, verb, cg->path);
	return error_set(
		err, ETIMEDOUT, "%s %.200s: not done after %d ms: %s", verb, cg->path, milliseconds,
		frozen ? "a process is stuck in the kernel" : "a cgroup above it may be frozen");
}

int cgroup_freeze(const struct cgroup *cg, bool frozen, struct error *err)
{
	return freeze_within(cg, frozen, FREEZE_MS, err);
}

int cgroup_frozen(const struct cgroup *cg, struct error *err)
{
	int r = cgfile_event(cg->fd, "frozen");

	return r < 0 ? cgfile_error(err, -r, "read cgroup.events of", cg->path) : r;
}

int cgroup_populated(const struct cgroup *cg, struct error *err)
{
	int r = cgfile_event(cg->fd, "populated");

	return r < 0 ? cgfile_error(err, -r, "read cgroup.events of", cg->path) : r;
}

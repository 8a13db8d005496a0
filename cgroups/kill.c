/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/sys.h"

/* Descriptors held at a time, well below the usual limit of 1,024. */
#define BATCH 256

static bool is_gone(const struct cgroup *cg)
{
	cleanup_fd int fd = cgfile_open(cg->fd, "cgroup.procs", O_PATH);

	return fd == -ENOENT || fd == -ENODEV;
}

int cgroup_kill(const struct cgroup *cg, struct error *err)
{
	int r = cgfile_write(cg->fd, "cgroup.kill", "1");

	if (r >= 0 || r == -ENODEV || (r == -ENOENT && is_gone(cg)))
		return 0; /* gone: nobody is left in it */
	if (r == -ENOENT)
		return error_set(err, EOPNOTSUPP,
				 "kill cgroup %.200s: it has no cgroup.kill, which came with Linux "
				 "5.14",
				 cg->path);
	return cgfile_error(err, -r, "kill cgroup", cg->path);
}

static int by_number(const void *a, const void *b)
{
	const pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

/*
 * A pid may have become somebody else's between reading and opening. Once it is
 * open it cannot: whoever is still listed then is the one that the pidfd means.
 */
static int signal_batch(const struct cgroup *cg, const pid_t *pids, size_t n, int sig,
			struct error *err)
{
	cleanup_free pid_t *still = NULL;
	int pidfd[BATCH];
	size_t n_still = 0;
	int r;

	for (size_t i = 0; i < n; i++)
		pidfd[i] = sys_pidfd_open(pids[i], 0);
	r = cgroup_pids(cg, &still, &n_still, err);
	if (n_still)
		qsort(still, n_still, sizeof(*still), by_number);
	for (size_t i = 0; i < n; i++) {
		int sent = pidfd[i];

		if (r >= 0 && sent >= 0)
			sent = bsearch(&pids[i], still, n_still, sizeof(*still), by_number)
				       ? sys_pidfd_send_signal(pidfd[i], sig)
				       : 0;
		if (r >= 0 && sent < 0 && sent != -ESRCH)
			r = error_sys(err, -sent, "signal process %d", (int)pids[i]);
		fd_close(&pidfd[i]);
	}
	return r;
}

int cgroup_signal(const struct cgroup *cg, int sig, struct error *err)
{
	cleanup_free pid_t *pids = NULL;
	size_t n;
	int r = cgroup_pids(cg, &pids, &n, err);

	for (size_t i = 0; r >= 0 && i < n; i += BATCH)
		r = signal_batch(cg, pids + i, n - i < BATCH ? n - i : BATCH, sig, err);
	return r;
}

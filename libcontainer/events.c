/* SPDX-License-Identifier: Apache-2.0 */
/* events: what a guest uses, now and then, and what happens to it. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "cgroups/stats.h"
#include "libcontainer/life.h"
#include "libcontainer/stats_json.h"

/* A guest that is looked at. */
struct watch {
	struct record record;
	struct cgroup cgroup;
	int pidfd;
	int oom;        /* memory.events, or -1 */
	uint64_t kills; /* so many have been told */
	int (*each)(void *arg, const char *event);
	void *arg;
};
/* clang-format off */
#define WATCH_INIT { .record = RECORD_INIT, .cgroup = CGROUP_INIT, .pidfd = -1, .oom = -1 }
/* clang-format on */

static void watch_close(struct watch *w)
{
	fd_close(&w->oom);
	fd_close(&w->pidfd);
	cgroup_close(&w->cgroup);
	record_close(&w->record);
}
#define cleanup_watch __attribute__((cleanup(watch_close)))

static int watch_open(struct watch *w, const struct warren_host *host, const char *id,
		      struct error *err)
{
	int r = record_open(host, id, &w->record, err);

	if (r >= 0)
		r = record_status(&w->record, &w->pidfd, err);
	if (r < 0)
		return r;
	if (w->pidfd < 0)
		return error_set(err, ESRCH, "container with id %s is not running", id);
	return record_cgroup(&w->record, &w->cgroup, err);
}

/* ---- stats ------------------------------------------------------------------------------- */

static int stats(const struct watch *w, struct str *ret, struct error *err)
{
	cleanup_arena struct arena a = { 0 };
	struct cgroup_stats numbers;
	int r = cgroup_stats(&w->cgroup, &a, &numbers, err);

	if (r < 0)
		return r;
	return stats_json(ret, w->record.id, &numbers) < 0 ? error_sys(err, ENOMEM, "stats") : 0;
}

int guest_stats(const struct warren_host *host, const char *id, char **ret, struct error *err)
{
	cleanup_watch struct watch w = WATCH_INIT;
	cleanup_str struct str text = { 0 };
	int r = watch_open(&w, host, id, err);

	if (r >= 0)
		r = stats(&w, &text, err);
	if (r < 0)
		return r;
	*ret = str_take(&text);
	return *ret ? 0 : error_sys(err, ENOMEM, "stats");
}

static int tell_stats(const struct watch *w, struct error *err)
{
	cleanup_str struct str text = { 0 };
	int r = stats(w, &text, err);

	return r < 0 ? r : w->each(w->arg, text.text);
}

/* ---- out of memory ------------------------------------------------------------------------- */

/* The memory controller may come later, with an update. */
static void oom_open(struct watch *w)
{
	if (w->oom >= 0)
		return;
	w->oom = cgroup_oom_open(&w->cgroup);
	if (w->oom >= 0 && cgroup_oom_kills(w->oom, &w->kills) < 0)
		fd_close(&w->oom);
}

static int tell_oom(struct watch *w, struct error *err)
{
	cleanup_str struct str text = { 0 };
	uint64_t kills;

	if (w->oom < 0)
		return 0;
	if (cgroup_oom_kills(w->oom, &kills) < 0) {
		fd_close(&w->oom); /* the cgroup is gone: the end of init comes next */
		return 0;
	}
	if (kills <= w->kills)
		return 0;
	w->kills = kills;
	str_add(&text, "{\"type\":\"oom\",\"id\":");
	json_quote(&text, w->record.id);
	str_add(&text, "}");
	return str_ok(&text) < 0 ? error_sys(err, ENOMEM, "event") : w->each(w->arg, text.text);
}

/* ---- the stream ------------------------------------------------------------------------------ */

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Until the next numbers are due, or the guest has ended. Non-zero: as guest_events(). */
static int wait_until(struct watch *w, long long due, bool *ret_ended, struct error *err)
{
	struct pollfd p[] = {
		{ .fd = w->pidfd, .events = POLLIN },
		{ .fd = w->oom, .events = POLLPRI },
	};

	for (;;) {
		const long long left = due - now_ms();
		int r = poll(p, 2, left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left);

		if (r < 0 && errno != EINTR)
			return error_sys(err, errno, "wait for events of %s", w->record.id);
		if (r == 0)
			return 0;
		*ret_ended = r > 0 && p[0].revents;
		/* also at the end: the kernel counts first, then kills */
		r = r > 0 ? tell_oom(w, err) : 0;
		if (r != 0 || *ret_ended)
			return r;
		p[1].fd = w->oom;
	}
}

int guest_events(const struct warren_host *host, const char *id, unsigned interval_ms,
		 int (*each)(void *arg, const char *event), void *arg, struct error *err)
{
	cleanup_watch struct watch w = WATCH_INIT;
	int r = watch_open(&w, host, id, err);
	bool ended = false;
	long long due;

	if (r < 0)
		return r;
	if (interval_ms == 0)
		return error_set(err, EINVAL, "duration interval must be greater than 0");
	w.each = each;
	w.arg = arg;
	due = now_ms();
	for (;;) {
		oom_open(&w);
		due += interval_ms;
		if (due < now_ms())
			due = now_ms(); /* a beat that was missed is not made up for */
		r = wait_until(&w, due, &ended, err);
		if (r != 0 || ended)
			return r;
		r = tell_stats(&w, err);
		if (r != 0)
			return r;
	}
}

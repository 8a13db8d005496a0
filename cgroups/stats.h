/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "cgroups/cgroup.h"

/*
 * What a guest uses, as its cgroup counts it. A file that is not there, since
 * the kernel or the cgroup lacks its controller, leaves its numbers 0.
 */

/* Share of the time in which some, or all, of the guest waited for a resource. */
struct cgroup_pressure {
	bool known; /* the kernel counts it (psi=1) */
	struct cgroup_stall {
		unsigned avg10, avg60, avg300; /* in hundredths of a percent */
		uint64_t total;                /* microseconds */
	} some, full;
};

/* limit: UINT64_MAX is none. */
struct cgroup_amount {
	uint64_t usage, limit, peak, failures;
};

struct cgroup_counter {
	const char *key;
	uint64_t val;
};

struct cgroup_device_count {
	uint64_t major, minor;
	const char *what; /* "Read", "Write", "Discard" */
	uint64_t val;
};

struct cgroup_hugetlb {
	const char *size; /* "2MB" */
	uint64_t usage, failures;
};

/* clang-format off */
struct cgroup_stats {
	struct {
		uint64_t total, user, kernel;   /* nanoseconds */
		uint64_t periods, throttled, throttled_time;
		struct cgroup_pressure pressure;
	} cpu;
	struct {
		struct cgroup_amount ram, swap; /* swap: without the memory */
		struct { size_t n; struct cgroup_counter *v; } raw; /* memory.stat */
		struct cgroup_pressure pressure;
	} memory;
	struct {
		uint64_t current, limit;        /* limit 0: none */
	} pids;
	struct {
		struct cgroup_device_counts { size_t n; struct cgroup_device_count *v; } bytes, operations;
		struct cgroup_pressure pressure;
	} io;
	struct { size_t n; struct cgroup_hugetlb *v; } hugetlb; /* by size, as text */
};
/* clang-format on */

/* What it points to is in the arena. */
int cgroup_stats(const struct cgroup *cg, struct arena *a, struct cgroup_stats *ret,
		 struct error *err);

/*
 * A descriptor of memory.events that poll(2) reports as POLLPRI when something
 * happened, and the number of processes killed for want of memory so far.
 * Reading it makes poll wait for the next change. Both return a negative errno;
 * -ENOENT: this cgroup has no memory controller.
 */
int cgroup_oom_open(const struct cgroup *cg);
int cgroup_oom_kills(int fd, uint64_t *ret);

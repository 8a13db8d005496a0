/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/fail.h"

/* Far more than all limits together. */
#define RESOURCES_MAX (1 << 20)

struct update_args {
	struct warren_update args;
	const char *resources;
	const char *kernel_memory,
		*kernel_memory_tcp; /* old callers give them; they mean nothing */
};

/* clang-format off */
#define T struct update_args
static const struct option rows[] = {
	OPTION(T, resources,               "resources",          'r', "FILE",   "read linux.resources from this JSON file, - is standard input; the options below are then ignored"),
	OPTION(T, args.memory,             "memory",             0,   "BYTES",  "limit of memory, in bytes or like 512m; -1: none"),
	OPTION(T, args.memory_reservation, "memory-reservation", 0,   "BYTES",  "memory that is kept for the container"),
	OPTION(T, args.memory_swap,        "memory-swap",        0,   "BYTES",  "limit of memory and swap together; -1: none"),
	OPTION(T, args.cpu_shares,         "cpu-share",          0,   "N",      "share of the processors, beside the others'; 1024 is usual"),
	OPTION(T, args.cpu_quota,          "cpu-quota",          0,   "N",      "microseconds of processor time in a period; -1: no limit"),
	OPTION(T, args.cpu_period,         "cpu-period",         0,   "N",      "length of the period, in microseconds"),
	OPTION(T, args.cpu_burst,          "cpu-burst",          0,   "N",      "unused microseconds that may be saved for later periods"),
	OPTION(T, args.cpu_idle,           "cpu-idle",           0,   "N",      "1: only runs when nobody else wants to; 0: as usual"),
	OPTION(T, args.cpu_rt_period,      "cpu-rt-period",      0,   "N",      NULL),
	OPTION(T, args.cpu_rt_runtime,     "cpu-rt-runtime",     0,   "N",      NULL),
	OPTION(T, args.cpuset_cpus,        "cpuset-cpus",        0,   "LIST",   "processors to run on, like 0-3,8"),
	OPTION(T, args.cpuset_mems,        "cpuset-mems",        0,   "LIST",   "memory nodes to use"),
	OPTION(T, args.pids_limit,         "pids-limit",         0,   "N",      "most processes and threads at a time; -1: no limit"),
	OPTION(T, args.blkio_weight,       "blkio-weight",       0,   "N",      "share of disk time, 10 to 1000"),
	OPTION(T, args.l3_cache_schema,    "l3-cache-schema",    0,   "SCHEMA", "linux.intelRdt.l3CacheSchema, of a container created with linux.intelRdt"),
	OPTION(T, args.mem_bw_schema,      "mem-bw-schema",      0,   "SCHEMA", "linux.intelRdt.memBwSchema"),
	OPTION(T, kernel_memory,           "kernel-memory",      0,   "BYTES",  NULL),
	OPTION(T, kernel_memory_tcp,       "kernel-memory-tcp",  0,   "BYTES",  NULL),
	OPTION_END,
};
#undef T
/* clang-format on */

const struct option_set update_options = {
	.size = sizeof(struct update_args),
	.rows = rows,
};

/* Any kind of file: callers send a pipe. */
static int read_all(int fd, struct str *ret)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0 && ret->len <= RESOURCES_MAX)
		str_add_n(ret, buf, (size_t)n);
	if (n < 0)
		return -errno;
	if (n > 0)
		return -EFBIG;
	str_add(ret, "");
	return str_ok(ret);
}

static int read_resources(const char *path, struct str *ret, struct warren_error *err)
{
	const bool standard_input = strcmp(path, "-") == 0;
	cleanup_fd int fd = standard_input ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0 && !standard_input)
		return fail_sys(err, errno, "open %s", path);
	r = read_all(standard_input ? STDIN_FILENO : fd, ret);
	if (r < 0)
		return fail_sys(err, -r, "read %s", path);
	if (strlen(ret->text) != ret->len)
		return fail(err, EINVAL, "%s: holds a byte of 0", path);
	return 0;
}

COMMAND(update)
{
	struct update_args *u = options;
	cleanup_str struct str text = { 0 };
	int r;

	u->args.id = args->v[0];
	if (u->resources && *u->resources) {
		r = read_resources(u->resources, &text, err);
		if (r < 0)
			return r;
		u->args.resources = text.text;
		u->args.resources_name =
			strcmp(u->resources, "-") == 0 ? "standard input" : u->resources;
	}
	return warren_update(&ctx->host, &u->args, err);
}

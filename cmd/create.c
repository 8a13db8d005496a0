/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/create.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/fail.h"
#include "cmd/path.h"

/* clang-format off */
#define T struct create_args
const struct option create_rows[] = {
	OPTION(T, args.bundle,         "bundle",         'b', "DIR",  "the bundle; the working directory without it"),
	OPTION(T, args.config,         "config",         0,   "FILE", "name of the configuration in the bundle, for config.json"),
	OPTION(T, args.console_socket, "console-socket", 0,   "PATH", "send the master of the terminal to this socket"),
	OPTION(T, args.pidfd_socket,   "pidfd-socket",   0,   "PATH", "send the pidfd of the container's init to this socket"),
	OPTION(T, args.pid_file,       "pid-file",       0,   "FILE", "write the pid of the container's init to FILE"),
	OPTION(T, args.preserve_fds,   "preserve-fds",   0,   "N",    "hand down N descriptors, from 3 on"),
	OPTION(T, args.no_pivot,       "no-pivot",       0,   NULL,   "do without pivot_root, as on a ramdisk"),
	OPTION(T, args.no_new_keyring, "no-new-keyring", 0,   NULL,   "keep the caller's session keyring"),
	OPTION(T, lower,               "lower",          0,   "DIR",  "overlay: a read-only layer; repeat for those below it"),
	OPTION(T, args.upper,          "upper",          0,   "DIR",  "overlay: where the container's changes go"),
	OPTION(T, args.work,           "work",           0,   "DIR",  "overlay: its work directory, for one beside the upper"),
	OPTION_END,
};
#undef T
/* clang-format on */

const struct option_set create_options = {
	.size = sizeof(struct create_args),
	.rows = create_rows,
};

/* Socket activation: descriptors from 3 on, if they were meant for this process. */
static int listen_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	unsigned long long n;

	if (pid && (str_to_u64(pid, INT_MAX, &n) < 0 || n != (unsigned long long)getpid()))
		return 0;
	if (!fds || str_to_u64(fds, INT_MAX, &n) < 0)
		return 0;
	return (int)n;
}

static int read_environment(struct warren_create *args, struct warren_error *err)
{
	const char *notify = getenv("NOTIFY_SOCKET");

	if (notify && *notify)
		args->notify_socket = notify;
	args->listen_fds = listen_fds();
	if (args->listen_fds > 0)
		args->listen_fdnames = getenv("LISTEN_FDNAMES");
	/* Those of socket activation come first, the caller's follow. */
	if (__builtin_add_overflow(args->preserve_fds, args->listen_fds, &args->preserve_fds))
		return fail(err, EINVAL, "LISTEN_FDS=%d and --preserve-fds are too many",
			    args->listen_fds);
	return 0;
}

int create_prepare(const struct context *ctx, struct create_args *c, const char *id,
		   struct warren_error *err)
{
	struct warren_create *args = &c->args;
	const char **const paths[] = {
		&args->bundle,   &args->console_socket, &args->pidfd_socket,
		&args->pid_file, &args->upper,          &args->work,
	};
	int r;

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		r = path_absolute(ctx->arena, paths[i], err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < c->lower.n; i++) {
		if (!*c->lower.v[i])
			return fail(err, EINVAL, "--lower is empty");
		r = path_absolute(ctx->arena, &c->lower.v[i], err);
		if (r < 0)
			return r;
	}
	args->id = id;
	args->lower = c->lower.v;
	args->n_lower = c->lower.n;
	return read_environment(args, err);
}

COMMAND(create)
{
	struct create_args *c = options;
	int r = create_prepare(ctx, c, args->v[0], err);

	return r < 0 ? r : warren_create(&ctx->host, &c->args, err);
}

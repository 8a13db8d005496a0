/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/fail.h"
#include "cmd/path.h"

struct exec_args {
	struct warren_exec args;
	struct option_choice tty;
	struct strs env, caps;
	struct u32s gids;
	bool no_subreaper; /* old callers give it; it means nothing */
};

/* clang-format off */
#define T struct exec_args
static const struct option rows[] = {
	OPTION(T, args.process,        "process",         'p', "FILE",  "read the process object from this JSON file"),
	OPTION(T, args.cwd,            "cwd",             0,   "DIR",   "working directory in the container"),
	OPTION(T, env,                 "env",             'e', "NAME=VALUE", "add to the environment; may be repeated"),
	OPTION(T, tty,                 "tty",             't', NULL,    "give the program a terminal"),
	OPTION(T, args.user,           "user",            'u', "UID[:GID]", "run as this user, in numbers"),
	OPTION(T, gids,                "additional-gids", 'g', "GID",   "add a supplementary group; may be repeated"),
	OPTION(T, caps,                "cap",             'c', "CAP",   "add a capability; may be repeated"),
	OPTION(T, args.no_new_privs,   "no-new-privs",    0,   NULL,    "never gain privileges by executing a file"),
	OPTION(T, args.process_label,  "process-label",   0,   "LABEL", "SELinux label of the process"),
	OPTION(T, args.apparmor,       "apparmor",        0,   "NAME",  "AppArmor profile of the process"),
	OPTION(T, args.cgroup,         "cgroup",          0,   "PATH",  "cgroup below that of the container"),
	OPTION(T, args.ignore_paused,  "ignore-paused",   0,   NULL,    "exec in a paused container; waits until it is resumed"),
	OPTION(T, args.detach,         "detach",          'd', NULL,    "return as soon as the program runs"),
	OPTION(T, args.pid_file,       "pid-file",        0,   "FILE",  "write the pid of the process to FILE"),
	OPTION(T, args.console_socket, "console-socket",  0,   "PATH",  "send the master of the terminal to this socket"),
	OPTION(T, args.pidfd_socket,   "pidfd-socket",    0,   "PATH",  "send the pidfd of the process to this socket"),
	OPTION(T, args.preserve_fds,   "preserve-fds",    0,   "N",     "hand down N descriptors, from 3 on"),
	OPTION(T, no_subreaper,        "no-subreaper",    0,   NULL,    NULL),
	OPTION_END,
};
#undef T
/* clang-format on */

const struct option_set exec_options = {
	.size = sizeof(struct exec_args),
	.rows = rows,
	.stop = true,
};

/* "UID[:GID]", both decimal and below (uid_t)-1: a number that wraps would be root. */
static int check_user(struct arena *a, const char *user, struct warren_error *err)
{
	const size_t len = strcspn(user, ":");
	const char *uid = arena_strndup(a, user, len);
	unsigned long long n;

	if (!uid)
		return fail(err, ENOMEM, "out of memory");
	if (str_to_u64(uid, UINT32_MAX - 1, &n) < 0 ||
	    (user[len] && str_to_u64(user + len + 1, UINT32_MAX - 1, &n) < 0))
		return fail(err, EINVAL,
			    "--user: invalid user \"%s\": expected UID or UID:GID in numbers",
			    user);
	return 0;
}

static int take_command(struct exec_args *e, const struct strs *args, struct warren_error *err)
{
	if (e->args.process && args->n > 1)
		return fail(err, EINVAL, "give a command or --process, not both");
	if (!e->args.process && args->n < 2)
		return fail(err, EINVAL,
			    "no command to execute: give one after the ID, or --process");
	e->args.id = args->v[0];
	e->args.argv = args->v + 1;
	return 0;
}

static int make_absolute(struct arena *a, struct warren_exec *args, struct warren_error *err)
{
	const char **const paths[] = {
		&args->process,
		&args->console_socket,
		&args->pidfd_socket,
		&args->pid_file,
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		int r = path_absolute(a, paths[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

COMMAND(exec)
{
	struct exec_args *e = options;
	int r = make_absolute(ctx->arena, &e->args, err);

	if (r < 0)
		return r;
	r = take_command(e, args, err);
	if (r < 0)
		return r;
	if (e->args.user) {
		r = check_user(ctx->arena, e->args.user, err);
		if (r < 0)
			return r;
	}
	e->args.tty = e->tty.val;
	e->args.tty_given = e->tty.set;
	e->args.env = e->env.v;
	e->args.caps = e->caps.v;
	e->args.additional_gids = e->gids.v;
	e->args.n_additional_gids = e->gids.n;
	return warren_exec(&ctx->host, &e->args, err);
}

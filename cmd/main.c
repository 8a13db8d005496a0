/* SPDX-License-Identifier: Apache-2.0 */
/* From argv to a command, and from its result to an exit status. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/fail.h"
#include "cmd/help.h"
#include "cmd/path.h"
#include "cmd/report.h"

/* clang-format off */
static const struct command commands[] = {
	/* name         arguments                  number  options          function      failure  error text begins   help */
	{ "create",     "ID",                     1,  1, &create_options, cmd_create,      1, "create failed: ", "set up a container, which then waits for start" },
	{ "start",      "ID",                     1,  1, NULL,            cmd_start,       1, "",                "start the program of a created container" },
	{ "run",        "ID",                     1,  1, &run_options,    cmd_run,         1, "run failed: ",    "create and start a container, and wait for its end" },
	{ "exec",       "ID [COMMAND [ARG...]]",  1, -1, &exec_options,   cmd_exec,      255, "exec failed: ",   "run a further program in a container" },
	{ "kill",       "ID [SIGNAL]",            1,  2, &kill_options,   cmd_kill,        1, "",                "send a signal; SIGTERM if none is given" },
	{ "delete",     "ID",                     1,  1, &delete_options, cmd_delete,      1, "",                "remove what is left of a container" },
	{ "pause",      "ID",                     1,  1, NULL,            cmd_pause,       1, "",                "freeze all processes of a container" },
	{ "resume",     "ID",                     1,  1, NULL,            cmd_resume,      1, "",                "let a paused container go on" },
	{ "update",     "ID",                     1,  1, &update_options, cmd_update,      1, "",                "change the limits of a container" },
	{ "state",      "ID",                     1,  1, NULL,            cmd_state,       1, "",                "print the state of a container as JSON" },
	{ "list",       "",                       0,  0, &list_options,   cmd_list,        1, "",                "list the containers" },
	{ "ps",         "ID [PS-OPTION...]",      1, -1, &ps_options,     cmd_ps,          1, "",                "list the processes of a container" },
	{ "events",     "ID",                     1,  1, &events_options, cmd_events,      1, "",                "print what a container uses, and when it runs out of memory" },
	{ "spec",       "",                       0,  0, &spec_options,   cmd_spec,        1, "",                "write a config.json to begin with" },
	{ "features",   "",                       0,  0, NULL,            cmd_features,    1, "",                "print what this build supports as JSON" },
	{ "doctor",     "",                       0,  0, &doctor_options, cmd_doctor,      1, "",                "show what is kept on this host beside containers" },
	{ "completion", "SHELL",                  1,  1, NULL,            cmd_completion,  1, "",                "print what bash, zsh or fish needs to complete warren's words" },
	{ "man",        "",                       0,  0, NULL,            cmd_man,         1, "",                "print the manual page, warren(8)" },
	{ "help",       "[COMMAND]",              0,  1, NULL,            cmd_help,        1, "",                "explain a command" },
	{ "checkpoint", "ID",                     1,  1, NULL,            NULL,            1, "checkpoint: ",    "save a container to disk (not supported yet)" },
	{ "restore",    "ID",                     1,  1, NULL,            NULL,            1, "restore: ",       "go on with a saved container (not supported yet)" },
	{ 0 },
};

struct globals {
	const char *root, *log, *log_format, *log_level, *cgroup_manager, *rootless, *criu;
	bool debug, systemd_cgroup, version;
};

#define T struct globals
static const struct option global_rows[] = {
	OPTION(T, root,           "root",           0,   "DIR",    "where containers are kept: /run/warren, or below $XDG_RUNTIME_DIR"),
	OPTION(T, log,            "log",            0,   "FILE",   "append errors to FILE"),
	OPTION(T, log_format,     "log-format",     0,   "FORMAT", "text or json"),
	OPTION(T, log_level,      "log-level",      0,   "LEVEL",  "debug, warning or error"),
	OPTION(T, debug,          "debug",          0,   NULL,     "the same as --log-level debug"),
	OPTION(T, systemd_cgroup, "systemd-cgroup", 0,   NULL,     "the same as --cgroup-manager systemd"),
	OPTION(T, cgroup_manager, "cgroup-manager", 0,   "NAME",   "cgroupfs, systemd (not supported yet) or disabled"),
	OPTION(T, rootless,       "rootless",       0,   "WHEN",   "true, false or auto; found out without it"),
	OPTION(T, criu,           "criu",           0,   "PATH",   NULL),
	OPTION(T, version,        "version",        'v', NULL,     "print the version"),
	OPTION_END,
};
#undef T
/* clang-format on */

const struct option_set global_options = {
	.size = sizeof(struct globals),
	.rows = global_rows,
	.stop = true,
};

/*
 * A closed descriptor below 3 would be taken by the first file we open, and
 * then be written to as standard output. These three are the guest's as well:
 * not close-on-exec.
 */
static void open_stdio(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", O_RDWR);
	}
}

/* A caller that ignores SIGCHLD or blocks signals must not change any result. */
static void reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Callers that find the version by the word "runc" install us under that name. */
static const char *program_name(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
	const char *base = slash ? slash + 1 : argv0;

	return base && strcmp(base, "runc") == 0 ? "runc" : "warren";
}

/* The index of text, def if it is NULL, -EINVAL if it is none of the names. */
static int choose(const char *text, const char *const names[], int def)
{
	if (!text)
		return def;
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return -EINVAL;
}

static int set_log(struct context *ctx, const struct globals *g, struct warren_error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	static const char *const levels[] = { "error", "warning", "debug", NULL };
	/* Callers take the log file for one JSON object: nothing but the error unless asked for. */
	const int usual = g->log && *g->log ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING;
	int format = choose(g->log_format, formats, 0), level = choose(g->log_level, levels, usual);
	const char *path = g->log;
	int r;

	if (format < 0)
		return fail(err, EINVAL, "invalid log-format: %s", g->log_format);
	if (level < 0)
		return fail(err, EINVAL, "invalid log-level: %s", g->log_level);
	r = path_absolute(ctx->arena, &path, err);
	if (r < 0)
		return r;

	ctx->log = (struct log){ path, format == 1, g->debug ? LOG_LEVEL_DEBUG : level };
	r = log_create(&ctx->log);
	if (r < 0) {
		ctx->log.path = NULL;
		return fail_sys(err, -r, "open log %s", path);
	}
	return 0;
}

static int set_root(struct context *ctx, const char *root, struct warren_error *err)
{
	struct stat at, top;
	int r = path_absolute(ctx->arena, &root, err);

	if (r < 0 || !root)
		return r;
	if (stat(root, &at) == 0 && stat("/", &top) == 0 && at.st_dev == top.st_dev &&
	    at.st_ino == top.st_ino)
		return fail(err, EINVAL, "--root must not be the root directory of the host");
	ctx->host.root = root;
	return 0;
}

static int set_host(struct context *ctx, const struct globals *g, struct warren_error *err)
{
	static const char *const managers[] = { "cgroupfs", "systemd", "disabled", NULL };
	static const char *const answers[] = { "true", "false", "auto", NULL };
	const int manager = choose(g->cgroup_manager, managers, 0);

	if (manager < 0)
		return fail(err, EINVAL, "invalid cgroup-manager: %s", g->cgroup_manager);
	if (choose(g->rootless, answers, 0) < 0)
		return fail(err, EINVAL, "invalid rootless: %s", g->rootless);
	ctx->host.systemd_cgroup = g->systemd_cgroup || manager == 1;
	ctx->host.no_cgroup = manager == 2;
	ctx->host.warn = report_warning;
	ctx->host.warn_arg = ctx;
	return set_root(ctx, g->root, err);
}

static int check_count(const struct context *ctx, const struct command *c, size_t n,
		       struct warren_error *err)
{
	const size_t min = (size_t)c->min_args, max = (size_t)c->max_args;

	if (n >= min && (c->max_args < 0 || n <= max))
		return 0;
	if (c->min_args == c->max_args)
		return fail(err, EINVAL, "\"%s %s\" requires exactly %zu argument(s)", ctx->program,
			    c->name, min);
	return fail(err, EINVAL, "\"%s %s\" requires a %s of %zu argument(s)", ctx->program,
		    c->name, n < min ? "minimum" : "maximum", n < min ? min : max);
}

static int run_command(const struct context *ctx, const struct command *c, const struct strs *words)
{
	static const struct option_set none = { 0 };
	const struct option_set *set = c->options ? c->options : &none;
	struct warren_error err = { 0 };
	struct strs args = { 0 };
	void *options = arena_alloc(ctx->arena, set->size);
	int r;

	if (!options) {
		report_failure(ctx, c, NULL, "out of memory");
		return EXIT_FAILURE;
	}
	r = options_parse(ctx->arena, set, words, options, &args, &err);
	if (r > 0) {
		help_show(ctx, c);
		return EXIT_SUCCESS;
	}
	if (r == 0)
		r = check_count(ctx, c, args.n, &err);
	if (r < 0) {
		report_usage(ctx, c, err.text);
		return EXIT_FAILURE;
	}

	r = c->run(ctx, options, &args, &err);
	if (r >= 0)
		return r;
	report_failure(ctx, c, args.n ? args.v[0] : NULL, err.text);
	return c->failure;
}

/* words: the command and what follows it. */
static int run_words(const struct context *ctx, const struct strs *words)
{
	const struct strs rest = { .n = words->n - 1, .v = words->v + 1 };
	const struct command *c = help_find(ctx, words->v[0]);
	char text[128];

	if (!c) {
		snprintf(text, sizeof(text), "unknown command \"%.64s\"", words->v[0]);
		report_usage(ctx, NULL, text);
		return EXIT_FAILURE;
	}
	if (!c->run) {
		report_failure(ctx, c, NULL, "not supported yet");
		return EXIT_FAILURE;
	}
	if (ctx->log.level == LOG_LEVEL_DEBUG) {
		snprintf(text, sizeof(text), "%s, by version %s, commit %s", c->name,
			 warren_version(), warren_commit());
		report_debug(ctx, text);
	}
	return run_command(ctx, c, &rest);
}

static int run(struct context *ctx, const struct strs *argv)
{
	struct globals g = { 0 };
	struct warren_error err = { 0 };
	struct strs words = { 0 };
	int r = options_parse(ctx->arena, &global_options, argv, &g, &words, &err);

	if (r < 0) {
		report_usage(ctx, NULL, err.text);
		return EXIT_FAILURE;
	}
	if (r == 0 && g.version) {
		help_version(ctx);
		return EXIT_SUCCESS;
	}
	if (r > 0 || words.n == 0) {
		help_show(ctx, NULL);
		return EXIT_SUCCESS;
	}
	if (set_log(ctx, &g, &err) < 0 || set_host(ctx, &g, &err) < 0) {
		report_error(ctx, err.text);
		return EXIT_FAILURE;
	}
	return run_words(ctx, &words);
}

int main(int argc, char **argv)
{
	cleanup_arena struct arena arena = { 0 };
	const struct strs words = {
		.n = argc > 0 ? (size_t)argc - 1 : 0,
		.v = (const char **)argv + (argc > 0),
	};
	struct context ctx = {
		.program = program_name(argv[0]),
		.commands = commands,
		.log.level = LOG_LEVEL_WARNING,
		.arena = &arena,
	};
	int status;

	/* A short life: memory is asked for once, and not given back piece by piece. */
	mallopt(M_TOP_PAD, 1 << 20);
	mallopt(M_TRIM_THRESHOLD, 1 << 28);
	open_stdio();
	reset_signals();
	status = run(&ctx, &words);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		report_error(&ctx, "cannot write to standard output");
		return status ? status : EXIT_FAILURE;
	}
	return status;
}

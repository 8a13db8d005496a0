/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/log.h"
#include "cmd/options.h"
#include "libcontainer/warren.h"

/*
 * The command line: argv in, text or JSON out, an exit status. It thinks as
 * little as possible; everything a command does is a call of libwarren.
 */

/* What every command is given. */
struct context {
	const char *program; /* "warren", or "runc" when called by that name */
	const struct command *commands;
	struct warren_host host;
	struct log log;
	struct arena *arena; /* lives as long as the program */
};

struct command {
	const char *name;
	const char *arguments;            /* as the usage line shows them */
	int min_args, max_args;           /* max -1: any number */
	const struct option_set *options; /* NULL: none */
	/*
	 * Returns the exit status, or a negative errno with the reason in *err.
	 * NULL: a command of runc that we do not have yet.
	 */
	int (*run)(const struct context *ctx, void *options, const struct strs *args,
		   struct warren_error *err);
	int failure;        /* exit status when run fails */
	const char *prefix; /* callers expect these words in front of the error */
	const char *help;
};

#define COMMAND(name)                                                                     \
	int cmd_##name(const struct context *ctx, void *options, const struct strs *args, \
		       struct warren_error *err)

COMMAND(completion);
COMMAND(create);
COMMAND(delete);
COMMAND(doctor);
COMMAND(events);
COMMAND(exec);
COMMAND(features);
COMMAND(help);
COMMAND(kill);
COMMAND(list);
COMMAND(man);
COMMAND(pause);
COMMAND(ps);
COMMAND(resume);
COMMAND(run);
COMMAND(spec);
COMMAND(start);
COMMAND(state);
COMMAND(update);

extern const struct option_set create_options, delete_options, doctor_options, events_options,
	exec_options, kill_options, list_options, ps_options, run_options, spec_options,
	update_options, global_options;

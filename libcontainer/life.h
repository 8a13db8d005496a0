/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "libcontainer/record.h"

/* The calls of warren.h with the error type of the house; api.c puts them behind the public one. */

int guest_create(const struct warren_host *host, const struct warren_create *args,
		 struct error *err);
int guest_start(const struct warren_host *host, const char *id, struct error *err);
int guest_run(const struct warren_host *host, const struct warren_create *args, struct error *err);
int guest_exec(const struct warren_host *host, const struct warren_exec *args, struct error *err);
int guest_kill(const struct warren_host *host, const char *id, int sig, bool all,
	       struct error *err);
int guest_delete(const struct warren_host *host, const char *id, bool force, struct error *err);
int guest_pause(const struct warren_host *host, const char *id, bool pause, struct error *err);
int guest_ps(const struct warren_host *host, const char *id, pid_t **ret, size_t *ret_n,
	     struct error *err);
int guest_state(const struct warren_host *host, const char *id, struct warren_state *ret,
		struct error *err);
int guest_state_json(const struct warren_state *state, int indent, bool with_owner, char **ret,
		     struct error *err);
int guest_update(const struct warren_host *host, const struct warren_update *args,
		 struct error *err);
int guest_stats(const struct warren_host *host, const char *id, char **ret, struct error *err);
int guest_events(const struct warren_host *host, const char *id, unsigned interval_ms,
		 int (*each)(void *arg, const char *event), void *arg, struct error *err);
int guest_list(const struct warren_host *host,
	       int (*each)(void *arg, const char *id, const struct warren_state *state,
			   const struct warren_error *why),
	       void *arg, struct error *err);

/* After the program was executed: poststart hooks. A failure kills the guest and removes it. */
int guest_poststart(struct record *rec, struct error *err);

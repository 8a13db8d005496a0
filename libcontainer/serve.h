/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "libcontainer/launch.h"

/*
 * The runtime's part while a guest side works: each step that it reports is
 * done on this side, then answered.
 *
 * step() returns 0 to have the step answered (with descriptor *ret_answer when
 * it is not -1), SERVE_DONE to end without an answer, or an error. *fd is a
 * descriptor that came along; what is left there gets closed.
 */
enum { SERVE_DONE = 1 };

typedef int serve_step(void *arg, struct child *child, int step, int *fd, int *ret_answer,
		       struct error *err);

/*
 * Until a step ends it, or the guest side fails. SYNC_FORKED is served here:
 * the child that goes on replaces *child. On SERVE_DONE *ret_answer holds what
 * step() put there.
 */
int serve(struct child *child, int timeout_ms, serve_step *step, void *arg, int *ret_answer,
	  struct error *err);

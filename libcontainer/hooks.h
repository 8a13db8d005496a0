/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "spec/spec.h"

/*
 * Runs the hooks of one kind on the runtime side, one after the other; stops
 * at the first that fails. (createContainer and startContainer are the guest
 * side's.) Blocks until each is done, without limit where it has no timeout.
 *
 * what: "createRuntime", for the error. state_json is what they read on
 * stdin. cwd may be NULL: where the caller is.
 *
 * A hook gets its own session, default signals, the descriptors 0, 1 and 2
 * and no other; the environment is exactly its own, or the caller's if it has
 * none. The last line it prints goes into the error. Whatever the caller does
 * with SIGCHLD, and whoever else waits for children in it, the result is the
 * same, and the caller gets no signal.
 */
int hooks_run(const struct spec_hook_list *list, const char *what, const char *state_json,
	      const char *cwd, struct error *err);

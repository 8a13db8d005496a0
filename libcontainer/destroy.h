/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "libcontainer/record.h"

/*
 * Removes what a guest without a process leaves on the host: what still lives
 * in its cgroup, the cgroup, the state directory; then runs the poststop
 * hooks, if there are any and hooks is set, whose failures are warnings.
 */
int destroy(struct record *rec, bool hooks, struct error *err);

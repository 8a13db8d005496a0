/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "libcontainer/warren.h"

/*
 * Puts the working directory in front of a relative path. NULL stays NULL, and
 * an empty path becomes NULL: an option given empty counts as not given.
 */
int path_absolute(struct arena *a, const char **path, struct warren_error *err);

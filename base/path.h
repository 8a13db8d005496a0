/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"

/* Paths as text: nothing here looks at a file system. */

/* Absolute, without "//", "." and ".."; ".." never leads above the root. NULL: no memory. */
const char *path_clean(struct arena *a, const char *path);

/* name itself when it is absolute, else dir/name. NULL: no memory. */
const char *path_join(struct arena *a, const char *dir, const char *name);

/* Is it dir itself, or below it? Both clean. */
bool path_below(const char *path, const char *dir);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/error.h"

/* The pid as decimal text without a newline, by rename: nobody reads half of it. */

/* Before anything is created: can it be written? NULL: nothing is asked for. */
int pidfile_check(const char *path, struct error *err);
int pidfile_write(const char *path, pid_t pid, struct error *err);

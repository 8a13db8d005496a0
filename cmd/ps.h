/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "libcontainer/warren.h"

/* Runs ps(1) and prints what it says about the pids. argv: "ps", its options, NULL. */
int ps_program(char *const *argv, const pid_t *pids, size_t n, struct warren_error *err);

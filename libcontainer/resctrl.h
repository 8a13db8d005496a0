/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "spec/spec.h"

/*
 * linux.intelRdt: cache and memory bandwidth, by groups that are directories
 * of resctrl. Everything works below the descriptor of its mount.
 *
 * A guest that names no class (closID) gets a group of its own, named by its
 * id and removed with it. A class that is named may be shared: it is made if
 * it is missing, and stays.
 */

/* The descriptor of the mount; -ENODEV says what is missing. */
int resctrl_open(struct error *err);

/* The directory that goes with the guest, from the mount; NULL: none (or no memory). */
const char *resctrl_own(struct arena *a, const struct spec_intel_rdt *rdt, const char *id);

/*
 * Makes all that a guest needs, or nothing. A class that is there already has
 * to hold what is asked for. Returns 1 when the group was made, 0 when it was
 * there.
 */
int resctrl_setup(int root, const struct spec_intel_rdt *rdt, const char *id, struct error *err);

/* Its steps: the group (1: made, so it has to be written), and what only counts below it. */
int resctrl_make(int root, const struct spec_intel_rdt *rdt, const char *id, struct error *err);
int resctrl_write(int root, const struct spec_intel_rdt *rdt, const char *id, struct error *err);
int resctrl_monitor(int root, const struct spec_intel_rdt *rdt, const char *id, struct error *err);

/* Puts a process into all of it. */
int resctrl_add(int root, const struct spec_intel_rdt *rdt, const char *id, pid_t pid,
		struct error *err);

/* Removes what resctrl_own() named; not an error when it is gone. */
int resctrl_remove(int root, const char *own, struct error *err);

/* A start that has failed takes the group along that resctrl_setup() has made. */
void resctrl_undo(int root, const struct spec_intel_rdt *rdt, const char *id);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "spec/state.h"

/*
 * An upper directory belongs to one live guest at a time: of a second overlay
 * on it the kernel says no more than that what follows is undefined. Who it
 * is stands on the directory itself, where a guest in another state root
 * finds it too, and means nothing once that guest's init is gone.
 */

/* A descriptor that keeps others out until it is closed. -EBUSY: it is in use. */
int upper_claim(const char *path, struct error *err);

/* The guest whose init is recorded in state has it now. What cannot be marked is not guarded. */
void upper_mark(int claim, const struct spec_state *state);

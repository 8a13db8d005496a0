/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "overlay/overlay.h"

/* Whose ids the layers have, for a guest with a user namespace. Not for others. */

/* *dir becomes a detached clone of the layer that shows its ids mapped. */
int layer_map(const struct overlay_ids *ids, const char *path, int *dir, struct error *err);

/* The upper directory is the root that the guest sees: an empty one is given to its root. */
int upper_give(const struct overlay_ids *ids, const char *path, int dir, struct error *err);

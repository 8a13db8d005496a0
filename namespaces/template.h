/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * The template mount namespace: empty, pinned, and what guests' mount
 * namespaces are copied from.
 *
 * Copying the host's own costs about 5 us for every mount on it, and on a host
 * with thousands of guests there are tens of thousands; copying this costs
 * 30 us, always. Its root is an overlay without an upper layer over two empty
 * directories: nobody can make it writable, not even a guest with every
 * capability, so nothing can be left in it for the next guest to find. It
 * holds no proc, no sysfs and no device.
 *
 * The pin is a file on a private tmpfs below the state root. It outlives the
 * guests on purpose; `warren doctor` shows and removes it.
 */

/*
 * The namespace, made first if there is none. Any refusal (no privilege, a
 * state root where nothing can be mounted) is a negative errno without a text:
 * the caller then copies its own mount namespace instead.
 */
int template_open(const char *state_root);

/* 1: there is a pin, and 0: there is none. */
int template_exists(const char *state_root);

/* Guests that run are not touched. */
int template_remove(const char *state_root, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "base/json.h"

/*
 * Capabilities as sets of bits: CAP_CHOWN is bit 0. Names are libcap's
 * business, and libcap is this file's: the guest side gets numbers.
 */

/*
 * What the names say together. Those that nobody knows are given to unknown
 * and otherwise skipped: the specification asks for a warning, not for a failure.
 */
uint64_t caps_parse(const struct strs *names, void (*unknown)(void *arg, const char *name),
		    void *arg);

/* Calls each with the name of every member of the set, lowest first. */
int caps_each(uint64_t set, void (*each)(void *arg, const char *name), void *arg,
	      struct error *err);

/* Everything that this build knows by name: for features. Asks no kernel. */
uint64_t caps_known(void);

/* Everything that the running kernel has. */
uint64_t caps_kernel(void);

/*
 * What of a set is in the caller's bounding set: without a user namespace of its own a guest can
 * have nothing beyond it, so what a config asks for beyond it is dropped with
 * a warning. In a new user namespace the bounding set is full again.
 */
uint64_t caps_own_bounding(uint64_t of);

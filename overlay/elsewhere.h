/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * Calls fn(arg) in a mount namespace of its own, which ends with it. fn has
 * the caller's memory and descriptors, and the calling thread sleeps
 * meanwhile: what fn opens or writes to memory stays. A copy of the caller's
 * mount table is made, so this is for kernels that leave no other way.
 */
int elsewhere(void (*fn)(void *arg), void *arg, struct error *err);

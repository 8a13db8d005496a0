/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "spec/spec.h"

/*
 * Sets the clocks of the time namespace that a process has made for its
 * children, and that nobody is in yet; NULL leaves one as it is. Returns that
 * namespace as a descriptor of the caller's. Since 5.6.
 */
int clocks_set(pid_t pid, const struct spec_time_offset *monotonic,
	       const struct spec_time_offset *boottime, struct error *err);

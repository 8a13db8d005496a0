/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "spec/spec.h"

/* linux.netDevices into the network namespace of pid, which must not be ours. */
int network_give(const struct spec_linux *l, pid_t pid, struct error *err);

/* Can they be moved by this caller? Before anything exists. */
int network_check(const struct spec_linux *l, struct error *err);

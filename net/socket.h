/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * A netlink socket of network namespace netns, -1: the caller's. A process of
 * its own goes there to make it, for the time of three system calls: the
 * caller's threads stay where they are.
 */
int net_socket(int netns, struct error *err);

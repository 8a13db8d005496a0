/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/error.h"

/*
 * sd_notify for guests: the guest gets a socket of its own, and when it says
 * that it is ready, the host's service manager hears it from us, with the pid
 * as the host knows it. Nothing else that a guest says there is passed on.
 */

/*
 * Makes <state>/notify with a datagram socket "notify.sock" that anybody may
 * write to, and returns the socket. The directory is what gets mounted in the
 * guest. One that is there already is taken, its socket replaced.
 */
int notify_open(int state_dir, struct error *err);

/*
 * Waits until the guest is ready or gone, without limit, and tells host_socket
 * (a path, or "@" and an abstract name). Then waits up to 30 s until it was
 * heard. Returns 1: told; 0: the guest ended first.
 */
int notify_forward(int sock, const char *host_socket, pid_t pid, int pidfd, struct error *err);

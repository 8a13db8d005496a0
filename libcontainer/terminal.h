/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * Handing a descriptor to whoever listens on a socket: the master of a
 * terminal to the console socket, a pidfd to the pidfd socket.
 *
 * what is "console socket" or "pidfd socket", for the error.
 */

/*
 * Returns a connected socket. Called before the guest exists, so that nobody
 * listening is found out in time. The path may be longer than a socket
 * address. Waits up to 10 s for a listener that is busy.
 */
int terminal_connect(const char *what, const char *path, struct error *err);

/* One message: payload, and fd, which stays the caller's. Closes sock in any case. */
int terminal_send(const char *what, int sock, int fd, const char *payload, struct error *err);

/* The message alone: how much of it was taken, or -errno. fd may be -1: none. No SIGPIPE. */
int terminal_message(int sock, const char *text, int fd);

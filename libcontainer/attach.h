/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "base/error.h"

/*
 * What an attached `run` or `exec` does while its process lives: pass signals
 * on, carry bytes between the caller's terminal and the process' one, wait.
 *
 *	attach_begin()   before the process exists: no signal gets lost
 *	...              start it, fill in pidfd, pid and pty_master
 *	attach_wait()
 *	attach_end()     in every case, also when starting failed
 *
 * In between the signals of the calling thread are blocked and belong to the
 * process; those that come after its end are dropped at attach_end(). SIGCHLD
 * has its default meanwhile, or the exit status could be lost.
 */
struct attach {
	int pidfd; /* of a child of ours */
	pid_t pid;
	int pty_master; /* -1: the process has our own descriptors */
	bool subreaper; /* orphans below us become our children, and are reaped */
	/* the rest is attach.c's */
	bool begun, raw;
	int signals; /* signalfd */
	int old_subreaper;
	sigset_t old_mask;
	struct sigaction old_child;
	struct termios old_terminal;
};
#define ATTACH_INIT                                          \
	{                                                    \
		.pidfd = -1, .pty_master = -1, .signals = -1 \
	}

int attach_begin(struct attach *at, struct error *err);

/*
 * Returns the exit status, 128+n when signal n killed it. With a pty, stdin is
 * put into raw mode if it is a terminal, and back before this returns; the end
 * of stdin only ends the copying.
 */
int attach_wait(struct attach *at, struct error *err);

/*
 * Gives a terminal the size of the caller's, if it has one: before the process
 * can ask for it. From then on attach_wait() does it.
 */
void attach_copy_size(int pty);

/* Is it the master of a terminal? What came over a socket may be anything. */
bool attach_is_master(int fd);

/* Puts everything back as it was. Nothing to do: fine. Closes no descriptor of the caller. */
void attach_end(struct attach *at);

#define cleanup_attach __attribute__((cleanup(attach_end)))

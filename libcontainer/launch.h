/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "libcontainer/plan.h"

/*
 * The runtime's end of a guest side that is at work: starting it, talking
 * with it, and getting rid of it.
 */

/* init/, as built: embedded in the library. */
extern const unsigned char init_image[];
extern const size_t init_image_size;

struct child {
	pid_t pid; /* 0: none */
	int pidfd, sock;
	int number; /* that came with the step it is at */
};
#define CHILD_INIT                      \
	{                               \
		.pidfd = -1, .sock = -1 \
	}

/* clone_flags: CLONE_NEW*; cgroup: directory it is born in, -1: the caller's own. */
int launch(struct plan *p, uint64_t clone_flags, int cgroup, int first_free, struct child *ret,
	   struct error *err);

/* Kills it if it lives, reaps it if it is a child, closes what is held. */
void child_kill(struct child *c);
void child_close(struct child *c);

#define cleanup_child __attribute__((cleanup(child_kill)))

/*
 * The next step that the guest side is at. What it reported as a failure is
 * one here. *ret_fd: a descriptor that came along, or -1. timeout_ms -1: no limit.
 * Returns the step, 0 when the other side has closed (it has executed, or died).
 */
int talk_receive(int sock, int timeout_ms, int *ret_fd, struct error *err);

/* The same of a child, which is remembered with the number that came along. */
int child_receive(struct child *c, int timeout_ms, int *ret_fd, struct error *err);

/* The same for a step that brings a number along and no descriptor. */
int talk_receive_number(int sock, int timeout_ms, int *ret_number, struct error *err);
int talk_send(int sock, enum sync_step step, int fd, struct error *err);

/* "creating the mounts" ... for messages. */
const char *talk_name(unsigned step);

#define STEP_TIMEOUT_MS 10000

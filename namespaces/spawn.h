/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Starts the guest side: a child with the given namespaces, born in its
 * cgroup, that executes a program from a descriptor.
 *
 * The child shares memory with the caller until it has executed (as vfork
 * does): nothing is copied, the caller's other threads run on, and the host's
 * binary is never what a task of the guest executes. Signals are blocked
 * meanwhile.
 */
struct spawn {
	uint64_t flags;  /* CLONE_NEW*, CLONE_INTO_CGROUP with .cgroup */
	int cgroup;      /* directory of the cgroup, -1: the caller's */
	int program;     /* descriptor of the program */
	const char *arg; /* its only argument */
	const int *keep; /* descriptors that it inherits under their own numbers, ascending */
	size_t n_keep;
};

/* *ret_pidfd belongs to the caller. Returns the pid. Since 5.7. */
int spawn(const struct spawn *s, int *ret_pidfd, struct error *err);

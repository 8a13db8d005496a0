/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "libcontainer/record.h"

/*
 * The processes of a guest that lives, by its cgroup; by its pid namespace when
 * it has no cgroup (an ordinary user to whom none is delegated), without those in
 * further pid namespaces below. *ret is malloc'ed.
 */
int members(struct record *rec, pid_t **ret, size_t *ret_n, struct error *err);

/* Sends sig to all of them. */
int members_signal(struct record *rec, int sig, struct error *err);

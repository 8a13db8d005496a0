/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "libcontainer/filter.h"

/*
 * A filter that asks (SCMP_ACT_NOTIFY): its listener comes to the agent at
 * listenerPath before the program is executed.
 *
 * The kernel makes the listener in the moment in which the guest side can no
 * longer rely on any call: it cannot send it, nor wait until it has been sent.
 * So it says in advance which descriptor the listener will be, and the runtime
 * takes that (pidfd_getfd). Meanwhile the guest side is held in a call that
 * the filter itself stops: a gate in front of the profile asks the listener
 * about getppid(mark), where mark is known to nobody else, and the runtime
 * answers when the agent has what it needs.
 */
struct listener {
	int agent;        /* connected, -1: the filter asks nobody */
	const char *text; /* for the agent: whose filter it is, see record_process_state() */
};
#define LISTENER_INIT       \
	{                   \
		.agent = -1 \
	}

/* Puts the gate in front, and its mark into the filter. */
int listener_gate(struct arena *a, struct filter *filter, struct error *err);

/* Connects to the agent if the filter asks one. seccomp may be NULL. */
int listener_connect(struct listener *l, const struct spec_seccomp *seccomp, struct error *err);
void listener_close(struct listener *l);
#define cleanup_listener __attribute__((cleanup(listener_close)))

/*
 * Until the program of process pidfd has been executed, which closes sock, or
 * something has failed; on the way the listener is handed over. An agent may
 * be asked about the exec itself, and takes its time: timeout_ms holds until
 * it has the listener.
 */
int listener_await_exec(struct listener *l, int sock, int timeout_ms, int pidfd, struct error *err);

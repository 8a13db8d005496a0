/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * Runs the runtime once and lets one thing go wrong. Its processes are traced
 * until they execute what is not warren's: a guest's program and a hook run
 * undisturbed.
 */

/* Whose steps are counted. */
enum side {
	SIDE_RUNTIME, /* the process that is started, all threads of it */
	SIDE_GUEST,   /* its children: warren-init, the mount side, the keepers of hooks */
};

/* What happens when the step has come that was asked for. */
enum fault {
	FAULT_NONE,
	FAULT_HARD,  /* the system call is not executed and fails: see calls.h */
	FAULT_SOFT,  /* the same, with the other errno */
	FAULT_KILL,  /* SIGKILL for the runtime, before the call is executed */
	FAULT_DEATH, /* SIGKILL for the one whose call it is */
	FAULT_ALLOC, /* malloc() and its like return NULL: see alloc.c */
};

struct injection {
	enum side side;
	enum fault fault;
	unsigned
		who; /* which thread or process of that side, from 1 in the order of their births */
	unsigned at; /* which one of its steps, from 1 */
	pid_t init;  /* a guest that exists already, and counts as the runtime's child; 0: none */
	int limit_ms; /* then it hangs, and is killed */
	char *const *argv;
	int output;       /* where standard output and error go; its input is /dev/null */
	const char *shim; /* of alloc.c */

	/* what came of it */
	unsigned points; /* that were passed */
	unsigned born;   /* how many there were of that side */
	bool hit;        /* it was one of them */
	char what[240];  /* ... which */
	bool hung;
	int status;  /* as wait() has it */
	int crashed; /* a signal that only a broken program gets, of any of them; 0: none */
	long took_ms;
};

/* Fills in the second half. */
void inject(struct injection *in);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"

/*
 * What warren remembers of a guest between two commands: state.json in the
 * guest's state directory. Members are named like the keys; a new one is a
 * member here and a row in state.c. A format is raised only when an older
 * warren must not touch the file; fields that it does not know it skips.
 */
#define SPEC_STATE_FORMAT 1

struct spec_state {
	uint32_t format; /* SPEC_STATE_FORMAT; first in the file */
	const char *id, *ociVersion;
	const char *bundle, *rootfs; /* absolute */
	const char *created;         /* RFC 3339, UTC, nanoseconds */
	uint32_t owner;              /* uid of the caller of create */
	const char *bootId;          /* of the boot in which the guest was made */
	int32_t pid;                 /* init, in the caller's pid namespace; 0: none yet */
	uint64_t startTime;          /* its field 22 of /proc/PID/stat */
	uint64_t pidfsInode;         /* of its pidfd; 0: a kernel without pidfs */
	const char *cgroup;          /* as in /proc/PID/cgroup; NULL: no cgroup of its own */
	uint32_t cgroupKept;         /* so many bytes of the path were there before the guest */
	uint32_t planVersion;        /* of the plan that init executes */
	bool noNewKeyring;           /* it has the session keyring of its creator */
	bool hooks;                  /* there are poststart or poststop hooks */
	const char *upper;           /* of an overlay root, when <upper>.work is ours to remove */
	const char *resctrl;         /* directory of resctrl's that is ours to remove */
	bool notify;                 /* start waits for sd_notify's READY */
	bool listener;               /* its filter asks an agent: start introduces the two */
	struct strmap annotations;
};

/* Errors begin with "state.json: ". */
int spec_state_parse(struct arena *a, const char *text, size_t len, struct spec_state **ret,
		     struct error *err);

/* Appends the file, its last newline included. Returns 0 or -ENOMEM. */
int spec_state_write(const struct spec_state *state, struct str *out);

/*
 * The state document of the specification, as others see it. What is NULL is
 * left out, and so are annotations when there are none.
 */
struct spec_state_public {
	const char *ociVersion, *id;
	int32_t pid; /* 0: there is no process */
	const char *status;
	const char *bundle, *rootfs, *created;
	struct strmap annotations;
	const char *owner; /* user name */
};

/* `state` and `list`: indent as in json_dump(), no newline at the end. Returns 0 or -ENOMEM. */
int spec_state_public(const struct spec_state_public *state, int indent, struct str *out);

/*
 * What a hook reads: one line with what the specification requires and nothing
 * else, no pid when it is 0. Returns 0 or -ENOMEM.
 */
int spec_state_hook(const struct spec_state_public *state, struct str *out);

/* What a seccomp agent reads: the same, around it the process whose filter it is. */
int spec_state_process(const struct spec_state_public *state, int32_t pid, const char *metadata,
		       struct str *out);

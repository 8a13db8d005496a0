/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "spec/spec.h"

/*
 * linux.seccomp as a program that the kernel's filter machine runs.
 *
 * libseccomp does the work. It is opened when a profile must be compiled and
 * closed afterwards: starts that need no filter do not pay for it. Nothing
 * here touches the calling process' own filters.
 */
struct filter {
	const void *bpf; /* struct sock_filter[], in the arena */
	size_t bytes;
	uint32_t flags;      /* SECCOMP_FILTER_FLAG_*, for seccomp(2) */
	bool none;           /* the profile allows everything: install nothing */
	const char *library; /* the file of libseccomp that has made it, in the arena, or NULL */
	uint64_t mark;       /* of its gate, see listener.h */
};

/* Takes about 15 ms for a profile of 400 system calls. */
int filter_compile(struct arena *a, const struct spec_seccomp *sc, struct filter *ret,
		   struct error *err);

/* The flags alone: they come from the profile, not from the program. */
int filter_flags(const struct spec_seccomp *sc, uint32_t *ret, struct error *err);

/* "2.5.4", or "" when there is no libseccomp; written to buf, which is returned. */
const char *filter_version(char *buf, size_t size);

/* Does the running kernel have this one of spec_seccomp_flags? */
bool filter_flag_supported(const char *name);

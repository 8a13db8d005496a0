/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <errno.h>

#include "spec/spec.h"

/*
 * The parts of validate.c, for no one else. `at` is what stands in front of
 * the names of properties: "process." or, in a file of its own, "".
 */

/* (uid_t)-1 means "leave it as it is" to the kernel, and so is nobody. */
#define RULE_NO_ID UINT32_MAX

/* What nearly every line of the rules ends in. */
#define BAD(err, ...) error_set(err, EINVAL, __VA_ARGS__)

int rule_process(const struct spec_process *process, const char *at, struct error *err);
int rule_resources(const struct spec_resources *res, const char *at, struct error *err);
int rule_resource_pairs(const struct spec_resources *res, const char *at, struct error *err);
int rule_linux(const struct spec *spec, struct error *err);
int rule_seccomp(const struct spec_seccomp *seccomp, struct error *err);

/* at: the list itself, "process.env". */
int rule_env(const struct strs *env, const char *at, struct error *err);
int rule_id_mappings(const struct spec_id_mappings *mappings, const char *at, struct error *err);

/* Given and not empty: Go programs write "" for what is not set. */
static inline bool rule_given(const char *text)
{
	return text && *text;
}

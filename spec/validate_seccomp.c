/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "spec/names.h"
#include "spec/rules.h"

/* MAX_ERRNO of the kernel, and the width of SECCOMP_RET_DATA. */
#define MAX_ERRNO 4095
#define MAX_TRACE 65535

static int check_words(const struct strs *list, const char *const names[], const char *at,
		       struct error *err)
{
	for (size_t i = 0; i < list->n; i++)
		if (spec_name(names, list->v[i]) < 0)
			return BAD(err, "linux.seccomp.%s[%zu]: unknown value \"%s\"", at, i,
				   list->v[i]);
	return 0;
}

/* at: "linux.seccomp.defaultErrnoRet" or that of a rule. */
static int check_errno(int action, struct opt_u32 value, const char *at, struct error *err)
{
	const uint32_t max = action == SPEC_ACT_TRACE ? MAX_TRACE : MAX_ERRNO;

	if (!value.set)
		return 0;
	if (action != SPEC_ACT_ERRNO && action != SPEC_ACT_TRACE)
		return BAD(err, "%s: is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE only, not for %s", at,
			   spec_seccomp_actions[action]);
	if (value.val > max)
		return BAD(err, "%s: %u is above %u", at, value.val, max);
	return 0;
}

static int check_rule(const struct spec_syscall *rule, size_t i, struct error *err)
{
	char at[64];

	if (rule->names.n == 0)
		return BAD(err, "linux.seccomp.syscalls[%zu].names: must not be empty", i);
	for (size_t k = 0; k < rule->names.n; k++)
		if (!*rule->names.v[k])
			return BAD(err, "linux.seccomp.syscalls[%zu].names[%zu]: must not be empty",
				   i, k);
	for (size_t k = 0; k < rule->args.n; k++)
		if (rule->args.v[k].index > 5)
			return BAD(err,
				   "linux.seccomp.syscalls[%zu].args[%zu].index: %u is not in 0..5",
				   i, k, rule->args.v[k].index);
	snprintf(at, sizeof(at), "linux.seccomp.syscalls[%zu].errnoRet", i);
	return check_errno(rule->action, rule->errnoRet, at, err);
}

static int check_listener(const struct spec_seccomp *s, struct error *err)
{
	const bool path = rule_given(s->listenerPath), used = spec_seccomp_notifies(s);

	if (rule_given(s->listenerMetadata) && !path)
		return BAD(err, "linux.seccomp.listenerMetadata: needs linux.seccomp.listenerPath");
	if (used && !path)
		return BAD(err, "linux.seccomp.listenerPath: missing, SCMP_ACT_NOTIFY needs it");
	if (path && *s->listenerPath != '/')
		return BAD(err, "linux.seccomp.listenerPath: must be absolute, got \"%s\"",
			   s->listenerPath);
	if (used)
		return 0;
	for (size_t i = 0; i < s->flags.n; i++)
		if (strcmp(s->flags.v[i], "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV") == 0)
			return BAD(err, "linux.seccomp.flags[%zu]: %s is for SCMP_ACT_NOTIFY only",
				   i, s->flags.v[i]);
	return 0;
}

int rule_seccomp(const struct spec_seccomp *s, struct error *err)
{
	int r = check_errno(s->defaultAction, s->defaultErrnoRet, "linux.seccomp.defaultErrnoRet",
			    err);

	if (r == 0)
		r = check_words(&s->architectures, spec_seccomp_archs, "architectures", err);
	if (r == 0)
		r = check_words(&s->flags, spec_seccomp_flags, "flags", err);
	if (r == 0)
		r = check_listener(s, err);
	for (size_t i = 0; r == 0 && i < s->syscalls.n; i++)
		r = check_rule(&s->syscalls.v[i], i, err);
	return r;
}

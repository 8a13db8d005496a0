/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "spec/names.h"
#include "spec/number_list.h"
#include "spec/rules.h"

static int check_args(const struct spec_process *p, const char *at, struct error *err)
{
	if (p->args.n == 0)
		return BAD(err, "%sargs: must not be empty", at);
	if (!*p->args.v[0])
		return BAD(err, "%sargs[0]: must not be empty", at);
	return 0;
}

static int check_place(const struct spec_process *p, const char *at, struct error *err)
{
	char env[32];

	/* These words are what callers know. */
	if (*p->cwd != '/')
		return BAD(err, "%scwd: Cwd must be an absolute path, got \"%s\"", at, p->cwd);
	snprintf(env, sizeof(env), "%senv", at);
	return rule_env(&p->env, env, err);
}

static int check_user(const struct spec_process *p, const char *at, struct error *err)
{
	const struct spec_user *user = &p->user;

	if (user->uid == RULE_NO_ID)
		return BAD(err, "%suser.uid: 4294967295 is no user", at);
	if (user->gid == RULE_NO_ID)
		return BAD(err, "%suser.gid: 4294967295 is no group", at);
	for (size_t i = 0; i < user->additionalGids.n; i++)
		if (user->additionalGids.v[i] == RULE_NO_ID)
			return BAD(err, "%suser.additionalGids[%zu]: 4294967295 is no group", at,
				   i);
	if (user->umask.set && user->umask.val > 0777)
		return BAD(err, "%suser.umask: %u is above 511 (octal 777)", at, user->umask.val);
	return 0;
}

static int check_terminal(const struct spec_process *p, const char *at, struct error *err)
{
	if (p->consoleSize.height > UINT16_MAX || p->consoleSize.width > UINT16_MAX)
		return BAD(err, "%sconsoleSize: a terminal has at most 65535 lines and columns",
			   at);
	return 0;
}

static bool is_capability(const char *name)
{
	return str_starts(name, "CAP_") && name[4] &&
	       !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")];
}

static int check_capabilities(const struct spec_process *p, const char *at, struct error *err)
{
	const struct spec_capabilities none = { 0 }, *c = p->capabilities ? p->capabilities : &none;
	const struct {
		const char *name;
		const struct strs *list;
	} sets[] = {
		{ "bounding", &c->bounding },       { "effective", &c->effective },
		{ "inheritable", &c->inheritable }, { "permitted", &c->permitted },
		{ "ambient", &c->ambient },
	};

	for (size_t k = 0; k < sizeof(sets) / sizeof(*sets); k++)
		for (size_t i = 0; i < sets[k].list->n; i++)
			if (!is_capability(sets[k].list->v[i]))
				return BAD(err,
					   "%scapabilities.%s[%zu]: \"%s\" is not the name of a "
					   "capability",
					   at, sets[k].name, i, sets[k].list->v[i]);
	return 0;
}

static int check_rlimits(const struct spec_process *p, const char *at, struct error *err)
{
	for (size_t i = 0; i < p->rlimits.n; i++) {
		const struct spec_rlimit *l = &p->rlimits.v[i];

		if (spec_rlimit(l->type) < 0)
			return BAD(err, "%srlimits[%zu].type: wrong rlimit value: %s", at, i,
				   l->type);
		if (l->soft > l->hard)
			return BAD(err,
				   "%srlimits[%zu].soft: %" PRIu64
				   " is above the hard limit %" PRIu64,
				   at, i, l->soft, l->hard);
		for (size_t k = 0; k < i; k++)
			if (strcmp(p->rlimits.v[k].type, l->type) == 0)
				return BAD(err, "%srlimits[%zu].type: \"%s\" is listed twice", at,
					   i, l->type);
	}
	return 0;
}

static int check_scheduler(const struct spec_process *p, const char *at, struct error *err)
{
	const struct spec_scheduler *s = p->scheduler;
	bool fair, real_time;

	if (!s)
		return 0;
	fair = s->policy == SPEC_SCHED_OTHER || s->policy == SPEC_SCHED_BATCH;
	real_time = s->policy == SPEC_SCHED_FIFO || s->policy == SPEC_SCHED_RR;
	if (s->nice < -20 || s->nice > 19)
		return BAD(err, "%sscheduler.nice: %d is not in -20..19", at, s->nice);
	if (s->nice && !fair)
		return BAD(err, "%sscheduler.nice: is for SCHED_OTHER and SCHED_BATCH only", at);
	if (s->priority && !real_time)
		return BAD(err, "%sscheduler.priority: is for SCHED_FIFO and SCHED_RR only", at);
	if (real_time && (s->priority < 1 || s->priority > 99))
		return BAD(err, "%sscheduler.priority: %d is not in 1..99", at, s->priority);
	if ((s->runtime || s->deadline || s->period) && s->policy != SPEC_SCHED_DEADLINE)
		return BAD(err,
			   "%sscheduler: runtime, deadline and period are for SCHED_DEADLINE only",
			   at);
	return 0;
}

static int check_io_priority(const struct spec_process *p, const char *at, struct error *err)
{
	if (p->ioPriority && (p->ioPriority->priority < 0 || p->ioPriority->priority > 7))
		return BAD(err, "%sioPriority.priority: %d is not in 0..7", at,
			   p->ioPriority->priority);
	return 0;
}

static int check_affinity(const struct spec_process *p, const char *at, struct error *err)
{
	const struct {
		const char *name, *text;
	} lists[] = {
		{ "initial", p->execCPUAffinity.initial },
		{ "final", p->execCPUAffinity.final },
	};

	for (size_t i = 0; i < 2; i++)
		if (rule_given(lists[i].text) &&
		    !spec_number_list_valid(lists[i].text, SPEC_MAX_CPU))
			return BAD(err, "%sexecCPUAffinity.%s: \"%s\" is not a list of processors",
				   at, lists[i].name, lists[i].text);
	return 0;
}

static int check_oom_score(const struct spec_process *p, const char *at, struct error *err)
{
	if (p->oomScoreAdj.set && (p->oomScoreAdj.val < -1000 || p->oomScoreAdj.val > 1000))
		return BAD(err, "%soomScoreAdj: %d is not in -1000..1000", at, p->oomScoreAdj.val);
	return 0;
}

int rule_process(const struct spec_process *process, const char *at, struct error *err)
{
	static int (*const rules[])(const struct spec_process *p, const char *at,
				    struct error *err) = {
		check_args,         check_place,     check_user,      check_terminal,
		check_capabilities, check_rlimits,   check_scheduler, check_io_priority,
		check_affinity,     check_oom_score,
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		int r = rules[i](process, at, err);

		if (r < 0)
			return r;
	}
	return 0;
}

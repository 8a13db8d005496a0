/* SPDX-License-Identifier: Apache-2.0 */
/* What the process becomes: the second half of a start, and nearly all of an exec. */
#include "libcontainer/build.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "libcontainer/build_filter.h"
#include "libcontainer/caps.h"
#include "libcontainer/filter_cache.h"
#include "libcontainer/listener.h"
#include "spec/names.h"

#define WARNED_MAX 16

/* Names that were warned about: one is said once, however many sets it stands in. */
struct warned {
	const struct warren_host *host;
	const char *names[WARNED_MAX];
	size_t n;
};

static void warn_unknown(void *arg, const char *name)
{
	struct warned *w = arg;
	char text[160];

	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->names[i], name) == 0)
			return;
	if (!w->host->warn || w->n == WARNED_MAX)
		return;
	w->names[w->n++] = name;
	snprintf(text, sizeof(text), "capability %.64s is unknown here and is ignored", name);
	w->host->warn(w->host->warn_arg, text);
}

/* Absent means none. Without a user namespace nothing beyond the caller's own can be given. */
static struct plan_caps take_caps(const struct warren_host *host, const struct build_process *bp)
{
	const struct spec_capabilities *c = bp->process->capabilities;
	struct warned warned = { .host = host };
	struct plan_caps ret = { 0 };
	uint64_t grantable = ~0ULL;

	if (!c)
		return ret;
	ret.bounding = caps_parse(&c->bounding, warn_unknown, &warned);
	ret.effective = caps_parse(&c->effective, warn_unknown, &warned);
	ret.permitted = caps_parse(&c->permitted, warn_unknown, &warned);
	ret.inheritable = caps_parse(&c->inheritable, warn_unknown, &warned);
	ret.ambient = caps_parse(&c->ambient, warn_unknown, &warned);
	if (!bp->userns)
		grantable = caps_own_bounding(ret.bounding | ret.permitted | ret.inheritable);
	if (host->warn && ret.bounding & ~grantable)
		host->warn(host->warn_arg, "capabilities beyond the caller's own are not granted");
	ret.bounding &= grantable;
	ret.permitted &= grantable;
	ret.effective &= ret.permitted;
	ret.inheritable &= grantable;
	ret.ambient &= ret.permitted & ret.inheritable;
	return ret;
}

/* ---- environment ----------------------------------------------------------------- */

static size_t name_length(const char *entry)
{
	return strcspn(entry, "=");
}

static bool overridden(const struct strs *env, size_t i)
{
	const size_t n = name_length(env->v[i]);

	for (size_t j = i + 1; j < env->n; j++)
		if (name_length(env->v[j]) == n && memcmp(env->v[i], env->v[j], n) == 0)
			return true;
	return false;
}

/* What is listed twice counts as written last; programs would take the first. */
static int take_env(struct arena *a, const struct build_process *bp, struct strs *ret,
		    struct error *err)
{
	const struct strs *own = &bp->process->env, *more = bp->more_env;
	struct strs all = { .v = arena_array(a, own->n + (more ? more->n : 0) + 1,
					     sizeof(char *)) };

	ret->v = arena_array(a, own->n + (more ? more->n : 0) + 1, sizeof(char *));
	if (!all.v || !ret->v)
		return error_sys(err, ENOMEM, "environment");
	for (size_t i = 0; i < own->n; i++)
		all.v[all.n++] = own->v[i];
	for (size_t i = 0; more && i < more->n; i++)
		all.v[all.n++] = more->v[i];
	ret->n = 0;
	for (size_t i = 0; i < all.n; i++)
		if (!overridden(&all, i))
			ret->v[ret->n++] = all.v[i];
	return 0;
}

static bool has_home(const struct strs *env)
{
	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], "HOME=", 5) == 0 && env->v[i][5])
			return true;
	return false;
}

/* argv and environment, shared by the lookup and the exec. */
static int put_program(struct plan *p, const struct strs *args, const struct strs *env,
		       uint32_t *ret_size, struct error *err)
{
	const size_t size = sizeof(struct plan_exec) + (args->n + env->n) * sizeof(uint32_t);
	cleanup_free struct plan_exec *e = calloc(1, size);

	if (!e)
		return error_sys(err, ENOMEM, "arguments");
	e->n_args = (uint32_t)args->n;
	e->n_env = (uint32_t)env->n;
	for (size_t i = 0; i < args->n; i++)
		e->v[i] = plan_put_text(p, args->v[i]);
	for (size_t i = 0; i < env->n; i++)
		e->v[args->n + i] = plan_put_text(p, env->v[i]);
	*ret_size = (uint32_t)size;
	return (int)plan_put(p, e, size);
}

/* ---- the operations ----------------------------------------------------------------- */

static void add_terminal(struct plan *p, const struct build_process *bp)
{
	const struct spec_process *process = bp->process;
	const struct plan_console console = { .rows = process->consoleSize.height,
					      .columns = process->consoleSize.width,
					      .uid = process->user.uid };
	struct plan_op *op;

	if (!process->terminal) {
		plan_add(p, PLAN_STDIO, NULL)->arg = process->user.uid;
		return;
	}
	op = plan_add(p, PLAN_CONSOLE, "process.terminal");
	op->flags = bp->console_bind ? PLAN_CONSOLE_BIND : 0;
	plan_payload(p, op, &console, sizeof(console));
}

static void add_session(struct plan *p, const struct build_process *bp)
{
	plan_add(p, PLAN_SESSION, "setsid");
	if (bp->process->terminal)
		plan_add(p, PLAN_CONTROL, "process.terminal: make it the controlling one");
}

static int add_user(struct plan *p, const struct spec_user *user, struct error *err)
{
	const size_t n = user->additionalGids.n;
	const size_t size = sizeof(struct plan_user) + n * sizeof(uint32_t);
	cleanup_free struct plan_user *u = calloc(1, size);

	if (!u)
		return error_sys(err, ENOMEM, "process.user");
	u->uid = user->uid;
	u->gid = user->gid;
	u->n = (uint32_t)n;
	if (n)
		memcpy(u->groups, user->additionalGids.v, n * sizeof(uint32_t));
	plan_payload(p, plan_add(p, PLAN_USER, "process.user"), u, size);
	return 0;
}

static void add_cwd(struct plan *p, const char *cwd, uint16_t flags)
{
	struct plan_op *op = plan_add(p, PLAN_CWD, NULL);

	op->text = plan_put_text(p, cwd);
	op->flags = flags;
}

static void add_limits(struct plan *p, const struct spec_process *process)
{
	for (size_t i = 0; i < process->rlimits.n; i++) {
		const struct spec_rlimit *l = &process->rlimits.v[i];
		const struct plan_rlimit limit = { .resource = (uint32_t)spec_rlimit(l->type),
						   .soft = l->soft,
						   .hard = l->hard };

		plan_payload(p, plan_add(p, PLAN_RLIMIT, "process.rlimits[%zu] %s", i, l->type),
			     &limit, sizeof(limit));
	}
}

static int add_shed(struct plan *p, const struct build_process *bp)
{
	const int start = bp->start_sock >= 0 ? plan_slot_borrow(p, bp->start_sock) : -1;
	struct plan_op *op = plan_add(p, PLAN_SHED, "close descriptors");

	op->arg = (uint64_t)bp->first_free;
	op->slot = (int16_t)start;
	op->out = (int16_t)bp->own_ns;
	return start;
}

static void add_start(struct plan *p, const struct build_process *bp, const struct strs *env,
		      int start)
{
	struct plan_op *op;

	/* disarmed first: a runtime that is gone ends the wait for the answer, and with it the
	 * guest */
	plan_add(p, PLAN_READY, NULL);
	plan_add(p, PLAN_SYNC, NULL)->arg = SYNC_CREATED;
	if (start >= 0) {
		op = plan_add(p, PLAN_START, "wait for start");
		op->slot = (int16_t)start;
		op->out = (int16_t)bp->own_ns;
	}
	for (size_t i = 0; bp->hooks && i < bp->hooks->startContainer.n; i++) {
		char what[64];

		snprintf(what, sizeof(what), "hooks.startContainer[%zu]", i);
		build_hook(p, what, &bp->hooks->startContainer.v[i], env, bp->state_head,
			   bp->state_tail, 0);
	}
}

static int add_privileges(struct plan *p, const struct build_process *bp,
			  const struct plan_caps *caps, const struct filter *filter,
			  struct error *err)
{
	const struct spec_process *process = bp->process;
	int r;

	r = labels_exec(p, bp->labels, process, err);
	if (r < 0)
		return r;
	build_schedule(p, process, bp->linux);
	if (process->noNewPrivileges)
		plan_add(p, PLAN_NO_NEW_PRIVS, "process.noNewPrivileges");
	plan_payload(p, plan_add(p, PLAN_BOUNDING, "process.capabilities.bounding"), caps,
		     sizeof(*caps));
	/* as root, who may enter what the user may not; and as the user, who may enter what root
	 * may not */
	add_cwd(p, process->cwd, PLAN_TRY);
	r = add_user(p, &process->user, err);
	build_caps(p, bp, caps, filter);
	add_cwd(p, process->cwd, PLAN_RETRY);
	return r;
}

int build_process(struct arena *a, struct plan *p, const struct warren_host *host,
		  const struct build_process *bp, struct error *err)
{
	const struct spec_process *process = bp->process;
	const struct plan_caps caps = take_caps(host, bp);
	struct filter filter = { .none = true };
	struct strs env = { 0 };
	struct plan_op *op;
	uint32_t size = 0;
	bool filtered;
	int program, start, r = take_env(a, bp, &env, err);

	if (r >= 0 && bp->seccomp)
		r = filter_get(a, host->root, bp->seccomp, &filter, err);
	if (r >= 0 && filter.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		r = listener_gate(a, &filter, err);
	if (r < 0)
		return r;
	program = put_program(p, &process->args, &env, &size, err);
	if (program < 0)
		return program;
	add_terminal(p, bp);
	if (!bp->fork)
		add_session(p, bp);
	plan_add(p, PLAN_UMASK, NULL)->arg =
		process->user.umask.set ? process->user.umask.val : 022;
	r = add_privileges(p, bp, &caps, &filter, err);
	if (r < 0)
		return r;

	op = plan_add(p, PLAN_LOOKUP, NULL);
	op->data = (uint32_t)program;
	op->size = size;
	op->arg = process->user.uid;
	op->flags = (has_home(&env) ? 0 : PLAN_HOME) | (bp->listen ? PLAN_LISTEN : 0);
	start = add_shed(p, bp);
	filtered = build_filter_first(p, bp, &caps, &filter);
	if (bp->fork) {
		plan_add(p, PLAN_FORK, "pid namespace");
		add_session(p, bp);
	}
	add_start(p, bp, &env, start);
	add_limits(p, process);
	if (!filtered)
		build_filter_last(p, bp, &caps, &filter);
	plan_add(p, PLAN_EXEC, NULL);
	return 0;
}

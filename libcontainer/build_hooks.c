/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks that the guest side runs: everything they need is prepared here. */
#include "libcontainer/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

static size_t count(char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

int build_hook(struct plan *p, const char *what, const struct spec_hook *hook,
	       const struct strs *default_env, const char *state_head, const char *state_tail,
	       int pid)
{
	const struct strs *env = hook->env.v ? &hook->env : default_env;
	const size_t n_args = hook->args.n ? hook->args.n : 1;
	const size_t n_env = env ? env->n : count(environ);
	const size_t size = sizeof(struct plan_hook) + (n_args + n_env) * sizeof(uint32_t);
	cleanup_free struct plan_hook *h = calloc(1, size);
	struct plan_op *op;

	if (!h) {
		p->failed = true;
		return -ENOMEM;
	}
	h->path = plan_put_text(p, hook->path);
	h->seconds = hook->timeout.set ? (uint32_t)hook->timeout.val : 0;
	h->state_head = plan_put_text(p, state_head);
	h->state_tail = plan_put_text(p, state_tail);
	h->pid = pid;
	h->n_args = (uint32_t)n_args;
	h->n_env = (uint32_t)n_env;
	for (size_t i = 0; i < n_args; i++)
		h->v[i] = plan_put_text(p, hook->args.n ? hook->args.v[i] : hook->path);
	for (size_t i = 0; i < n_env; i++)
		h->v[n_args + i] = plan_put_text(p, env ? env->v[i] : environ[i]);
	op = plan_add(p, PLAN_HOOK, "%s %s", what, hook->path);
	plan_payload(p, op, h, size);
	return 0;
}

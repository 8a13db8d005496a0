/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What plan_check() lets through may be executed: every read that the
 * operations do, done here on a buffer that ends where the plan ends.
 */
#include "tests/unit/init_plan.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t read_so_far; /* keeps the reads from being optimized away */

static void touch(const void *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		read_so_far += ((const unsigned char *)at)[i];
}

static void touch_text(const struct guest *g, uint32_t at)
{
	const char *text = plan_text(g, at);

	touch(text, strlen(text) + 1);
}

static void touch_texts(const struct guest *g, const uint32_t *texts, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		touch_text(g, texts[i]);
}

/* Aligned as its members need it: else the sanitizer stops here. */
static void touch_payload(const struct guest *g, const struct plan_op *op)
{
	const void *data = g->base + op->data;
	const struct plan_exec *e = data;
	const struct plan_hook *h = data;
	const struct plan_fs *fs = data;

	touch(data, op->size);
	switch (op->kind) {
	case PLAN_CLOSE:
		touch(((const struct plan_ranges *)data)->v,
		      ((const struct plan_ranges *)data)->n * sizeof(struct plan_range));
		break;
	case PLAN_FS:
		touch(&fs->attr, sizeof(fs->attr));
		touch_text(g, fs->type);
		for (uint32_t i = 0; i < fs->n; i++) {
			touch_text(g, fs->v[i].key);
			touch_text(g, fs->v[i].value);
		}
		break;
	case PLAN_CLONE:
	case PLAN_TREE:
	case PLAN_SETATTR:
		touch(data, sizeof(struct plan_attr));
		break;
	case PLAN_NODE:
		touch(data, sizeof(struct plan_node));
		break;
	case PLAN_LINK:
	case PLAN_SYSCTL: /* a text in the payload */
		touch(data, strlen(data) + 1);
		break;
	case PLAN_HOOK:
		touch_text(g, h->path);
		touch_text(g, h->state_head);
		touch_text(g, h->state_tail);
		touch_texts(g, h->v, (uint64_t)h->n_args + h->n_env);
		break;
	case PLAN_CONSOLE:
		touch(data, sizeof(struct plan_console));
		break;
	case PLAN_RLIMIT:
		touch(data, sizeof(struct plan_rlimit));
		break;
	case PLAN_BOUNDING:
	case PLAN_CAPS:
		touch(data, sizeof(struct plan_caps));
		break;
	case PLAN_LABEL:
		touch(data, sizeof(struct plan_label));
		break;
	case PLAN_SCHEDULER:
		touch(data, sizeof(struct plan_scheduler));
		break;
	case PLAN_USER:
		touch(((const struct plan_user *)data)->groups,
		      ((const struct plan_user *)data)->n * sizeof(uint32_t));
		break;
	case PLAN_LOOKUP:
		touch_texts(g, e->v, (uint64_t)e->n_args + e->n_env);
		break;
	default:
		break;
	}
}

static void walk(const char *base)
{
	static int slots[PLAN_SLOTS];
	struct guest g = { .base = base, .head = (const void *)base, .slots = slots };
	const struct plan_op *ops = (const void *)(base + g.head->ops_at);

	for (uint32_t i = 0; i < g.head->slots_count; i++)
		slots[i] = ((const int32_t *)(base + g.head->slots_at))[i];
	for (uint32_t i = 0; i < g.head->ops_count; i++) {
		if (!run[ops[i].kind])
			abort();
		touch_text(&g, ops[i].what);
		touch_text(&g, ops[i].text);
		read_so_far += (unsigned)plan_slot(&g, ops[i].slot);
		if (ops[i].out >= 0)
			slots[ops[i].out] = 0;
		if (ops[i].kind == PLAN_MASK) /* the one that reads it unasked */
			read_so_far += (unsigned)slots[ops[i].out];
		touch_payload(&g, &ops[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan_head *head;
	char *plan = malloc(size ? size : 1);

	if (!plan)
		abort();
	if (size)
		memcpy(plan, data, size);
	head = (void *)plan;
	/* what nobody has to find out again; an odd size leaves it as it is */
	if (size >= sizeof(*head) && size % 2 == 0) {
		head->magic = PLAN_MAGIC;
		head->version = PLAN_VERSION;
		head->size = (uint32_t)size;
		plan[size - 1] = '\0';
	}
	if (plan_check(plan, size) >= 0)
		walk(plan);
	free(plan);
	return 0;
}

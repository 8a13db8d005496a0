/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "init/plan.h"

/*
 * Writes a plan (init/plan.h): operations in their order, what they point to,
 * and the descriptors that travel with it.
 *
 * A failed allocation is remembered and reported by plan_seal(), so a plan is
 * written down without a check behind every line.
 */
struct plan_slot {
	int fd;
	bool owned;
};

struct plan {
	char *data; /* texts and payloads, behind room for the head */
	size_t len, size;
	struct plan_op *ops;
	size_t n_ops, size_ops;
	struct plan_slot *slots;
	size_t n_slots, size_slots;
	uint32_t root_uid, root_gid;
	bool failed;
	struct plan_op nowhere; /* what plan_add() returns when there is no memory */
};

void plan_free(struct plan *p);
#define cleanup_plan __attribute__((cleanup(plan_free)))

/* The next operation; the pointer holds until the next one. what may be NULL. */
struct plan_op *plan_add(struct plan *p, enum plan_kind kind, const char *what, ...)
	__attribute__((format(printf, 3, 4)));

/* Moves the operation that was added last, complete by now, to be the one number `to`. */
void plan_move_last(struct plan *p, size_t to);

/* Offsets for struct plan_op and its payloads. */
uint32_t plan_put(struct plan *p, const void *data, size_t size);
uint32_t plan_put_text(struct plan *p, const char *text);

/* Sets .data and .size of an operation. */
void plan_payload(struct plan *p, struct plan_op *op, const void *data, size_t size);

/* A slot with a descriptor; the plan closes an owned one. And one to be filled on the way. */
int plan_slot_take(struct plan *p, int fd);
int plan_slot_borrow(struct plan *p, int fd);
int plan_slot_empty(struct plan *p);

/*
 * The sealed buffer as a descriptor. sock leads to the runtime; descriptors
 * 0 .. first_free-1 are the guest's and stay, all others but the slots go.
 */
int plan_seal(struct plan *p, int sock, int first_free, struct error *err);

/* The plan as text, a line an operation: for tests and for people. */
struct str;
void plan_print(const struct plan *p, struct str *out);

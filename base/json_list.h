/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"

/* Any LIST_OF(). */
struct json_items {
	size_t n;
	void *v;
};

/* How the elements of a list or map lie in memory; for json_bind.c and json_dump.c only. */
struct json_list {
	struct json_as each; /* how to read one */
	size_t size;         /* from one to the next */
	size_t at;           /* where its value begins: behind the key of a map of scalars */
};

/* struct opt_*: the value lies one width after the flag. */
_Static_assert(offsetof(struct opt_u16, val) == 2 && offsetof(struct opt_u32, val) == 4 &&
		       offsetof(struct opt_i32, val) == 4 && offsetof(struct opt_u64, val) == 8 &&
		       offsetof(struct opt_i64, val) == 8,
	       "layout of struct opt_*");

static inline size_t json_width(const struct json_as *as)
{
	switch (as->kind) {
	case JSON_K_OBJ:
		return as->class->size;
	case JSON_K_STR:
	case JSON_K_PTR:
		return sizeof(void *);
	case JSON_K_ENUM:
		return sizeof(int);
	default:
		return as->size;
	}
}

static inline struct json_list json_list(const struct json_as *as)
{
	const bool map = as->kind == JSON_K_MAP;
	struct json_list list = { .each = { .kind = JSON_K_OBJ, .class = as->class } };

	if (!as->class) {
		list.each = map ? json_as_str : *as->each;
		list.at = map ? sizeof(char *) : 0;
	}
	list.size = list.at + json_width(&list.each);
	return list;
}

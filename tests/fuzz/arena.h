/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * base/arena.c as the address sanitizer wants it: around each object lies
 * memory that nobody may touch, so that a step beyond one is seen. Defined
 * here, the functions are not taken from the library.
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#define ARENA_ROOM (64 * 1024)
#define ARENA_GAP 16

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	_Alignas(16) char data[];
};

static inline struct arena_block *arena_grow(struct arena *a, size_t need)
{
	const size_t room = need > ARENA_ROOM ? need : ARENA_ROOM;
	struct arena_block *b = malloc(sizeof(*b) + room);

	if (!b)
		return NULL;
	*b = (struct arena_block){ .next = a->head, .size = room };
	__asan_poison_memory_region(b->data, room);
	a->head = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t need = (size + 2 * ARENA_GAP - 1) & ~(size_t)(ARENA_GAP - 1);
	struct arena_block *b = a->head;
	char *p;

	if (need < size)
		return NULL;
	if (!b || b->size - b->used < need)
		b = arena_grow(a, need);
	if (!b)
		return NULL;
	p = b->data + b->used;
	b->used += need;
	__asan_unpoison_memory_region(p, size);
	return memset(p, 0, size);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : arena_alloc(a, bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	return p ? memcpy(p, s, n) : NULL;
}

void arena_free(struct arena *a)
{
	for (struct arena_block *b = a->head, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	a->head = NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "base/str.h"

/* To standard output, with exactly one newline at the end. */
void print_text(const char *text);

/*
 * Columns as wide as their longest cell: at least width, with gap blanks
 * between two. The last column is not padded. Text that a terminal must not
 * see is escaped.
 */
struct table {
	size_t columns;
	size_t width, gap;
	struct str cells; /* each ends with a NUL */
};

#define TABLE_MAX_COLUMNS 8

/* The next cell, row by row. A failed allocation is reported by table_print(). */
void table_add(struct table *t, const char *cell);
void table_printf(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* 0 or -ENOMEM. */
int table_print(const struct table *t);
void table_free(struct table *t);

#define cleanup_table __attribute__((cleanup(table_free)))

/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/print.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

void print_text(const char *text)
{
	const size_t len = strlen(text);

	fputs(text, stdout);
	if (len == 0 || text[len - 1] != '\n')
		putchar('\n');
}

void table_add(struct table *t, const char *cell)
{
	log_escape(&t->cells, cell);
	str_add_n(&t->cells, "", 1);
}

void table_printf(struct table *t, const char *fmt, ...)
{
	char cell[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cell, sizeof(cell), fmt, ap);
	va_end(ap);
	table_add(t, cell);
}

/* Characters, not bytes: UTF-8 goes on with bytes 10xxxxxx. */
static size_t width_of(const char *cell)
{
	size_t n = 0;

	for (; *cell; cell++)
		n += (*cell & 0xc0) != 0x80;
	return n;
}

int table_print(const struct table *t)
{
	const char *const end = t->cells.text + t->cells.len;
	size_t width[TABLE_MAX_COLUMNS] = { 0 }, column = 0;

	assert(t->columns > 0 && t->columns <= TABLE_MAX_COLUMNS);
	if (str_ok(&t->cells) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < t->columns; i++)
		width[i] = t->width;
	for (const char *cell = t->cells.text; cell != end; cell += strlen(cell) + 1) {
		if (width_of(cell) + t->gap > width[column])
			width[column] = width_of(cell) + t->gap;
		column = (column + 1) % t->columns;
	}
	for (const char *cell = t->cells.text; cell != end; cell += strlen(cell) + 1) {
		const bool last = column == t->columns - 1;

		printf("%s%*s", cell, last ? 0 : (int)(width[column] - width_of(cell)), "");
		if (last)
			putchar('\n');
		column = (column + 1) % t->columns;
	}
	return 0;
}

void table_free(struct table *t)
{
	str_free(&t->cells);
}

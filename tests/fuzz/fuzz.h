/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the targets share. A property that does not hold ends the program, as a crash does. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(holds) ((holds) ? (void)0 : broken(__FILE__, __LINE__, #holds))

_Noreturn static inline void broken(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

/* Either it worked, or the code and the text agree; the next call finds *err empty. */
static inline bool worked(int r, struct error *err)
{
	must(r < 0 ? r == -err->code && *err->text : err->code == 0);
	*err = (struct error){ 0 };
	return r >= 0;
}

/* The input as a text of its own, that ends where the memory ends: to be freed. */
static inline char *text_of(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* The lowest number that is free: moves when a descriptor is left open. */
static inline int first_free(void)
{
	int fd = dup(STDIN_FILENO);

	must(fd >= 0);
	close(fd);
	return fd;
}

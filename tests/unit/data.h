/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Texts for tests about JSON: files of tests/data, and rows that are written with ' for ". */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

static inline const char *quoted(struct arena *a, const char *text)
{
	char *copy = arena_strndup(a, text, strlen(text));

	for (char *p = copy; p && *p; p++)
		if (*p == '\'')
			*p = '"';
	return copy ? copy : "";
}

/* "" when the file cannot be read, which is no JSON. */
static inline const char *data_file(struct arena *a, const char *name)
{
	char path[512], *text = arena_alloc(a, 65536);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", TEST_DATA, name);
	f = fopen(path, "re");
	if (!text || !f) {
		printf("# cannot read %s\n", path);
		return "";
	}
	text[fread(text, 1, 65535, f)] = '\0';
	fclose(f);
	return text;
}

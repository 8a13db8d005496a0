/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image's /etc/passwd, read in pieces by the guest side, against the same
 * file read as one text.
 */
#include "init/path.c"
#include "init/program.c"
#include "init/text.c"

#include <stdio.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define LINE_MAX_READ 4095 /* longer ones are cut, and that is no case of its own */

int arm(const struct guest *g)
{
	(void)g;
	return 0;
}

const char *plan_text(const struct guest *g, uint32_t at)
{
	return g->base + at;
}

/* The same as a user would say it; false: there is none, or a line is too long to say. */
static bool home_of(char *text, uint32_t uid, char ret[1024])
{
	char number[11], *rest = text, *line;

	snprintf(number, sizeof(number), "%u", uid);
	while ((line = strsep(&rest, "\n"))) {
		char *field[7] = { 0 };

		for (int i = 0; i < 7; i++)
			field[i] = strsep(&line, ":");
		if (!field[5] || *field[5] != '/' || strlen(field[5]) >= 1024 - strlen("HOME="))
			continue;
		while (*field[2] == '0' && field[2][1] && strlen(field[2]) <= 10)
			field[2]++;
		if (strcmp(field[2], number) != 0)
			continue;
		snprintf(ret, 1024, "HOME=%s", field[5]);
		return true;
	}
	return false;
}

static bool has_long_line(const char *text)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (strcspn(text, "\n") >= LINE_MAX_READ)
			return true;
	return false;
}

/* The first four bytes are the user, the rest is the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int file = -1;
	struct guest g = { .home = "HOME=", .root = -1 };
	char want[1024] = "HOME=", *text;
	uint32_t uid;
	bool found;

	if (size < sizeof(uid))
		return 0;
	memcpy(&uid, data, sizeof(uid));
	if (uid % 2)
		uid = uid >> 1 & 7;
	if (file < 0)
		file = memfd_create("passwd", MFD_CLOEXEC);
	data += sizeof(uid);
	size -= sizeof(uid);
	must(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
	must(lseek(file, 0, SEEK_SET) == 0);
	found = read_home(&g, file, uid);
	must(strnlen(g.home, sizeof(g.home)) < sizeof(g.home));
	must(found ? text_starts(g.home, "HOME=/") : strcmp(g.home, "HOME=") == 0);

	text = text_of(data, size);
	if (strlen(text) == size && !has_long_line(text)) {
		must(home_of(text, uid, want) == found);
		must(strcmp(want, g.home) == 0);
	}
	free(text);
	return 0;
}

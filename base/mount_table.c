/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mount_table.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void mount_table_close(struct mount_table *t)
{
	if (t->file)
		fclose(t->file);
	free(t->line);
	*t = (struct mount_table){ 0 };
}

/* Blanks and backslashes in names are written as \040, always with three digits. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '\\' && strspn(text + 1, "01234567") >= 3) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				       (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 /root /where rw,noatime shared:1 - ext4 /dev/sda rw" */
static bool read_line(struct mount_table *t)
{
	char *rest = t->line, *field, *where = NULL;

	t->type = NULL;
	for (int i = 0; (field = strsep(&rest, " ")) && !t->type; i++) {
		if (i == 0)
			t->id = strtoull(field, NULL, 10);
		else if (i == 4)
			where = field;
		else if (i > 5 && strcmp(field, "-") == 0)
			t->type = strsep(&rest, " ");
	}
	if (!where || !t->type)
		return false;
	unescape(where);
	t->where = where;
	return true;
}

bool mount_table_next(struct mount_table *t)
{
	if (!t->file)
		t->file = fopen("/proc/self/mountinfo", "re");
	while (t->file && getline(&t->line, &t->size, t->file) > 0)
		if (read_line(t))
			return true;
	return false;
}

uint64_t mount_id(int fd)
{
	struct statx st = { 0 };

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0 || !(st.stx_mask & STATX_MNT_ID))
		return 0;
	return st.stx_mnt_id;
}

void mount_type(int fd, char *ret, size_t size)
{
	cleanup_mount_table struct mount_table t = { 0 };
	const uint64_t id = mount_id(fd);

	snprintf(ret, size, "unknown");
	while (mount_table_next(&t))
		if (t.id == id) {
			snprintf(ret, size, "%s", t.type);
			return;
		}
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mount_table.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

static void test_types(void)
{
	char type[16];
	int proc = open("/proc", O_PATH | O_CLOEXEC), pipes[2];

	CHECK(proc >= 0 && mount_id(proc) != 0 && mount_id(-1) == 0);
	mount_type(proc, type, sizeof(type));
	CHECK_STR(type, "proc");
	CHECK(pipe2(pipes, O_CLOEXEC) == 0);
	mount_type(pipes[0], type, sizeof(type)); /* mounted, but nowhere */
	CHECK_STR(type, "unknown");
	mount_type(proc, type, 3);
	CHECK_STR(type, "pr");
	close(pipes[0]);
	close(pipes[1]);
	close(proc);
}

static FILE *table(const char *text)
{
	return fmemopen((void *)(uintptr_t)text, strlen(text), "r");
}

static void test_lines(void)
{
	cleanup_mount_table struct mount_table t = {
		.file = table("36 35 98:0 /a /b rw,noatime shared:1 master:2 - ext4 /dev/sda rw\n"
			      "not a line\n"
			      "37 35 98:0 / /a\\040b\\134c rw - fuse.x y rw\n"
			      "39 35 98:0 / /a\\1 x - \\1 \\1 rw\n"
			      "40 35 98:0 / /a\\-1\\0_1\\08 x - fuse.x y rw\n"
			      "38 35 98:0 / /end rw - overlay")
	};

	CHECK(mount_table_next(&t) && t.id == 36);
	CHECK_STR(t.where, "/b");
	CHECK_STR(t.type, "ext4");
	CHECK(mount_table_next(&t) && t.id == 37);
	CHECK_STR(t.where, "/a b\\c");
	CHECK_STR(t.type, "fuse.x");
	/* no escapes, though they look like some: nothing beyond the field is taken for a part */
	CHECK(mount_table_next(&t) && t.id == 39);
	CHECK_STR(t.where, "/a\\1");
	CHECK_STR(t.type, "\\1");
	CHECK(mount_table_next(&t) && t.id == 40);
	CHECK_STR(t.where, "/a\\-1\\0_1\\08");
	CHECK(mount_table_next(&t) && t.id == 38);
	CHECK_STR(t.type, "overlay");
	CHECK(!mount_table_next(&t));
}

int main(void)
{
	test_types();
	test_lines();
	return CHECK_DONE();
}

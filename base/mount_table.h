/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * What is mounted, line by line. For messages: a host can have tens of
 * thousands of mounts, so nothing that works reads them. All zeroes is a valid
 * beginning; a table that cannot be read is empty.
 */
struct mount_table {
	FILE *file;
	char *line;
	size_t size;
	/* of the mount that mount_table_next() has found, until the next one */
	uint64_t id;
	const char *where, *type;
};

bool mount_table_next(struct mount_table *t);

void mount_table_close(struct mount_table *t);
#define cleanup_mount_table __attribute__((cleanup(mount_table_close)))

/* The number of the mount that fd lies on; 0: unknown. Since 5.8. */
uint64_t mount_id(int fd);

/* The type of the file system that fd lies on, "unknown" if the table does not say. */
void mount_type(int fd, char *ret, size_t size);

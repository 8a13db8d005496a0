/* SPDX-License-Identifier: Apache-2.0 */
/*
 * racer PATH1 PATH2: exchanges the two, again and again, until it is killed.
 * Whoever looks twice sees a directory the first time and a link the second.
 * Between two exchanges it waits for up to 64 microseconds: without that it
 * takes the directory's lock from its victim more than it races with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	uint32_t random = (uint32_t)now();

	if (argc != 3) {
		fprintf(stderr, "usage: racer PATH1 PATH2\n");
		return 2;
	}
	for (;;) {
		int64_t until;

		if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0 &&
		    errno != ENOENT && errno != EBUSY) {
			fprintf(stderr, "racer: %s and %s: %s\n", argv[1], argv[2],
				strerror(errno));
			return 1;
		}
		random = random * 1664525 + 1013904223;
		until = now() + (random >> 16);
		while (now() < until)
			;
	}
}

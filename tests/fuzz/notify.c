/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest writes to its notify socket: up to four datagrams, with or
 * without descriptors, of which one says READY=1 on a line of its own or none
 * does. Nothing that came along stays with us.
 */
#include "libcontainer/notify.c"

#include "tests/fuzz/datagram.h"

#define DATAGRAMS_MAX 4
#define READ_MAX 4096

/* The same by another way: is it between two ends of lines, in what is read of it? */
static bool means_ready(const uint8_t *data, size_t size)
{
	static const char ready[] = "\nREADY=1";
	const size_t seen = size < READ_MAX ? size : READ_MAX;
	char text[READ_MAX + 2] = "\n";
	const char *at = text;

	memcpy(text + 1, data, seen);
	while ((at = strstr(at, ready))) {
		at += strlen(ready);
		if (*at == '\0' || *at == '\n')
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_fd int ours = -1, theirs = -1;
	struct error err = { 0 };
	const int before = first_free();
	bool ready = false;
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) == 0);
	ours = pair[0];
	theirs = pair[1];
	for (int i = 0; i < DATAGRAMS_MAX && size; i++) {
		const uint8_t *end = memchr(data, 0xff, size);
		const size_t n = end ? (size_t)(end - data) : size;

		if (n > 0)
			send_datagram(theirs, data + 1, n - 1, *data % 4);
		if (n > 0)
			ready |= means_ready(data + 1, n - 1);
		size -= end ? n + 1 : n;
		data += end ? n + 1 : n;
	}
	fd_close(&theirs);
	must(read_ready(ours, &err) == ready);
	must(err.code == 0);
	fd_close(&ours);
	must(first_free() == before);
	return 0;
}

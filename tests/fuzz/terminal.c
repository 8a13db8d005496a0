/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A terminal's bytes on their way to our standard output, and what a guest may
 * send in the place of one. The first byte says how much fits at a time on the
 * other side, so that there are short writes; all arrives, in order, once.
 */
#include "libcontainer/attach.c"

#include <sys/socket.h>

#include "tests/fuzz/fuzz.h"

struct ends {
	int guest, master; /* what the guest writes comes out at the master */
	int out, reader;
};

static void make_ends(struct ends *ret, int room)
{
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	ret->guest = pair[0];
	ret->master = pair[1];
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	ret->out = pair[0];
	ret->reader = pair[1];
	must(setsockopt(ret->out, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) == 0);
}

/* Takes up to n bytes at the far end, which are the next of data. */
static size_t expect(const struct ends *e, const uint8_t *data, size_t left, size_t n)
{
	uint8_t got[256];
	ssize_t r = read(e->reader, got, n < sizeof(got) ? n : sizeof(got));

	if (r <= 0)
		return 0;
	must((size_t)r <= left && memcmp(got, data, (size_t)r) == 0);
	return (size_t)r;
}

static void run(struct ends *e, const uint8_t *data, size_t size, size_t step)
{
	struct attach at = { .pidfd = -1, .pty_master = e->master, .signals = -1 };
	struct flow in = { .from = -1, .to = -1 }, out = { .from = e->master, .to = e->out };
	size_t done = 0;

	while (done < size) {
		struct pollfd polled[POLL_COUNT];

		prepare(&at, &in, &out, polled);
		if (poll(polled, POLL_COUNT, 0) >= 0)
			carry(&in, &out, polled);
		else
			must(errno == EINTR); /* libFuzzer's own alarm */
		done += expect(e, data + done, size - done, step);
	}
	must(out.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int before = first_free();
	struct ends e;

	if (size < 2 || size > 8192)
		return 0;
	make_ends(&e, *data % 16 * 512);
	must(!attach_is_master(e.guest) && !attach_is_master(-1));
	must(write(e.guest, data + 1, size - 1) == (ssize_t)size - 1);
	run(&e, data + 1, size - 1, *data / 16 * 16 + 1u);
	close(e.guest);
	close(e.master);
	close(e.out);
	close(e.reader);
	must(first_free() == before);
	return 0;
}

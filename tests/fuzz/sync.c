/* SPDX-License-Identifier: Apache-2.0 */
/* What the runtime makes of datagrams that a guest has written, with 0 to 3 descriptors. */
#include "libcontainer/launch.h"

#include "base/fd.h"
#include "libcontainer/attach.h"
#include "tests/fuzz/datagram.h"

static bool printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static void receive(int sock)
{
	struct error err = { 0 };
	const int before = first_free();
	int fd = -1, r = talk_receive(sock, 1000, &fd, &err);

	must(r < SYNC_STEPS && r != SYNC_FAILED && talk_name((unsigned)r));
	must(r >= 0 || (r == -err.code && err.text[0] && printable(err.text) && fd < 0));
	must(!attach_is_master(fd)); /* a socket is no terminal, whoever says so */
	fd_close(&fd);
	must(first_free() == before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_fd int ours = -1, theirs = -1;
	const unsigned char how = size ? data[0] : 0;
	struct sync_msg m = { .version = PLAN_VERSION };
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	ours = pair[0];
	theirs = pair[1];
	if (size > 4096) /* more than the socket takes is no case of its own */
		return 0;
	if (how &
	    4) { /* a message of the right size and version, so that what follows is reached */
		memcpy((char *)&m + sizeof(m.version), data + 1,
		       size - 1 < sizeof(m) - sizeof(m.version) ? size - 1
								: sizeof(m) - sizeof(m.version));
		send_datagram(theirs, &m, sizeof(m), how & 3);
	} else {
		send_datagram(theirs, data, size, how & 3);
	}
	receive(ours);
	fd_close(&theirs);
	receive(ours); /* the end */
	return 0;
}

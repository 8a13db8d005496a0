/* SPDX-License-Identifier: Apache-2.0 */
/* What the runtime makes of datagrams that a guest has written, with 0 to 3 descriptors. */
#include "libcontainer/launch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void send_datagram(int sock, const void *data, size_t size, unsigned n_fds)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(3 * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	const int fds[3] = { sock, sock, sock };

	if (n_fds) {
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(&control.head), fds, n_fds * sizeof(int));
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
	}
	if (sendmsg(sock, &msg, MSG_NOSIGNAL) < 0)
		abort();
}

/* The lowest number that is free: moves when a descriptor is left open below. */
static int first_free(void)
{
	int fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

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

	if (r >= SYNC_STEPS || r == SYNC_FAILED || !talk_name((unsigned)r))
		abort();
	if (r < 0 && (r != -err.code || !err.text[0] || !printable(err.text) || fd >= 0))
		abort();
	fd_close(&fd);
	if (first_free() != before)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_fd int ours = -1, theirs = -1;
	const unsigned char how = size ? data[0] : 0;
	struct sync_msg m = { .version = PLAN_VERSION };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
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

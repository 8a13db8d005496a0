/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notified SOCKET: what a service manager does with sd_notify: prints every
 * datagram on one line (newlines as blanks), closes the descriptors that come
 * along and ends after "BARRIER=1", or after 10 s of silence.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static ssize_t receive(int sock, char *text, size_t size)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * 8)];
	} control;
	struct iovec io = { .iov_base = text, .iov_len = size - 1 };
	struct msghdr m = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	ssize_t n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);

	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); n >= 0 && c; c = CMSG_NXTHDR(&m, c)) {
		int fds[8];
		size_t len = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_type != SCM_RIGHTS || len > sizeof(fds))
			continue;
		memcpy(fds, CMSG_DATA(c), len);
		for (size_t i = 0; i < len / sizeof(int); i++)
			close(fds[i]);
	}
	return n;
}

int main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[4096];
	ssize_t n;

	if (argc != 2)
		return 2;
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", argv[1]);
	if (sock < 0 || bind(sock, (struct sockaddr *)&at, sizeof(at)) < 0) {
		perror("notified: bind");
		return 1;
	}
	while (poll(&(struct pollfd){ .fd = sock, .events = POLLIN }, 1, 10000) > 0) {
		n = receive(sock, text, sizeof(text));
		if (n < 0)
			return 1;
		text[n] = '\0';
		for (char *p = text; (p = strchr(p, '\n'));)
			*p = ' ';
		puts(text);
		fflush(stdout);
		if (strstr(text, "BARRIER=1"))
			return 0;
	}
	return 1;
}

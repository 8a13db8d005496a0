/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent SOCKET FILE ERRNO [COUNT]: a seccomp agent. Listens on SOCKET, takes one
 * connection, writes what it is told to FILE with a newline (and the number of
 * descriptors that came first, before a blank) and then answers every system
 * call that it is asked about: with errno ERRNO, or lets it go on when that is
 * 0. Prints a line "NR PID" for each. Ends when the guest has ended, or after
 * COUNT calls.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int accept_one(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int peer;

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (sock < 0 || bind(sock, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(sock, 1) < 0)
		die(path);
	peer = accept4(sock, NULL, NULL, SOCK_CLOEXEC);
	if (peer < 0)
		die("accept");
	close(sock);
	return peer;
}

/* Descriptors have to come with the first part of the text. */
static int receive(int peer, FILE *out)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * 8)];
	} control;
	char text[1024];
	struct iovec io = { .iov_base = text, .iov_len = sizeof(text) };
	struct msghdr m = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	ssize_t n = recvmsg(peer, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	size_t count = c && c->cmsg_type == SCM_RIGHTS ? (c->cmsg_len - CMSG_LEN(0)) / 4 : 0;
	int fd = -1;

	if (count)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	fprintf(out, "%zu ", count);
	for (; n > 0; n = read(peer, text, sizeof(text)))
		fwrite(text, 1, (size_t)n, out);
	fputc('\n', out);
	return fd;
}

static int answer(int fd, int code)
{
	struct seccomp_notif asked = { 0 };
	struct seccomp_notif_resp resp = { 0 };

	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return errno == ENOENT ? 0 : -1;
	printf("%d %d\n", asked.data.nr, asked.pid);
	fflush(stdout);
	resp.id = asked.id;
	resp.error = -code;
	resp.flags = code ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	return ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &resp) < 0 && errno != ENOENT ? -1 : 1;
}

int main(int argc, char **argv)
{
	int peer, fd, code, count;
	FILE *out;

	if (argc != 4 && argc != 5)
		return 2;
	code = atoi(argv[3]);
	count = argc == 5 ? atoi(argv[4]) : -1;
	peer = accept_one(argv[1]);
	out = fopen(argv[2], "we");
	if (!out)
		die(argv[2]);
	fd = receive(peer, out);
	fclose(out);
	for (struct pollfd p = { .fd = fd, .events = POLLIN }; fd >= 0 && count;) {
		if (poll(&p, 1, 10000) <= 0 || !(p.revents & POLLIN))
			break;
		switch (answer(fd, code)) {
		case -1:
			die("answer");
		case 1:
			count -= count > 0;
		}
	}
	return fd < 0;
}

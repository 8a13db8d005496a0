/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recvfd SOCKET NAME: listens on SOCKET, takes one message with one descriptor
 * and writes its text to the file NAME. A terminal's master is then copied
 * to and from this program's own stdin and stdout until the other side hangs up;
 * of any other descriptor its line "Pid:" in fdinfo is printed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "recvfd: %s: %s\n", what, strerror(errno));
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

static int receive(int peer, char *text, size_t size)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * 4)];
	} control;
	struct iovec io = { .iov_base = text, .iov_len = size - 1 };
	struct msghdr m = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	ssize_t n = recvmsg(peer, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int fd;

	if (n <= 0)
		die("no message");
	text[n] = '\0';
	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int))) {
		fprintf(stderr, "recvfd: expected exactly one descriptor\n");
		exit(1);
	}
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void write_name(const char *path, const char *text)
{
	char tmp[4096];
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s.new", path);
	f = fopen(tmp, "we");
	if (!f || fputs(text, f) < 0 || fclose(f) || rename(tmp, path) < 0)
		die(path);
}

static void copy_terminal(int master)
{
	struct pollfd p[] = { { .fd = 0, .events = POLLIN }, { .fd = master, .events = POLLIN } };
	char buf[4096];
	ssize_t n;

	while (poll(p, 2, -1) > 0) {
		if (p[0].revents) {
			n = read(0, buf, sizeof(buf));
			if (n <= 0)
				p[0].fd = -1;
			else if (write(master, buf, (size_t)n) < 0)
				return;
		}
		if (p[1].revents) {
			n = read(master, buf, sizeof(buf));
			if (n <= 0)
				return;
			if (write(1, buf, (size_t)n) < 0)
				return;
		}
	}
}

static void print_pid(int fd)
{
	char path[64], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	if (!f)
		die(path);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "Pid:", 4))
			fputs(line, stdout);
	fclose(f);
}

int main(int argc, char **argv)
{
	char text[4096];
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: recvfd SOCKET NAME\n");
		return 2;
	}
	fd = receive(accept_one(argv[1]), text, sizeof(text));
	write_name(argv[2], text);
	if (isatty(fd))
		copy_terminal(fd);
	else
		print_pid(fd);
	return 0;
}

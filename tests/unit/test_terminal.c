/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/check.h"

static int listen_in(const char *dir, int type)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "s" };
	int sock = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (chdir(dir) < 0 || bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -1;
	if (type == SOCK_STREAM)
		listen(sock, 4);
	return sock;
}

/* One byte at least, one descriptor exactly, then the end. */
static int receive(int listener, char *text, size_t size)
{
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr head;
	} control = { .bytes = { 0 } };
	struct iovec iov = { .iov_base = text, .iov_len = size - 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ssize_t n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	int fd = -1;
	char more;

	CHECK(n > 0 && control.head.cmsg_len == CMSG_LEN(sizeof(int)));
	text[n > 0 ? n : 0] = '\0';
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	CHECK(recv(sock, &more, 1, 0) == 0);
	close(sock);
	return fd;
}

static void check_send(const char *path, int listener)
{
	struct error err = { 0 };
	struct stat sent = { 0 }, got = { .st_ino = 1 };
	int pipes[2], fd, sock, r;
	char text[64];

	CHECK(pipe2(pipes, O_CLOEXEC) == 0);
	sock = terminal_connect("console socket", path, &err);
	CHECK(sock >= 0);
	CHECK_STR(err.text, "");
	r = terminal_send("console socket", sock, pipes[0], "/dev/pts/ptmx", &err);
	CHECK(r == 0);
	CHECK(fcntl(sock, F_GETFD) < 0); /* closed */
	fd = receive(listener, text, sizeof(text));
	CHECK_STR(text, "/dev/pts/ptmx");
	fstat(pipes[0], &sent);
	fstat(fd, &got);
	CHECK(sent.st_ino == got.st_ino);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

int main(void)
{
	char dir[] = "/tmp/test_terminal.XXXXXX", path[600], command[700];
	struct error err = { 0 };
	int listener, n, sock;

	if (!mkdtemp(dir)) {
		puts("1..0 # SKIP no temporary directory");
		return 0;
	}
	listener = listen_in(dir, SOCK_STREAM);
	snprintf(path, sizeof(path), "%s/s", dir);
	check_send(path, listener);
	check_send("s", listener);
	close(listener);
	CHECK(terminal_connect("console socket", path, &err) == -ECONNREFUSED);
	snprintf(command, sizeof(command), "nobody listens on console socket %s", path);
	CHECK_STR(err.text, command);
	CHECK(terminal_connect("console socket", "/nonexistent/s", &err) == -ENOENT);
	CHECK_STR(err.text, "console socket /nonexistent/s does not exist");
	CHECK(terminal_connect("pidfd socket", "", &err) == -EINVAL);
	CHECK_STR(err.text, "pidfd socket: the path is empty");

	/* 108 bytes are what an address holds. */
	n = snprintf(path, sizeof(path), "%s/", dir);
	memset(path + n, 'x', 200);
	path[n + 200] = '\0';
	CHECK(mkdir(path, 0700) == 0);
	listener = listen_in(path, SOCK_STREAM);
	strcat(path, "/s");
	check_send(path, listener);
	close(listener);
	unlink(path);
	CHECK(terminal_connect("console socket", path, &err) == -ENOENT);

	listener = listen_in(dir, SOCK_DGRAM);
	CHECK(listener < 0); /* "s" is still there */
	CHECK(unlink("s") == 0);
	listener = listen_in(dir, SOCK_DGRAM);
	CHECK(terminal_connect("console socket", "s", &err) == -EPROTOTYPE);
	close(listener);

	/* Whoever listened is gone: an error, no SIGPIPE. */
	unlink("s");
	listener = listen_in(dir, SOCK_STREAM);
	sock = terminal_connect("console socket", "s", &err);
	close(listener);
	CHECK(terminal_send("console socket", sock, 0, "x", &err) < 0);

	snprintf(command, sizeof(command), "rm -r %s", dir);
	(void)!system(command);
	return CHECK_DONE();
}

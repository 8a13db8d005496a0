/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "libcontainer/terminal.h"

#define BARRIER_MS 30000

int notify_open(int state_dir, struct error *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	cleanup_fd int dir = -1;
	cleanup_fd int sock = -1;

	if (mkdirat(state_dir, "notify", 0755) < 0 && errno != EEXIST)
		return error_sys(err, errno, "make the directory of the notify socket");
	dir = openat(state_dir, "notify", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return error_sys(err, errno, "open the directory of the notify socket");
	/* Whatever the umask is: the guest may be any user; the state root decides who gets here */
	if (fchmod(dir, 0755) < 0)
		return error_sys(err, errno,
				 "open the directory of the notify socket to the guest");
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return error_sys(err, errno, "make the notify socket");

	/* Not by its path, which may be longer than an address. */
	(void)unlinkat(dir, "notify.sock", 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/notify.sock", dir);
	if (bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return error_sys(err, errno, "bind the notify socket");
	if (fchmodat(dir, "notify.sock", 0777, 0) < 0)
		return error_sys(err, errno, "open the notify socket to the guest");
	return fd_take(&sock);
}

/* A line "READY=1" anywhere in the message. */
static bool says_ready(char *message)
{
	char *rest = message;
	char *line;

	while ((line = strsep(&rest, "\n")) != NULL)
		if (strcmp(line, "READY=1") == 0)
			return true;
	return false;
}

/*
 * 1: it came, 0: there is nothing, or something else. Descriptors that a guest
 * attaches are dropped by the kernel: there is no room for them in a recv().
 */
static int read_ready(int sock, struct error *err)
{
	char message[4096 + 1];
	ssize_t n;

	while ((n = recv(sock, message, sizeof(message) - 1, MSG_DONTWAIT)) >= 0) {
		message[n] = '\0';
		if (says_ready(message))
			return 1;
	}
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	return error_sys(err, errno, "read the notify socket");
}

static int wait_ready(int sock, int pidfd, struct error *err)
{
	struct pollfd polled[] = {
		{ .fd = sock, .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN },
	};
	int r;

	do {
		if (poll(polled, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return error_sys(err, errno, "wait for the guest to be ready");
		}
		/* The last thing it said still counts. */
		r = read_ready(sock, err);
		if (r != 0)
			return r;
	} while (!polled[1].revents);
	return 0;
}

static int connect_host(const char *name, struct error *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const size_t n = strlen(name);
	cleanup_fd int sock = -1;
	socklen_t size;

	if (name[0] != '/' && name[0] != '@')
		return error_set(err, EINVAL,
				 "NOTIFY_SOCKET is neither a path nor an abstract name");
	if (n >= sizeof(addr.sun_path))
		return error_set(err, ENAMETOOLONG, "NOTIFY_SOCKET is too long for a socket");
	memcpy(addr.sun_path, name, n);
	/* An abstract name ends where the address ends, a path with its NUL. */
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (name[0] == '/'));
	if (name[0] == '@')
		addr.sun_path[0] = '\0';

	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return error_sys(err, errno, "make a socket");
	if (connect(sock, (struct sockaddr *)&addr, size) == 0)
		return fd_take(&sock);
	if (errno == ENOENT || errno == ECONNREFUSED)
		return error_set(err, errno, "nobody listens on NOTIFY_SOCKET %s", name);
	if (errno == EACCES)
		return error_set(err, errno, "NOTIFY_SOCKET %s is closed to this user", name);
	return error_sys(err, errno, "connect to NOTIFY_SOCKET %s", name);
}

/*
 * The service manager closes the pipe when it has read everything before it. It
 * finds out by pid who speaks: one that has exited is not believed. That nobody
 * closes it is no failure: the guest is ready all the same.
 */
static int barrier(int sock)
{
	cleanup_fd int ours = -1;
	cleanup_fd int theirs = -1;
	struct pollfd closed = { .events = 0 }; /* POLLHUP comes unasked */
	int fds[2];
	int r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	ours = fds[0];
	theirs = fds[1];
	r = terminal_message(sock, "BARRIER=1", theirs);
	if (r < 0)
		return r;
	fd_close(&theirs);
	closed.fd = ours;
	do
		r = poll(&closed, 1, BARRIER_MS);
	while (r < 0 && errno == EINTR);
	return 0;
}

int notify_forward(int sock, const char *host_socket, pid_t pid, int pidfd, struct error *err)
{
	cleanup_fd int host = connect_host(host_socket, err);
	char text[64];
	int r;

	if (host < 0)
		return host;
	r = wait_ready(sock, pidfd, err);
	if (r <= 0)
		return r;
	snprintf(text, sizeof(text), "READY=1\nMAINPID=%d", (int)pid);
	r = terminal_message(host, text, -1);
	if (r >= 0)
		r = barrier(host);
	if (r < 0)
		return error_sys(err, -r, "tell NOTIFY_SOCKET %s", host_socket);
	return 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/fd.h"

/* Through the directory, held open in *ret_dir, when the path does not fit. */
static int make_address(const char *path, struct sockaddr_un *ret, int *ret_dir)
{
	const char *name = strrchr(path, '/');
	cleanup_free char *dir = NULL;
	int n;

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) < sizeof(ret->sun_path)) {
		memcpy(ret->sun_path, path, strlen(path));
		return 0;
	}
	if (!name)
		return -ENAMETOOLONG;
	dir = strndup(path, (size_t)(name - path) + 1);
	if (!dir)
		return -ENOMEM;
	*ret_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_dir < 0)
		return -errno;
	n = snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d%s", *ret_dir, name);
	return n < (int)sizeof(ret->sun_path) ? 0 : -ENAMETOOLONG;
}

/* In our words: callers take "no such file or directory" for the guest's program. */
static int connect_failed(const char *what, const char *path, int code, struct error *err)
{
	switch (code) {
	case ENOENT:
		return error_set(err, code, "%s %s does not exist", what, path);
	case ECONNREFUSED:
		return error_set(err, code, "nobody listens on %s %s", what, path);
	case EACCES:
		return error_set(err, code, "%s %s is closed to this user", what, path);
	case EPROTOTYPE:
		return error_set(err, code, "%s %s is not a stream socket", what, path);
	case EAGAIN:
		return error_set(err, ETIMEDOUT, "%s %s: whoever listens there does not accept",
				 what, path);
	default:
		return error_sys(err, code, "connect to %s %s", what, path);
	}
}

int terminal_connect(const char *what, const char *path, struct error *err)
{
	const struct timeval limit = { .tv_sec = 10 };
	cleanup_fd int dir = -1;
	cleanup_fd int sock = -1;
	struct sockaddr_un addr;
	int r;

	if (!*path)
		return error_set(err, EINVAL, "%s: the path is empty", what);
	r = make_address(path, &addr, &dir);
	if (r < 0)
		return connect_failed(what, path, -r, err);
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return error_sys(err, errno, "make a socket");
	/* Holds for connect as well, when the listener's queue is full. */
	(void)setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	do
		r = connect(sock, (struct sockaddr *)&addr, sizeof(addr));
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return connect_failed(what, path, errno, err);
	return fd_take(&sock);
}

int terminal_message(int sock, const char *text, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr head;
	} control = { .bytes = { 0 } };
	struct iovec iov = { .iov_base = (char *)text, .iov_len = strlen(text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (fd >= 0) {
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : (int)n;
}

int terminal_send(const char *what, int sock, int fd, const char *payload, struct error *err)
{
	cleanup_fd int closed_on_return = sock;
	int r = terminal_message(closed_on_return, payload, fd);

	return r < 0 ? error_sys(err, -r, "send to the %s", what) : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What attacks need and a shell cannot do; see usage(). */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <termios.h>
#include <unistd.h>

static int answer(long r)
{
	puts(r < 0 ? strerror(errno) : "ok");
	return r < 0;
}

/* A program whose inheritable set has one capability: it becomes permitted if the caller's has. */
static int file_caps(const char *path, int cap)
{
	struct vfs_cap_data data = { .magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE };

	data.data[cap / 32].inheritable = 1U << cap % 32;
	return answer(setxattr(path, "security.capability", &data, sizeof(data), 0));
}

/* COMMAND in a session keyring of that name: is it handed on? */
static int session(const char *name, char **argv)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name) < 0)
		return answer(-1);
	execv(argv[0], argv);
	return answer(-1);
}

static int type_text(const char *text)
{
	for (; *text; text++)
		if (ioctl(0, TIOCSTI, text) < 0)
			return answer(-1);
	return answer(0);
}

/* Sends TEXT to a datagram socket, with a descriptor of FILE. */
static int send_to(const char *path, const char *text, const char *file)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct iovec iov = { (void *)(uintptr_t)text, strlen(text) };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr msg = { .msg_name = &to,
			      .msg_namelen = sizeof(to),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), fd = open(file, O_RDONLY);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return answer(sendmsg(sock, &msg, MSG_DONTWAIT));
}

/* Stops or kills whatever comes into the pid namespace, until /tmp/stop is there. */
static int harass(int sig)
{
	pid_t last = getpid();

	while (access("/tmp/stop", F_OK) < 0)
		for (pid_t pid = last + 1; pid < last + 16; pid++)
			if (kill(pid, sig) == 0)
				last = pid;
	return 0;
}

static int bind_socket(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	return answer(bind(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), (struct sockaddr *)&at,
			   sizeof(at)));
}

/* What arrives on a datagram socket: a line each, with how many descriptors came along. */
static int listen_at(const char *path)
{
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (bind(sock, (struct sockaddr *)&at, sizeof(at)) < 0)
		return answer(-1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		char text[65536], control[256];
		struct iovec iov = { text, sizeof(text) - 1 };
		struct msghdr msg = { .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = control,
				      .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);

		if (n < 0)
			return answer(-1);
		text[n] = '\0';
		for (char *s = text; *s; s++)
			if (*s == '\n')
				*s = ' ';
		printf("%s%s\n", CMSG_FIRSTHDR(&msg) ? "descriptor: " : "", text);
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
			int fd;

			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
			close(fd);
		}
	}
}

static int usage(void)
{
	fputs("usage: trick file-caps FILE CAP | session NAME COMMAND... | type TEXT |\n"
	      "       send SOCKET TEXT FILE | harass SIGNAL | drop-groups | bind SOCKET | listen "
	      "SOCKET\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "file-caps") && argc == 4)
		return file_caps(argv[2], (int)strtol(argv[3], NULL, 10));
	if (!strcmp(what, "session") && argc > 3)
		return session(argv[2], argv + 3);
	if (!strcmp(what, "type") && argc == 3)
		return type_text(argv[2]);
	if (!strcmp(what, "send") && argc == 5)
		return send_to(argv[2], argv[3], argv[4]);
	if (!strcmp(what, "harass") && argc == 3)
		return harass((int)strtol(argv[2], NULL, 10));
	if (!strcmp(what, "bind") && argc == 3)
		return bind_socket(argv[2]);
	if (!strcmp(what, "listen") && argc == 3)
		return listen_at(argv[2]);
	if (!strcmp(what, "drop-groups"))
		return answer(syscall(SYS_setgroups, 0, NULL));
	return usage();
}

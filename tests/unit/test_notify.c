/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys.h"
#include "tests/unit/check.h"

static int bind_host(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t n = strlen(name);

	memcpy(addr.sun_path, name, n);
	if (name[0] == '@')
		addr.sun_path[0] = '\0';
	n += offsetof(struct sockaddr_un, sun_path) + (name[0] != '@');
	return bind(sock, (struct sockaddr *)&addr, (socklen_t)n) < 0 ? -1 : sock;
}

/* The guest: what it says in turn, then it lives on for a second. */
static pid_t spawn_guest(const char *socket_path, const char *const *says)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct sockaddr_un addr = { .sun_family = AF_UNIX };
		int sock = socket(AF_UNIX, SOCK_DGRAM, 0);

		strcpy(addr.sun_path, socket_path);
		for (; *says; says++) {
			usleep(50000);
			sendto(sock, *says, strlen(*says), 0, (struct sockaddr *)&addr,
			       sizeof(addr));
		}
		if (says[0] == NULL && says[-1][0] == '!')
			_exit(0);
		sleep(1);
		_exit(0);
	}
	return pid;
}

/* The service manager: two messages, then it closes what came with the second. */
static pid_t spawn_host(int sock, const char *expect)
{
	pid_t pid = fork();

	if (pid == 0) {
		union {
			char bytes[CMSG_SPACE(sizeof(int))];
			struct cmsghdr head;
		} control = { .bytes = { 0 } };
		char text[256] = "", second[256] = "";
		struct iovec iov = { .iov_base = second, .iov_len = sizeof(second) - 1 };
		struct msghdr msg = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.bytes,
			.msg_controllen = sizeof(control.bytes),
		};

		if (recv(sock, text, sizeof(text) - 1, 0) < 0 || strcmp(text, expect) != 0)
			_exit(1);
		if (recvmsg(sock, &msg, 0) < 0 || strcmp(second, "BARRIER=1") != 0 ||
		    control.head.cmsg_len != CMSG_LEN(sizeof(int)))
			_exit(2);
		usleep(100000);
		_exit(0);
	}
	return pid;
}

static void check_ready(int sock, const char *path, const char *host_name)
{
	static const char *const says[] = { "STATUS=starting", "READY=10", "X=1\nREADY=1\nY=2",
					    NULL };
	int host = bind_host(host_name), status = -1;
	pid_t guest, manager;
	struct error err = { 0 };
	char expect[64];
	int pidfd;

	CHECK(host >= 0);
	guest = spawn_guest(path, says);
	pidfd = sys_pidfd_open(guest, 0);
	snprintf(expect, sizeof(expect), "READY=1\nMAINPID=%d", guest);
	manager = spawn_host(host, expect);
	close(host);
	CHECK(notify_forward(sock, host_name, guest, pidfd, &err) == 1);
	CHECK_STR(err.text, "");
	CHECK(waitpid(manager, &status, 0) == manager && status == 0);
	kill(guest, SIGKILL);
	waitpid(guest, NULL, 0);
	close(pidfd);
}

static void check_dead(int sock, const char *path)
{
	static const char *const says[] = { "STATUS=failing", "!", NULL };
	struct error err = { 0 };
	int host = bind_host("@test_notify.dead");
	pid_t guest = spawn_guest(path, says);
	int pidfd = sys_pidfd_open(guest, 0);

	CHECK(notify_forward(sock, "@test_notify.dead", guest, pidfd, &err) == 0);
	waitpid(guest, NULL, 0);
	close(host);
	CHECK(notify_forward(sock, "@test_notify.dead", guest, pidfd, &err) == -ECONNREFUSED);
	CHECK_STR(err.text, "nobody listens on NOTIFY_SOCKET @test_notify.dead");
	CHECK(notify_forward(sock, "vsock:2:3", guest, pidfd, &err) == -EINVAL);
	close(pidfd);
}

int main(void)
{
	char dir[] = "/tmp/test_notify.XXXXXX", path[100], host[100], command[100];
	struct error err = { 0 };
	struct stat st = { 0 };
	int state, sock;

	if (!mkdtemp(dir)) {
		puts("1..0 # SKIP no temporary directory");
		return 0;
	}
	alarm(60);
	umask(077);
	state = open(dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	sock = notify_open(state, &err);
	close(sock);
	sock = notify_open(state, &err); /* again: a start that failed before */
	CHECK(sock >= 0);
	snprintf(path, sizeof(path), "%s/notify/notify.sock", dir);
	CHECK(stat(path, &st) == 0 && S_ISSOCK(st.st_mode) && (st.st_mode & 07777) == 0777);

	snprintf(host, sizeof(host), "%s/notify", dir);
	CHECK(stat(host, &st) == 0 && (st.st_mode & 07777) == 0755);

	snprintf(host, sizeof(host), "%s/host", dir);
	check_ready(sock, path, host);
	check_ready(sock, path, "@test_notify.host");
	check_dead(sock, path);

	snprintf(command, sizeof(command), "rm -r %s", dir);
	(void)!system(command);
	return CHECK_DONE();
}

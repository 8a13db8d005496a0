/* SPDX-License-Identifier: Apache-2.0 */
/* visit SOCKET [TEXT]: connects to a socket of packets, sends the text and leaves. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (argc < 2 || strlen(argv[1]) >= sizeof(addr.sun_path))
		return 2;
	memcpy(addr.sun_path, argv[1], strlen(argv[1]));
	if (connect(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    (argc > 2 && send(sock, argv[2], strlen(argv[2]), 0) < 0)) {
		printf("%s\n", strerror(errno));
		return 1;
	}
	return 0;
}

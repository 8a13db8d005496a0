/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"

static int open_dir(const char *path, const char **ret_name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char dir[4096] = ".";
	int fd;

	*ret_name = slash ? slash + 1 : path;
	if (slash &&
	    snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path + 1), path) >= (int)sizeof(dir))
		return error_sys(err, ENAMETOOLONG, "pid file");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, errno,
				 "pid file %s: its directory cannot be opened (errno %d)", path,
				 errno);
	return fd;
}

int pidfile_check(const char *path, struct error *err)
{
	cleanup_fd int dir = -1;
	const char *name;

	if (!path)
		return 0;
	dir = open_dir(path, &name, err);
	if (dir < 0)
		return dir;
	if (!*name || faccessat(dir, ".", W_OK, AT_EACCESS) < 0)
		return error_set(err, EACCES, "pid file %s cannot be written", path);
	return 0;
}

int pidfile_write(const char *path, pid_t pid, struct error *err)
{
	cleanup_fd int dir = -1;
	const char *name;
	char text[16];
	int r, n = snprintf(text, sizeof(text), "%d", pid);

	dir = open_dir(path, &name, err);
	if (dir < 0)
		return dir;
	r = file_replace(dir, name, text, (size_t)n, 0644);
	return r < 0 ? error_set(err, -r, "pid file %s cannot be written (errno %d)", path, -r) : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"

int cgfile_open(int dir, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};

	return sys_openat2(dir, path, &how);
}

int cgfile_open_dir(int dir, const char *path)
{
	return cgfile_open(dir, path, O_RDONLY | O_DIRECTORY);
}

int cgfile_read_fd(int fd, struct str *ret)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		str_add_n(ret, buf, (size_t)n);
	if (n < 0)
		return -errno;
	str_add_n(ret, "", 0); /* an empty file is an empty text */
	return str_ok(ret);
}

int cgfile_read(int dir, const char *file, struct str *ret)
{
	cleanup_fd int fd = cgfile_open(dir, file, O_RDONLY);

	return fd < 0 ? fd : cgfile_read_fd(fd, ret);
}

int cgfile_write(int dir, const char *file, const char *value)
{
	cleanup_fd int fd = cgfile_open(dir, file, O_WRONLY);
	size_t len = strlen(value);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = write(fd, value, len);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

int cgfile_event_of(const char *text, const char *key)
{
	size_t n = strlen(key);
	const char *line = text;

	while (line) {
		if (strncmp(line, key, n) == 0 && line[n] == ' ')
			return line[n + 1] == '1';
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return 0;
}

int cgfile_event(int dir, const char *key)
{
	cleanup_str struct str text = { 0 };
	int r = cgfile_read(dir, "cgroup.events", &text);

	if (r == -ENOENT || r == -ENODEV)
		return 0;
	return r < 0 ? r : cgfile_event_of(text.text, key);
}

bool cgfile_has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (;;) {
		text += strspn(text, " \n");
		if (!*text)
			return false;
		if (strcspn(text, " \n") == n && memcmp(text, word, n) == 0)
			return true;
		text += strcspn(text, " \n");
	}
}

DIR *cgfile_dir(int dir)
{
	/* A new open file: the one that the caller holds keeps its position. */
	cleanup_fd int fd = cgfile_open_dir(dir, ".");
	DIR *d;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	d = fdopendir(fd);
	if (d)
		fd_take(&fd);
	return d;
}

const char *cgfile_next_dir(DIR *d)
{
	const struct dirent *e;

	while ((e = readdir(d))) {
		if (e->d_type == DT_DIR && strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0)
			return e->d_name;
	}
	return NULL;
}

void cgfile_dir_close(DIR **d)
{
	int saved = errno;

	if (*d)
		(void)closedir(*d);
	*d = NULL;
	errno = saved;
}

int cgfile_error(struct error *err, int code, const char *what, const char *path)
{
	if (code == ENOENT || code == ENODEV)
		return error_set(err, code, "%s %.300s: it does not exist", what, path);
	if (code == EACCES)
		return error_set(err, code, "%s %.300s: not allowed to this user", what, path);
	return error_sys(err, code, "%s %.300s", what, path);
}

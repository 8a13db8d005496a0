/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"

/* No process of ours needs more to be recognised. */
#define MAX_COMMAND 4096

/* Appends what the file holds, up to MAX_COMMAND bytes. */
static int read_file(int dir, const char *name, struct str *ret)
{
	cleanup_fd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char buf[512];
	ssize_t n = 1;

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	while (n > 0 && ret->len < MAX_COMMAND) {
		n = read(fd, buf, sizeof(buf));
		if (n < 0)
			return -errno;
		str_add_n(ret, buf, (size_t)n);
	}
	return str_ok(ret);
}

/* "PID (NAME) STATE PPID ...": the name may hold blanks and brackets, so look from the end. */
static int parse_stat(const char *text, struct proc *p)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned long long user, system;

	if (!open || !close || close < open)
		return -EINVAL;
	snprintf(p->name, sizeof(p->name), "%.*s", (int)(close - open - 1), open + 1);
	if (sscanf(close + 1,
		   " %*c %d %*d %*d %d %*d %*u %*u %*u %*u %*u %llu %llu"
		   " %*d %*d %*d %*d %*d %*d %llu",
		   &p->ppid, &p->tty, &user, &system, &p->started) != 5)
		return -EINVAL;
	p->ticks = user + system;
	return 0;
}

/* "Uid:" real, effective, saved, file system. */
static int parse_status(const char *text, struct proc *p)
{
	const char *line = strstr(text, "\nUid:");

	return line && sscanf(line, "\nUid: %*u %u", &p->uid) == 1 ? 0 : -EINVAL;
}

/* The arguments are separated by NULs, and a program may have written anything there. */
static void join_arguments(struct str *command)
{
	while (command->len > 0 && command->text[command->len - 1] == '\0')
		command->len--;
	for (size_t i = 0; i < command->len; i++)
		if (command->text[i] == '\0')
			command->text[i] = ' ';
}

int proc_read(int procfs, pid_t pid, struct proc *ret)
{
	cleanup_str struct str stat = { 0 }, status = { 0 };
	cleanup_proc struct proc p = { .pid = pid };
	cleanup_fd int dir = -1;
	char name[16];
	int r;

	snprintf(name, sizeof(name), "%d", (int)pid);
	dir = openat(procfs, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	r = read_file(dir, "stat", &stat);
	if (r == 0)
		r = parse_stat(stat.text ? stat.text : "", &p);
	if (r == 0)
		r = read_file(dir, "status", &status);
	if (r == 0)
		r = parse_status(status.text ? status.text : "", &p);
	if (r == 0)
		r = read_file(dir, "cmdline", &p.command);
	if (r < 0)
		return r;
	join_arguments(&p.command);
	*ret = p;
	p.command = (struct str){ 0 };
	return 0;
}

void proc_free(struct proc *p)
{
	str_free(&p->command);
}

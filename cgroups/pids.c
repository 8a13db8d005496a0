/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/internal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"

/* A guest may nest as deep as it likes, with a descriptor a level we may not. */
#define DEPTH_MAX 64

struct pids {
	pid_t *v;
	size_t n, size;
};

static int add(struct pids *p, pid_t pid)
{
	if (p->n == p->size) {
		size_t size = p->size ? 2 * p->size : 64;
		pid_t *v = reallocarray(p->v, size, sizeof(*v));

		if (!v)
			return -ENOMEM;
		p->v = v;
		p->size = size;
	}
	p->v[p->n++] = pid;
	return 0;
}

static int add_procs(struct pids *p, int dir)
{
	cleanup_str struct str text = { 0 };
	int r = cgfile_read(dir, "cgroup.procs", &text);
	char *at = text.text, *end;

	/* Threaded: its processes stand in the domain above. Gone: so are they. */
	if (r == -EOPNOTSUPP || r == -ENODEV || r == -ENOENT)
		return 0;
	for (; r >= 0 && *at; at = end + (*end == '\n')) {
		long pid = strtol(at, &end, 10);

		if (end == at || pid > INT_MAX)
			return -EPROTO;
		if (pid > 0) /* 0: of another pid namespace, not to be named from here */
			r = add(p, (pid_t)pid);
	}
	return r;
}

static int collect(struct pids *p, int dir, unsigned depth)
{
	int r = add_procs(p, dir);
	cleanup_dir DIR *d = NULL;
	const char *name;

	if (r < 0)
		return r;
	if (depth == DEPTH_MAX)
		return -ELOOP;
	d = cgfile_dir(dir);
	if (!d)
		return errno == ENOENT || errno == ENODEV ? 0 : -errno;
	while ((name = cgfile_next_dir(d))) {
		cleanup_fd int child = cgfile_open_dir(dir, name);

		if (child == -ENOENT)
			continue;
		r = child < 0 ? child : collect(p, child, depth + 1);
		if (r < 0)
			return r;
	}
	return 0;
}

int cgroup_pids(const struct cgroup *cg, pid_t **ret, size_t *ret_n, struct error *err)
{
	struct pids p = { 0 };
	int r = collect(&p, cg->fd, 0);

	if (r < 0) {
		free(p.v);
		return cgfile_error(err, -r, "list the processes of cgroup", cg->path);
	}
	*ret = p.v;
	*ret_n = p.n;
	return 0;
}

int cgroup_attach(const struct cgroup *cg, pid_t pid, struct error *err)
{
	char text[16];
	int r;

	snprintf(text, sizeof(text), "%d", pid);
	r = cgfile_write(cg->fd, "cgroup.procs", text);
	return r < 0 ? cgfile_error(err, -r, "enter", cg->path) : 0;
}

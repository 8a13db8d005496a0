/* SPDX-License-Identifier: Apache-2.0 */
/* What gets executed, where, and with which surroundings. */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define CANNOT_START "unable to start container process: "

/* ---- directory ----------------------------------------------------------------- */

static int cwd_failed(struct guest *g, const char *path, int code)
{
	return fail(g, code, "chdir to cwd (\"", path, "\") set in config.json failed", (char *)0);
}

OP(cwd)
{
	const char *path = plan_text(g, op->text);
	char now[4096];
	int fd, r;

	if (op->flags & PLAN_RETRY && g->in_cwd)
		return 0;
	/* Never through /proc/self/fd: that is how guests got out (CVE-2024-21626). */
	r = fd = path_open(g, path, O_PATH | O_DIRECTORY, 0);
	if (r >= 0) {
		r = (int)SYS_1(__NR_fchdir, fd);
		SYS_1(__NR_close, fd);
	}
	if (r == -EACCES && op->flags & PLAN_TRY)
		return 0;
	if (r < 0)
		return cwd_failed(g, path, r);
	r = (int)SYS_2(__NR_getcwd, now, sizeof(now));
	if (r < 0 || now[0] != '/') /* "(unreachable)/..." */
		return fail_only(g, -EPERM, "the working directory is outside the guest's root",
				 (char *)0);
	g->in_cwd = true;
	return r;
}

/* ---- HOME ---------------------------------------------------------------------- */

/* The n-th field of a line of passwd(5): its length, *ret points to it. */
static uint64_t field(const char *line, int n, const char **ret)
{
	uint64_t len = 0;

	for (; n && *line && *line != '\n'; line++)
		n -= *line == ':';
	*ret = line;
	while (line[len] && line[len] != ':' && line[len] != '\n')
		len++;
	return n ? 0 : len;
}

static bool field_is_number(const char *s, uint64_t len, uint32_t want)
{
	uint64_t n = 0;

	if (!len || len > 10)
		return false;
	for (uint64_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(s[i] - '0');
	}
	return n == want;
}

static bool home_in_line(struct guest *g, const char *line, uint32_t uid)
{
	const char *at;
	uint64_t len = field(line, 2, &at), n = text_len(g->home);

	if (!field_is_number(at, len, uid))
		return false;
	len = field(line, 5, &at);
	if (!len || *at != '/' || n + len >= sizeof(g->home))
		return false;
	for (uint64_t i = 0; i < len; i++)
		g->home[n + i] = at[i];
	g->home[n + len] = '\0';
	return true;
}

/* Whether a file of users has one with this uid and a HOME: a bounded part of it is read. */
static bool read_home(struct guest *g, int fd, uint32_t uid)
{
	char buf[4096];
	long used = 0;

	for (int reads = 0; reads < 256; reads++) {
		const long n = SYS_3(__NR_read, fd, buf + used, sizeof(buf) - 1 - (uint64_t)used);
		char *line = buf, *end;

		if (n <= 0)
			break;
		used += n;
		buf[used] = '\0';
		for (end = line; *end; end++) {
			if (*end != '\n')
				continue;
			if (home_in_line(g, line, uid))
				return true;
			line = end + 1;
		}
		/* keep the line that is not complete yet; one longer than the buffer is skipped */
		used = line == buf && used == sizeof(buf) - 1 ? 0 : buf + used - line;
		for (long i = 0; i < used; i++)
			buf[i] = line[i];
		buf[used] = '\0';
	}
	return used && home_in_line(g, buf, uid);
}

/* /etc/passwd of the guest, read with care: a regular file, no NSS. */
static void find_home(struct guest *g, uint32_t uid)
{
	struct statx st = { 0 };
	int fd = path_open(g, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	g->home[0] = '\0';
	text_add(g->home, sizeof(g->home), "HOME=");
	if (fd < 0 || SYS_5(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &st) < 0 ||
	    (st.stx_mode & S_IFMT) != S_IFREG || !read_home(g, fd, uid))
		text_add(g->home, sizeof(g->home), "/");
	if (fd >= 0)
		SYS_1(__NR_close, fd);
}

/* ---- the program --------------------------------------------------------------- */

static int usable(const char *path)
{
	struct statx st = { 0 };
	int r = (int)SYS_5(__NR_statx, AT_FDCWD, path, 0, STATX_TYPE, &st);

	if (r < 0)
		return r;
	if ((st.stx_mode & S_IFMT) == S_IFDIR)
		return -EISDIR;
	if ((st.stx_mode & S_IFMT) != S_IFREG)
		return -EACCES;
	return (int)SYS_4(__NR_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS);
}

/* Podman, Docker and containerd read these words: 127 and 126. */
static int not_usable(struct guest *g, const char *path, int code)
{
	const char *why = code == -EISDIR   ? "is a directory"
			  : code == -EACCES ? "permission denied"
					    : 0;

	if (why)
		return fail_only(g, code, CANNOT_START "exec: \"", path, "\": ", why, (char *)0);
	return fail(g, code, CANNOT_START "exec: \"", path, "\": stat ", path, (char *)0);
}

static const char *find_env(const struct guest *g, const struct plan_exec *e, const char *name)
{
	const char *found = 0;

	for (uint32_t i = 0; i < e->n_env; i++) {
		const char *entry = plan_text(g, e->v[e->n_args + i]);

		if (text_starts(entry, name))
			found = entry + text_len(name);
	}
	return found;
}

static int search(struct guest *g, const char *name, const char *path)
{
	int denied = 0;

	while (*path) {
		char one[sizeof(g->program)];
		uint64_t n = 0;
		int r;

		while (path[n] && path[n] != ':' && n < sizeof(one) - 1) {
			one[n] = path[n];
			n++;
		}
		one[n] = '\0';
		path += n;
		while (*path && *path != ':')
			path++;
		path += *path == ':';
		if (!n) /* an empty entry means the current directory */
			text_add(one, sizeof(one), ".");
		text_add(one, sizeof(one), "/");
		if (!text_add(one, sizeof(one), name))
			continue;
		r = usable(one);
		if (r >= 0) {
			g->program[0] = '\0';
			text_add(g->program, sizeof(g->program), one);
			return 0;
		}
		if (r == -EACCES)
			denied = r;
	}
	if (denied)
		return not_usable(g, name, denied);
	return fail_only(g, -ENOENT, CANNOT_START "exec: \"", name,
			 "\": executable file not found in $PATH", (char *)0);
}

/* As the user would find it, into g->program. */
static int find_program(struct guest *g, const struct plan_exec *e)
{
	const char *name = e->n_args ? plan_text(g, e->v[0]) : "", *path;
	int r;

	for (const char *s = name; *s; s++) {
		if (*s != '/')
			continue;
		r = usable(name);
		if (r < 0)
			return not_usable(g, name, r);
		g->program[0] = '\0';
		return text_add(g->program, sizeof(g->program), name) ? 0 : -ENAMETOOLONG;
	}
	path = find_env(g, e, "PATH=");
	return search(g, name, path && *path ? path : DEFAULT_PATH);
}

/* Whether text sets what one of ours ("NAME=..." or "") sets as well. */
static bool replaced(const char *text, const char *ours)
{
	while (*ours && *ours == *text && *ours != '=')
		ours++, text++;
	return *ours == '=' && *text == '=';
}

/* more: two texts of ours, "" for none, which replace what the list says of the same name. */
static const char **table(const struct guest *g, const uint32_t *texts, uint32_t n,
			  const char *const *more)
{
	const uint64_t size = (n + 3ULL) * sizeof(char *);
	long at = SYS_6(__NR_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);
	const char **v = (const char **)at;
	uint32_t used = 0;

	if (at < 0 && at > -4096)
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		const char *text = plan_text(g, texts[i]);

		if (!replaced(text, more[0]) && !replaced(text, more[1]))
			v[used++] = text;
	}
	for (int i = 0; i < 2; i++)
		if (*more[i])
			v[used++] = more[i];
	v[used] = 0;
	return v;
}

/* All that the exec needs is laid out here: a filter may allow nothing but the exec itself. */
OP(lookup)
{
	const struct plan_exec *e = (const void *)(g->base + op->data);
	const char *const none[2] = { "", "" }, *const more[2] = { g->home, g->listen };

	if (op->flags & PLAN_HOME)
		find_home(g, (uint32_t)op->arg);
	if (op->flags & PLAN_LISTEN) {
		text_add(g->listen, sizeof(g->listen), "LISTEN_PID=");
		text_add_number(g->listen, sizeof(g->listen), (uint64_t)SYS_0(__NR_getpid));
	}
	g->argv = table(g, e->v, e->n_args, none);
	g->env = table(g, e->v + e->n_args, e->n_env, more);
	return g->argv && g->env ? find_program(g, e) : -ENOMEM;
}

OP(exec)
{
	int r = (int)SYS_3(__NR_execve, g->program, g->argv, g->env);

	(void)op;
	return fail(g, r, CANNOT_START "exec ", g->program, (char *)0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/resctrl.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"

#define MOUNT "/sys/fs/resctrl"
#define SCHEMATA_MAX 65536
#define PATH_SIZE 2300 /* two names and what stands between them */

int resctrl_open(struct error *err)
{
	cleanup_fd int fd = open(MOUNT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != RDTGROUP_SUPER_MAGIC)
		return error_set(err, ENODEV,
				 "linux.intelRdt: resctrl is not mounted on " MOUNT
				 " (mount -t resctrl resctrl " MOUNT
				 "; it needs a processor and a kernel that have it)");
	return fd_take(&fd);
}

/* ---- names ----------------------------------------------------------------------- */

static bool given(const char *text)
{
	return text && *text;
}

static bool is_own(const struct spec_intel_rdt *rdt)
{
	return !given(rdt->closID);
}

/* "" is the group that everything is in: the mount itself. */
static const char *group_of(const struct spec_intel_rdt *rdt, const char *id)
{
	if (is_own(rdt))
		return id;
	return strcmp(rdt->closID, "/") == 0 ? "" : rdt->closID;
}

static bool has_schema(const struct spec_intel_rdt *rdt)
{
	return given(rdt->l3CacheSchema) || given(rdt->memBwSchema) || rdt->schemata.n;
}

static void path_in(char path[PATH_SIZE], const char *group, const char *file, const char *more)
{
	snprintf(path, PATH_SIZE, "%s%s%s%s", group, *group ? "/" : "", file, more);
}

const char *resctrl_own(struct arena *a, const struct spec_intel_rdt *rdt, const char *id)
{
	char path[PATH_SIZE];

	if (is_own(rdt)) /* what counts below it goes with it */
		return arena_strndup(a, id, strlen(id));
	if (!rdt->enableMonitoring)
		return NULL;
	path_in(path, group_of(rdt, id), "mon_groups/", id);
	return arena_strndup(a, path, strlen(path));
}

/* ---- schemata -------------------------------------------------------------------- */

/* memBwSchema takes the place of bandwidth lines in l3CacheSchema. */
static int ask(const struct spec_intel_rdt *rdt, struct str *out)
{
	const char *l3 = rdt->l3CacheSchema ? rdt->l3CacheSchema : "";

	while (*l3) {
		const size_t n = strcspn(l3, "\n");

		if (n && !(given(rdt->memBwSchema) && str_starts(l3, "MB:"))) {
			str_add_n(out, l3, n);
			str_add(out, "\n");
		}
		l3 += n + (l3[n] == '\n');
	}
	if (given(rdt->memBwSchema))
		str_printf(out, "%s\n", rdt->memBwSchema);
	for (size_t i = 0; i < rdt->schemata.n; i++)
		str_printf(out, "%s\n", rdt->schemata.v[i]);
	return str_ok(out);
}

struct word {
	const char *at;
	size_t n;
};

/* From *text up to one of ends, without blanks around it; *text is behind the end then. */
static struct word next_word(const char **text, const char *ends)
{
	const char *stop = *text + strcspn(*text, ends), *from = *text, *to = stop;

	while (from < to && isblank((unsigned char)*from))
		from++;
	while (to > from && isblank((unsigned char)to[-1]))
		to--;
	*text = *stop && *stop != '\n' ? stop + 1 : stop;
	return (struct word){ from, (size_t)(to - from) };
}

/* Masks and numbers: with or without leading zeros, in either case. */
static bool same_word(struct word a, struct word b)
{
	for (; a.n > 1 && *a.at == '0'; a.n--)
		a.at++;
	for (; b.n > 1 && *b.at == '0'; b.n--)
		b.at++;
	return a.n == b.n && strncasecmp(a.at, b.at, a.n) == 0;
}

/* The value of one domain of one resource: "ff" of "L3:0=ff;1=f0". */
static bool find_value(const char *schemata, struct word resource, struct word domain,
		       struct word *ret)
{
	for (const char *line = schemata; *line; line += *line == '\n') {
		if (!same_word(next_word(&line, ":\n"), resource)) {
			line += strcspn(line, "\n");
			continue;
		}
		while (*line && *line != '\n') {
			const struct word name = next_word(&line, "=;\n");

			*ret = next_word(&line, ";\n");
			if (same_word(name, domain))
				return true;
		}
	}
	return false;
}

/* A group that is there already may hold more than is asked for, and nothing else. */
static int compare(int root, const char *group, const char *asked, struct error *err)
{
	cleanup_arena struct arena a = { 0 };
	char path[PATH_SIZE];
	const char *held;
	size_t len;
	int r;

	path_in(path, group, "schemata", "");
	r = file_read(&a, root, path, SCHEMATA_MAX, &held, &len);
	if (r < 0)
		return error_set(err, -r, "linux.intelRdt: %s of resctrl cannot be read (errno %d)",
				 path, -r);
	for (const char *line = asked; *line; line += *line == '\n') {
		const struct word resource = next_word(&line, ":\n");

		while (*line && *line != '\n') {
			const struct word domain = next_word(&line, "=;\n");
			const struct word value = next_word(&line, ";\n");
			struct word now;

			if (!find_value(held, resource, domain, &now) || !same_word(value, now))
				return error_set(err, EINVAL,
						 "linux.intelRdt.closID: \"%.60s\" exists, and "
						 "its %.*s of domain %.*s is not %.*s",
						 group, (int)resource.n, resource.at, (int)domain.n,
						 domain.at, (int)value.n, value.at);
		}
	}
	return 0;
}

/* The kernel says why it refused: "mask f0f has non-consecutive 1-bits". */
static int refused(int root, const char *what, int code, struct error *err)
{
	cleanup_arena struct arena a = { 0 };
	const char *why = "";
	size_t len = 0;

	if (file_read(&a, root, "info/last_cmd_status", 4096, &why, &len) < 0)
		why = "";
	return error_set(err, code, "linux.intelRdt: %s is refused (errno %d) %.*s", what, code,
			 (int)strcspn(why, "\n"), why);
}

static int write_file(int root, const char *path, const char *text, size_t len, struct error *err)
{
	cleanup_fd int fd = openat(root, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, len) < 0)
		return refused(root, path, errno, err);
	return 0;
}

/* ---- groups ---------------------------------------------------------------------- */

int resctrl_make(int root, const struct spec_intel_rdt *rdt, const char *id, struct error *err)
{
	cleanup_str struct str asked = { 0 };
	const char *group = group_of(rdt, id);

	if (ask(rdt, &asked) < 0)
		return error_sys(err, ENOMEM, "linux.intelRdt");
	if (!*group || faccessat(root, group, F_OK, 0) == 0) {
		if (is_own(rdt))
			return error_set(err, EEXIST,
					 "linux.intelRdt: resctrl has a group \"%.60s\" already: "
					 "name it as closID to share it, or remove it",
					 group);
		return has_schema(rdt) ? compare(root, group, asked.text, err) : 0;
	}
	if (!is_own(rdt) && !has_schema(rdt))
		return error_set(err, ENOENT,
				 "linux.intelRdt.closID: there is no \"%.60s\", and no schema to "
				 "make it with",
				 group);
	if (mkdirat(root, group, 0755) < 0)
		return errno == ENOSPC
			       ? error_set(err, ENOSPC,
					   "linux.intelRdt: the processor has no class left for "
					   "another group of resctrl")
			       : refused(root, group, errno, err);
	return 1;
}

int resctrl_write(int root, const struct spec_intel_rdt *rdt, const char *id, struct error *err)
{
	cleanup_str struct str asked = { 0 };
	char path[PATH_SIZE];

	if (!has_schema(rdt))
		return 0;
	if (ask(rdt, &asked) < 0)
		return error_sys(err, ENOMEM, "linux.intelRdt");
	path_in(path, group_of(rdt, id), "schemata", "");
	return write_file(root, path, asked.text, asked.len, err);
}

int resctrl_monitor(int root, const struct spec_intel_rdt *rdt, const char *id, struct error *err)
{
	char path[PATH_SIZE];

	if (!rdt->enableMonitoring)
		return 0;
	path_in(path, group_of(rdt, id), "mon_groups/", id);
	if (mkdirat(root, path, 0755) == 0)
		return 0;
	if (errno == ENOENT)
		return error_set(err, ENOTSUP,
				 "linux.intelRdt.enableMonitoring: this processor cannot monitor");
	return refused(root, path, errno, err);
}

int resctrl_setup(int root, const struct spec_intel_rdt *rdt, const char *id, struct error *err)
{
	const int made = resctrl_make(root, rdt, id, err);
	int r = made > 0 ? resctrl_write(root, rdt, id, err) : made;

	if (r >= 0)
		r = resctrl_monitor(root, rdt, id, err);
	if (r < 0 && made > 0)
		resctrl_undo(root, rdt, id);
	return r < 0 ? r : made;
}

int resctrl_add(int root, const struct spec_intel_rdt *rdt, const char *id, pid_t pid,
		struct error *err)
{
	const char *group = group_of(rdt, id);
	char path[PATH_SIZE], number[16];
	const size_t n = (size_t)snprintf(number, sizeof(number), "%d", pid);
	int r;

	path_in(path, group, "tasks", "");
	r = write_file(root, path, number, n, err);
	if (r < 0 || !rdt->enableMonitoring)
		return r;
	snprintf(path, sizeof(path), "%s%smon_groups/%s/tasks", group, *group ? "/" : "", id);
	return write_file(root, path, number, n, err);
}

int resctrl_remove(int root, const char *own, struct error *err)
{
	if (unlinkat(root, own, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return error_set(err, errno, "%s of resctrl cannot be removed (errno %d)", own, errno);
}

void resctrl_undo(int root, const struct spec_intel_rdt *rdt, const char *id)
{
	struct error ignored = { 0 };

	resctrl_remove(root, group_of(rdt, id), &ignored);
}

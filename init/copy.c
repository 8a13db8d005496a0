/* SPDX-License-Identifier: Apache-2.0 */
/* tmpcopyup: what a directory holds goes into the tmpfs that is about to cover it. */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>

#define DEPTH_MAX 64

struct dirent64_ {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

static int copy_dir(int from, int to, int depth);

static int copy_file(int from, const char *name, int to, const struct statx *st)
{
	int in = (int)SYS_4(__NR_openat, from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
			    0);
	int out = (int)SYS_4(__NR_openat, to, name,
			     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	long n = in < 0 ? in : out;

	while (n >= 0) {
		n = SYS_4(__NR_sendfile, out, in, 0, 1 << 20);
		if (n == 0)
			break;
	}
	if (n >= 0)
		n = SYS_3(__NR_fchown, out, st->stx_uid, st->stx_gid);
	if (n >= 0) /* after chown, which drops set-id bits */
		n = SYS_2(__NR_fchmod, out, st->stx_mode & 07777);
	SYS_1(__NR_close, in);
	SYS_1(__NR_close, out);
	return n < 0 ? (int)n : 0;
}

static int copy_link(int from, const char *name, int to, const struct statx *st)
{
	char target[4096];
	long n = SYS_4(__NR_readlinkat, from, name, target, sizeof(target) - 1);

	if (n < 0)
		return (int)n;
	target[n] = '\0';
	n = SYS_3(__NR_symlinkat, target, to, name);
	if (n >= 0)
		n = SYS_5(__NR_fchownat, to, name, st->stx_uid, st->stx_gid, AT_SYMLINK_NOFOLLOW);
	return (int)n;
}

static int copy_subdir(int from, const char *name, int to, const struct statx *st, int depth)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int r = (int)SYS_3(__NR_mkdirat, to, name, 0700), in, out;

	if (r < 0)
		return r;
	in = (int)SYS_4(__NR_openat, from, name, flags, 0);
	out = (int)SYS_4(__NR_openat, to, name, flags, 0);
	r = in < 0 ? in : out < 0 ? out : copy_dir(in, out, depth + 1);
	if (r >= 0)
		r = (int)SYS_3(__NR_fchown, out, st->stx_uid, st->stx_gid);
	if (r >= 0)
		r = (int)SYS_2(__NR_fchmod, out, st->stx_mode & 07777);
	SYS_1(__NR_close, in);
	SYS_1(__NR_close, out);
	return r;
}

/* Devices, fifos and sockets stay behind: a tmpfs of the guest's has no business with them. */
static int copy_entry(int from, const char *name, int to, int depth)
{
	struct statx st = { 0 };
	int r = (int)SYS_5(__NR_statx, from, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	switch (st.stx_mode & S_IFMT) {
	case S_IFDIR:
		return copy_subdir(from, name, to, &st, depth);
	case S_IFREG:
		return copy_file(from, name, to, &st);
	case S_IFLNK:
		return copy_link(from, name, to, &st);
	default:
		return 0;
	}
}

static int copy_dir(int from, int to, int depth)
{
	_Alignas(8) char buf[2048];

	if (depth > DEPTH_MAX)
		return -ELOOP;
	for (;;) {
		long n = SYS_3(__NR_getdents64, from, buf, sizeof(buf));

		if (n <= 0)
			return (int)n;
		for (long at = 0; at < n;) {
			const struct dirent64_ *e = (const void *)(buf + at);
			int r = 0;

			at += e->reclen;
			if (!text_equal(e->name, ".") && !text_equal(e->name, ".."))
				r = copy_entry(from, e->name, to, depth);
			if (r < 0)
				return r;
		}
	}
}

int copy_tree(int from, int to)
{
	return copy_dir(from, to, 0);
}

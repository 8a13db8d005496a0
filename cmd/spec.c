/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/command.h"
#include "cmd/fail.h"

struct spec_args {
	const char *bundle;
	bool rootless, no_terminal;
};

/* clang-format off */
#define T struct spec_args
static const struct option rows[] = {
	OPTION(T, bundle,      "bundle",      'b', "DIR", "where to write it; the working directory without it"),
	OPTION(T, rootless,    "rootless",    0,   NULL,  "for a user without privileges"),
	OPTION(T, no_terminal, "no-terminal", 0,   NULL,  "for a program without a terminal"),
	OPTION_END,
};
#undef T
/* clang-format on */

const struct option_set spec_options = {
	.size = sizeof(struct spec_args),
	.rows = rows,
};

static int write_all(int fd, const char *text)
{
	for (size_t len = strlen(text); len > 0;) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_config(int dir, const char *text, struct warren_error *err)
{
	cleanup_fd int fd =
		openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int r;

	if (fd < 0 && errno == EEXIST)
		return fail(err, EEXIST, "File config.json exists. Remove it first");
	if (fd < 0)
		return fail_sys(err, errno, "create config.json");
	r = write_all(fd, text);
	if (r < 0) {
		(void)unlinkat(dir, "config.json", 0);
		return fail_sys(err, -r, "write config.json");
	}
	return 0;
}

COMMAND(spec)
{
	const struct spec_args *s = options;
	const char *bundle = s->bundle && *s->bundle ? s->bundle : ".";
	cleanup_free char *text = NULL;
	cleanup_fd int dir = -1;
	int r = warren_spec(!s->no_terminal, s->rootless, &text, err);

	(void)ctx, (void)args;
	if (r < 0)
		return r;
	dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail_sys(err, errno, "open bundle %s", bundle);
	return write_config(dir, text, err);
}

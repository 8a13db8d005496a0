/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/sysctl.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/str.h"

/* clang-format off */
static const struct {
	const char *path;       /* ends with "/": all below */
	enum spec_ns ns;
} owners[] = {
	{ "fs/mqueue/",                SPEC_NS_IPC },
	{ "kernel/domainname",         SPEC_NS_UTS },
	{ "kernel/msgmax",             SPEC_NS_IPC },
	{ "kernel/msgmnb",             SPEC_NS_IPC },
	{ "kernel/msgmni",             SPEC_NS_IPC },
	{ "kernel/sem",                SPEC_NS_IPC },
	{ "kernel/shm_rmid_forced",    SPEC_NS_IPC },
	{ "kernel/shmall",             SPEC_NS_IPC },
	{ "kernel/shmmax",             SPEC_NS_IPC },
	{ "kernel/shmmni",             SPEC_NS_IPC },
	{ "net/",                      SPEC_NS_NETWORK },
	{ "user/",                     SPEC_NS_USER },
};
/* clang-format on */

static void swap_separators(char *path)
{
	for (char *p = path + strcspn(path, "./"); *p; p += strcspn(p, "./"))
		*p++ ^= '.' ^ '/';
}

static bool part_ok(const char *part, size_t n)
{
	return n > 0 && !(n <= 2 && strspn(part, ".") >= n);
}

int spec_sysctl_path(const char *key, char *buf, size_t size)
{
	const size_t len = strlen(key);
	const char *part = buf;

	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(buf, key, len + 1);
	if (buf[strcspn(buf, "./")] == '.')
		swap_separators(buf);
	for (;;) {
		const size_t n = strcspn(part, "/");

		if (!part_ok(part, n))
			return -EINVAL;
		if (!part[n])
			return 0;
		part += n + 1;
	}
}

static bool owns(const char *owner, const char *path)
{
	const size_t n = strlen(owner);

	return owner[n - 1] == '/' ? str_starts(path, owner) : strcmp(path, owner) == 0;
}

static bool is_separate(const struct spec_linux *linux, const char *path)
{
	for (size_t i = 0; i < sizeof(owners) / sizeof(*owners); i++)
		if (owns(owners[i].path, path))
			return spec_namespace(linux, owners[i].ns) != NULL;
	return false;
}

int spec_sysctl_check(const struct spec_linux *linux, struct error *err)
{
	for (size_t i = 0; i < linux->sysctl.n; i++) {
		const char *key = linux->sysctl.v[i].key;
		char path[PATH_MAX];

		if (spec_sysctl_path(key, path, sizeof(path)) < 0)
			return error_set(err, EINVAL,
					 "linux.sysctl: \"%s\" is not the name of a sysctl", key);
		if (strcmp(path, "kernel/hostname") == 0)
			return error_set(err, EINVAL,
					 "linux.sysctl: \"%s\" conflicts with hostname, set that",
					 key);
		if (!is_separate(linux, path))
			return error_set(err, EINVAL,
					 "linux.sysctl: sysctl \"%s\" is not in a separate kernel "
					 "namespace",
					 key);
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <string.h>

const char *path_clean(struct arena *a, const char *path)
{
	char *clean = arena_alloc(a, strlen(path) + 2);
	size_t n = 0;

	if (!clean)
		return NULL;
	while (*path) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len == 2 && memcmp(path, "..", 2) == 0) {
			while (n && clean[--n] != '/')
				;
		} else if (len && !(len == 1 && *path == '.')) {
			clean[n++] = '/';
			memcpy(clean + n, path, len);
			n += len;
		}
		path += len;
	}
	if (!n)
		clean[n++] = '/';
	clean[n] = '\0';
	return clean;
}

const char *path_join(struct arena *a, const char *dir, const char *name)
{
	size_t n = strlen(dir), m = strlen(name);
	char *joined;

	if (*name == '/')
		return name;
	joined = arena_alloc(a, n + m + 2);
	if (!joined)
		return NULL;
	memcpy(joined, dir, n);
	joined[n] = '/';
	memcpy(joined + n + 1, name, m + 1);
	return joined;
}

bool path_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (strncmp(path, dir, n) != 0)
		return false;
	return path[n] == '\0' || path[n] == '/' || (n && dir[n - 1] == '/');
}

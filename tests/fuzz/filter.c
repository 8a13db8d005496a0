/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file in @filters that somebody else has written: it is believed only where
 * it is what we would have written, and never read beyond its end.
 */
#define WARREN_COMMIT "fuzz"
#include "libcontainer/filter_cache.c"

#include <ftw.h>

#include "tests/fuzz/arena.h"
#include "tests/fuzz/fuzz.h"

/* Which parts of the head are as they should be, and not what the input says. */
enum {
	FORMAT_RIGHT = 1,
	KEY_SIZE_RIGHT = 2,
	BPF_SIZE_RIGHT = 4,
	LIBRARY_RIGHT = 8,
	KEY_RIGHT = 16
};

static char root[] = "/tmp/warren-fuzz-filter.XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_root(void)
{
	(void)nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Where the filter of the key is looked for; its file, to be written. */
static int open_root(const struct str *key, int *ret_file)
{
	cleanup_arena struct arena a = { 0 };
	char name[17];
	int fd;

	must(mkdtemp(root) && atexit(remove_root) == 0);
	fd = open_directory(&a, root);
	must(fd >= 0);
	name_of(key, name);
	*ret_file = openat(fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	must(*ret_file >= 0);
	return fd;
}

/* The input as a file, with those parts put right that its first byte names. */
static char *make_file(const struct str *key, const uint8_t *data, size_t size, size_t *ret_size)
{
	const unsigned right = size ? *data : 0;
	const size_t more = right & KEY_RIGHT ? key->len : 0;
	struct head head = { .format = FORMAT };
	size_t n = size ? size - 1 : 0;
	char *text = malloc(sizeof(head) + n + more + 1);

	must(text);
	if (n)
		memcpy(text, data + 1, n);
	memcpy(text + n, key->text, more);
	*ret_size = n + more;
	if (*ret_size < sizeof(head))
		return text;
	memcpy(&head, text, sizeof(head));
	if (right & FORMAT_RIGHT)
		memcpy(head.format, FORMAT, sizeof(FORMAT));
	if (right & KEY_SIZE_RIGHT)
		head.key_size = (uint32_t)key->len;
	if (right & BPF_SIZE_RIGHT)
		head.bpf_size = (uint32_t)(*ret_size - sizeof(head) - key->len);
	if (right & LIBRARY_RIGHT)
		must(describe("/proc/self/exe", &head.library));
	memcpy(text, &head, sizeof(head));
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct spec_seccomp profile = { .defaultAction = SPEC_ACT_ALLOW };
	static int directory = -1, file;
	cleanup_arena struct arena a = { 0 };
	cleanup_str struct str key = { 0 };
	struct filter found = { 0 };
	char *text;
	size_t n;

	must(make_key(&profile, &key) == 0);
	if (directory < 0)
		directory = open_root(&key, &file);
	text = make_file(&key, data, size, &n);
	must(pwrite(file, text, n, 0) == (ssize_t)n && ftruncate(file, (off_t)n) == 0);
	if (find(&a, directory, &key, &found)) {
		cleanup_free char *copy = malloc(found.bytes + 1);

		must(copy && n == sizeof(struct head) + found.bytes + key.len);
		must(memcmp(text + n - key.len, key.text, key.len) == 0);
		memcpy(copy, found.bpf, found.bytes);
	}
	free(text);
	return 0;
}

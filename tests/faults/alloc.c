/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into the runtime: the n-th allocation fails. What the C library allocates for
 * itself (strdup, opendir, dlopen) comes through here as well. Nobody else sees any of it:
 * the environment is the guest's and the hooks' business.
 */
#include "tests/faults/alloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc's own names of them: no dlsym(), which allocates. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

static struct alloc_count *count;

__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv(ALLOC_ENV);
	void *page;
	int fd;

	if (!text)
		return;
	fd = (int)strtol(text, NULL, 10);
	page = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	unsetenv(ALLOC_ENV);
	unsetenv("LD_PRELOAD");
	if (page != MAP_FAILED)
		count = page;
}

static bool fails(const char *name, size_t size, const void *caller)
{
	Dl_info info = { 0 };

	if (!count || ++count->seen != count->at)
		return false;
	(void)dladdr(caller, &info);
	snprintf(count->what, sizeof(count->what), "%s(%zu) at %s+%#tx (%s)", name, size,
		 info.dli_fname ? info.dli_fname : "?",
		 (const char *)caller - (const char *)info.dli_fbase,
		 info.dli_sname ? info.dli_sname : "?");
	errno = ENOMEM;
	return true;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size)
{
	return fails("malloc", size, CALLER) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails("calloc", n * size, CALLER) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return fails("realloc", size, CALLER) ? NULL : __libc_realloc(p, size);
}

void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return fails("reallocarray", bytes, CALLER) ? NULL : __libc_realloc(p, bytes);
}

void *memalign(size_t align, size_t size)
{
	return fails("memalign", size, CALLER) ? NULL : __libc_memalign(align, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	return fails("aligned_alloc", size, CALLER) ? NULL : __libc_memalign(align, size);
}

int posix_memalign(void **ret, size_t align, size_t size)
{
	void *p = fails("posix_memalign", size, CALLER) ? NULL : __libc_memalign(align, size);

	if (!p)
		return ENOMEM;
	*ret = p;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/caps.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "base/str.h"

#define CAPS_MAX 64

static void free_name(char **name)
{
	if (*name)
		cap_free(*name);
}

#define cleanup_name __attribute__((cleanup(free_name)))

/* Its number, or -1: nobody knows it. (libcap does not always set errno.) */
static int parse_name(const char *name)
{
	cap_value_t value;

	/* libcap would also take a plain number, lower case, and text behind the name. */
	if (!str_starts(name, "CAP_") || name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")])
		return -1;
	return cap_from_name(name, &value) < 0 ? -1 : (int)value;
}

uint64_t caps_parse(const struct strs *names, void (*unknown)(void *arg, const char *name),
		    void *arg)
{
	uint64_t set = 0;

	for (size_t i = 0; i < names->n; i++) {
		int value = parse_name(names->v[i]);

		if (value < 0)
			unknown(arg, names->v[i]);
		else
			set |= UINT64_C(1) << value;
	}
	return set;
}

/* "cap_chown" for 0; a number for what libcap has no name for. */
static bool has_name(const char *text)
{
	return str_starts(text, "cap_");
}

int caps_each(uint64_t set, void (*each)(void *arg, const char *name), void *arg, struct error *err)
{
	for (int i = 0; i < CAPS_MAX; i++) {
		cleanup_name char *name = NULL;

		if (!(set & (UINT64_C(1) << i)))
			continue;
		name = cap_to_name(i);
		if (!name)
			return error_sys(err, ENOMEM, "name capabilities");
		if (has_name(name))
			for (char *c = name; *c; c++)
				*c = (char)toupper((unsigned char)*c);
		each(arg, name);
	}
	return 0;
}

uint64_t caps_known(void)
{
	uint64_t set = 0;

	for (int i = 0; i < CAPS_MAX; i++) {
		cleanup_name char *name = cap_to_name(i);

		if (name && has_name(name))
			set |= UINT64_C(1) << i;
	}
	return set;
}

uint64_t caps_kernel(void)
{
	uint64_t set = 0;

	for (unsigned long i = 0; i < CAPS_MAX && prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		set |= UINT64_C(1) << i;
	return set;
}

uint64_t caps_own_bounding(uint64_t of)
{
	uint64_t set = 0;

	for (unsigned long i = 0; i < CAPS_MAX; i++)
		if (of >> i & 1 && prctl(PR_CAPBSET_READ, i, 0, 0, 0) > 0)
			set |= UINT64_C(1) << i;
	return set;
}

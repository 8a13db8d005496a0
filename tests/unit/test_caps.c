/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/caps.h"

#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>

#include "base/str.h"
#include "tests/unit/check.h"

#define BIT(n) (UINT64_C(1) << (n))

static void collect(void *arg, const char *name)
{
	struct str *s = arg;

	str_printf(s, "%s ", name);
}

/* clang-format off */
static const struct {
	const char *names[5];
	uint64_t set;
	const char *unknown;
} rows[] = {
	{ { NULL }, 0, "" },
	{ { "CAP_CHOWN" }, BIT(CAP_CHOWN), "" },
	{ { "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_KILL" },
	  BIT(CAP_KILL) | BIT(CAP_NET_BIND_SERVICE),
	  "" },
	{ { "CAP_SYS_ADMIN", "CAP_CHECKPOINT_RESTORE" },
	  BIT(CAP_SYS_ADMIN) | BIT(CAP_CHECKPOINT_RESTORE),
	  "" },
	{ { "CAP_FROBNICATE", "CAP_CHOWN", "" }, BIT(CAP_CHOWN), "CAP_FROBNICATE  " },
	{ { "0", "21", "CHOWN", "CAP_", "CAP_21" }, 0, "0 21 CHOWN CAP_ CAP_21 " },
	{ { "CAP_CHOWN ", "all", "CAP_ALL" }, 0, "CAP_CHOWN  all CAP_ALL " },
};
/* clang-format on */

static void check_row(size_t i)
{
	cleanup_str struct str unknown = { 0 };
	struct strs names = { .v = (const char **)rows[i].names };

	while (names.n < 5 && names.v[names.n])
		names.n++;
	str_add(&unknown, "");
	CHECK(caps_parse(&names, collect, &unknown) == rows[i].set);
	CHECK_STR(unknown.text, rows[i].unknown);
}

static uint64_t bounding_of_status(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	uint64_t set = 0;
	char line[256];

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "CapBnd: %" SCNx64, &set) == 1)
			break;
	fclose(f);
	return set;
}

int main(void)
{
	cleanup_str struct str names = { 0 };
	struct error err = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(i);

	CHECK(caps_each(BIT(CAP_SYS_TIME) | BIT(CAP_CHOWN) | BIT(63), collect, &names, &err) == 0);
	CHECK_STR(names.text, "CAP_CHOWN CAP_SYS_TIME 63 ");

	/* No holes, and no name that cannot be read back. */
	CHECK((caps_known() & (caps_known() + 1)) == 0 && caps_known() >= BIT(CAP_BPF));
	CHECK((caps_kernel() & (caps_kernel() + 1)) == 0 && caps_kernel() >= BIT(CAP_BPF));
	CHECK(caps_own_bounding(~UINT64_C(0)) == bounding_of_status());
	CHECK(caps_own_bounding(BIT(CAP_CHOWN) | BIT(63)) ==
	      (bounding_of_status() & BIT(CAP_CHOWN)));
	return CHECK_DONE();
}

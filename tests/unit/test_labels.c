/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of security modules, on hosts that have them and that do not: what ends up in the plan. */
#include "libcontainer/labels.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "base/str.h"
#include "libcontainer/build.h"
#include "tests/unit/check.h"

#define cleanup_built __attribute__((cleanup(plan_free)))

static const struct labels both = { .selinux = true, .apparmor = true, .calls = true };
static const struct spec_process labelled = { .apparmorProfile = "docker-default",
					      .selinuxLabel = "system_u:system_r:container_t:s0" };

/* ---- what is refused ------------------------------------------------------------------- */

static void test_check(void)
{
	static const struct {
		struct labels host;
		const char *apparmor, *selinux, *mount, *error;
	} cases[] = {
		{ { 0 }, NULL, NULL, NULL, NULL },
		{ { 0 }, "", "", "", NULL },
		{ { 0 }, "unconfined", NULL, NULL, NULL },
		{ { 0 }, "p", NULL, NULL, "process.apparmorProfile: \"p\" is given, but AppArmor" },
		{ { 0 }, NULL, "l", NULL, "process.selinuxLabel: \"l\" is given, but SELinux" },
		{ { 0 }, NULL, NULL, "m", "linux.mountLabel: \"m\" is given, but SELinux" },
		{ { .apparmor = true }, "p", NULL, NULL, NULL },
		{ { .apparmor = true }, "p", "l", NULL, "process.selinuxLabel: " },
		{ { .selinux = true }, NULL, "l", "m", NULL },
		{ { .selinux = true }, "p", "l", "m", "process.apparmorProfile: " },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct spec_process process = { .apparmorProfile = cases[i].apparmor,
						      .selinuxLabel = cases[i].selinux };
		struct error err = { 0 };
		const int r =
			labels_check(&cases[i].host, &process, "process.", cases[i].mount, &err);

		CHECK(r == (cases[i].error ? -ENOTSUP : 0));
		CHECK(!cases[i].error || str_starts(err.text, cases[i].error));
	}
}

/* ---- the process ------------------------------------------------------------------------- */

/* proves: process.selinuxLabel, exec --process-label, exec --apparmor */
static void test_exec(void)
{
	cleanup_built struct plan p = { 0 };
	cleanup_str struct str text = { 0 };
	struct error err = { 0 };

	CHECK(labels_exec(&p, &both, &labelled, &err) == 0);
	plan_print(&p, &text);
	CHECK_STR(text.text, "label (process.apparmorProfile \"docker-default\") "
			     "\"thread-self/attr/apparmor/exec\" "
			     "\"exec docker-default\"\n"
			     "label (process.selinuxLabel \"system_u:system_r:container_t:s0\") "
			     "\"thread-self/attr/exec\" \"system_u:system_r:container_t:s0\"\n");
	CHECK(p.n_slots == 0);
}

static void test_none(void)
{
	const struct spec_process process = { .apparmorProfile = "unconfined", .selinuxLabel = "" };
	cleanup_built struct plan p = { 0 };
	struct error err = { 0 };

	CHECK(labels_exec(&p, &both, &process, &err) == 0 && p.n_ops == 0);
}

/* Where the calls are missing: files of a procfs that nothing is mounted over. */
static void test_files(void)
{
	const struct labels old = { .selinux = true, .apparmor = true };
	cleanup_built struct plan p = { 0 };
	struct error err = { 0 };
	struct statfs fs = { 0 };

	if (geteuid() != 0) {
		printf("# a private procfs needs root\n");
		return;
	}
	CHECK(labels_exec(&p, &old, &labelled, &err) == 0);
	CHECK(p.n_ops == 2 && p.n_slots == 2 && p.ops[0].slot == 0 && p.ops[1].slot == 1);
	for (size_t i = 0; i < p.n_slots; i++) {
		CHECK(p.slots[i].owned && fstatfs(p.slots[i].fd, &fs) == 0 &&
		      fs.f_type == PROC_SUPER_MAGIC);
		/* what init/ opens is there */
		CHECK(faccessat(p.slots[i].fd, "thread-self/attr/exec", W_OK, 0) == 0);
	}
}

/* A keyring carries the label of the process, and nothing that is made later does. */
static void test_keyring(void)
{
	cleanup_built struct plan p = { 0 };
	cleanup_str struct str text = { 0 };
	struct error err = { 0 };

	CHECK(build_keyring(&p, "c1", &both, "l", &err) == 0);
	plan_print(&p, &text);
	CHECK_STR(text.text,
		  "label (process.selinuxLabel \"l\") \"thread-self/attr/keycreate\" \"l\"\n"
		  "keyring (session keyring) \"_ses.c1\"\n"
		  "label (session keyring) \"thread-self/attr/keycreate\" \"\"\n");
}

/* Before no_new_privs, the user and the filter: later they may not be allowed any more. */
static void test_order(void)
{
	static const char *const args[] = { "sh" };
	const struct spec_linux linux = { 0 };
	const struct warren_host host = { 0 };
	struct spec_process process = labelled;
	const struct build_process bp = { .process = &process,
					  .linux = &linux,
					  .labels = &both,
					  .start_sock = -1,
					  .own_ns = -1 };
	cleanup_arena struct arena a = { 0 };
	cleanup_built struct plan p = { 0 };
	cleanup_str struct str text = { 0 };
	struct error err = { 0 };
	const char *label, *privs;

	process.cwd = "/";
	process.noNewPrivileges = true;
	process.args = (struct strs){ 1, (const char **)(uintptr_t)args };
	CHECK(build_process(&a, &p, &host, &bp, &err) == 0);
	plan_print(&p, &text);
	label = strstr(text.text, "label (process.selinuxLabel ");
	privs = strstr(text.text, "no-new-privs");
	CHECK(label && privs && label < privs && privs < strstr(text.text, "user (process.user)"));
}

/* ---- mounts --------------------------------------------------------------------------------- */

/* clang-format off */
static const char mounts[] =
	"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},"
	"\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"]},"
	"\"mounts\":["
	"{\"destination\":\"/proc\",\"type\":\"proc\"},"
	"{\"destination\":\"/sys\",\"type\":\"sysfs\"},"
	"{\"destination\":\"/q\",\"type\":\"mqueue\"},"
	"{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\"},"
	"{\"destination\":\"/t\",\"type\":\"tmpfs\",\"options\":[\"size=1m\"]},"
	"{\"destination\":\"/p\",\"type\":\"devpts\"},"
	"{\"destination\":\"/own\",\"type\":\"tmpfs\",\"options\":[\"context=x\"]},"
	"{\"destination\":\"/b\",\"source\":\"/dev\",\"options\":[\"bind\"]}],"
	"\"linux\":{\"mountLabel\":\"u:r:t:s0:c1,c2\",\"namespaces\":[{\"type\":\"mount\"},"
	"{\"type\":\"cgroup\"}]}}";
/* clang-format on */

/* proves: linux.mountLabel */
static void test_mounts(void)
{
	static const char *const wanted[] = { "proc",
					      "sysfs",
					      "mqueue",
					      "cgroup2",
					      "tmpfs size=1m,context=u:r:t:s0:c1,c2",
					      "devpts context=u:r:t:s0:c1,c2",
					      "tmpfs context=x" };
	const struct warren_create args = { .id = "c1" };
	struct build b = BUILD_INIT;
	cleanup_str struct str text = { 0 };
	struct error err = { 0 };

	b.args = &args;
	b.bundle = "/";
	CHECK(spec_parse(&b.arena, mounts, strlen(mounts), &b.spec, &err) == 0);
	b.listed = CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNS;
	CHECK(b.spec && build_mounts(&b, &b.init, &err) == 0);
	CHECK_STR(err.text, "");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		cleanup_str struct str want = { 0 };
		char mark[32], *line, *end;

		text.len = 0;
		plan_print(&b.init, &text);
		snprintf(mark, sizeof(mark), "(mounts[%zu]", i);
		line = strstr(text.text, mark);
		end = line ? strchr(line, '\n') : NULL;
		str_printf(&want, " %s", wanted[i]);
		if (end)
			*end = '\0';
		CHECK(end && (size_t)(end - line) > want.len &&
		      strcmp(end - want.len, want.text) == 0);
	}
	CHECK(strstr(text.text,
		     "(mounts[2] /q) \"/q\" out=1 mqueue\n"
		     "mount-label (linux.mountLabel \"u:r:t:s0:c1,c2\" for mounts[2] /q) "
		     "\"u:r:t:s0:c1,c2\" slot=1\n"));
	build_free(&b);
}

/* The queues of the host's own ipc namespace are not the guest's to label. */
static void test_host_queues(void)
{
	const struct warren_create args = { .id = "c1" };
	struct build b = BUILD_INIT;
	cleanup_str struct str text = { 0 };
	struct error err = { 0 };

	b.args = &args;
	b.bundle = "/";
	CHECK(spec_parse(&b.arena, mounts, strlen(mounts), &b.spec, &err) == 0);
	b.listed = CLONE_NEWCGROUP | CLONE_NEWNS;
	CHECK(b.spec && build_mounts(&b, &b.init, &err) == 0);
	plan_print(&b.init, &text);
	CHECK(!strstr(text.text, "mount-label"));
	build_free(&b);
}

int main(void)
{
	test_check();
	test_exec();
	test_none();
	test_files();
	test_keyring();
	test_order();
	test_mounts();
	test_host_queues();
	return CHECK_DONE();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of a plan: what the runtime writes, and what the guest side accepts. */
#include "tests/unit/init_plan.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/str.h"
#include "libcontainer/build.h"
#include "libcontainer/plan.h"
#include "tests/unit/check.h"

#define cleanup_built __attribute__((cleanup(plan_free)))

/* A sealed plan, read back; NULL: it could not be sealed. The caller frees it. */
static char *sealed(struct plan *p, int sock, int first_free, size_t *ret_size)
{
	struct error err = { 0 };
	cleanup_fd int fd = plan_seal(p, sock, first_free, &err);
	struct stat st;
	char *data;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	*ret_size = (size_t)st.st_size;
	data = malloc(*ret_size);
	if (!data || pread(fd, data, *ret_size, 0) != (ssize_t)*ret_size)
		abort();
	return data;
}

static const struct plan_op *op_at(const char *plan, uint32_t i)
{
	const struct plan_head *head = (const void *)plan;

	return (const struct plan_op *)(plan + head->ops_at) + i;
}

/* ---- writing ----------------------------------------------------------------------- */

static void test_offsets(void)
{
	cleanup_built struct plan p = { .root_uid = 1000, .root_gid = 1001 };
	const struct plan_node node = { .mode = 0666, .major = 1, .minor = 3 };
	cleanup_free char *data = NULL;
	const struct plan_head *head;
	const struct plan_op *op;
	size_t size = 0;

	plan_add(&p, PLAN_DIR, "process.cwd")->text = plan_put_text(&p, "/work");
	plan_payload(&p, plan_add(&p, PLAN_NODE, "%s[%d]", "devices", 7), &node, sizeof(node));
	plan_add(&p, PLAN_ENTER, NULL)->out = (int16_t)plan_slot_empty(&p);
	data = sealed(&p, 5, 3, &size);
	CHECK(data && plan_check(data, size) == 0);
	if (!data)
		return;
	head = (const void *)data;
	CHECK(head->magic == PLAN_MAGIC && head->version == PLAN_VERSION && head->size == size);
	CHECK(head->root_uid == 1000 && head->root_gid == 1001 && head->sock == 5);
	CHECK(head->ops_count == 4 && head->slots_count == 1);
	CHECK(((const int32_t *)(data + head->slots_at))[0] == -1);
	CHECK(op_at(data, 0)->kind == PLAN_CLOSE);
	op = op_at(data, 1);
	CHECK(op->kind == PLAN_DIR && op->slot == -1 && op->out == -1);
	CHECK_STR(data + op->what, "process.cwd");
	CHECK_STR(data + op->text, "/work");
	op = op_at(data, 2);
	CHECK_STR(data + op->what, "devices[7]");
	CHECK(op->size == sizeof(node) && op->data % 8 == 0 &&
	      memcmp(data + op->data, &node, sizeof(node)) == 0);
	CHECK(op_at(data, 3)->what == 0 && op_at(data, 3)->out == 0);
}

static void test_seals(void)
{
	const int all = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	cleanup_built struct plan p = { 0 };
	struct error err = { 0 };
	cleanup_fd int fd = plan_seal(&p, 3, 3, &err);

	CHECK(fd >= 0 && (fcntl(fd, F_GET_SEALS) & all) == all);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK(pwrite(fd, "x", 1, 0) < 0 && ftruncate(fd, 0) < 0 && ftruncate(fd, 1 << 20) < 0);
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
}

/* A caller with a closed stdin: our own descriptor must not become the guest's. */
static void test_low(void)
{
	cleanup_built struct plan p = { 0 };
	struct error err = { 0 };

	plan_slot_borrow(&p, 2);
	CHECK(plan_seal(&p, 7, 3, &err) == -EBADF && strstr(err.text, "0 to 2 must be open"));
}

/* A plan may be sealed again: exec does it when its cgroup turns out to be divided. */
static void test_twice(void)
{
	cleanup_built struct plan p = { 0 };
	cleanup_free char *first = NULL, *second = NULL;
	size_t size = 0;

	plan_add(&p, PLAN_HOSTNAME, "hostname")->text = plan_put_text(&p, "name");
	first = sealed(&p, 4, 3, &size);
	second = sealed(&p, 9, 3, &size);
	CHECK(first && second && plan_check(second, size) == 0);
	CHECK(second && ((const struct plan_head *)second)->sock == 9);
	CHECK(second && ((const struct plan_head *)second)->ops_count == 2);
	if (second)
		CHECK_STR(second + op_at(second, 1)->text, "name");
}

/* What is added later and has to happen earlier; its texts stay where they are. */
static void test_move(void)
{
	cleanup_built struct plan p = { 0 };
	cleanup_str struct str text = { 0 };

	plan_add(&p, PLAN_UNSHARE, NULL);
	plan_add(&p, PLAN_DIR, NULL)->text = plan_put_text(&p, "/a");
	plan_add(&p, PLAN_FILE, NULL)->text = plan_put_text(&p, "/b");
	plan_move_last(&p, 2); /* where it is */
	plan_add(&p, PLAN_CLONE, "source")->text = plan_put_text(&p, "/c");
	plan_move_last(&p, 1);
	plan_add(&p, PLAN_MNT_COPY, NULL);
	plan_move_last(&p, 0);
	plan_print(&p, &text);
	CHECK_STR(text.text, "mnt-copy\nunshare\nclone (source) \"/c\"\n"
			     "dir \"/a\"\nfile \"/b\"\n");
}

static bool gaps_are(const char *plan, const struct plan_range *want, uint32_t n)
{
	const struct plan_ranges *got = (const void *)(plan + op_at(plan, 0)->data);
	const uint32_t size = (uint32_t)(sizeof(*got) + n * sizeof(*want));

	if (got->n == n && op_at(plan, 0)->size == size &&
	    memcmp(got->v, want, n * sizeof(*want)) == 0)
		return true;
	for (uint32_t i = 0; i < got->n; i++)
		printf("# %u - %u\n", got->v[i].first, got->v[i].last);
	return false;
}

/* Numbers only: nothing is opened, and borrowed slots are not closed. */
static void test_gaps(void)
{
	static const struct {
		int sock, first, n_slots, slots[6];
		uint32_t n;
		struct plan_range want[6];
	} cases[] = {
		{ 3, 3, 0, { 0 }, 1, { { 4, ~0U } } },
		{ 7, 3, 0, { 0 }, 2, { { 3, 6 }, { 8, ~0U } } },
		{ 4, 3, 3, { 9, 5, 3 }, 2, { { 6, 8 }, { 10, ~0U } } },
		{ 8, 5, 2, { 6, 6 }, 3, { { 5, 5 }, { 7, 7 }, { 9, ~0U } } },
		/* empty slots name nothing */
		{ 5, 3, 3, { -1, 9, -1 }, 3, { { 3, 4 }, { 6, 8 }, { 10, ~0U } } },
		/* preserved ones are never closed */
		{ 20, 10, 2, { 12, 10 }, 3, { { 11, 11 }, { 13, 19 }, { 21, ~0U } } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cleanup_built struct plan p = { 0 };
		cleanup_free char *data = NULL;
		size_t size = 0;

		for (int s = 0; s < cases[i].n_slots; s++)
			plan_slot_borrow(&p, cases[i].slots[s]);
		data = sealed(&p, cases[i].sock, cases[i].first, &size);
		CHECK(data && gaps_are(data, cases[i].want, cases[i].n));
	}
}

static void test_slots(void)
{
	struct plan p = { 0 };
	const int fd = dup(STDIN_FILENO), kept = dup(STDIN_FILENO);
	struct error err = { 0 };

	CHECK(plan_slot_take(&p, fd) == 0 && plan_slot_borrow(&p, kept) == 1);
	CHECK(plan_slot_empty(&p) == 2);
	plan_free(&p);
	CHECK(fcntl(fd, F_GETFD) < 0 && fcntl(kept, F_GETFD) >= 0);
	close(kept);

	for (int i = 0; i < PLAN_SLOTS; i++)
		plan_slot_empty(&p);
	CHECK(p.n_slots == PLAN_SLOTS && !p.failed);
	CHECK(plan_slot_empty(&p) < 0 && plan_seal(&p, 3, 3, &err) == -ENOMEM);
	CHECK(strstr(err.text, "too large"));
	plan_free(&p);
	CHECK(!p.data && !p.n_slots && !p.failed);
}

static void test_large(void)
{
	cleanup_built struct plan p = { 0 };
	cleanup_free char *text = malloc(200001), *data = NULL;
	size_t size = 0;

	memset(text, 'x', 200000);
	text[200000] = '\0';
	for (int i = 0; i < 1000; i++)
		plan_add(&p, PLAN_DIR, "%s", text)->text = plan_put_text(&p, i ? "/d" : text);
	data = sealed(&p, 3, 3, &size);
	CHECK(data && plan_check(data, size) == 0);
	CHECK(data && strlen(data + op_at(data, 1)->text) == 200000);
	CHECK(data && strlen(data + op_at(data, 1)->what) < 300);
	CHECK(data && strcmp(data + op_at(data, 1000)->text, "/d") == 0);
}

/* ---- reading ------------------------------------------------------------------------ */

/* One operation of every kind that has a payload, so that each rule has something to refuse. */
static char *sample(size_t *ret_size)
{
	cleanup_built struct plan p = { 0 };
	const struct plan_console console = { 0 };
	const struct plan_rlimit limit = { 0 };
	const struct plan_scheduler scheduler = { 0 };
	const struct plan_label label = { 0 };
	const struct plan_caps caps = { 0 };
	const struct plan_attr attr = { 0 };
	const struct plan_node node = { 0 };
	const struct plan_user user = { 0 };
	const struct plan_exec exec = { 0 };
	const struct plan_hook hook = { 0 };
	const struct plan_fs fs = { 0 };
	struct plan_op *op;

	plan_slot_empty(&p);
	plan_payload(&p, plan_add(&p, PLAN_FS, "fs"), &fs, sizeof(fs));
	plan_payload(&p, plan_add(&p, PLAN_TREE, "tree"), &attr, sizeof(attr));
	plan_payload(&p, plan_add(&p, PLAN_SETATTR, "attr"), &attr, sizeof(attr));
	plan_payload(&p, plan_add(&p, PLAN_NODE, "node"), &node, sizeof(node));
	plan_payload(&p, plan_add(&p, PLAN_LINK, "link"), "target", 7);
	plan_payload(&p, plan_add(&p, PLAN_SYSCTL, "sysctl"), "1", 2);
	plan_payload(&p, plan_add(&p, PLAN_HOOK, "hook"), &hook, sizeof(hook));
	plan_payload(&p, plan_add(&p, PLAN_CONSOLE, "console"), &console, sizeof(console));
	plan_payload(&p, plan_add(&p, PLAN_LABEL, "label"), &label, sizeof(label));
	plan_payload(&p, plan_add(&p, PLAN_SCHEDULER, "scheduler"), &scheduler, sizeof(scheduler));
	plan_payload(&p, plan_add(&p, PLAN_RLIMIT, "rlimit"), &limit, sizeof(limit));
	plan_payload(&p, plan_add(&p, PLAN_BOUNDING, "bounding"), &caps, sizeof(caps));
	plan_payload(&p, plan_add(&p, PLAN_CAPS, "caps"), &caps, sizeof(caps));
	plan_payload(&p, plan_add(&p, PLAN_USER, "user"), &user, sizeof(user));
	plan_payload(&p, plan_add(&p, PLAN_LOOKUP, "lookup"), &exec, sizeof(exec));
	plan_add(&p, PLAN_EXEC, "exec");
	op = plan_add(&p, PLAN_MASK, "mask");
	op->out = 0;
	op = plan_add(&p, PLAN_CLONE, "clone");
	op->out = 0;
	plan_payload(&p, op, &attr, sizeof(attr));
	return sealed(&p, 3, 3, ret_size);
}

/* Whether it is still a plan when `bytes` at `at` are replaced by value. */
static bool accepts(size_t at, uint64_t value, size_t bytes)
{
	cleanup_free char *data = NULL;
	size_t size;

	data = sample(&size);
	memcpy(data + at, &value, bytes);
	return plan_check(data, size) == 0;
}

#define HEAD(member) offsetof(struct plan_head, member)

static void test_head(void)
{
	cleanup_free char *data = NULL;
	size_t size = 0;

	data = sample(&size);
	CHECK(plan_check(data, size) == 0);
	for (size_t n = 0; n < size; n += n < 64 ? 1 : 97)
		if (plan_check(data, n) == 0)
			CHECK(n == size);
	CHECK(plan_check(data, size - 1) < 0);
	data[size - 1] = 'x'; /* then a text might not end */
	CHECK(plan_check(data, size) < 0);
	CHECK(!accepts(HEAD(magic), PLAN_MAGIC ^ 1, 4) && accepts(HEAD(magic), PLAN_MAGIC, 4));
	CHECK(!accepts(HEAD(version), PLAN_VERSION + 1, 4) && !accepts(HEAD(version), 0, 4));
	CHECK(!accepts(HEAD(size), size + 8, 4) && !accepts(HEAD(size), 0, 4));
	CHECK(!accepts(HEAD(size), sizeof(struct plan_head) - 1, 4) &&
	      !accepts(HEAD(size), ~0U, 4));
	CHECK(!accepts(HEAD(ops_at), size, 4) && !accepts(HEAD(ops_at), ~7U, 4));
	CHECK(!accepts(HEAD(ops_at), ((struct plan_head *)data)->ops_at + 4, 4));
	CHECK(!accepts(HEAD(ops_count), ~0U, 4) && !accepts(HEAD(ops_count), 0x10000000, 4));
	CHECK(!accepts(HEAD(ops_count), ((struct plan_head *)data)->ops_count + 1, 4));
	CHECK(accepts(HEAD(ops_count), 0, 4));
	CHECK(!accepts(HEAD(slots_count), PLAN_SLOTS + 1, 4) &&
	      !accepts(HEAD(slots_count), ~0U, 4));
	CHECK(!accepts(HEAD(slots_count), 0, 4)); /* an operation names one */
	CHECK(!accepts(HEAD(slots_at), size, 4) && !accepts(HEAD(slots_at), ~0U, 4));
}

static void test_op(const char *plan, size_t size, uint32_t i)
{
	const struct plan_op *op = op_at(plan, i);
	const size_t at = (size_t)((const char *)op - plan);

#define OP_AT(member) (at + offsetof(struct plan_op, member))
	CHECK(!accepts(OP_AT(kind), 0, 2) && !accepts(OP_AT(kind), PLAN_KINDS, 2));
	CHECK(!accepts(OP_AT(what), size, 4) && !accepts(OP_AT(what), ~0U, 4));
	CHECK(accepts(OP_AT(what), size - 1, 4));
	CHECK(!accepts(OP_AT(text), size, 4) && !accepts(OP_AT(text), ~0U, 4));
	CHECK(!accepts(OP_AT(slot), 1, 2) && !accepts(OP_AT(slot), (uint64_t)-2, 2));
	CHECK(accepts(OP_AT(slot), 0, 2) && !accepts(OP_AT(slot), 0x7fff, 2));
	CHECK(!accepts(OP_AT(out), 1, 2) && !accepts(OP_AT(out), 0x8000, 2));
	CHECK(!accepts(OP_AT(data), size + 8, 4) && !accepts(OP_AT(data), ~7U, 4));
	if (op->size) {
		CHECK(!accepts(OP_AT(data), size & ~7UL, 4) || op->size <= (size & 7));
		CHECK(!accepts(OP_AT(data), op->data + 4, 4));
		CHECK(!accepts(OP_AT(size), 0, 4) && !accepts(OP_AT(size), size, 4));
		CHECK(!accepts(OP_AT(size), ~0U, 4));
	}
	if (op->kind == PLAN_MASK || op->kind == PLAN_CLONE) /* written to */
		CHECK(!accepts(OP_AT(out), 0xffff, 2));
	if (op->size > 8)
		CHECK(!accepts(OP_AT(size), op->size - 1, 4));
#undef OP_AT
}

/* A count in a payload that says more than there is. */
static void test_counts(const char *plan, uint32_t i)
{
	const struct plan_op *op = op_at(plan, i);
	size_t first, second = 0;

	switch (op->kind) {
	case PLAN_CLOSE:
		first = offsetof(struct plan_ranges, n);
		break;
	case PLAN_FS:
		first = offsetof(struct plan_fs, n);
		break;
	case PLAN_USER:
		first = offsetof(struct plan_user, n);
		break;
	case PLAN_HOOK:
		first = offsetof(struct plan_hook, n_args);
		second = offsetof(struct plan_hook, n_env);
		break;
	case PLAN_LOOKUP:
		first = offsetof(struct plan_exec, n_args);
		second = offsetof(struct plan_exec, n_env);
		break;
	default:
		return;
	}
	CHECK(!accepts(op->data + first, 1000, 4) && !accepts(op->data + first, ~0U, 4));
	/* times the size of an entry it would be 0, or small, in 32 bits */
	CHECK(!accepts(op->data + first, 0x40000000, 4) &&
	      !accepts(op->data + first, 0x80000000, 4));
	if (second)
		CHECK(!accepts(op->data + second, 1, 4) && !accepts(op->data + second, ~0U, 4));
}

static void test_refusals(void)
{
	cleanup_free char *plan = NULL;
	size_t size = 0;

	plan = sample(&size);
	for (uint32_t i = 0; i < ((const struct plan_head *)plan)->ops_count; i++) {
		test_op(plan, size, i);
		test_counts(plan, i);
	}
}

static void test_text(void)
{
	cleanup_free char *plan = NULL;
	size_t size = 0;
	struct guest g = { .parent = -1 };

	plan = sample(&size);
	g.base = plan;
	g.head = (const void *)plan;
	/* named in payloads, which plan_check() does not look into */
	CHECK_STR(plan_text(&g, 0), "");
	CHECK_STR(plan_text(&g, (uint32_t)size), "");
	CHECK_STR(plan_text(&g, ~0U), "");
	CHECK_STR(plan_text(&g, op_at(plan, 1)->what), "fs");
	CHECK(plan_slot(&g, -1) == -1);
}

/* ---- a whole one --------------------------------------------------------------------- */

static const char config[] =
	"{ \"ociVersion\": \"1.3.0\", \"root\": { \"path\": \"r\" }, \"hostname\": \"h\", "
	"\"process\": { \"cwd\": \"/w\", \"args\": [ \"sh\", \"-c\", \"x\" ], "
	"\"env\": [ \"A=1\", \"A=2\" ], \"user\": { \"uid\": 5, \"gid\": 6, \"umask\": 63 }, "
	"\"noNewPrivileges\": true, "
	"\"rlimits\": [ { \"type\": \"RLIMIT_NOFILE\", \"soft\": 3, \"hard\": 4 } ] }, "
	"\"linux\": { \"namespaces\": [ { \"type\": \"mount\" }, { \"type\": \"pid\" }, "
	"{ \"type\": \"network\" } ] } }";

static const char wanted[] = "affinity flags=0x1\n"
			     "keyring (session keyring) \"_ses.c1\"\n"
			     "loopback (bring up lo)\n"
			     "stdio arg=0x5\n"
			     "session (setsid)\n"
			     "umask arg=0x3f\n"
			     "no-new-privs (process.noNewPrivileges)\n"
			     "bounding (process.capabilities.bounding)\n"
			     "cwd \"/w\" flags=0x1\n"
			     "user (process.user)\n"
			     "caps (process.capabilities)\n"
			     "cwd \"/w\" flags=0x2\n"
			     "lookup arg=0x5 flags=0x400\n"
			     "shed (close descriptors) arg=0x4\n"
			     "ready\n"
			     "sync arg=0x8\n"
			     "rlimit (process.rlimits[0] RLIMIT_NOFILE)\n"
			     "exec\n";

/* What the signals of whoever runs this test are, is not the test's business. */
static const char *without_signals(const char *text)
{
	return strncmp(text, "signals ", 8) == 0 ? strchr(text, '\n') + 1 : text;
}

static void test_print(void)
{
	const struct warren_host host = { .root = "/nonexistent" };
	const struct warren_create args = { .id = "c1", .preserve_fds = 1 };
	struct build b = BUILD_INIT;
	struct build_process bp = { .start_sock = -1, .own_ns = -1, .first_free = 4 };
	cleanup_str struct str text = { 0 };
	struct error err = { 0 };

	b.host = &host;
	b.args = &args;
	CHECK(spec_parse(&b.arena, config, strlen(config), &b.spec, &err) == 0);
	if (!b.spec)
		return;
	bp.process = b.spec->process;
	bp.linux = b.spec->linux;
	bp.labels = &b.labels;
	CHECK(build_open_namespaces(&b, &err) == 0 && build_namespaces(&b, &err) == 0);
	CHECK(b.clone_flags == (CLONE_NEWPID | CLONE_NEWNET) && !b.split && !b.userns);
	CHECK(build_process(&b.arena, &b.init, &host, &bp, &err) == 0);
	plan_print(&b.init, &text);
	CHECK(strcmp(without_signals(text.text), wanted) == 0);
	build_free(&b);
}

static char *plan_of_exec(const char *forbidden, bool no_new_privs)
{
	static const char with[] =
		"{ \"ociVersion\": \"1.3.0\", \"root\": { \"path\": \"r\" }, \"process\": { "
		"\"cwd\": \"/\", "
		"\"args\": [ \"x\" ], \"user\": { \"uid\": 5, \"gid\": 5 }, \"terminal\": true, "
		"\"noNewPrivileges\": %s }, \"linux\": { \"seccomp\": { \"defaultAction\": "
		"\"SCMP_ACT_ALLOW\", \"syscalls\": [ { \"names\": [ \"%s\" ], \"action\": "
		"\"SCMP_ACT_ERRNO\" } ] } } }";
	const struct warren_host host = { .root = "/nonexistent" };
	cleanup_arena struct arena a = { 0 };
	cleanup_built struct plan p = { 0 };
	cleanup_str struct str config_text = { 0 }, text = { 0 };
	struct build_process bp = { .start_sock = -1, .own_ns = -1, .first_free = 3, .fork = true };
	struct labels labels = { 0 };
	struct error err = { 0 };
	struct spec *spec;

	str_printf(&config_text, with, no_new_privs ? "true" : "false", forbidden);
	CHECK(spec_parse(&a, config_text.text, config_text.len, &spec, &err) == 0);
	bp.process = spec->process;
	bp.linux = spec->linux;
	bp.seccomp = spec->linux->seccomp;
	bp.labels = &labels;
	CHECK(build_process(&a, &p, &host, &bp, &err) == 0);
	plan_print(&p, &text);
	return str_take(&text);
}

/* Whether the names of these steps, each from the start of a line, come in this order. */
static bool in_order(const char *plan, const char *const *steps)
{
	for (; *steps; steps++) {
		const size_t n = strlen(*steps);

		while (*plan && (strncmp(plan, *steps, n) != 0 || !strchr(" \n", plan[n])))
			plan += strcspn(plan, "\n") + 1;
		if (!*plan)
			return false;
		plan += strcspn(plan, "\n") + 1;
	}
	return true;
}

/* What appears in the guest's pid namespace has given up all that it has to. */
static void test_fork_is_late(void)
{
	static const char *const early[] = { "console", "user", "caps",    "lookup",  "shed",
					     "seccomp", "fork", "session", "control", "ready",
					     "sync",    "exec", NULL };
	static const char *const given_up[] = { "shed", "caps", "seccomp", "caps", "fork", NULL };
	static const char *const late[] = { "user", "caps",    "shed", "fork", "session",
					    "sync", "seccomp", "exec", NULL };
	cleanup_free char *unprivileged = plan_of_exec("clone3", true);
	cleanup_free char *privileged = plan_of_exec("clone3", false);
	cleanup_free char *strict = plan_of_exec("setsid", true);

	CHECK(in_order(unprivileged, early) && !in_order(unprivileged, given_up));
	CHECK(in_order(privileged, early) && in_order(privileged, given_up));
	CHECK(in_order(strict, late) && !in_order(strict, early));
}

/* Every kind has a name, and something that executes it. */
static void test_names(void)
{
	for (int kind = 1; kind < PLAN_KINDS; kind++) {
		cleanup_built struct plan p = { 0 };
		cleanup_str struct str text = { 0 };

		plan_add(&p, (enum plan_kind)kind, NULL);
		plan_print(&p, &text);
		CHECK(text.len > 2 && run[kind]);
	}
}

int main(void)
{
	test_offsets();
	test_seals();
	test_low();
	test_twice();
	test_move();
	test_gaps();
	test_slots();
	test_large();
	test_head();
	test_refusals();
	test_text();
	test_print();
	test_fork_is_late();
	test_names();
	return CHECK_DONE();
}

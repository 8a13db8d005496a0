/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/filter.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/filter.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <seccomp.h>

#include "base/fd.h"
#include "base/sys.h"
#include "spec/names.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* 5.19 */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef MFD_NOEXEC_SEAL /* 6.3 */
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define COUNT(table) (sizeof(table) / sizeof(*(table)))
#define ARGS_MAX 6

/* ---- libseccomp, opened by hand ------------------------------------------ */

struct lib {
	void *handle;
	scmp_filter_ctx ctx;
	__typeof__(seccomp_version) *version;
	__typeof__(seccomp_init) *init;
	__typeof__(seccomp_release) *release;
	__typeof__(seccomp_attr_set) *attr_set;
	__typeof__(seccomp_arch_native) *arch_native;
	__typeof__(seccomp_arch_resolve_name) *arch_resolve_name;
	__typeof__(seccomp_arch_add) *arch_add;
	__typeof__(seccomp_syscall_resolve_name) *resolve_name;
	__typeof__(seccomp_syscall_resolve_num_arch) *resolve_num;
	__typeof__(seccomp_rule_add_array) *rule_add;
	__typeof__(seccomp_export_bpf) *export_bpf;
};

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	{ "seccomp_version", offsetof(struct lib, version) },
	{ "seccomp_init", offsetof(struct lib, init) },
	{ "seccomp_release", offsetof(struct lib, release) },
	{ "seccomp_attr_set", offsetof(struct lib, attr_set) },
	{ "seccomp_arch_native", offsetof(struct lib, arch_native) },
	{ "seccomp_arch_resolve_name", offsetof(struct lib, arch_resolve_name) },
	{ "seccomp_arch_add", offsetof(struct lib, arch_add) },
	{ "seccomp_syscall_resolve_name", offsetof(struct lib, resolve_name) },
	{ "seccomp_syscall_resolve_num_arch", offsetof(struct lib, resolve_num) },
	{ "seccomp_rule_add_array", offsetof(struct lib, rule_add) },
	{ "seccomp_export_bpf", offsetof(struct lib, export_bpf) },
};

static void lib_close(struct lib *lib)
{
	if (lib->ctx)
		lib->release(lib->ctx);
	if (lib->handle)
		dlclose(lib->handle);
	*lib = (struct lib){ 0 };
}

#define cleanup_lib __attribute__((cleanup(lib_close)))

/* 0, or -EOPNOTSUPP: not installed, or older than 2.4. */
static int lib_open(struct lib *lib)
{
	lib->handle = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);
	if (!lib->handle)
		return -EOPNOTSUPP;
	for (size_t i = 0; i < COUNT(symbols); i++) {
		void *symbol = dlsym(lib->handle, symbols[i].name);

		if (!symbol) {
			lib_close(lib);
			return -EOPNOTSUPP;
		}
		memcpy((char *)lib + symbols[i].offset, &symbol, sizeof(symbol));
	}
	return 0;
}

static const char *lib_path(struct arena *a, const struct lib *lib)
{
	struct link_map *map = NULL;

	if (dlinfo(lib->handle, RTLD_DI_LINKMAP, &map) < 0 || !map->l_name)
		return NULL;
	return arena_strndup(a, map->l_name, strlen(map->l_name));
}

static bool lib_at_least(const struct lib *lib, unsigned major, unsigned minor)
{
	const struct scmp_version *v = lib->version();

	return v->major > major || (v->major == major && v->minor >= minor);
}

const char *filter_version(char *buf, size_t size)
{
	cleanup_lib struct lib lib = { 0 };
	const struct scmp_version *v;

	buf[0] = '\0';
	if (lib_open(&lib) < 0)
		return buf;
	v = lib.version();
	snprintf(buf, size, "%u.%u.%u", v->major, v->minor, v->micro);
	return buf;
}

/* ---- words of the profile -------------------------------------------------- */

/* clang-format off */
static const struct {
	uint32_t value;
	uint32_t data_max; /* the largest errnoRet; 0: takes none */
	bool permissive;   /* a call with this action may still be made */
} actions[] = {
	[SPEC_ACT_KILL] = { SCMP_ACT_KILL, 0, false },
	[SPEC_ACT_KILL_PROCESS] = { SCMP_ACT_KILL_PROCESS, 0, false },
	[SPEC_ACT_KILL_THREAD] = { SCMP_ACT_KILL_THREAD, 0, false },
	[SPEC_ACT_TRAP] = { SCMP_ACT_TRAP, 0, false },
	[SPEC_ACT_ERRNO] = { SCMP_ACT_ERRNO(0), 4094, false },
	[SPEC_ACT_TRACE] = { SCMP_ACT_TRACE(0), 65535, true },
	[SPEC_ACT_ALLOW] = { SCMP_ACT_ALLOW, 0, true },
	[SPEC_ACT_LOG] = { SCMP_ACT_LOG, 0, true },
	[SPEC_ACT_NOTIFY] = { SCMP_ACT_NOTIFY, 0, true },
};

static const enum scmp_compare operators[] = {
	[SPEC_CMP_NE] = SCMP_CMP_NE, [SPEC_CMP_LT] = SCMP_CMP_LT,
	[SPEC_CMP_LE] = SCMP_CMP_LE, [SPEC_CMP_EQ] = SCMP_CMP_EQ,
	[SPEC_CMP_GE] = SCMP_CMP_GE, [SPEC_CMP_GT] = SCMP_CMP_GT,
	[SPEC_CMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
};
/* clang-format on */

static const struct {
	const char *name;
	uint32_t bit;
} flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};

static uint32_t flag_bit(const char *name)
{
	for (size_t i = 0; i < COUNT(flags); i++)
		if (strcmp(flags[i].name, name) == 0)
			return flags[i].bit;
	return 0;
}

bool filter_flag_supported(const char *name)
{
	uint32_t bits = flag_bit(name);

	/* Only with the listener that it is about. */
	if (bits == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
		bits |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	/* A kernel without the flag says EINVAL before it misses the program. */
	return bits && SYS_3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, bits, NULL) == -EFAULT;
}

/* An action with its errno as libseccomp wants it. */
static int action_value(int action, const struct opt_u32 *errno_ret, uint32_t *ret,
			struct error *err)
{
	uint32_t max;

	if (action < 0 || (size_t)action >= COUNT(actions))
		return error_set(err, EINVAL, "unknown action %d", action);
	max = actions[action].data_max;
	if (errno_ret->set && !max)
		return error_set(
			err, EINVAL,
			"an errno goes with SCMP_ACT_ERRNO and SCMP_ACT_TRACE, not with %s",
			spec_seccomp_actions[action]);
	if (errno_ret->set && errno_ret->val > max)
		return error_set(err, ERANGE, "errno %u is above %u", errno_ret->val, max);
	*ret = actions[action].value;
	if (max)
		*ret |= errno_ret->set ? errno_ret->val : EPERM;
	return 0;
}

int filter_flags(const struct spec_seccomp *sc, uint32_t *ret, struct error *err)
{
	uint32_t bits = 0;

	/* What a profile that says nothing gets; an empty list asks for none. */
	if (!sc->flags.v)
		bits = SECCOMP_FILTER_FLAG_SPEC_ALLOW;

	for (size_t i = 0; i < sc->flags.n; i++) {
		uint32_t bit = flag_bit(sc->flags.v[i]);

		if (!bit)
			return error_set(err, EINVAL,
					 "linux.seccomp.flags[%zu]: unknown flag \"%s\"", i,
					 sc->flags.v[i]);
		bits |= bit;
	}
	if ((bits & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) && !spec_seccomp_notifies(sc))
		return error_set(err, EINVAL,
				 "linux.seccomp.flags: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV "
				 "needs a rule with SCMP_ACT_NOTIFY");

	if (spec_seccomp_notifies(sc))
		bits |= SECCOMP_FILTER_FLAG_NEW_LISTENER;

	/* The guest's program is not started yet, there is one thread: nothing to synchronise. */
	*ret = bits & ~(uint32_t)SECCOMP_FILTER_FLAG_TSYNC;
	return 0;
}

/* ---- building ---------------------------------------------------------------- */

/* "SCMP_ARCH_X86_64" is "x86_64" for libseccomp; 0: unknown. */
static uint32_t arch_token(const struct lib *lib, const char *name)
{
	static const char prefix[] = "SCMP_ARCH_";
	char lower[32];
	size_t n;

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return 0;
	name += strlen(prefix);
	for (n = 0; name[n] && n < sizeof(lower) - 1; n++)
		lower[n] = (char)tolower((unsigned char)name[n]);
	lower[n] = '\0';
	return name[n] ? 0 : lib->arch_resolve_name(lower);
}

static int add_archs(const struct lib *lib, const struct spec_seccomp *sc, struct error *err)
{
	for (size_t i = 0; i < sc->architectures.n; i++) {
		const char *name = sc->architectures.v[i];
		uint32_t token = arch_token(lib, name);
		int r;

		if (!token)
			return error_set(
				err, EINVAL,
				"linux.seccomp.architectures[%zu]: unknown architecture \"%s\"", i,
				name);
		r = lib->arch_add(lib->ctx, token);
		if (r == -EDOM)
			return error_set(
				err, EINVAL,
				"linux.seccomp.architectures[%zu]: %s has another byte order "
				"than this machine",
				i, name);
		if (r < 0 && r != -EEXIST)
			return error_sys(err, -r, "linux.seccomp.architectures[%zu]: add %s", i,
					 name);
	}
	return 0;
}

/* One entry of the profile, for each of its names. */
struct rule {
	uint32_t action;
	unsigned n;
	bool split; /* libseccomp cannot join two conditions on one argument: "or" then */
	struct scmp_arg_cmp *conditions;
};

static int read_conditions(struct arena *a, const struct spec_syscall *entry, struct rule *ret,
			   struct error *err)
{
	unsigned seen = 0;

	ret->conditions = arena_array(a, entry->args.n, sizeof(*ret->conditions));
	if (!ret->conditions)
		return error_sys(err, ENOMEM, "compile");
	for (; ret->n < entry->args.n; ret->n++) {
		const struct spec_seccomp_arg *arg = &entry->args.v[ret->n];

		if (arg->index >= ARGS_MAX)
			return error_set(err, EINVAL,
					 "args[%u].index: a system call has no argument %u", ret->n,
					 arg->index);
		if (arg->op < 0 || (size_t)arg->op >= COUNT(operators))
			return error_set(err, EINVAL, "args[%u].op: unknown operator %d", ret->n,
					 arg->op);
		ret->conditions[ret->n] = (struct scmp_arg_cmp){
			.arg = arg->index,
			.op = operators[arg->op],
			.datum_a = arg->value,
			.datum_b = arg->valueTwo,
		};
		ret->split |= (seen & (1u << arg->index)) != 0;
		seen |= 1u << arg->index;
	}
	return 0;
}

static int rule_refused(const char *name, int code, struct error *err)
{
	if (code == EEXIST)
		return error_set(err, EINVAL,
				 "%s: an earlier rule says otherwise for the same case", name);
	if (code == EOPNOTSUPP)
		return error_set(err, code, "%s: this kernel does not know the action", name);
	return error_set(err, code, "%s: libseccomp refuses the rule (error %d)", name, code);
}

/* Returns how many rules that made. */
static int add_name(const struct lib *lib, const struct rule *rule, const char *name,
		    struct error *err)
{
	const unsigned step = rule->split ? 1 : rule->n;
	int nr = lib->resolve_name(name);
	unsigned at = 0;
	int made = 0;

	/* Profiles name calls of newer kernels and of other machines: nothing to filter here. */
	if (nr == __NR_SCMP_ERROR)
		return 0;
	do {
		int r = lib->rule_add(lib->ctx, rule->action, nr, step, rule->conditions + at);

		if (r < 0)
			return rule_refused(name, -r, err);
		at += step;
		made++;
	} while (at < rule->n);
	return made;
}

static int add_entry(struct arena *a, const struct lib *lib, const struct spec_syscall *entry,
		     uint32_t default_action, struct error *err)
{
	struct rule rule = { 0 };
	int made = 0;
	int r;

	if (entry->names.n == 0)
		return error_set(err, EINVAL, "names is empty");
	r = action_value(entry->action, &entry->errnoRet, &rule.action, err);
	if (r < 0)
		return r;
	r = read_conditions(a, entry, &rule, err);
	if (r < 0)
		return r;
	/* It says what holds anyway, and libseccomp calls that an error. */
	if (rule.action == default_action)
		return 0;

	for (size_t i = 0; i < entry->names.n; i++) {
		r = add_name(lib, &rule, entry->names.v[i], err);
		if (r < 0)
			return r;
		made += r;
	}
	return made;
}

static int add_entries(struct arena *a, const struct lib *lib, const struct spec_seccomp *sc,
		       uint32_t default_action, struct error *err)
{
	int made = 0;
	int r;

	for (size_t i = 0; i < sc->syscalls.n; i++) {
		r = add_entry(a, lib, &sc->syscalls.v[i], default_action, err);
		if (r < 0)
			return error_ctx(err, "linux.seccomp.syscalls[%zu]", i);
		made += r;
	}
	return made;
}

/* ---- the result ---------------------------------------------------------------- */

/*
 * In front of what libseccomp makes: a system call newer than libseccomp is
 * ENOSYS, not the default action, so that the C library of a guest falls back
 * to an older call instead of failing. x32 calls carry bit 30 in the number
 * and the arch of x86-64: the filter itself decides about those.
 */
#define X32_BIT 0x40000000u

static size_t enosys_stub(struct sock_filter *ret, uint32_t arch, uint32_t newest)
{
	const struct sock_filter stub[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, newest, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	if (ret)
		memcpy(ret, stub, sizeof(stub));
	return COUNT(stub);
}

/* The highest number that libseccomp has a name for; they are dense, and far below 1024. */
static uint32_t newest_syscall(const struct lib *lib, uint32_t arch)
{
	for (int nr = 1023; nr > 0; nr--) {
		cleanup_free char *name = lib->resolve_num(arch, nr);

		if (name)
			return (uint32_t)nr;
	}
	return 0;
}

static int open_memory(void)
{
	int fd = memfd_create("seccomp", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("seccomp", MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Appends the program to what is in *ret already: skip instructions. */
static int read_program(struct arena *a, int fd, size_t skip, struct sock_filter **ret,
			size_t *ret_n, struct error *err)
{
	struct sock_filter *bpf;
	struct stat st;
	size_t n;

	if (fstat(fd, &st) < 0)
		return error_sys(err, errno, "linux.seccomp: read the filter");
	n = (size_t)st.st_size / sizeof(*bpf);
	if (n + skip > BPF_MAXINSNS)
		return error_set(
			err, E2BIG,
			"linux.seccomp: the filter has %zu instructions, the kernel takes %d",
			n + skip, BPF_MAXINSNS);
	bpf = arena_array(a, n + skip, sizeof(*bpf));
	if (!bpf)
		return error_sys(err, ENOMEM, "linux.seccomp: read the filter");
	if (pread(fd, bpf + skip, n * sizeof(*bpf), 0) != (ssize_t)(n * sizeof(*bpf)))
		return error_set(err, EIO, "linux.seccomp: cannot read the filter back");
	*ret = bpf;
	*ret_n = n + skip;
	return 0;
}

static int export_program(struct arena *a, const struct lib *lib, bool stub, struct filter *ret,
			  struct error *err)
{
	uint32_t arch = lib->arch_native();
	uint32_t newest = stub ? newest_syscall(lib, arch) : 0;
	cleanup_fd int fd = open_memory();
	struct sock_filter *bpf = NULL;
	size_t n = 0;
	int r;

	if (fd < 0)
		return error_sys(err, -fd, "linux.seccomp: memory for the filter");
	r = lib->export_bpf(lib->ctx, fd);
	if (r < 0)
		return error_sys(err, -r, "linux.seccomp: make the filter");
	r = read_program(a, fd, newest ? enosys_stub(NULL, 0, 0) : 0, &bpf, &n, err);
	if (r < 0)
		return r;
	if (newest)
		enosys_stub(bpf, arch, newest);
	ret->bpf = bpf;
	ret->bytes = n * sizeof(*bpf);
	ret->library = lib_path(a, lib);
	return 0;
}

/* What a list of comparisons costs shows from here on; libseccomp can sort since 2.5. */
#define SORT_FROM 32

/* Returns how many rules that made. */
static int build(struct arena *a, struct lib *lib, const struct spec_seccomp *sc,
		 uint32_t default_action, struct error *err)
{
	int r, made;

	if (lib_open(lib) < 0)
		return error_set(
			err, EOPNOTSUPP,
			"linux.seccomp: needs libseccomp 2.4 or newer; install the package "
			"libseccomp2 (Debian) or libseccomp (Fedora)");
	lib->ctx = lib->init(default_action);
	if (!lib->ctx)
		return error_set(err, EINVAL, "linux.seccomp.defaultAction: libseccomp refuses it");
	r = add_archs(lib, sc, err);
	if (r < 0)
		return r;
	made = add_entries(a, lib, sc, default_action, err);

	/* Only speed: where libseccomp refuses, the list stays a list. */
	if (made > SORT_FROM && lib_at_least(lib, 2, 5))
		(void)lib->attr_set(lib->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return made;
}

int filter_compile(struct arena *a, const struct spec_seccomp *sc, struct filter *ret,
		   struct error *err)
{
	cleanup_lib struct lib lib = { 0 };
	struct filter made = { 0 };
	uint32_t default_action;
	bool stub;
	int r;

	r = filter_flags(sc, &made.flags, err);
	if (r < 0)
		return r;
	r = action_value(sc->defaultAction, &sc->defaultErrnoRet, &default_action, err);
	if (r < 0)
		return error_ctx(err, "linux.seccomp.defaultAction");

	/* A profile that allows everything needs no libseccomp. */
	r = 0;
	if (sc->syscalls.n || default_action != SCMP_ACT_ALLOW)
		r = build(a, &lib, sc, default_action, err);
	if (r < 0)
		return r;
	/* A listener is made whether or not this machine has the calls that it is asked about. */
	if (r == 0 && default_action == SCMP_ACT_ALLOW && !spec_seccomp_notifies(sc)) {
		*ret = (struct filter){ .none = true };
		return 0;
	}
	stub = !actions[sc->defaultAction].permissive && default_action != SCMP_ACT_ERRNO(ENOSYS);
	r = export_program(a, &lib, stub, &made, err);
	if (r < 0)
		return r;
	*ret = made;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled filters, asked without the kernel. */
#include "libcontainer/filter.h"
#include "libcontainer/filter_says.h"
#include "libcontainer/listener.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "spec/names.h"
#include "tests/unit/check.h"

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* ---- profiles ---------------------------------------------------------------- */

static int compile(struct arena *a, const char *seccomp, struct filter *ret, struct error *err)
{
	cleanup_str struct str text = { 0 };
	struct spec *spec;
	int r;

	str_printf(&text,
		   "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\"},"
		   "\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"]},\"linux\":{\"seccomp\":%s}}",
		   seccomp);
	r = spec_parse(a, text.text, text.len, &spec, err);
	if (r < 0)
		return r;
	return filter_compile(a, spec->linux->seccomp, ret, err);
}

#define ERRNO(n) (SECCOMP_RET_ERRNO | (n))
#define ALLOW SECCOMP_RET_ALLOW
#define KILL_THREAD SECCOMP_RET_KILL_THREAD
#define RULE(...) "{\"names\":[" __VA_ARGS__ "}"
#define PROFILE(...) "{\"defaultAction\":" __VA_ARGS__ "}"
#define LISTED(...) ",\"syscalls\":[" __VA_ARGS__ "]"
#define ALLOW_RULE "],\"action\":\"SCMP_ACT_ALLOW\""

#if defined(__x86_64__)
#define HERE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define HERE AUDIT_ARCH_AARCH64
#else
#define HERE AUDIT_ARCH_RISCV64
#endif

/* Each profile, and what it answers to some calls. */
/* clang-format off */
static const struct {
	const char *what, *profile;
	uint32_t flags;
	struct {
		uint32_t arch;
		int nr;
		uint64_t args[6];
		uint32_t want;
	} call[8];
} good[] = {
	{ "a list of what is allowed",
	  PROFILE("\"SCMP_ACT_ERRNO\"" LISTED(RULE("\"read\",\"getpid\"" ALLOW_RULE))),
	  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	  {
		  { HERE, SYS_read, { 0 }, ALLOW },
		  { HERE, SYS_getpid, { 0 }, ALLOW },
		  { HERE, SYS_write, { 0 }, ERRNO(EPERM) },
		  { HERE, 900, { 0 }, ERRNO(ENOSYS) },
		  { HERE, 0xffff, { 0 }, ERRNO(ENOSYS) },
		  { AUDIT_ARCH_S390X, SYS_read, { 0 }, KILL_THREAD },
	  } },
	{ "what is forbidden, errno and all",
	  PROFILE("\"SCMP_ACT_ALLOW\",\"flags\":[]" LISTED(
		  RULE("\"getcwd\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38") ","
		  RULE("\"getuid\"],\"action\":\"SCMP_ACT_ERRNO\"") ","
		  RULE("\"getgid\"],\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":77") ","
		  RULE("\"geteuid\"],\"action\":\"SCMP_ACT_TRAP\"") ","
		  RULE("\"getegid\"],\"action\":\"SCMP_ACT_KILL_PROCESS\"") ","
		  RULE("\"getppid\"],\"action\":\"SCMP_ACT_LOG\""))),
	  0,
	  {
		  { HERE, SYS_read, { 0 }, ALLOW },
		  { HERE, SYS_getcwd, { 0 }, ERRNO(38) },
		  { HERE, SYS_getuid, { 0 }, ERRNO(EPERM) },
		  { HERE, SYS_getgid, { 0 }, SECCOMP_RET_TRACE | 77 },
		  { HERE, SYS_geteuid, { 0 }, SECCOMP_RET_TRAP },
		  { HERE, SYS_getegid, { 0 }, SECCOMP_RET_KILL_PROCESS },
		  { HERE, SYS_getppid, { 0 }, SECCOMP_RET_LOG },
		  { HERE, 900, { 0 }, ALLOW },
	  } },
	{ "an errno by default, and rules that repeat it",
	  PROFILE("\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"flags\":"
		  "[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_TSYNC\","
		  "\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]" LISTED(
		  RULE("\"getuid\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38") ","
		  RULE("\"getgid\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1"))),
	  SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	  {
		  { HERE, SYS_getuid, { 0 }, ERRNO(38) },
		  { HERE, SYS_getgid, { 0 }, ERRNO(1) },
		  { HERE, SYS_read, { 0 }, ERRNO(38) },
		  { HERE, 900, { 0 }, ERRNO(38) },
	  } },
	{ "names of other kernels and machines are passed over",
	  PROFILE("\"SCMP_ACT_KILL\"" LISTED(
		  RULE("\"frobnicate\",\"read\",\"socketcall\"" ALLOW_RULE))),
	  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	  {
		  { HERE, SYS_read, { 0 }, ALLOW },
		  { HERE, SYS_write, { 0 }, KILL_THREAD },
		  { HERE, 900, { 0 }, ERRNO(ENOSYS) },
	  } },
	{ "all 64 bits of an argument",
	  PROFILE("\"SCMP_ACT_ERRNO\"" LISTED(
		  RULE("\"personality\"" ALLOW_RULE ",\"args\":[{\"index\":0,"
		       "\"value\":18446744073709551615,\"op\":\"SCMP_CMP_EQ\"}]") ","
		  RULE("\"lseek\"" ALLOW_RULE ",\"args\":[{\"index\":1,"
		       "\"value\":4294967296,\"op\":\"SCMP_CMP_GE\"}]"))),
	  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	  {
		  { HERE, SYS_personality, { ~0ull }, ALLOW },
		  { HERE, SYS_personality, { 0xffffffff }, ERRNO(EPERM) },
		  { HERE, SYS_lseek, { 0, 0xffffffff }, ERRNO(EPERM) },
		  { HERE, SYS_lseek, { 0, 0x100000000 }, ALLOW },
		  { HERE, SYS_lseek, { 0, 0x200000000 }, ALLOW },
	  } },
	{ "masked: value is the mask",
	  PROFILE("\"SCMP_ACT_ERRNO\"" LISTED(
		  RULE("\"unshare\"" ALLOW_RULE ",\"args\":[{\"index\":0,"
		       "\"value\":2114060288,\"valueTwo\":0,\"op\":\"SCMP_CMP_MASKED_EQ\"}]") ","
		  RULE("\"setns\"" ALLOW_RULE ",\"args\":[{\"index\":1,"
		       "\"value\":255,\"valueTwo\":8,\"op\":\"SCMP_CMP_MASKED_EQ\"}]"))),
	  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	  {
		  { HERE, SYS_unshare, { 0x100 }, ALLOW },
		  { HERE, SYS_unshare, { 0x10000000 }, ERRNO(EPERM) },
		  { HERE, SYS_setns, { 0, 0xf08 }, ALLOW },
		  { HERE, SYS_setns, { 0, 0x09 }, ERRNO(EPERM) },
	  } },
	{ "conditions on different arguments are joined by and",
	  PROFILE("\"SCMP_ACT_ERRNO\"" LISTED(
		  RULE("\"socket\"" ALLOW_RULE ",\"args\":["
		       "{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},"
		       "{\"index\":1,\"value\":2,\"op\":\"SCMP_CMP_NE\"}]"))),
	  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	  {
		  { HERE, SYS_socket, { 1, 1 }, ALLOW },
		  { HERE, SYS_socket, { 1, 2 }, ERRNO(EPERM) },
		  { HERE, SYS_socket, { 2, 1 }, ERRNO(EPERM) },
	  } },
	{ "two conditions on one argument are joined by or",
	  PROFILE("\"SCMP_ACT_ERRNO\"" LISTED(
		  RULE("\"socket\"" ALLOW_RULE ",\"args\":["
		       "{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},"
		       "{\"index\":0,\"value\":10,\"op\":\"SCMP_CMP_GT\"},"
		       "{\"index\":1,\"value\":5,\"op\":\"SCMP_CMP_LE\"}]"))),
	  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	  {
		  { HERE, SYS_socket, { 1, 9 }, ALLOW },
		  { HERE, SYS_socket, { 11, 9 }, ALLOW },
		  { HERE, SYS_socket, { 2, 5 }, ALLOW },
		  { HERE, SYS_socket, { 10, 6 }, ERRNO(EPERM) },
	  } },
#if defined(__x86_64__)
	{ "a second architecture has numbers of its own",
	  PROFILE("\"SCMP_ACT_ERRNO\",\"architectures\":"
		  "[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"]" LISTED(
		  RULE("\"getpid\"" ALLOW_RULE))),
	  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	  {
		  { HERE, SYS_getpid, { 0 }, ALLOW },
		  { AUDIT_ARCH_I386, 20, { 0 }, ALLOW },
		  { AUDIT_ARCH_I386, SYS_getpid, { 0 }, ERRNO(EPERM) },
	  } },
	{ "x32 calls carry another architecture's bit",
	  PROFILE("\"SCMP_ACT_ERRNO\"" LISTED(RULE("\"read\"" ALLOW_RULE))),
	  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	  {
		  { HERE, SYS_read | 0x40000000, { 0 }, KILL_THREAD },
		  { HERE, 900 | 0x40000000, { 0 }, KILL_THREAD },
		  { HERE, 0x3fffffff, { 0 }, ERRNO(ENOSYS) },
	  } },
	{ "and are allowed where the profile names x32",
	  PROFILE("\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X32\"]" LISTED(
		  RULE("\"read\"" ALLOW_RULE))),
	  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	  {
		  { HERE, SYS_read | 0x40000000, { 0 }, ALLOW },
		  { HERE, SYS_write | 0x40000000, { 0 }, ERRNO(EPERM) },
		  { HERE, 900 | 0x40000000, { 0 }, ERRNO(EPERM) },
		  { HERE, 900, { 0 }, ERRNO(ENOSYS) },
	  } },
#endif
};
/* clang-format on */

/* clang-format off */
static const struct {
	const char *profile, *error;
} bad[] = {
	{ PROFILE("\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1"),
	  "linux.seccomp.defaultAction: an errno goes with SCMP_ACT_ERRNO and SCMP_ACT_TRACE, "
	  "not with SCMP_ACT_ALLOW" },
	{ PROFILE("\"SCMP_ACT_ERRNO\"" LISTED(RULE("\"read\"" ALLOW_RULE) ","
		  RULE("\"write\"],\"action\":\"SCMP_ACT_LOG\",\"errnoRet\":0"))),
	  "linux.seccomp.syscalls[1]: an errno goes with SCMP_ACT_ERRNO and SCMP_ACT_TRACE, "
	  "not with SCMP_ACT_LOG" },
	{ PROFILE("\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":65537"),
	  "linux.seccomp.defaultAction: errno 65537 is above 4094" },
	{ PROFILE("\"SCMP_ACT_ERRNO\"" LISTED(RULE("\"read\"" ALLOW_RULE ",\"args\":["
		  "{\"index\":6,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]"))),
	  "linux.seccomp.syscalls[0]: args[0].index: a system call has no argument 6" },
	{ PROFILE("\"SCMP_ACT_ERRNO\"" LISTED(RULE(ALLOW_RULE))),
	  "linux.seccomp.syscalls[0]: names is empty" },
	{ PROFILE("\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_PDP11\"]"),
	  "linux.seccomp.architectures[0]: unknown architecture \"SCMP_ARCH_PDP11\"" },
	{ PROFILE("\"SCMP_ACT_ERRNO\",\"architectures\":[\"x86_64\"]"),
	  "linux.seccomp.architectures[0]: unknown architecture \"x86_64\"" },
	{ PROFILE("\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_S390X\"]"),
	  "linux.seccomp.architectures[0]: SCMP_ARCH_S390X has another byte order than this machine" },
	{ PROFILE("\"SCMP_ACT_ERRNO\",\"flags\":[\"SECCOMP_FILTER_FLAG_FAST\"]"),
	  "linux.seccomp.flags[0]: unknown flag \"SECCOMP_FILTER_FLAG_FAST\"" },
	{ PROFILE("\"SCMP_ACT_ERRNO\",\"flags\":[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]"),
	  "linux.seccomp.flags: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs a rule with "
	  "SCMP_ACT_NOTIFY" },
	{ PROFILE("\"SCMP_ACT_ERRNO\"" LISTED(
		  RULE("\"read\"" ALLOW_RULE ",\"args\":[{\"index\":0,\"value\":0,"
		       "\"op\":\"SCMP_CMP_EQ\"}]") ","
		  RULE("\"read\"],\"action\":\"SCMP_ACT_KILL\",\"args\":[{\"index\":0,"
		       "\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]"))),
	  "linux.seccomp.syscalls[1]: read: an earlier rule says otherwise for the same case" },
};
/* clang-format on */

/* proves: linux.seccomp.flags=SECCOMP_FILTER_FLAG_LOG|SECCOMP_FILTER_FLAG_TSYNC */
/* proves: linux.seccomp.flags, linux.seccomp.flags=SECCOMP_FILTER_FLAG_SPEC_ALLOW */
static void check_good(size_t i)
{
	cleanup_arena struct arena a = { 0 };
	struct error err = { 0 };
	struct filter filter;
	int r = compile(&a, good[i].profile, &filter, &err);

	printf("# %s\n", good[i].what);
	CHECK_STR(err.text, "");
	if (r < 0)
		return;
	CHECK(!filter.none);
	CHECK(filter.flags == good[i].flags);
	for (size_t k = 0; k < COUNT(good[i].call) && good[i].call[k].arch; k++) {
		struct seccomp_data data = { .nr = good[i].call[k].nr,
					     .arch = good[i].call[k].arch };
		uint32_t got;

		memcpy(data.args, good[i].call[k].args, sizeof(data.args));
		got = filter_says(&filter, &data);
		CHECK(got == good[i].call[k].want);
		if (got != good[i].call[k].want)
			printf("# call %zu: got %#x, not %#x\n", k, got, good[i].call[k].want);
	}
}

/* The gate in front asks the listener about one call, and changes no other answer. */
static void check_gate(void)
{
	static const char profile[] = PROFILE(
		"\"SCMP_ACT_ERRNO\"" LISTED(RULE("\"mkdirat\"],\"action\":\"SCMP_ACT_NOTIFY\"")));
	cleanup_arena struct arena a = { 0 };
	struct error err = { 0 };
	struct filter filter = { 0 };
	struct seccomp_data data = { .nr = SYS_getppid, .arch = HERE };

	CHECK(compile(&a, profile, &filter, &err) == 0);
	CHECK(filter.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER);
	CHECK(listener_gate(&a, &filter, &err) == 0);
	data.args[0] = filter.mark;
	CHECK(filter_says(&filter, &data) == SECCOMP_RET_USER_NOTIF);
	data.args[0] = filter.mark ^ 1;
	CHECK(filter_says(&filter, &data) == ERRNO(EPERM));
	data.args[0] = filter.mark ^ 1ULL << 32;
	CHECK(filter_says(&filter, &data) == ERRNO(EPERM));
	data.args[0] = filter.mark;
	data.nr = SYS_getpid;
	CHECK(filter_says(&filter, &data) == ERRNO(EPERM));
	data.nr = SYS_mkdirat;
	CHECK(filter_says(&filter, &data) == SECCOMP_RET_USER_NOTIF);
}

/* A rule that asks about nothing this machine has, and a default that asks about everything. */
static void check_listener(const char *profile)
{
	cleanup_arena struct arena a = { 0 };
	struct error err = { 0 };
	struct filter filter = { 0 };

	CHECK(compile(&a, profile, &filter, &err) == 0);
	CHECK(!filter.none && filter.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

static void check_none(const char *profile)
{
	cleanup_arena struct arena a = { 0 };
	struct error err = { 0 };
	struct filter filter = { 0 };

	CHECK(compile(&a, profile, &filter, &err) == 0);
	CHECK(filter.none && filter.bytes == 0);
}

/* Enough rules to be sorted: each number must still get its own answer. */
static void check_many(void)
{
	static const char *const names[] = {
		"read",      "write",  "close",   "lseek",    "mmap",   "mprotect",  "munmap",
		"brk",       "ioctl",  "pread64", "pwrite64", "readv",  "writev",    "madvise",
		"dup",       "getpid", "socket",  "connect",  "accept", "bind",      "listen",
		"clone",     "execve", "exit",    "uname",    "fcntl",  "flock",     "fsync",
		"ftruncate", "getcwd", "chdir",   "fchmod",   "umask",  "getrlimit", "ptrace",
		"getuid",    "syslog", "capget",  "mlock",    "sync",   "mount",     "reboot",
	};
	static const int denied[] = { SYS_getppid, SYS_setsid, SYS_sethostname, SYS_chroot };
	static const int allowed[] = { SYS_read, SYS_clone, SYS_ptrace, SYS_reboot, SYS_getuid };
	cleanup_arena struct arena a = { 0 };
	cleanup_str struct str text = { 0 };
	struct error err = { 0 };
	struct filter filter = { 0 };

	str_add(&text, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"statx\"");
	for (size_t i = 0; i < COUNT(names); i++)
		str_printf(&text, ",\"%s\"", names[i]);
	str_add(&text, "],\"action\":\"SCMP_ACT_ALLOW\"}]}");
	CHECK(compile(&a, text.text, &filter, &err) == 0);
	CHECK_STR(err.text, "");
	for (size_t i = 0; i < COUNT(allowed); i++)
		CHECK(filter_says(&filter, &(struct seccomp_data){ .nr = allowed[i],
								   .arch = HERE }) == ALLOW);
	for (size_t i = 0; i < COUNT(denied); i++)
		CHECK(filter_says(&filter, &(struct seccomp_data){ .nr = denied[i],
								   .arch = HERE }) == ERRNO(EPERM));
}

/* The kernel takes the program, and does what the machine above says. */
static void check_kernel(void)
{
	cleanup_arena struct arena a = { 0 };
	struct error err = { 0 };
	struct filter filter = { 0 };
	struct sock_fprog program;
	int status = -1;
	pid_t pid;

	CHECK(compile(&a,
		      PROFILE("\"SCMP_ACT_ALLOW\"" LISTED(
			      RULE("\"getppid\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":77"))),
		      &filter, &err) == 0);
	program.len = (unsigned short)(filter.bytes / sizeof(struct sock_filter));
	program.filter = (struct sock_filter *)filter.bpf;
	pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter.flags, &program) < 0)
			_exit(1);
		_exit(syscall(SYS_getppid) == -1 && errno == 77 ? 0 : 2);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void check_features(void)
{
	char version[32];

	filter_version(version, sizeof(version));
	CHECK(version[0] == '2' && version[1] == '.');
	CHECK(filter_flag_supported("SECCOMP_FILTER_FLAG_SPEC_ALLOW")); /* 4.17 */
	CHECK(!filter_flag_supported("SECCOMP_FILTER_FLAG_FAST"));
	/* The two lists of names agree. */
	for (size_t i = 0; spec_seccomp_flags[i]; i++) {
		cleanup_arena struct arena a = { 0 };
		struct spec_seccomp sc = {
			.defaultAction = SPEC_ACT_ALLOW,
			.flags = { .n = 1, .v = (const char **)&spec_seccomp_flags[i] },
		};
		struct error err = { 0 };
		struct filter filter;

		filter_compile(&a, &sc, &filter, &err);
		CHECK(!strstr(err.text, "unknown flag"));
	}
}

int main(void)
{
	char version[32];

	if (!*filter_version(version, sizeof(version))) {
		puts("1..0 # SKIP libseccomp is not installed");
		return 0;
	}
	for (size_t i = 0; i < COUNT(good); i++)
		check_good(i);
	for (size_t i = 0; i < COUNT(bad); i++) {
		cleanup_arena struct arena a = { 0 };
		struct error err = { 0 };
		struct filter filter;

		CHECK(compile(&a, bad[i].profile, &filter, &err) < 0);
		CHECK_STR(err.text, bad[i].error);
	}
	check_gate();
	check_listener(PROFILE("\"SCMP_ACT_NOTIFY\""));
	check_listener(PROFILE("\"SCMP_ACT_ALLOW\"" LISTED(RULE("\"frobnicate\"],\"action\":"
								"\"SCMP_ACT_NOTIFY\""))));
	check_none(PROFILE("\"SCMP_ACT_ALLOW\""));
	check_none(PROFILE("\"SCMP_ACT_ALLOW\"" LISTED(RULE("\"frobnicate\"],\"action\":"
							    "\"SCMP_ACT_ERRNO\""))));
	check_none(PROFILE("\"SCMP_ACT_ALLOW\"" LISTED(RULE("\"read\"" ALLOW_RULE))));
	check_many();
	check_kernel();
	check_features();
	return CHECK_DONE();
}

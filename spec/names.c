/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/names.h"

#include <string.h>
#include <sys/resource.h>

#include "spec/spec.h"

/* clang-format off */
const char *const spec_ns_names[] = {
	[SPEC_NS_MOUNT] = "mount",
	[SPEC_NS_PID] = "pid",
	[SPEC_NS_NETWORK] = "network",
	[SPEC_NS_UTS] = "uts",
	[SPEC_NS_IPC] = "ipc",
	[SPEC_NS_USER] = "user",
	[SPEC_NS_CGROUP] = "cgroup",
	[SPEC_NS_TIME] = "time",
	NULL,
};

const char *const spec_seccomp_actions[] = {
	[SPEC_ACT_KILL] = "SCMP_ACT_KILL",
	[SPEC_ACT_KILL_PROCESS] = "SCMP_ACT_KILL_PROCESS",
	[SPEC_ACT_KILL_THREAD] = "SCMP_ACT_KILL_THREAD",
	[SPEC_ACT_TRAP] = "SCMP_ACT_TRAP",
	[SPEC_ACT_ERRNO] = "SCMP_ACT_ERRNO",
	[SPEC_ACT_TRACE] = "SCMP_ACT_TRACE",
	[SPEC_ACT_ALLOW] = "SCMP_ACT_ALLOW",
	[SPEC_ACT_LOG] = "SCMP_ACT_LOG",
	[SPEC_ACT_NOTIFY] = "SCMP_ACT_NOTIFY",
	NULL,
};

const char *const spec_seccomp_ops[] = {
	[SPEC_CMP_NE] = "SCMP_CMP_NE",
	[SPEC_CMP_LT] = "SCMP_CMP_LT",
	[SPEC_CMP_LE] = "SCMP_CMP_LE",
	[SPEC_CMP_EQ] = "SCMP_CMP_EQ",
	[SPEC_CMP_GE] = "SCMP_CMP_GE",
	[SPEC_CMP_GT] = "SCMP_CMP_GT",
	[SPEC_CMP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
	NULL,
};

const char *const spec_sched_policies[] = {
	[SPEC_SCHED_OTHER] = "SCHED_OTHER",
	[SPEC_SCHED_FIFO] = "SCHED_FIFO",
	[SPEC_SCHED_RR] = "SCHED_RR",
	[SPEC_SCHED_BATCH] = "SCHED_BATCH",
	[SPEC_SCHED_ISO] = "SCHED_ISO",
	[SPEC_SCHED_IDLE] = "SCHED_IDLE",
	[SPEC_SCHED_DEADLINE] = "SCHED_DEADLINE",
	NULL,
};

const char *const spec_sched_flags[] = {
	"SCHED_FLAG_RESET_ON_FORK",
	"SCHED_FLAG_RECLAIM",
	"SCHED_FLAG_DL_OVERRUN",
	"SCHED_FLAG_KEEP_POLICY",
	"SCHED_FLAG_KEEP_PARAMS",
	"SCHED_FLAG_UTIL_CLAMP_MIN",
	"SCHED_FLAG_UTIL_CLAMP_MAX",
	NULL,
};

const char *const spec_ioprio_classes[] = {
	[SPEC_IOPRIO_RT] = "IOPRIO_CLASS_RT",
	[SPEC_IOPRIO_BE] = "IOPRIO_CLASS_BE",
	[SPEC_IOPRIO_IDLE] = "IOPRIO_CLASS_IDLE",
	NULL,
};

const char *const spec_mpol_modes[] = {
	[SPEC_MPOL_DEFAULT] = "MPOL_DEFAULT",
	[SPEC_MPOL_PREFERRED] = "MPOL_PREFERRED",
	[SPEC_MPOL_BIND] = "MPOL_BIND",
	[SPEC_MPOL_INTERLEAVE] = "MPOL_INTERLEAVE",
	[SPEC_MPOL_LOCAL] = "MPOL_LOCAL",
	[SPEC_MPOL_PREFERRED_MANY] = "MPOL_PREFERRED_MANY",
	[SPEC_MPOL_WEIGHTED_INTERLEAVE] = "MPOL_WEIGHTED_INTERLEAVE",
	NULL,
};

const char *const spec_mpol_flags[] = {
	[SPEC_MPOL_F_NUMA_BALANCING] = "MPOL_F_NUMA_BALANCING",
	[SPEC_MPOL_F_RELATIVE_NODES] = "MPOL_F_RELATIVE_NODES",
	[SPEC_MPOL_F_STATIC_NODES] = "MPOL_F_STATIC_NODES",
	NULL,
};

const char *const spec_seccomp_archs[] = {
	"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K",
	"SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL",
	"SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64",
	"SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64",
	"SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB", "SCMP_ARCH_X32",
	"SCMP_ARCH_X86", "SCMP_ARCH_X86_64", NULL,
};

const char *const spec_seccomp_flags[] = {
	"SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC",
	"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", NULL,
};

const char *const spec_propagations[] = {
	"shared", "slave", "private", "unbindable", "rshared", "rslave", "rprivate", "runbindable",
	NULL,
};

static const struct {
	const char *name;
	int resource;
} rlimits[] = {
	{ "RLIMIT_AS", RLIMIT_AS },
	{ "RLIMIT_CORE", RLIMIT_CORE },
	{ "RLIMIT_CPU", RLIMIT_CPU },
	{ "RLIMIT_DATA", RLIMIT_DATA },
	{ "RLIMIT_FSIZE", RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE", RLIMIT_NICE },
	{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC },
	{ "RLIMIT_RSS", RLIMIT_RSS },
	{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK", RLIMIT_STACK },
};
/* clang-format on */

int spec_name(const char *const names[], const char *word)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	return -1;
}

int spec_rlimit(const char *name)
{
	for (size_t i = 0; i < sizeof(rlimits) / sizeof(*rlimits); i++)
		if (strcmp(rlimits[i].name, name) == 0)
			return rlimits[i].resource;
	return -1;
}

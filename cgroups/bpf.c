/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/internal.h"

#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>

#include "base/sys.h"

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return (int)SYS_3(__NR_bpf, cmd, attr, sizeof(*attr));
}

int bpf_load_device(const struct bpf_insn *insn, size_t n)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr)); /* padding counts: the kernel wants unknown bytes to be 0 */
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.expected_attach_type = BPF_CGROUP_DEVICE;
	attr.insns = (uint64_t)(uintptr_t)insn;
	attr.insn_cnt = (uint32_t)n;
	attr.license = (uint64_t)(uintptr_t) "Apache-2.0";
	memcpy(attr.prog_name, "warren_devices", sizeof("warren_devices"));
	return sys_bpf(BPF_PROG_LOAD, &attr);
}

int bpf_attach_device(int cgroup, int program)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	/* All programs of this cgroup and of those above must agree; a guest may add its own. */
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	return sys_bpf(BPF_PROG_ATTACH, &attr);
}

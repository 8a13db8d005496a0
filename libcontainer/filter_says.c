/* SPDX-License-Identifier: Apache-2.0 */
/* Classic BPF: Documentation/networking/filter.rst of the kernel. */
#include "libcontainer/filter_says.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <stddef.h>
#include <string.h>

#if defined(__x86_64__)
#define ARCH_HERE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH_HERE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH_HERE AUDIT_ARCH_RISCV64
#else
#error "which AUDIT_ARCH is this?"
#endif

static bool jump_taken(const struct sock_filter *f, uint32_t acc)
{
	switch (BPF_OP(f->code)) {
	case BPF_JEQ:
		return acc == f->k;
	case BPF_JGT:
		return acc > f->k;
	case BPF_JGE:
		return acc >= f->k;
	default: /* BPF_JSET */
		return (acc & f->k) != 0;
	}
}

uint32_t filter_says(const struct filter *filter, const struct seccomp_data *call)
{
	const struct sock_filter *bpf = filter->bpf;
	const size_t n = filter->bytes / sizeof(*bpf);
	uint32_t acc = 0;

	for (size_t pc = 0; pc < n; pc++) { /* it only ever jumps forward */
		const struct sock_filter *f = &bpf[pc];

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (f->k % 4 || f->k > sizeof(*call) - 4)
				return SECCOMP_RET_KILL_PROCESS;
			memcpy(&acc, (const char *)call + f->k, 4);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			acc &= f->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += f->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += jump_taken(f, acc) ? f->jt : f->jf;
			break;
		case BPF_RET | BPF_K:
			return f->k;
		default:
			return SECCOMP_RET_KILL_PROCESS;
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}

bool filter_allows(const struct filter *filter, int nr, const uint64_t args[6])
{
	struct seccomp_data call = { .nr = nr, .arch = ARCH_HERE };

	memcpy(call.args, args, sizeof(call.args));
	return filter->none || filter_says(filter, &call) == SECCOMP_RET_ALLOW;
}

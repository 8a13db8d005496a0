/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What runs a device filter outside the kernel, and says what the kernel would ask of it. */
#include <stdbool.h>
#include <stdint.h>

#include "cgroups/internal.h"

#define FAULT (-1)

static inline bool jumps(const struct bpf_insn *in, uint64_t left)
{
	uint64_t right = (uint64_t)(int64_t)in->imm;

	if (BPF_CLASS(in->code) == BPF_JMP32) {
		left = (uint32_t)left;
		right = (uint32_t)right;
	}
	switch (BPF_OP(in->code)) {
	case BPF_JA:
		return true;
	case BPF_JEQ:
		return left == right;
	case BPF_JNE:
		return left != right;
	default: /* BPF_JSET */
		return left & right;
	}
}

static inline uint64_t compute(const struct bpf_insn *in, uint64_t left, uint64_t right)
{
	switch (BPF_OP(in->code)) {
	case BPF_MOV:
		return right;
	case BPF_AND:
		return left & right;
	case BPF_OR:
		return left | right;
	case BPF_LSH:
		return left << right;
	default: /* BPF_RSH */
		return left >> right;
	}
}

/* 1: allowed, 0: denied. */
static inline int run(const struct device_program *p, const struct bpf_cgroup_dev_ctx *ctx)
{
	uint64_t reg[11] = { 0 };
	size_t pc = 0;

	for (size_t steps = 0; steps < p->n && pc < p->n; steps++) {
		const struct bpf_insn *in = &p->insn[pc++];
		uint64_t right =
			BPF_SRC(in->code) == BPF_X ? reg[in->src_reg] : (uint64_t)(int64_t)in->imm;

		switch (BPF_CLASS(in->code)) {
		case BPF_LDX:
			reg[in->dst_reg] = *(const uint32_t *)((const char *)ctx + in->off);
			break;
		case BPF_ALU64:
			reg[in->dst_reg] = compute(in, reg[in->dst_reg], right);
			break;
		case BPF_JMP:
		case BPF_JMP32:
			if (BPF_OP(in->code) == BPF_EXIT)
				return (int)reg[0];
			if (jumps(in, reg[in->dst_reg]))
				pc += (size_t)in->off;
			break;
		default:
			return FAULT;
		}
	}
	return FAULT; /* ran out of the program */
}

static inline int ask(const struct device_program *p, char type, unsigned access, unsigned major,
		      unsigned minor)
{
	const struct bpf_cgroup_dev_ctx ctx = {
		.access_type =
			access << 16 | (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
		.major = major,
		.minor = minor,
	};

	return p->n ? run(p, &ctx) : 1;
}

/* Every jump lands inside, every instruction can be reached: what the kernel asks of a program. */
static inline bool is_sound(const struct device_program *p)
{
	bool reached[4096] = { true };

	for (size_t i = 0; i < p->n && i < 4096; i++) {
		const struct bpf_insn *in = &p->insn[i];
		bool jump = BPF_CLASS(in->code) == BPF_JMP || BPF_CLASS(in->code) == BPF_JMP32;
		bool ends = jump && BPF_OP(in->code) == BPF_EXIT;
		bool always = jump && BPF_OP(in->code) == BPF_JA;

		if (!reached[i])
			return false;
		if (jump && !ends) {
			if (in->off < 0 || i + 1 + (size_t)in->off >= p->n)
				return false;
			reached[i + 1 + (size_t)in->off] = true;
		}
		if (!ends && !always) {
			if (i + 1 >= p->n)
				return false;
			reached[i + 1] = true;
		}
	}
	return true;
}

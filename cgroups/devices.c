/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/internal.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"

/*
 * The device filter.
 *
 * The kernel asks for a device and a set of accesses (mknod, read, write). The
 * rules say of each access: the last rule that names it decides, and none at
 * all is a denial. So the program walks the rules from the last to the first
 * and strikes out what is granted: it allows as soon as nothing is left to
 * ask, and denies at the first denial of something that is left.
 */

#define ALL (BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)
#define ANY (-1)
#define ANY_TYPE 0 /* BPF_DEVCG_DEV_BLOCK is 1, BPF_DEVCG_DEV_CHAR 2 */

/* Of a device number as the kernel packs it; cgroup_check() lets no greater ones through. */
#define MINOR_BITS 20

/* A jump reaches 32,767 instructions, a run of rules is jumped over. */
#define RUN_MAX 256

/* At most: type, device and verdict of a rule alone in its run; beginning and end. */
#define INSNS_RULE 6
#define INSNS_FRAME 16

struct rule {
	bool allow;
	int type, access;
	int major, minor;
};

/* clang-format off */
/* After those of the guest, so that none of them can be denied. */
static const struct rule always[] = {
	{ true, ANY_TYPE,           BPF_DEVCG_ACC_MKNOD, ANY, ANY },
	{ true, BPF_DEVCG_DEV_CHAR, ALL,   1,   3 },    /* null */
	{ true, BPF_DEVCG_DEV_CHAR, ALL,   1,   5 },    /* zero */
	{ true, BPF_DEVCG_DEV_CHAR, ALL,   1,   7 },    /* full */
	{ true, BPF_DEVCG_DEV_CHAR, ALL,   1,   8 },    /* random */
	{ true, BPF_DEVCG_DEV_CHAR, ALL,   1,   9 },    /* urandom */
	{ true, BPF_DEVCG_DEV_CHAR, ALL,   5,   0 },    /* tty */
	{ true, BPF_DEVCG_DEV_CHAR, ALL,   5,   1 },    /* console */
	{ true, BPF_DEVCG_DEV_CHAR, ALL,   5,   2 },    /* ptmx */
	{ true, BPF_DEVCG_DEV_CHAR, ALL, 136, ANY },    /* pts */
	{ true, BPF_DEVCG_DEV_CHAR, ALL,  10, 200 },    /* net/tun */
};
/* clang-format on */
#define ALWAYS (sizeof(always) / sizeof(*always))

enum {
	R_ALLOWED = BPF_REG_0,
	R_CTX = BPF_REG_1,
	R_TYPE = BPF_REG_2,
	R_ACCESS = BPF_REG_3,
	R_MAJOR = BPF_REG_4,
	R_MINOR = BPF_REG_5,
	R_DEVICE = BPF_REG_6, /* major and minor in one, so that one comparison does */
};

/* ---- instructions ------------------------------------------------------------------------ */

static struct bpf_insn *emit(struct device_program *p, int code, int dst, int src, int imm)
{
	struct bpf_insn *insn = &p->insn[p->n++];

	*insn = (struct bpf_insn){
		.code = (uint8_t)code,
		.dst_reg = (uint8_t)(dst & 15),
		.src_reg = (uint8_t)(src & 15),
		.imm = imm,
	};
	return insn;
}

static void emit_load(struct device_program *p, int reg, size_t offset)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, reg, R_CTX, 0)->off = (int16_t)offset;
}

static void emit_begin(struct device_program *p)
{
	emit_load(p, R_TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit_load(p, R_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(p, R_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R_ACCESS, R_TYPE, 0);
	emit(p, BPF_ALU64 | BPF_RSH | BPF_K, R_ACCESS, 0, 16);
	emit(p, BPF_ALU64 | BPF_AND | BPF_K, R_TYPE, 0, 0xffff);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R_DEVICE, R_MAJOR, 0);
	emit(p, BPF_ALU64 | BPF_LSH | BPF_K, R_DEVICE, 0, MINOR_BITS);
	emit(p, BPF_ALU64 | BPF_OR | BPF_X, R_DEVICE, R_MINOR, 0);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R_ALLOWED, 0, 1);
}

static void emit_deny(struct device_program *p)
{
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R_ALLOWED, 0, 0);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0);
}

/* What happens when the device is the rule's: an end, or on with what is left to ask. */
static void emit_verdict(struct device_program *p, const struct rule *rule)
{
	if (!rule->allow && rule->access != ALL) {
		emit(p, BPF_JMP | BPF_JSET | BPF_K, R_ACCESS, 0, rule->access)->off = 1;
		emit(p, BPF_JMP | BPF_JA, 0, 0, 0)->off = 2;
	}
	if (!rule->allow) {
		emit_deny(p);
		return;
	}
	if (rule->access != ALL) {
		emit(p, BPF_ALU64 | BPF_AND | BPF_K, R_ACCESS, 0, ALL & ~rule->access);
		emit(p, BPF_JMP | BPF_JNE | BPF_K, R_ACCESS, 0, 0)->off = 1;
	}
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0);
}

/* Jumps, to a place that is filled in later, if the device is (BPF_JEQ) or is not (BPF_JNE) it. */
static void emit_device(struct device_program *p, int jump, const struct rule *rule)
{
	if (rule->major != ANY && rule->minor != ANY)
		emit(p, BPF_JMP32 | jump | BPF_K, R_DEVICE, 0,
		     (int)((unsigned)rule->major << MINOR_BITS | (unsigned)rule->minor));
	else if (rule->major != ANY)
		emit(p, BPF_JMP | jump | BPF_K, R_MAJOR, 0, rule->major);
	else
		emit(p, BPF_JMP | jump | BPF_K, R_MINOR, 0, rule->minor);
}

/* ---- rules ------------------------------------------------------------------------------- */

static int access_of(const char *letters)
{
	int access = 0;

	if (strchr(letters, 'r'))
		access |= BPF_DEVCG_ACC_READ;
	if (strchr(letters, 'w'))
		access |= BPF_DEVCG_ACC_WRITE;
	if (strchr(letters, 'm'))
		access |= BPF_DEVCG_ACC_MKNOD;
	return access;
}

/* By index, the guest's own and behind them those that always hold. */
static struct rule rule_at(const struct spec_resources *res, size_t i)
{
	struct rule rule = { .type = ANY_TYPE, .major = ANY, .minor = ANY };
	const struct spec_device_rule *given;

	if (i >= res->devices.n)
		return always[i - res->devices.n];
	given = &res->devices.v[i];
	rule.allow = given->allow;
	if (given->type && *given->type == 'b')
		rule.type = BPF_DEVCG_DEV_BLOCK;
	if (given->type && *given->type == 'c')
		rule.type = BPF_DEVCG_DEV_CHAR;
	if (given->major.set)
		rule.major = (int)given->major.val;
	if (given->minor.set)
		rule.minor = (int)given->minor.val;
	rule.access = access_of(given->access ? given->access : "");
	return rule;
}

static bool same_run(const struct rule *a, const struct rule *b)
{
	return a->allow == b->allow && a->type == b->type && a->access == b->access;
}

static bool any_device(const struct rule *rule)
{
	return rule->major == ANY && rule->minor == ANY;
}

/*
 * The rules [first, last] share type, access and verdict, which are therefore
 * emitted once: type, device, device, ... device, verdict.
 */
static void emit_run(struct device_program *p, const struct spec_resources *res, size_t first,
		     size_t last)
{
	struct rule rule = rule_at(res, last);
	bool typed = rule.type != ANY_TYPE;
	size_t begin = p->n, verdict;

	if (typed)
		emit(p, BPF_JMP | BPF_JNE | BPF_K, R_TYPE, 0, rule.type);
	for (size_t i = last; i > first; i--) {
		rule = rule_at(res, i);
		emit_device(p, BPF_JEQ, &rule);
	}
	rule = rule_at(res, first);
	if (!any_device(&rule))
		emit_device(p, BPF_JNE, &rule);
	verdict = p->n;
	emit_verdict(p, &rule);

	for (size_t i = begin; i < verdict; i++) {
		bool skips = (i == begin && typed) || (i == verdict - 1 && !any_device(&rule));

		p->insn[i].off = (int16_t)((skips ? p->n : verdict) - i - 1);
	}
}

/* Where the run that ends with last begins. A rule for every device leaves nothing to others. */
static size_t run_first(const struct spec_resources *res, size_t last)
{
	struct rule end = rule_at(res, last), rule = end;
	size_t first = last;

	while (first > 0 && last - first < RUN_MAX && !any_device(&rule)) {
		rule = rule_at(res, first - 1);
		if (!same_run(&rule, &end))
			break;
		first--;
	}
	return first;
}

int device_program(const struct spec_resources *res, struct device_program *ret, struct error *err)
{
	size_t n = res->devices.n + ALWAYS;
	struct device_program p = { 0 };
	bool denies = false, all = false;

	p.insn = calloc(n * INSNS_RULE + INSNS_FRAME, sizeof(*p.insn));
	if (!p.insn)
		return error_sys(err, ENOMEM, "make the device filter");
	emit_begin(&p);

	/* Behind a rule for everything nothing is reached, and the kernel refuses dead code. */
	while (n > 0 && !all) {
		size_t first = run_first(res, n - 1);
		struct rule rule = rule_at(res, first);

		emit_run(&p, res, first, n - 1);
		all = any_device(&rule) && rule.type == ANY_TYPE && rule.access == ALL;
		denies |= !rule.allow;
		n = first;
	}
	if (!all)
		emit_deny(&p);
	if (all && !denies)
		device_program_free(&p);
	*ret = p;
	return 0;
}

void device_program_free(struct device_program *p)
{
	free(p->insn);
	*p = (struct device_program){ 0 };
}

/* ---- the call ----------------------------------------------------------------------------- */

int cgroup_devices(const struct cgroup *cg, const struct spec_resources *res, struct error *err)
{
	cleanup_device_program struct device_program p = { 0 };
	cleanup_fd int fd = -1;
	int r;

	r = device_program(res, &p, err);
	if (r < 0 || p.n == 0)
		return r;
	fd = bpf_load_device(p.insn, p.n);
	if (fd < 0)
		return error_sys(err, -fd,
				 "linux.resources.devices: load the device filter (%zu rules)",
				 res->devices.n);
	r = bpf_attach_device(cg->fd, fd);
	if (r < 0)
		return error_sys(err, -r,
				 "linux.resources.devices: attach the device filter to %.200s",
				 cg->path);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* linux.seccomp: the profile that somebody wrote, the rules about it, and the program made of it.
 */
#include "spec/spec.c" /* its tables are what the mutations go by */

#include <dlfcn.h>
#include <linux/filter.h>

#include "libcontainer/filter.h"
#include "libcontainer/listener.h"
#include "spec/rules.h"
#include "tests/fuzz/arena.h"
#include "tests/fuzz/json.h"

JSON_MUTATOR(&seccomp_class)

/* libseccomp takes its time: more adds nothing but that. */
#define COMPILED_MAX 8

static size_t rules_in(const struct spec_seccomp *sc)
{
	size_t n = sc->architectures.n;

	for (size_t i = 0; i < sc->syscalls.n; i++)
		n += sc->syscalls.v[i].names.n * (sc->syscalls.v[i].args.n + 1);
	return n;
}

/* What the kernel asks of a program: every jump lands inside, and it ends by returning. */
static void check_program(const struct filter *f)
{
	const struct sock_filter *insn = f->bpf;
	const size_t n = f->bytes / sizeof(*insn);

	must(n > 0 && n <= BPF_MAXINSNS && f->bytes % sizeof(*insn) == 0);
	for (size_t i = 0; i < n; i++) {
		if (BPF_CLASS(insn[i].code) != BPF_JMP)
			continue;
		if (BPF_OP(insn[i].code) == BPF_JA)
			must(insn[i].k < n - i - 1);
		else
			must(insn[i].jt + 1u < n - i && insn[i].jf + 1u < n - i);
	}
	must(BPF_CLASS(insn[n - 1].code) == BPF_RET);
}

static void compile(struct arena *a, const struct spec_seccomp *sc)
{
	struct filter f = { 0 };
	struct error err = { 0 };

	if (!worked(filter_compile(a, sc, &f, &err), &err) || f.none)
		return;
	check_program(&f);
	if (!spec_seccomp_notifies(sc))
		return;
	must(worked(listener_gate(a, &f, &err), &err));
	check_program(&f);
}

static void check_round_trip(struct arena *a, const struct spec_seccomp *sc)
{
	cleanup_str struct str once = { 0 }, twice = { 0 };
	struct error err = { 0 };
	struct spec_seccomp *again;

	must(spec_dump_seccomp(sc, &once) == 0);
	again = read_whole(a, "again", once.text, once.len, &seccomp_class, &err);
	must(again && spec_dump_seccomp(again, &twice) == 0);
	must(strcmp(once.text, twice.text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void *library; /* stays open: opening it is not what is tried here */
	cleanup_arena struct arena a = { 0 };
	struct error err = { 0 };
	struct spec_seccomp *sc;
	uint32_t flags;

	if (!library)
		library = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);
	sc = read_whole(&a, "profile", (const char *)data, size, &seccomp_class, &err);
	if (!worked(sc ? 0 : -err.code, &err))
		return 0;
	check_round_trip(&a, sc);
	worked(filter_flags(sc, &flags, &err), &err);
	if (worked(rule_seccomp(sc, &err), &err) && rules_in(sc) <= COMPILED_MAX)
		compile(&a, sc);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Where the kernel enters: argv[1] is the number of the descriptor that holds the plan. */
#include "init/init.h"

#include <errno.h>
#include <linux/prctl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

/* clang-format off */
#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n"
	"	xorl %ebp, %ebp\n"
	"	movq %rsp, %rdi\n"
	"	andq $-16, %rsp\n"
	"	call init_main\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	b init_main\n");
#else
__asm__(".globl _start\n_start:\n"
	"	li fp, 0\n"
	"	mv a0, sp\n"
	"	tail init_main\n");
#endif
/* clang-format on */

static int slots[PLAN_SLOTS];
static struct guest guest;

static int number(const char *s)
{
	int n = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		n = n * 10 + (*s - '0');
	return n;
}

static int load(struct guest *g, int fd)
{
	long size = SYS_3(__NR_lseek, fd, 0, SEEK_END);
	long base;
	int r;

	if (size < 0)
		return (int)size;
	base = SYS_6(__NR_mmap, 0, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (base < 0 && base > -4096)
		return (int)base;
	SYS_1(__NR_close, fd);
	r = plan_check((const void *)base, (uint64_t)size);
	if (r < 0)
		return r;
	g->base = (const char *)base;
	g->head = (const struct plan_head *)base;
	g->sock = g->head->sock;
	g->slots = slots;
	for (uint32_t i = 0; i < g->head->slots_count; i++)
		slots[i] = ((const int32_t *)(g->base + g->head->slots_at))[i];
	return 0;
}

__attribute__((noreturn, used)) void init_main(long *stack);

__attribute__((noreturn, used)) void init_main(long *stack)
{
	const char *const *argv = (const char *const *)(stack + 1);
	const uint64_t none = 0;
	int r = -EINVAL;

	SYS_4(__NR_rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof(none));
	SYS_2(__NR_prctl, PR_SET_NAME, "warren-init");
	SYS_1(__NR_umask, 0);
	guest.root = -1;
	guest.sock = -1;
	guest.parent = -1;
	guest.armed = true;
	arm(&guest);
	if (stack[0] > 1)
		r = load(&guest, number(argv[1]));
	if (r >= 0)
		plan_run(&guest);
	for (;;)
		SYS_1(__NR_exit_group, 1);
}

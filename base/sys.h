/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Kernel calls, one line each: raw, without errno, so that the runtime and the
 * freestanding guest side (init/) share them. All return a result >= 0 or a
 * negative errno; none logs, allocates or touches global state, so every one
 * of them may be used in a child after clone.
 *
 * Only what the C library lacks, or what init/ needs as well, stands here.
 */
#include <asm/unistd.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Inline in every build, also without optimization and with sanitizers: a child
 * that shares the stack (namespaces/spawn.c) must not return through a frame.
 */
#define SYS_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
SYS_INLINE long sys_call6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
SYS_INLINE long sys_call6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#elif defined(__riscv) && __riscv_xlen == 64
SYS_INLINE long sys_call6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			 : "memory");
	return a0;
}
#else
#error "warren runs on 64-bit little-endian machines: x86-64, aarch64, riscv64"
#endif

/* Arguments may be pointers or integers of any width; missing ones are zero. */
#define SYS_ARG(x) ((long)(x))
#define SYS_0(nr) sys_call6(nr, 0, 0, 0, 0, 0, 0)
#define SYS_1(nr, a) sys_call6(nr, SYS_ARG(a), 0, 0, 0, 0, 0)
#define SYS_2(nr, a, b) sys_call6(nr, SYS_ARG(a), SYS_ARG(b), 0, 0, 0, 0)
#define SYS_3(nr, a, b, c) sys_call6(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), 0, 0, 0)
#define SYS_4(nr, a, b, c, d) sys_call6(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), 0, 0)
#define SYS_5(nr, a, b, c, d, e) \
	sys_call6(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), SYS_ARG(e), 0)
#define SYS_6(nr, a, b, c, d, e, f) \
	sys_call6(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), SYS_ARG(e), SYS_ARG(f))

/* Newer than the oldest headers we build with; new calls share one number everywhere. */
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef __NR_lsm_set_self_attr
#define __NR_lsm_set_self_attr 460
#endif
#ifndef __NR_lsm_list_modules
#define __NR_lsm_list_modules 461
#endif

/* ---- mounts (5.2, mount_setattr 5.12) ------------------------------------ */

static inline int sys_open_tree(int dirfd, const char *path, unsigned flags)
{
	return (int)SYS_3(__NR_open_tree, dirfd, path, flags);
}

static inline int sys_move_mount(int from, const char *from_path, int to, const char *to_path,
				 unsigned flags)
{
	return (int)SYS_5(__NR_move_mount, from, from_path, to, to_path, flags);
}

static inline int sys_fsopen(const char *type, unsigned flags)
{
	return (int)SYS_2(__NR_fsopen, type, flags);
}

static inline int sys_fsconfig(int fd, unsigned cmd, const char *key, const void *value, int aux)
{
	return (int)SYS_5(__NR_fsconfig, fd, cmd, key, value, aux);
}

static inline int sys_fsmount(int fd, unsigned flags, unsigned attrs)
{
	return (int)SYS_3(__NR_fsmount, fd, flags, attrs);
}

static inline int sys_mount_setattr(int dirfd, const char *path, unsigned flags,
				    const struct mount_attr *attr)
{
	return (int)SYS_5(__NR_mount_setattr, dirfd, path, flags, attr, sizeof(*attr));
}

static inline int sys_mount(const char *source, const char *target, const char *type,
			    unsigned long flags, const void *data)
{
	return (int)SYS_5(__NR_mount, source, target, type, flags, data);
}

static inline int sys_umount2(const char *target, int flags)
{
	return (int)SYS_2(__NR_umount2, target, flags);
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)SYS_2(__NR_pivot_root, new_root, put_old);
}

/* ---- paths (openat2 5.6) -------------------------------------------------- */

static inline int sys_openat2(int dirfd, const char *path, const struct open_how *how)
{
	return (int)SYS_4(__NR_openat2, dirfd, path, how, sizeof(*how));
}

/* ---- processes and namespaces (pidfds 5.1 - 5.4, clone3 5.3) -------------- */

/* Never with CLONE_VM: the child would return on the caller's stack. See namespaces/spawn.c. */
static inline int sys_clone3(const struct clone_args *args)
{
	return (int)SYS_2(__NR_clone3, args, sizeof(*args));
}

static inline int sys_unshare(unsigned long flags)
{
	return (int)SYS_1(__NR_unshare, flags);
}

static inline int sys_setns(int fd, int type)
{
	return (int)SYS_2(__NR_setns, fd, type);
}

static inline int sys_pidfd_open(int pid, unsigned flags)
{
	return (int)SYS_2(__NR_pidfd_open, pid, flags);
}

static inline int sys_pidfd_send_signal(int pidfd, int sig)
{
	return (int)SYS_4(__NR_pidfd_send_signal, pidfd, sig, NULL, 0);
}

static inline int sys_pidfd_getfd(int pidfd, int fd)
{
	return (int)SYS_3(__NR_pidfd_getfd, pidfd, fd, 0);
}

static inline int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	return (int)SYS_3(__NR_close_range, first, last, flags);
}

static inline int sys_execveat(int fd, const char *path, char *const *argv, char *const *envp,
			       int flags)
{
	return (int)SYS_5(__NR_execveat, fd, path, argv, envp, flags);
}

/* ---- security modules (6.8) ------------------------------------------------ */

/* clang-format off */
enum { SYS_LSM_SELINUX = 101, SYS_LSM_APPARMOR = 104 };
enum { SYS_LSM_ATTR_EXEC = 101, SYS_LSM_ATTR_KEYCREATE = 103 };
/* clang-format on */

/* ctx: struct lsm_ctx */
static inline int sys_lsm_set_self_attr(unsigned attr, const void *ctx, uint32_t size)
{
	return (int)SYS_4(__NR_lsm_set_self_attr, attr, ctx, size, 0);
}

static inline int sys_lsm_list_modules(uint64_t *ids, uint32_t *size)
{
	return (int)SYS_3(__NR_lsm_list_modules, ids, size, 0);
}

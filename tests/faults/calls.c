/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which call fails with what. Left out, for the kernel has no way to fail them
 * once their arguments are right, or nobody could say so: what only reads one's
 * own ids, the end of a process, the return from a handler, and what the C library
 * does for itself before main() and in malloc() (munmap, futex, getrandom).
 * close() frees its descriptor whatever it returns, so it is executed first. ENOENT is no fault
 * but an answer, which the kernel gives only where nothing is: it is never given here.
 */
#include "tests/faults/calls.h"

#include <asm/unistd.h>
#include <errno.h>
#include <stddef.h>

#define NONE 0, 0, -1, false
#define C(name, hard, soft, path)                           \
	{                                                   \
		__NR_##name, #name, hard, soft, path, false \
	}
#define NEVER(name)                      \
	{                                \
		__NR_##name, #name, NONE \
	}

/* clang-format off */
static const struct call calls[] = {
	/* ---- memory */
	C(brk, ENOMEM, 0, -1),             C(mmap, ENOMEM, 0, -1),
	C(mremap, ENOMEM, 0, -1),          C(mprotect, ENOMEM, 0, -1),
	/* ---- descriptors */
	C(openat, EMFILE, EACCES, 1),      C(openat2, ENOMEM, EACCES, 1),
	C(dup, EMFILE, 0, -1),             C(dup3, EMFILE, EINTR, -1),
	C(fcntl, EMFILE, EPERM, -1),       C(pipe2, EMFILE, 0, -1),
	C(memfd_create, ENOMEM, EMFILE, 0), C(pidfd_open, EMFILE, ESRCH, -1),
	C(signalfd4, EMFILE, 0, -1),       C(epoll_create1, EMFILE, 0, -1),
	C(read, EIO, EINTR, -1),           C(pread64, EIO, EINTR, -1),
	C(write, ENOSPC, EINTR, -1),       C(writev, ENOSPC, EINTR, -1),
	C(lseek, EINVAL, 0, -1),           C(flock, ENOLCK, EINTR, -1),
	C(ioctl, EIO, ENOTTY, -1),         C(ftruncate, ENOSPC, EINTR, -1),
	C(close_range, EMFILE, 0, -1),     C(pidfd_getfd, EMFILE, ESRCH, -1),
	{ __NR_close, "close", EIO, EINTR, -1, true },
	/* ---- files */
	C(newfstatat, ENOMEM, EACCES, 1),  C(statx, ENOMEM, EACCES, 1),
	C(fstat, EIO, 0, -1),              C(fstatfs, EIO, EINTR, -1),
	C(statfs, EIO, EACCES, 0),         C(faccessat, EIO, EACCES, 1),
	C(faccessat2, EIO, EACCES, 1),     C(readlinkat, EIO, EACCES, 1),
	C(mkdirat, ENOSPC, EACCES, 1),     C(unlinkat, EIO, EROFS, 1),
	C(renameat, ENOSPC, EIO, 1),       C(renameat2, ENOSPC, EIO, 1),
	C(symlinkat, ENOSPC, EACCES, 2),   C(linkat, ENOSPC, EACCES, 1),
	C(mknodat, ENOSPC, EPERM, 1),      C(getdents64, EIO, EACCES, -1),
	C(fchmod, EIO, EPERM, -1),         C(fchmodat, EIO, EPERM, 1),
	C(fchown, EIO, EPERM, -1),         C(fchownat, EIO, EPERM, 1),
	C(fgetxattr, ENOMEM, EPERM, -1), C(fsetxattr, ENOSPC, EPERM, -1),
	C(fremovexattr, EIO, EPERM, -1),   C(getxattr, ENOMEM, EPERM, 0),
	C(setxattr, ENOSPC, EPERM, 0),     C(removexattr, EIO, EPERM, 0),
	C(getcwd, ENOMEM, ENOENT, -1),     C(chdir, EIO, EACCES, 0),
	C(fchdir, EIO, EACCES, -1),        C(chroot, EIO, EPERM, 0),
	/* ---- sockets */
	C(socket, EMFILE, EPERM, -1),      C(socketpair, EMFILE, ENOMEM, -1),
	C(bind, EADDRINUSE, EACCES, -1),   C(listen, EADDRINUSE, 0, -1),
	C(connect, ECONNREFUSED, EINTR, -1), C(accept4, EMFILE, ECONNABORTED, -1),
	C(sendmsg, EPIPE, ENOMEM, -1),     C(sendto, EPIPE, ENOMEM, -1),
	C(recvmsg, ECONNRESET, EINTR, -1), C(recvfrom, ECONNRESET, EINTR, -1),
	C(setsockopt, ENOMEM, EPERM, -1),  C(getsockopt, ENOMEM, 0, -1),
	/* ---- waiting */
	C(ppoll, ENOMEM, EINTR, -1),       C(epoll_pwait, ENOMEM, EINTR, -1),
	C(waitid, ECHILD, EINTR, -1),      C(wait4, ECHILD, EINTR, -1),
	C(nanosleep, EINTR, 0, -1),        C(clock_nanosleep, EINTR, 0, -1),
	/* ---- processes */
	C(clone, EAGAIN, ENOMEM, -1),      C(clone3, EAGAIN, ENOMEM, -1),
	C(execve, ENOMEM, EACCES, 0),      C(execveat, ENOMEM, EACCES, 1),
	C(kill, EPERM, ESRCH, -1),         C(pidfd_send_signal, EPERM, ESRCH, -1),
	C(prctl, EPERM, EINVAL, -1),       C(prlimit64, EPERM, ESRCH, -1),
	C(setsid, EPERM, 0, -1),           C(setgroups, ENOMEM, EPERM, -1),
	C(setresuid, EAGAIN, EPERM, -1),   C(setresgid, EPERM, 0, -1),
	C(capset, EPERM, 0, -1),           C(capget, EPERM, 0, -1),
	C(keyctl, EDQUOT, ENOKEY, -1),     C(seccomp, ENOMEM, EINVAL, -1),
	C(sched_setaffinity, EPERM, EINVAL, -1), C(sched_getaffinity, EPERM, 0, -1),
	C(sched_setattr, EPERM, EBUSY, -1), C(ioprio_set, EPERM, 0, -1),
	C(personality, EPERM, 0, -1),
	/* ---- namespaces and mounts */
	C(setns, EPERM, ENOMEM, -1),       C(unshare, ENOSPC, EPERM, -1),
	C(open_tree, ENOMEM, EPERM, 1),    C(move_mount, ENOSPC, EPERM, 1),
	C(fsopen, ENOMEM, EPERM, 0),       C(fsconfig, ENOMEM, EPERM, -1),
	C(fsmount, ENOMEM, EPERM, -1),     C(mount_setattr, ENOMEM, EPERM, 1),
	C(mount, ENOMEM, EPERM, 1),        C(umount2, EBUSY, EPERM, 0),
	C(pivot_root, EBUSY, EPERM, 0),    C(sethostname, EPERM, 0, -1),
	C(setdomainname, EPERM, 0, -1),    C(bpf, ENOMEM, EPERM, -1),
	/* ---- what only x86-64 has */
#ifdef __NR_poll
	C(poll, ENOMEM, EINTR, -1),        C(open, EMFILE, EACCES, 0),
	C(stat, ENOMEM, EACCES, 0),        C(lstat, ENOMEM, EACCES, 0),
	C(access, EIO, EACCES, 0),         C(mkdir, ENOSPC, EACCES, 0),
	C(rmdir, EBUSY, EROFS, 0),         C(unlink, EIO, EROFS, 0),
	C(rename, ENOSPC, EIO, 0),         C(readlink, EIO, EACCES, 0),
	C(chmod, EIO, EPERM, 0),           C(chown, EIO, EPERM, 0),
	C(dup2, EMFILE, EINTR, -1),        C(getrlimit, EPERM, 0, -1),
	C(epoll_wait, ENOMEM, EINTR, -1),
	NEVER(arch_prctl),
#endif
	/* ---- never */
	NEVER(exit_group),      NEVER(exit),           NEVER(rt_sigreturn),
	NEVER(rt_sigaction),    NEVER(rt_sigprocmask), NEVER(munmap),
	NEVER(madvise),         NEVER(futex),          NEVER(getrandom),
	NEVER(set_tid_address), NEVER(set_robust_list), NEVER(rseq),
	NEVER(getpid),          NEVER(getppid),        NEVER(gettid),
	NEVER(getuid),          NEVER(geteuid),        NEVER(getgid),
	NEVER(getegid),         NEVER(getresuid),      NEVER(getresgid),
	NEVER(umask),           NEVER(uname),          NEVER(sched_yield),
	NEVER(clock_gettime),   NEVER(restart_syscall), NEVER(getgroups),
};
/* clang-format on */

const struct call *call_find(long nr)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (calls[i].nr == nr)
			return &calls[i];
	return NULL;
}

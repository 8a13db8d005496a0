/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces: joined, made, entered by a fork; and the few things done once inside. */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if.h>
#include <linux/keyctl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>

OP(join)
{
	int r;

	if (op->flags & PLAN_RETRY && g->joined & op->arg)
		return 0;
	r = sys_setns(plan_slot(g, op->slot), (int)op->arg);
	if (r >= 0)
		g->joined |= op->arg;
	/* It may belong to the user namespace that a later step joins. */
	if (r == -EPERM && op->flags & PLAN_TRY)
		return 0;
	if (r < 0)
		return fail(g, r, "join", (char *)0);
	if (op->arg & CLONE_NEWUSER)
		arm(g);
	return 0;
}

OP(unshare)
{
	int r = sys_unshare(op->arg);

	if (r < 0)
		return fail(g, r, "unshare", (char *)0);
	if (op->arg & CLONE_NEWUSER)
		arm(g);
	return 0;
}

/*
 * A pid namespace takes effect for children only. The child becomes one of
 * the runtime's (CLONE_PARENT) and waits until the runtime knows its pidfd.
 * Not clone3(): filters cannot look at what that one is asked, and refuse it.
 */
OP(fork)
{
	int pidfd = -1;
	int pid = (int)SYS_5(__NR_clone, PLAN_FORK_FLAGS, 0, &pidfd, 0, 0);

	(void)op;
	if (pid < 0)
		return fail(g, pid, "fork into the pid namespace", (char *)0);
	if (pid > 0) {
		int r = sync_tell(g, g->sock, SYNC_FORKED, pidfd);

		if (r < 0) { /* it would wait for an answer, and with it whoever holds the socket */
			sys_pidfd_send_signal(pidfd, SIGKILL);
			return r;
		}
		SYS_1(__NR_exit_group, 0);
	}
	arm(g);
	return sync_wait(g, g->sock, SYNC_FORKED, 0);
}

OP(root_ids)
{
	int r;

	(void)op;
	/* setgroups may be denied in it (a single mapping made by an ordinary user) */
	r = (int)SYS_2(__NR_setgroups, 0, 0);
	if (r < 0 && r != -EPERM)
		return fail(g, r, "drop supplementary groups", (char *)0);
	r = (int)SYS_3(__NR_setresgid, 0, 0, 0);
	if (r >= 0)
		r = (int)SYS_3(__NR_setresuid, 0, 0, 0);
	if (r < 0)
		return fail(g, r, "become root of the user namespace", (char *)0);
	return arm(g);
}

/*
 * Keyrings are counted against the user, 200 of them for one that is not
 * root: a guest without a keyring of its own is better than none.
 */
OP(keyring)
{
	int r = (int)SYS_2(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, plan_text(g, op->text));

	if (r == -ENOSYS || r == -EDQUOT || r == -ENOMEM)
		return 0;
	if (r < 0)
		return r;
	/* possessor: all; user: search and view */
	SYS_3(__NR_keyctl, KEYCTL_SETPERM, r, 0x3f090000);
	return 0;
}

OP(loopback)
{
	struct ifreq request = { .ifr_name = "lo" };
	int sock = (int)SYS_3(__NR_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r;

	(void)g;
	(void)op;
	if (sock < 0) /* a kernel without IPv4 has nothing to bring up this way */
		return sock == -EAFNOSUPPORT ? 0 : sock;
	r = (int)SYS_3(__NR_ioctl, sock, SIOCGIFFLAGS, &request);
	if (r >= 0) {
		request.ifr_flags |= IFF_UP;
		r = (int)SYS_3(__NR_ioctl, sock, SIOCSIFFLAGS, &request);
	}
	SYS_1(__NR_close, sock);
	return r;
}

/* Before the guest's mounts are all there is. Without a procfs here nobody can ask for it. */
OP(own_ns)
{
	int fd = (int)SYS_4(__NR_openat, AT_FDCWD, "/proc/self/ns",
			    O_PATH | O_DIRECTORY | O_CLOEXEC, 0);

	g->slots[op->out] = fd < 0 ? -1 : fd;
	return 0;
}

/* ---- the mount namespace ----------------------------------------------------- */

OP(mnt_template)
{
	int r = sys_setns(plan_slot(g, op->slot), CLONE_NEWNS);

	if (r >= 0)
		r = sys_unshare(CLONE_NEWNS);
	return r < 0 ? fail(g, r, "copy the template mount namespace", (char *)0) : 0;
}

OP(mnt_copy)
{
	int r = sys_unshare(CLONE_NEWNS);

	(void)op;
	/* What is mounted here must not reach the host; what the host mounts may come in. */
	if (r >= 0)
		r = sys_mount(0, "/", 0, MS_REC | MS_SLAVE, 0);
	return r < 0 ? fail(g, r, "copy the mount namespace", (char *)0) : 0;
}

OP(root_enter)
{
	int r = 0;

	/* What enters the namespace later (exec) begins at what is on top of "/": us. */
	if (op->arg)
		r = sys_move_mount(g->root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH);
	if (r >= 0)
		r = (int)SYS_1(__NR_fchdir, g->root);
	if (r >= 0)
		r = (int)SYS_1(__NR_chroot, ".");
	if (r >= 0)
		r = (int)SYS_1(__NR_chdir, "/");
	return r;
}

/* After pivot_root(".", ".") the old root lies on top of the new one, and goes. */
OP(root_pivot)
{
	const int old = (int)SYS_4(__NR_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	int r = old;

	(void)op;
	if (r >= 0)
		r = (int)SYS_1(__NR_fchdir, g->root);
	if (r >= 0)
		r = sys_pivot_root(".", ".");
	/* For mount() "." is the mount that one is in, and not what has been put over it. */
	if (r >= 0)
		r = (int)SYS_1(__NR_fchdir, old);
	if (r >= 0)
		r = sys_mount(0, ".", 0, MS_REC | MS_SLAVE, 0);
	if (r >= 0)
		r = sys_umount2(".", 2 /* MNT_DETACH */);
	if (r >= 0)
		r = (int)SYS_1(__NR_chdir, "/");
	SYS_1(__NR_close, old);
	return r < 0 ? fail(g, r, "pivot_root", (char *)0) : 0;
}

OP(propagation)
{
	const struct mount_attr attr = { .propagation = op->arg & ~(uint64_t)MS_REC };

	return sys_mount_setattr(g->root, "", AT_EMPTY_PATH | (op->arg & MS_REC ? AT_RECURSIVE : 0),
				 &attr);
}

/*
 * A copy made from inside the guest's user namespace belongs to it, and the
 * kernel locks in it every mount and every flag that came from outside.
 */
OP(lock)
{
	int r = sys_setns(plan_slot(g, op->slot), CLONE_NEWUSER);

	if (r >= 0) {
		arm(g);
		r = sys_unshare(CLONE_NEWNS);
	}
	return r < 0 ? fail(g, r, "lock the mounts", (char *)0) : 0;
}

OP(enter)
{
	int r = op->slot < 0 ? 0 : sys_setns(plan_slot(g, op->slot), CLONE_NEWNS);

	if (r >= 0)
		g->root =
			(int)SYS_4(__NR_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (r >= 0)
		r = g->root;
	return r < 0 ? fail(g, r, "enter the mount namespace", (char *)0) : 0;
}

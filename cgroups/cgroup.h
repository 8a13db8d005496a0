/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "spec/spec.h"

/*
 * One guest, one cgroup v2 directory.
 *
 * The directory is held open and every file is reached through it: a path is
 * resolved once, in cgroup_create() or cgroup_open(), and never again. Paths
 * are given as the kernel shows them in /proc/PID/cgroup: absolute, from the
 * root of the cgroup2 mount. No call here starts, stops or waits for a
 * process, except cgroup_kill(), cgroup_signal() and cgroup_freeze(), and
 * cgroup_remove() for those that are just leaving.
 *
 * cgroup v1 is never touched: on a host that keeps controllers there, the
 * cgroup2 mount is used for what it can do, and a limit that needs a missing
 * controller is refused by name.
 */

/* The host's cgroup2 mount, wherever it is: /sys/fs/cgroup or its unified/. */
struct cgroup_mount {
	int fd;        /* O_PATH directory */
	char path[64]; /* for messages and for binding it */
};
/* clang-format off */
#define CGROUP_MOUNT_INIT { .fd = -1 }
/* clang-format on */

int cgroup_mount_open(struct cgroup_mount *ret, struct error *err);
void cgroup_mount_close(struct cgroup_mount *mount);

struct cgroup {
	int fd;           /* O_DIRECTORY, fit for CLONE_INTO_CGROUP */
	char path[4096];  /* from the mount's root, begins with "/" */
	int created_from; /* so many leading bytes of path existed before: parents to be kept */
};
/* clang-format off */
#define CGROUP_INIT { .fd = -1 }
/* clang-format on */

/*
 * linux.cgroupsPath as written (or NULL) to the path of a guest: an absolute
 * one is taken as it is, a relative or absent one lies beside the caller's own
 * cgroup (its parent), by the id when absent. ".." never leads above the root.
 */
int cgroup_path(const struct cgroup_mount *mount, const char *cgroups_path, const char *id,
		char *ret, size_t size, struct error *err);

/*
 * Makes the directory and its parents and enables in every ancestor the
 * controllers that res asks for. A directory that exists is taken when it is
 * empty of processes and not frozen, and refused otherwise. On failure what
 * was made is removed.
 */
int cgroup_create(const struct cgroup_mount *mount, const char *path,
		  const struct spec_resources *res, struct cgroup *ret, struct error *err);
int cgroup_open(const struct cgroup_mount *mount, const char *path, struct cgroup *ret,
		struct error *err);
void cgroup_close(struct cgroup *cg);

/* The cgroup that a process is in now. -ESRCH: the process is gone. */
int cgroup_of_pid(const struct cgroup_mount *mount, pid_t pid, struct cgroup *ret,
		  struct error *err);

/*
 * Checks what can be checked without a host (ranges, patterns, pairs): called
 * before anything is created, and before an update, on the merged resources.
 */
int cgroup_check(const struct spec_resources *res, struct error *err);

/*
 * Enables what res asks for in every cgroup above. cgroup_create() has done it;
 * to be called before a cgroup_limit() that changes the limits of a guest.
 */
int cgroup_enable(const struct cgroup_mount *mount, const struct cgroup *cg,
		  const struct spec_resources *res, struct error *err);

/*
 * Writes what the spec sets and nothing else; a missing controller is named with
 * the way out, unless the value asks for nothing. oci_version decides what a pids
 * limit of 0 means. A value that the kernel refuses leaves those before it in place.
 */
int cgroup_limit(const struct cgroup *cg, const struct spec_resources *res, const char *oci_version,
		 struct error *err);

/*
 * The same for a guest that lives: what was there before is kept in *undo, which
 * starts zeroed, until cgroup_undo() writes it back or cgroup_undo_free() forgets
 * it. cgroup_undo() goes on when a file refuses, and returns the first refusal.
 */
struct cgroup_undo {
	struct arena memory;
	struct cgroup_old *last;
};
int cgroup_change(const struct cgroup *cg, const struct spec_resources *res,
		  const char *oci_version, struct cgroup_undo *undo, struct error *err);
int cgroup_undo(const struct cgroup *cg, struct cgroup_undo *undo, struct error *err);
void cgroup_undo_free(struct cgroup_undo *undo);

/*
 * Attaches the device filter: the rules in order, then what no guest may be
 * denied (null, zero, full, random, urandom, tty, console, ptmx, pts, net/tun;
 * mknod of all). Rules that allow everything attach nothing. Once a cgroup: a
 * second filter would be added to the first. -EPERM in a user namespace, where
 * the kernel forbids mknod anyway: the caller decides.
 */
int cgroup_devices(const struct cgroup *cg, const struct spec_resources *res, struct error *err);

/*
 * Writes on it whose it is, in at most 255 bytes. Two guests may be given one
 * path, and the second takes over what the first has left empty: who kills or
 * removes a cgroup asks first.
 */
int cgroup_mark(const struct cgroup *cg, const char *owner, struct error *err);
/* 1: it is that one's, 0: it is not. */
int cgroup_marked(const struct cgroup *cg, const char *owner, struct error *err);

/*
 * Lets uid manage it and everything below: owner of the directory and of the
 * files that the kernel says may be delegated. Its limits stay the caller's.
 */
int cgroup_delegate(const struct cgroup *cg, uid_t uid, struct error *err);

/* Kills every process in it and below, in one write (5.14). Does not wait. */
int cgroup_kill(const struct cgroup *cg, struct error *err);

/* Sends sig to every process in it and below, by pidfd. */
int cgroup_signal(const struct cgroup *cg, int sig, struct error *err);

/* Waits up to 2 s until the kernel says it is so; a freeze that fails is undone. */
int cgroup_freeze(const struct cgroup *cg, bool frozen, struct error *err);

/* 1: frozen, 0: not. */
int cgroup_frozen(const struct cgroup *cg, struct error *err);

/* 1: holds a process somewhere below, 0: not (cgroup.events). */
int cgroup_populated(const struct cgroup *cg, struct error *err);

/* Pids of it and of everything below; *ret is malloc'ed. */
int cgroup_pids(const struct cgroup *cg, pid_t **ret, size_t *ret_n, struct error *err);

/*
 * Removes it and everything below, deepest first, and those parents that
 * cgroup_create() made and that are empty. Missing is fine; EBUSY is retried
 * for up to a second, since exiting processes leave a little later.
 */
int cgroup_remove(const struct cgroup_mount *mount, const char *path, int created_from,
		  struct error *err);

/*
 * Moves a process into it. For those that could not be born there: into a
 * frozen one the kernel lets a process be cloned, and never lets it run.
 */
int cgroup_attach(const struct cgroup *cg, pid_t pid, struct error *err);

/* For exec --cgroup: the directory of a sub-cgroup that exists; "..", absolute are refused. */
int cgroup_open_below(const struct cgroup *cg, const char *path, struct cgroup *ret,
		      struct error *err);

#define cleanup_cgroup_mount __attribute__((cleanup(cgroup_mount_close)))
#define cleanup_cgroup __attribute__((cleanup(cgroup_close)))
#define cleanup_cgroup_undo __attribute__((cleanup(cgroup_undo_free)))

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The guest side: a freestanding program that executes a plan (plan.h) and
 * becomes the guest. It decides nothing and allocates nothing. What can only
 * be found out here has one place each: paths in path.c, fallbacks beside the
 * operation that owns them.
 *
 * Everything returns >= 0 or a negative errno. An operation that fails says
 * why by fail() or leaves the sentence to the loop: "<what>: <errno>".
 */
#include <stdbool.h>

#include "base/sys.h"
#include "init/plan.h"

struct guest {
	const char *base; /* the plan */
	const struct plan_head *head;
	int *slots;
	int sock;
	int root;           /* the guest's root directory, -1 before ROOT_ATTACH */
	uint64_t joined;    /* CLONE_NEW* that a PLAN_TRY has joined already */
	bool null_attached; /* the tree of /dev/null is in use: further ones are cloned */
	bool in_cwd;        /* a PLAN_CWD has succeeded */
	int parent;         /* see path_parent_kept(), -1: none */
	const char *parent_of;
	bool armed;               /* die with the runtime, and be invisible meanwhile */
	char program[4096];       /* found by PLAN_LOOKUP */
	char home[1024];          /* "HOME=..." for the environment, "" when it has one */
	char listen[32];          /* "LISTEN_PID=..." likewise */
	const char **argv, **env; /* laid out by PLAN_LOOKUP */
	char why[400];            /* set by fail(): replaces the default sentence */
	bool why_complete;        /* ... and is not followed by what errno means */
};

/* ---- the plan (plan.c) ---------------------------------------------------- */

/* Checks every offset that the operations rely on; -EINVAL: not a plan. */
int plan_check(const void *base, uint64_t size);

/* The text at an offset that plan_check() has seen; "" for 0. */
const char *plan_text(const struct guest *g, uint32_t at);
int plan_slot(const struct guest *g, int slot);

/* Executes it from the first operation; returns only when it fails. */
int plan_run(struct guest *g);

/* ---- words (text.c) ------------------------------------------------------- */

uint64_t text_len(const char *s);
bool text_equal(const char *a, const char *b);
bool text_starts(const char *s, const char *prefix);
/* Appends to a NUL-terminated text of size bytes; cuts what does not fit, false then. */
bool text_add(char *buf, uint64_t size, const char *s);
bool text_add_number(char *buf, uint64_t size, uint64_t n);

/* Sets the sentence of the failure and returns code. Parts end with NULL. */
int fail(struct guest *g, int code, const char *first, ...);
/* The same; what errno means is not added. */
int fail_only(struct guest *g, int code, const char *first, ...);

/* ---- the talk (sync.c) ---------------------------------------------------- */

int sync_tell(struct guest *g, int sock, uint32_t step, int fd);
int sync_tell_number(struct guest *g, uint32_t step, int number);
/* ret_fd: NULL, or a descriptor that came along, -1: none. A closed socket ends the program. */
int sync_wait(struct guest *g, int sock, uint32_t step, int *ret_fd);
/* The next message, whatever it says: its size, 0 when the other side has closed. */
long sync_receive(int sock, struct sync_msg *m, int *ret_fd);
void sync_failed(struct guest *g, int sock, const char *what, int code);

/* PR_SET_DUMPABLE and PR_SET_PDEATHSIG are lost with every change of credentials. */
int arm(const struct guest *g);

/* ---- paths below the guest's root (path.c) ------------------------------- */

/* An O_PATH descriptor. Symlinks are followed inside the root and never leave it. */
int path_open(const struct guest *g, const char *path, uint64_t flags, uint64_t resolve);
int path_make_dir(const struct guest *g, const char *path, unsigned mode);
/* What mounts go on: made if missing, as a directory or an empty file. */
int path_target(const struct guest *g, const char *path, bool file, bool *ret_made);
/* The parent of path's last component, made if missing; *ret_name points into path. */
int path_parent(const struct guest *g, const char *path, const char **ret_name);
/* The same for a row of entries in one directory: it stays open, and is not the caller's. */
int path_parent_kept(struct guest *g, const char *path, const char **ret_name);
void path_parent_drop(struct guest *g);
/* To a file of the kernel's below dir; what has been mounted over it is not it. */
int path_write(int dir, const char *path, uint64_t resolve, const void *data, uint64_t size);

#define OP(name) int op_##name(struct guest *g, const struct plan_op *op)

OP(cgroup);
OP(oom);
OP(affinity);
OP(join);
OP(unshare);
OP(fork);
OP(sync);
OP(root_ids);
OP(keyring);
OP(loopback);
OP(own_ns);
OP(mnt_template);
OP(mnt_copy);
OP(clone);
OP(root_attach);
OP(fs);
OP(tree);
OP(setattr);
OP(mount_label);
OP(dir);
OP(file);
OP(node);
OP(link);
OP(mask);
OP(readonly);
OP(sysctl);
OP(hook);
OP(root_enter);
OP(root_pivot);
OP(propagation);
OP(lock);
OP(enter);
OP(console);
OP(control);
OP(stdio);
OP(label);
OP(scheduler);
OP(ioprio);
OP(mempolicy);
OP(personality);
OP(seccomp);
OP(held);
OP(rlimit);
OP(bounding);
OP(user);
OP(caps);
OP(cwd);
OP(lookup);
OP(start);
OP(exec);

/* Copies what directory `from` holds into directory `to`: files, links, modes, owners (copy.c). */
int copy_tree(int from, int to);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/error.h"
#include "libcontainer/labels.h"
#include "libcontainer/plan.h"
#include "libcontainer/rights.h"
#include "libcontainer/warren.h"
#include "spec/spec.h"

struct build_joins { /* namespaces by path */
	size_t n;
	struct build_join {
		size_t index; /* in linux.namespaces */
		uint64_t flag;
		int slot; /* in init */
	} v[8];
	int user; /* slot, -1: not joined */
};

/*
 * From a configuration to plans: every decision about a guest is taken here,
 * before anything of it exists. What is opened here (sources of binds,
 * namespaces, the root) is opened once and travels as a descriptor.
 *
 * A guest without a user namespace has one plan: its init mounts, then becomes
 * the guest. With one (and a privileged caller) there are two: a mount side
 * with the host's rights builds the mounts in a namespace of the host's and
 * locks them into the guest's; init waits for that. So no mount is ever made
 * with rights that the guest has as well. An ordinary user has no others: init
 * then mounts by itself, what it opens for that included (build_tree.c).
 */
struct build {
	struct arena arena;
	const struct warren_host *host;
	const struct warren_create *args;
	enum rights rights; /* the caller's */
	bool attached;      /* `run` in the foreground */
	bool made_work;     /* the overlay's work directory is ours to remove */
	const char *bundle; /* absolute */
	const char *rootfs; /* absolute; the upper directory of an overlay root */
	const char *text;   /* config.json */
	size_t text_len;
	struct spec *spec;
	struct labels labels; /* looked up by build_load() */

	/* found out by build_open_namespaces(), decided by build_namespaces() */
	struct build_joins joins;
	uint64_t clone_flags; /* namespaces that init is born into */
	uint64_t listed;      /* all that the configuration names, new or joined */
	uint64_t fresh;       /* ... those that are new */
	bool userns, split;   /* has one; mounts are made by a process of their own */
	bool mknod;           /* device nodes can be made */
	bool slow;            /* hooks or copies without a bound: no step is timed */
	bool classic;         /* a copy of the host's mounts and pivot_root */
	bool shown;           /* ... which hooks find by init's pid, and the mount side builds in */
	struct spec_id_mappings uids, gids;
	struct build_idmap { /* the user namespace that id-mapped mounts had last */
		int fd;
		struct spec_id_mappings uids, gids;
	} idmap;

	int upper;        /* claim on the upper directory, -1: none */
	int root;         /* the root as a detached tree, -1: init opens it */
	int root_slot;    /* ... in the plan that mounts */
	size_t clones_at; /* in init: where it opens what the runtime may not */
	const char *hook_head,
		*hook_tail; /* the state that hooks in the guest read, around the pid */
	int start_sock;     /* listening; -1: `run`, which starts at once */
	int own_ns;     /* slot in init: where exec finds its namespaces before start, -1: none */
	int notify_dir; /* directory of the notify socket, -1: none */

	struct build_late { /* tmpfs that are made read-only when they are complete */
		int slot;
		size_t index;
		const char *where;
	} * late;
	size_t n_late;
	struct build_cloned *cloned; /* by build_tree(), the last one first */

	struct plan init, mount; /* mount: only when split */
	int mounts_slot;         /* in init: receives the mount namespace (split) */
	int target_slot;         /* in mount: init's pidfd, set before it is launched */
};
#define BUILD_INIT                                                                            \
	{                                                                                     \
		.joins = { .user = -1 }, .idmap = { .fd = -1 }, .root = -1, .start_sock = -1, \
		.own_ns = -1, .notify_dir = -1, .upper = -1                                   \
	}

/* bundle and config.json: read, checked, refused before anything was created. */
int build_load(struct build *b, struct error *err);

/* The plans. Needs .start_sock and .notify_dir. */
int build_plans(struct build *b, struct error *err);

void build_free(struct build *b);
#define cleanup_build __attribute__((cleanup(build_free)))

/* ---- the parts, one file each ----------------------------------------------------- */

/* build_namespaces.c: those with a path, and the maps; then into b->init, and the beginning of
 * b->mount. */
int build_open_namespaces(struct build *b, struct error *err);
int build_namespaces(struct build *b, struct error *err);

/* What exec needs as well: no signal of the caller's stays ignored, and no keyring is shared with
 * it. label: SELinux', may be NULL. */
void build_signals(struct plan *p);
int build_keyring(struct plan *p, const char *id, const struct labels *labels, const char *label,
		  struct error *err);

/* build_schedule.c: which processors it may run on, NULL: whatever its cgroup has. */
void build_affinity(struct plan *p, const char *what, const char *list);
/* process.oomScoreAdj, where it is not the runtime that writes it. */
void build_oom(struct plan *p, enum rights rights, const struct spec_process *process);
/* scheduler, ioPriority, memoryPolicy, personality; with the rights to set them. */
void build_schedule(struct plan *p, const struct spec_process *process,
		    const struct spec_linux *linux);

/* build_root.c: into p, everything from the mount namespace to the entered root. */
int build_root(struct build *b, struct plan *p, struct error *err);

/*
 * build_tree.c: a tree of the host's in a slot of p, private unless attr says
 * otherwise. *ret_st: what is at path. what: stands before the path in errors.
 */
struct build_source {
	const char *path, *what, *op; /* op: the user's name for it, NULL: path */
	bool recursive;
	bool keeps; /* whoever asks does more to it: there is no second one */
	struct plan_attr attr;
};
int build_tree(struct build *b, struct plan *p, const struct build_source *s, struct stat *ret_st,
	       struct error *err);

/*
 * What is in a slot of p once more, without the mount namespaces that are
 * mounted in it; *ret_fd stays -1 if that cannot be done for it.
 */
int build_tree_again(struct build *b, const struct plan *p, int slot, int *ret_fd,
		     struct error *err);

/* The same attributes of a tree that is there already. Negative errno. */
int build_set_attr(int tree, const struct plan_attr *attr);

/* build_mounts.c, build_devices.c: what is in it. */
int build_notify(struct build *b, struct plan *p, struct error *err);
int build_mounts(struct build *b, struct plan *p, struct error *err);

/* build_idmap.c: a user namespace with the guest's maps, as a descriptor that stays b's. */
int build_guest_maps(struct build *b, struct error *err);
/* Maps the ids of a detached tree as its mount asks for it. source: of a bind, NULL: none. */
int build_idmap(struct build *b, const struct spec_mount *mount, bool recursive, int tree,
		const char *source, struct error *err);

/* The end of the mount side: the user namespace, and the sysctls that belong to it. */
int build_lock(struct build *b, struct plan *p, struct error *err);
int build_devices(struct build *b, struct plan *p, struct error *err);

/* build_process.c: what the process becomes; shared with exec. */
struct build_process {
	const struct spec_process *process;
	const struct spec_seccomp *seccomp;
	const struct spec_linux *linux; /* memoryPolicy, personality */
	const struct labels *labels;
	const struct spec_hooks *hooks;      /* startContainer, or NULL */
	const struct strs *more_env;         /* appended, e.g. LISTEN_FDS; may be NULL */
	const char *what_args;               /* the user's name for the program */
	bool console_bind;                   /* also on /dev/console */
	bool listen;                         /* its pid is told to it: LISTEN_PID */
	bool fork;                           /* into a pid namespace that others are in */
	bool userns;                         /* its capabilities are those of a user namespace */
	int start_sock, own_ns;              /* as in struct build; -1: none */
	int first_free;                      /* descriptors below are the guest's */
	const char *state_head, *state_tail; /* for hooks */
};
int build_process(struct arena *a, struct plan *p, const struct warren_host *host,
		  const struct build_process *bp, struct error *err);

/* build_hooks.c: a hook that the guest side runs. pid 0: its own. */
int build_hook(struct plan *p, const char *what, const struct spec_hook *hook,
	       const struct strs *default_env, const char *state_head, const char *state_tail,
	       int pid);

/* Namespace type to CLONE_NEW*. */
uint64_t build_clone_flag(int type);

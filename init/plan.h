/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The guest side of a start as data, and what guest side and runtime say to
 * each other meanwhile.
 *
 * A plan is one sealed buffer, written by the runtime (libcontainer/plan.c) and
 * executed by init/, a program without libc that never sees the host's binary.
 * It holds offsets from its own start and no pointers. Offset 0 means "none".
 *
 * A guest that was created by an older warren waits inside its plan for
 * `start`; the only thing that a newer warren must keep serving is struct
 * sync_msg on its start socket, whose version is PLAN_VERSION.
 */
#include <stdint.h>

#define PLAN_MAGIC 0x6e726177u /* "warn" */
#define PLAN_VERSION 1
#define PLAN_SLOTS 4096 /* descriptors a plan can name */

struct plan_head {
	uint32_t magic, version, size;
	uint32_t ops_at, ops_count;
	uint32_t slots_at, slots_count; /* int32_t each: a descriptor's number, -1: filled later */
	uint32_t root_uid, root_gid; /* the guest's root on the host: owner of what gets created */
	int32_t sock;                /* number of the descriptor that leads to the runtime */
};

/*
 * One step. What the fields mean depends on the kind; `what` is the user's
 * name for it ("mounts[3] /proc") and stands in front of every error.
 */
struct plan_op {
	uint16_t kind;
	uint16_t flags;
	int16_t slot;  /* a descriptor it works on, -1: none */
	int16_t out;   /* where a descriptor that it makes is kept, -1: nowhere */
	uint32_t what; /* text */
	uint32_t text; /* text: a path, a name */
	uint32_t data; /* payload: one of the structs below */
	uint32_t size; /* bytes of payload */
	uint64_t arg;
};

/* clang-format off */
enum plan_kind {
	/* ---- namespaces */
	PLAN_CLOSE = 1,     /* payload: plan_ranges; drop inherited descriptors that nobody named */
	PLAN_SIGNALS,       /* arg: mask of signals to set to their default */
	PLAN_CGROUP,        /* go into the cgroup whose directory is in slot */
	PLAN_OOM,           /* oom_score_adj is int32_t arg; for a runtime that may not write it */
	PLAN_AFFINITY,      /* payload: a mask of processors, none: all; PLAN_TRY */
	PLAN_JOIN,          /* setns(slot, arg); flags: PLAN_TRY, PLAN_RETRY */
	PLAN_UNSHARE,       /* unshare(arg) */
	PLAN_FORK,          /* go on in a child of the runtime; its pidfd is sent as SYNC_FORKED */
	PLAN_SYNC,          /* send step arg and slot, wait for the answer; what comes along: to out */
	PLAN_ROOT_IDS,      /* become uid 0, gid 0 of the user namespace */
	PLAN_SESSION,       /* setsid() */
	PLAN_KEYRING,       /* join session keyring text */
	PLAN_LOOPBACK,      /* bring lo up */
	PLAN_OWN_NS,        /* to out: where its own namespaces are found, if this is a procfs; START */
	/* ---- mounts, with the rights of whoever runs it */
	PLAN_MNT_TEMPLATE,  /* a private copy of the template namespace in slot */
	PLAN_MNT_COPY,      /* a private copy of the caller's namespace */
	PLAN_CLONE,         /* tree of the host's path text to out. payload: plan_attr; PLAN_RECURSIVE */
	PLAN_ROOT_ATTACH,   /* attach tree slot over text; paths below are from it. arg: propagation */
	PLAN_FS,            /* payload: plan_fs, a new file system at text (none: only kept in out) */
	PLAN_TREE,          /* attach tree slot at text. payload: plan_attr, propagation afterwards */
	PLAN_SETATTR,       /* payload: plan_attr on the mount in slot, or the one at text */
	PLAN_MOUNT_LABEL,   /* SELinux label text for what is mounted by slot */
	PLAN_DIR,           /* mkdir -p text, mode arg */
	PLAN_FILE,          /* an empty file at text, if nothing is there */
	PLAN_NODE,          /* payload: plan_node at text; slot: the host's, bound if mknod is refused */
	PLAN_LINK,          /* symlink at text that says what is at data; PLAN_TRY: if that exists */
	PLAN_MASK,          /* hide text: by slot, a tree of /dev/null, or out, an empty directory;
			       data: none, or a text, the SELinux label of that */
	PLAN_READONLY,      /* make what is at text read-only, with all below */
	PLAN_SYSCTL,        /* write what is at data to text below procfs slot */
	PLAN_HOOK,          /* payload: plan_hook */
	PLAN_ROOT_ENTER,    /* chroot into the root; arg 1: move it over "/" first */
	PLAN_ROOT_PIVOT,    /* pivot_root into the root, detach the old one */
	PLAN_PROPAGATION,   /* of the root mount: arg */
	PLAN_LOCK,          /* enter user namespace of slot and copy the mounts: they are locked then */
	PLAN_ENTER,         /* the mount namespace of slot (-1: the present one) is the guest's */
	/* ---- the process */
	PLAN_CONSOLE,       /* payload: plan_console; a new terminal on 0, 1 and 2 */
	PLAN_CONTROL,       /* descriptor 0 becomes the session's controlling terminal */
	PLAN_STDIO,         /* chown descriptors 0-2 to uid arg */
	PLAN_HOSTNAME,
	PLAN_DOMAINNAME,
	PLAN_UMASK,
	PLAN_LABEL,         /* payload: plan_label; slot: a procfs with text in it, -1: by lsm_*(2) */
	PLAN_SCHEDULER,     /* payload: plan_scheduler */
	PLAN_IOPRIO,        /* ioprio_set(arg) */
	PLAN_MEMPOLICY,     /* set_mempolicy(arg); payload: a mask of nodes, or none */
	PLAN_PERSONALITY,   /* personality(arg) */
	PLAN_NO_NEW_PRIVS,
	PLAN_SECCOMP,       /* payload: struct sock_filter[]; arg: SECCOMP_FILTER_FLAG_* */
	PLAN_HELD,          /* getppid(arg), which returns when the filter's listener was taken over */
	PLAN_RLIMIT,        /* payload: plan_rlimit; exactly as asked */
	PLAN_BOUNDING,      /* payload: plan_caps; the bounding set */
	PLAN_USER,          /* payload: plan_user */
	PLAN_CAPS,          /* payload: plan_caps; the other four */
	PLAN_CWD,           /* chdir text; PLAN_TRY: no error yet, PLAN_RETRY: if not there yet */
	PLAN_LOOKUP,        /* payload: plan_exec; find the program as the user would; PLAN_HOME */
	PLAN_SHED,          /* close all descriptors from arg on but the socket, slot and out */
	PLAN_READY,         /* disarm: from here on the guest outlives the runtime */
	PLAN_START,         /* wait on listening socket slot for SYNC_START; out: of PLAN_OWN_NS */
	PLAN_EXEC,          /* what PLAN_LOOKUP has found and laid out; ends the plan */
	PLAN_EXIT,          /* ends the plan */
	PLAN_KINDS
};
/* clang-format on */

#define PLAN_FORK_FLAGS (CLONE_PARENT | CLONE_PIDFD) /* what FORK asks clone() for */

/* flags */
#define PLAN_TRY 0x0001           /* a refusal is no error, a later step does it */
#define PLAN_RETRY 0x0002         /* only if the PLAN_TRY before did not succeed */
#define PLAN_PLAIN_DIR 0x0004     /* the target must be a directory and no symlink (proc, sysfs) */
#define PLAN_OVER_PROC 0x0008     /* the target may lie on procfs */
#define PLAN_MODE 0x0010          /* FS: take over the mode of the directory below */
#define PLAN_COPY_UP 0x0020       /* FS: fill with what the directory below holds */
#define PLAN_IS_FILE 0x0040       /* TREE: the source is no directory */
#define PLAN_LISTEN 0x0080        /* LOOKUP: its pid is LISTEN_PID in the environment */
#define PLAN_REPLACE 0x0100       /* LINK: take the place of what is there */
#define PLAN_CONSOLE_BIND 0x0200  /* CONSOLE: also on /dev/console */
#define PLAN_HOME 0x0400          /* LOOKUP: find HOME from /etc/passwd for uid arg */
#define PLAN_OWNER_ROOT 0x0800    /* DIR: give it to the guest's root */
#define PLAN_BIND_FALLBACK 0x1000 /* FS: where the kernel refuses, take the tree in slot */
#define PLAN_SEEN 0x2000          /* SYNC: /proc/PID is the user's meanwhile, to be written to */
#define PLAN_RECURSIVE 0x4000     /* CLONE: with all that is mounted below */

/* clang-format off */
struct plan_range { uint32_t first, last; };
struct plan_ranges { uint32_t n; struct plan_range v[]; };

struct plan_attr {
	uint64_t set, clear;             /* MOUNT_ATTR_* of this mount */
	uint64_t rset, rclear;           /* and of all below */
	uint64_t propagation[4];         /* MS_SHARED ..., possibly | MS_REC, in order */
	uint32_t n_propagation, pad;
};

struct plan_pair { uint32_t key, value; };  /* value 0: a flag */
struct plan_fs {
	struct plan_attr attr;
	uint32_t type;                   /* text */
	uint32_t n;                      /* options */
	struct plan_pair v[];
};

struct plan_node {
	uint32_t mode;                   /* with S_IFMT */
	uint32_t uid, gid;               /* on the host */
	uint32_t major, minor;
};

struct plan_user { uint32_t uid, gid, n; uint32_t groups[]; };

struct plan_caps { uint64_t bounding, effective, permitted, inheritable, ambient; };

struct plan_rlimit { uint32_t resource, pad; uint64_t soft, hard; };

struct plan_label { uint32_t lsm, attr; char text[]; };  /* SYS_LSM_* */

struct plan_scheduler {                  /* as sched_setattr(2) takes it */
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

struct plan_console { uint32_t rows, columns, uid, pad; };

struct plan_exec { uint32_t n_args, n_env; uint32_t v[]; };  /* texts: argv, then environment */

struct plan_hook {
	uint32_t path;
	uint32_t seconds;                /* 0: no limit */
	uint32_t state_head, state_tail; /* the state on its stdin, around the pid */
	int32_t pid;                     /* 0: the pid of whoever runs the plan */
	uint32_t n_args, n_env;
	uint32_t v[];
};

/* clang-format on */

/* ---- the talk ---------------------------------------------------------------- */

/*
 * SOCK_SEQPACKET, one message a step: never torn. The runtime treats what it
 * receives as coming from the guest: length, step, code and text are checked.
 */
enum sync_step {
	SYNC_FAILED = 1, /* guest side: code and text say why; it is about to exit */
	SYNC_FORKED,     /* guest side: a descriptor, the pidfd of the one that goes on */
	SYNC_MAP_IDS,    /* guest side: I am in my user namespace; answered when maps are written */
	SYNC_NAMESPACES, /* guest side: all namespaces exist; answered with the mounts (a user
			    namespace) */
	SYNC_MOUNTED,    /* mount side: everything is mounted and locked */
	SYNC_HOOKS,      /* guest side: mounts are there, the root is not entered yet */
	SYNC_CONSOLE,    /* guest side: a descriptor, the master of the terminal */
	SYNC_CREATED,    /* guest side: everything but the exec is done */
	SYNC_START,      /* runtime -> guest side */
	SYNC_CLOCKS,     /* guest side: a time namespace for my children; answered with it, set */
	SYNC_NETWORK,    /* guest side: my network is there; answered with the devices in it */
	SYNC_LISTENER,   /* guest side: descriptor code will be the listener; not answered */
	SYNC_TREE, /* guest side: slot code cannot be mounted here; answered with one that can */
	SYNC_SHOW, /* runtime -> guest side before SYNC_START: its namespaces, each a message */
	SYNC_STEPS
};

#define SYNC_ERRNO 1 /* the text ends with what code means */

struct sync_msg {
	uint32_t version; /* PLAN_VERSION */
	uint32_t step;
	int32_t code; /* SYNC_FAILED: errno; SYNC_LISTENER, SYNC_TREE: a number */
	uint32_t flags;
	char text[496];
};

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * libwarren: everything that the command line does, for a C program.
 *
 * The library is a guest in its caller: it keeps no global state, never
 * prints, exits or aborts, works from a threaded program, and leaves working
 * directory, umask, signal handlers and descriptors of the process as they
 * were. (Two calls take over the terminal or the signals of the caller for
 * their duration, because that is what they are for: warren_run() and
 * warren_exec() when attached.)
 *
 * Every call returns 0 (or a stated value) on success and a negative errno on
 * failure, with the reason in *err: one sentence, no newline. Calls block
 * until done; the longest waits are stated. Before 1.0 nothing here is promised.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WARREN_API __attribute__((visibility("default")))

struct warren_error {
	int code;       /* errno; 0: no error */
	char text[508]; /* always NUL-terminated */
};

/* Where guests are kept and how they are set up: the same for all calls of one caller. */
struct warren_host {
	const char *root;    /* state root, absolute; NULL: warren_default_root() */
	bool systemd_cgroup; /* not supported yet: refused by create and run */
	bool no_cgroup;      /* --cgroup-manager disabled: guests stay in the caller's cgroup */
	/* Called with a warning that the specification orders, or NULL to drop them. */
	void (*warn)(void *arg, const char *text);
	void *warn_arg;
};

/* /run/warren, or $XDG_RUNTIME_DIR/warren for an ordinary user, who must have it set. Writes at
 * most size bytes. */
WARREN_API int warren_default_root(char *buf, size_t size, struct warren_error *err);

/* ---- life cycle ----------------------------------------------------------- */

struct warren_create {
	const char *id;
	const char *bundle;         /* NULL: "." */
	const char *config;         /* file name in the bundle; NULL: "config.json" */
	const char *console_socket; /* path; the pty's master is sent there */
	const char *pidfd_socket;   /* path; the init's pidfd is sent there */
	const char *pid_file;       /* path; written before the call returns */
	bool no_pivot, no_new_keyring;
	int preserve_fds;           /* descriptors 3 .. 3+n-1 are the guest's */
	int listen_fds;             /* the first n of them are socket activation's */
	const char *listen_fdnames; /* LISTEN_FDNAMES, or NULL */
	const char *notify_socket;  /* host path of sd_notify's socket, or NULL */
	/* The root as an overlay instead of root.path; lower[0] is the uppermost. */
	const char *const *lower;
	size_t n_lower;
	const char *upper, *work; /* work NULL: a directory beside upper */
	/* run only */
	bool detach, keep, no_subreaper;
};

/* Returns when the guest waits to be started. On failure nothing is left behind. */
WARREN_API int warren_create(const struct warren_host *host, const struct warren_create *args,
			     struct warren_error *err);

/* Returns when the guest's program has been executed and the poststart hooks have run. */
WARREN_API int warren_start(const struct warren_host *host, const char *id,
			    struct warren_error *err);

/*
 * create and start. Detached: returns 0 as warren_start() does. Attached:
 * forwards signals and the terminal, waits for the guest, deletes it (unless
 * .keep) and returns its exit status, 128+n when signal n killed it.
 */
WARREN_API int warren_run(const struct warren_host *host, const struct warren_create *args,
			  struct warren_error *err);

/*
 * sig 0 only asks. all: every process of the guest, not just its init.
 * A guest that is not running: -ESRCH, "container not running".
 */
WARREN_API int warren_kill(const struct warren_host *host, const char *id, int sig, bool all,
			   struct warren_error *err);

/* force: kills first and waits up to 10 s; a guest that does not exist is then no error. */
WARREN_API int warren_delete(const struct warren_host *host, const char *id, bool force,
			     struct warren_error *err);

/* Freezes or thaws every process of the guest; waits up to 2 s. */
WARREN_API int warren_pause(const struct warren_host *host, const char *id,
			    struct warren_error *err);
WARREN_API int warren_resume(const struct warren_host *host, const char *id,
			     struct warren_error *err);

struct warren_exec {
	const char *id;
	const char *process;     /* file with a `process` object; the rest below is then ignored */
	const char *const *argv; /* NULL-terminated */
	const char *cwd;
	const char *const *env; /* NULL-terminated, added to the guest's own */
	const char *user;       /* "UID[:GID]", checked strictly; NULL: as the guest's init */
	const uint32_t *additional_gids;
	size_t n_additional_gids;
	const char *const *caps; /* NULL-terminated, added */
	const char *process_label, *apparmor;
	const char *cgroup; /* below the guest's own; NULL: the guest's own */
	bool tty, detach, no_new_privs, ignore_paused;
	bool tty_given; /* .tty overrides the terminal of the process file */
	const char *console_socket, *pidfd_socket, *pid_file;
	int preserve_fds;
};

/*
 * Runs a further process in the guest. Attached: returns its exit status,
 * 128+n when signal n killed it. Detached: 0 once it has been executed.
 */
WARREN_API int warren_exec(const struct warren_host *host, const struct warren_exec *args,
			   struct warren_error *err);

struct warren_update {
	const char *id;
	/* JSON in the form of linux.resources; the single limits below are then ignored */
	const char *resources;
	const char *resources_name; /* what errors call that text; NULL: "resources" */
	/*
	 * As words of a command line; NULL and "" change nothing. The first three
	 * are bytes, or a size like 512m; -1 is no limit.
	 */
	const char *memory, *memory_reservation;
	const char *memory_swap; /* memory and swap together */
	const char *cpu_shares, *cpu_quota, *cpu_burst, *cpu_period, *cpu_idle;
	const char *cpu_rt_runtime, *cpu_rt_period; /* of cgroup v1 alone: refused unless 0 */
	const char *cpuset_cpus, *cpuset_mems;      /* lists like 0-3,8 */
	const char *pids_limit, *blkio_weight;
	/* Lines of schemata for a guest that was created with linux.intelRdt. */
	const char *l3_cache_schema, *mem_bw_schema;
};

/*
 * Changes limits of a guest that is created, running or paused: all that are
 * given, or none, for a failure puts the old values back. What is not given
 * stays as it is; device rules are never touched.
 */
WARREN_API int warren_update(const struct warren_host *host, const struct warren_update *args,
			     struct warren_error *err);

/* ---- looking -------------------------------------------------------------- */

enum warren_status {
	WARREN_CREATING,
	WARREN_CREATED,
	WARREN_RUNNING,
	WARREN_PAUSED,
	WARREN_STOPPED,
};

WARREN_API const char *warren_status_name(enum warren_status status);

struct warren_pair {
	const char *key, *value;
};

struct warren_state {
	const char *id, *bundle, *rootfs;
	const char *created; /* RFC 3339, UTC, nanoseconds */
	const char *owner;   /* user name, or the number as text */
	const char *oci_version;
	pid_t pid; /* 0: stopped */
	enum warren_status status;
	const struct warren_pair *annotations;
	size_t n_annotations;
	void *memory; /* what all of it points into */
};

/* -ENOENT: "container does not exist". Free with warren_state_free(). */
WARREN_API int warren_state(const struct warren_host *host, const char *id,
			    struct warren_state *ret, struct warren_error *err);
WARREN_API void warren_state_free(struct warren_state *state);

/* The same as compact JSON text; free with free(). indent: spaces a level, 0: one line. */
WARREN_API int warren_state_json(const struct warren_state *state, int indent, bool with_owner,
				 char **ret, struct warren_error *err);

/*
 * Calls each for every guest, in the order of their ids; a guest that is
 * deleted meanwhile is skipped. A broken entry is given with state NULL and
 * the reason in why. A state root that does not exist has no guests. The
 * state is freed after the call; a non-zero answer ends the walk and is returned.
 */
WARREN_API int warren_list(const struct warren_host *host,
			   int (*each)(void *arg, const char *id, const struct warren_state *state,
				       const struct warren_error *why),
			   void *arg, struct warren_error *err);

/* Host pids of the guest's processes, all its cgroups below included; free *ret with free(). */
WARREN_API int warren_ps(const struct warren_host *host, const char *id, pid_t **ret, size_t *ret_n,
			 struct warren_error *err);

/*
 * What the guest uses, as one line of JSON in the form that runc's `events
 * --stats` has; free *ret with free(). -ESRCH: the guest is not running.
 */
WARREN_API int warren_stats(const struct warren_host *host, const char *id, char **ret,
			    struct warren_error *err);

/*
 * Calls each with a line of JSON: the numbers every interval_ms, the first time
 * after as long, and {"type":"oom"} when the kernel killed for want of memory.
 * Returns 0 when the guest has ended; a non-zero answer ends it at once and is
 * returned.
 */
WARREN_API int warren_events(const struct warren_host *host, const char *id, unsigned interval_ms,
			     int (*each)(void *arg, const char *event), void *arg,
			     struct warren_error *err);

/* ---- without a guest ------------------------------------------------------ */

/* A config.json to begin with, as text; free with free(). */
WARREN_API int warren_spec(bool terminal, bool rootless, char **ret, struct warren_error *err);

/* What this build supports: the features document of the runtime specification, indented. */
WARREN_API int warren_features(char **ret, struct warren_error *err);

/* A signal by name ("TERM", "sigterm", "RTMIN+1") or number; -EINVAL: there is none. */
WARREN_API int warren_signal(const char *text);

/* The runtime specification that this is written for. */
#define WARREN_OCI_VERSION "1.3.0"

/* Version of the library ("0.1.0") and the commit it was built from. */
WARREN_API const char *warren_version(void);
WARREN_API const char *warren_commit(void);

/* Writes libseccomp's version ("2.5.4") and returns its length; "" and 0: it is not installed. */
WARREN_API int warren_libseccomp_version(char *buf, size_t size);

/* What warren keeps on this host beside guests: text, a line an entry; reset removes it. */
WARREN_API int warren_doctor(const struct warren_host *host, bool reset, char **ret,
			     struct warren_error *err);

#ifdef __cplusplus
}
#endif

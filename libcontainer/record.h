/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "cgroups/cgroup.h"
#include "libcontainer/warren.h"
#include "spec/spec.h"
#include "spec/state.h"

/*
 * What warren remembers of a guest: a directory in the state root, named by
 * its id.
 *
 *	state.json    spec/state.h
 *	config.json   as it was at create, to the byte; edits of the bundle's mean nothing
 *	updated.json  what update() made of it: only its limits count
 *	start.sock    there while the guest waits to be started
 *	starting.sock the same one, in the hands of `start`
 *	notify/       sd_notify's socket
 *
 * mkdir decides who creates a guest. A lock on the directory keeps commands
 * that change it apart; whoever reads needs none, since files are replaced
 * by rename. Nothing here is believed about a process before its pidfd has
 * been checked.
 */
struct record {
	struct arena arena;
	const struct warren_host *host;
	const struct records *all; /* NULL: opened alone */
	const char *id;
	int root, dir; /* state root, the guest's directory */
	bool locked;
	struct spec_state *state;
};
#define RECORD_INIT                   \
	{                             \
		.root = -1, .dir = -1 \
	}

/* What looking at many of them needs once: the state root and the cgroup mount. */
struct records {
	const struct warren_host *host;
	int root;
	struct cgroup_mount mount; /* closed: there is none */
};
#define RECORDS_INIT                                   \
	{                                              \
		.root = -1, .mount = CGROUP_MOUNT_INIT \
	}

/* -ENOENT: there is no state root. It must outlive what is opened in it. */
int records_open(const struct warren_host *host, struct records *ret, struct error *err);
void records_close(struct records *all);

/* As record_open(). */
int record_open_in(const struct records *all, const char *id, struct record *ret,
		   struct error *err);

/* "invalid container ID format" unless it is one. */
int record_check_id(const char *id, struct error *err);

/* A new one, locked. -EEXIST: "container with given ID already exists". */
int record_make(const struct warren_host *host, const char *id, struct record *ret,
		struct error *err);

/* -ENOENT: "container does not exist"; -EBADMSG: the directory is there, but no state in it. */
int record_open(const struct warren_host *host, const char *id, struct record *ret,
		struct error *err);

/* Opens the directory alone, for what has to be removed whatever it holds. */
int record_open_broken(const struct warren_host *host, const char *id, struct record *ret,
		       struct error *err);
void record_close(struct record *rec);

/* Waits up to 1 s, then reads the state again: somebody may have changed or removed it. */
int record_lock(struct record *rec, struct error *err);
void record_unlock(struct record *rec);

int record_save(struct record *rec, struct error *err);
int record_save_config(struct record *rec, const char *text, size_t len, struct error *err);
int record_save_updated(struct record *rec, const struct spec *spec, struct error *err);
/* As it was at create, with the limits of the last update. */
int record_load_config(struct record *rec, struct spec **ret, struct error *err);

/* Whether it has a pid namespace of its own: then all of it ends with its init. */
bool record_own_pids(struct record *rec);

/* Removes the directory and all in it. */
int record_remove(struct record *rec, struct error *err);

/* Its init, if it is still the one that was recorded: a pidfd. -ESRCH: it is not. */
int record_pidfd(const struct record *rec);

/* Also looks into the cgroup. *ret_pidfd (may be NULL): as record_pidfd(), or -1. */
int record_status(const struct record *rec, int *ret_pidfd, struct error *err);

/*
 * To an init that waits for `start`. flags: SOCK_NONBLOCK. -ECONNREFUSED,
 * -ENOENT: it no longer waits.
 */
int record_connect(const struct record *rec, int flags);

/*
 * The guest's cgroup, if it is still this guest's. -ENOTSUP: it never had one;
 * -ESRCH: it is gone, or somebody else lives there now.
 */
int record_cgroup(const struct record *rec, struct cgroup *ret, struct error *err);

/* Takes a cgroup that has just been made for it. */
int record_take_cgroup(struct record *rec, const struct cgroup *cg, struct error *err);

/* Records the process that a pidfd refers to. */
int record_set_process(struct record *rec, pid_t pid, int pidfd, struct error *err);

/* The state as hooks read it, in the record's arena. */
int record_hook_state(struct record *rec, const char *status, pid_t pid, const char **ret,
		      struct error *err);

/* A process in it as seccomp agents read it, in the record's arena. metadata may be NULL. */
int record_process_state(struct record *rec, const char *status, pid_t pid, const char *metadata,
			 const char **ret, struct error *err);

#define cleanup_record __attribute__((cleanup(record_close)))
#define cleanup_records __attribute__((cleanup(records_close)))

#define RECORD_START_SOCKET "start.sock"
#define RECORD_STARTING_SOCKET "starting.sock"

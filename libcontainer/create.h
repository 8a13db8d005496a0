/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cgroups/cgroup.h"
#include "libcontainer/build.h"
#include "libcontainer/launch.h"
#include "libcontainer/listener.h"
#include "libcontainer/record.h"

/*
 * A guest on its way: create() takes it to the point where its init has done
 * everything but the exec and waits; from there it is answered, or undone.
 */
struct creation {
	struct build build;
	struct record record;
	struct cgroup_mount mount;
	struct cgroup cgroup;
	struct child init;
	struct listener listener;  /* of `run`: the filter's, for its agent */
	int console, pidfd_socket; /* connected, or -1 */
	int pty;                   /* master for an attached caller, or -1 */
	int notify;                /* the guest's notify socket, or -1 */
	int resctrl;               /* where it is mounted, if linux.intelRdt is asked for, or -1 */
	bool made, hooked;         /* there is a record; hooks have been run */
	bool made_group;           /* of resctrl, by us */
};
#define CREATION_INIT                                                                     \
	{                                                                                 \
		.build = BUILD_INIT, .record = RECORD_INIT, .mount = CGROUP_MOUNT_INIT,   \
		.cgroup = CGROUP_INIT, .init = CHILD_INIT, .listener = LISTENER_INIT,     \
		.console = -1, .pidfd_socket = -1, .pty = -1, .notify = -1, .resctrl = -1 \
	}

/* attached: `run` in the foreground. at_once: `run`, no start socket. */
int create(struct creation *c, const struct warren_host *host, const struct warren_create *args,
	   bool attached, bool at_once, struct error *err);

/* Hard limits and OOM score of a process that is about to become a guest's. */
int create_settle(pid_t pid, enum rights rights, const struct spec_process *process,
		  struct error *err);

/* Lets init go on: into its wait for `start`, or into the program. */
int create_release(struct creation *c, struct error *err);

/* Everything away again. */
void create_undo(struct creation *c);
void create_free(struct creation *c);

#define cleanup_creation __attribute__((cleanup(create_free)))

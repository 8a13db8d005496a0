/* SPDX-License-Identifier: Apache-2.0 */
/* create, start and run: from nothing to a program that has been executed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"
#include "libcontainer/attach.h"
#include "libcontainer/create.h"
#include "libcontainer/destroy.h"
#include "libcontainer/hooks.h"
#include "libcontainer/life.h"
#include "libcontainer/notify.h"

int guest_create(const struct warren_host *host, const struct warren_create *args,
		 struct error *err)
{
	cleanup_creation struct creation c = CREATION_INIT;
	int r = create(&c, host, args, false, false, err);

	if (r < 0)
		return r;
	r = create_release(&c, err);
	if (r < 0)
		create_undo(&c);
	return r;
}

/* startContainer hooks take their time. */
static int await_exec(struct listener *l, struct record *rec, const struct spec_seccomp *seccomp,
		      int sock, int pidfd, struct error *err)
{
	int r = 0;

	if (l->agent >= 0)
		r = record_process_state(rec, "creating", rec->state->pid,
					 seccomp->listenerMetadata, &l->text, err);
	return r < 0 ? r : listener_await_exec(l, sock, -1, pidfd, err);
}

int guest_poststart(struct record *rec, struct error *err)
{
	struct spec *spec;
	const char *state;
	int r;

	if (!rec->state->hooks)
		return 0;
	r = record_load_config(rec, &spec, err);
	if (r >= 0)
		r = record_hook_state(rec, "running", rec->state->pid, &state, err);
	return r < 0 ? r
		     : hooks_run(&spec->hooks.poststart, "poststart", state, rec->state->bundle,
				 err);
}

/* It did not come to its program, or what should have followed did not happen: it must not live. */
static void give_up(struct record *rec, int pidfd)
{
	struct error ignored = { 0 };
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	sys_pidfd_send_signal(pidfd, SIGKILL);
	poll(&p, 1, STEP_TIMEOUT_MS);
	destroy(rec, true, &ignored);
}

/* ---- start ---------------------------------------------------------------------------- */

static int connect_start(const struct record *rec, struct error *err)
{
	int sock = record_connect(rec, 0);

	if (sock == -ECONNREFUSED || sock == -ENOENT)
		return error_set(err, -sock,
				 "cannot start a container that has stopped: its init is gone");
	return sock < 0 ? error_sys(err, -sock, "start socket") : sock;
}

static int may_start(int status, struct error *err)
{
	switch (status) {
	case WARREN_CREATED:
		return 0;
	case WARREN_RUNNING:
		return error_set(err, EINVAL, "cannot start an already running container");
	case WARREN_STOPPED:
		return error_set(err, EINVAL, "cannot start a container that has stopped");
	case WARREN_PAUSED:
		return error_set(err, EINVAL, "cannot start a container in the paused state");
	default:
		return status < 0 ? status : error_set(err, EBUSY, "container is being created");
	}
}

/* sd_notify: the caller waits until the guest says that it is ready. */
static int await_ready(struct record *rec, int pidfd, struct error *err)
{
	cleanup_fd int sock = -1;
	const char *host_socket = getenv("NOTIFY_SOCKET");

	if (!rec->state->notify || !host_socket)
		return 0;
	sock = notify_open(rec->dir, err);
	if (sock < 0)
		return sock;
	return notify_forward(sock, host_socket, rec->state->pid, pidfd, err) < 0 ? -err->code : 0;
}

static int load_seccomp(struct record *rec, const struct spec_seccomp **ret, struct error *err)
{
	struct spec *spec;
	int r;

	if (!rec->state->listener)
		return 0;
	r = record_load_config(rec, &spec, err);
	if (r >= 0)
		*ret = spec->linux->seccomp;
	return r;
}

static int start_created(struct record *rec, int pidfd, struct error *err)
{
	cleanup_listener struct listener listener = LISTENER_INIT;
	const struct spec_seccomp *seccomp = NULL;
	cleanup_fd int sock = -1;
	int r = load_seccomp(rec, &seccomp, err);

	if (r >= 0)
		r = listener_connect(&listener, seccomp, err);
	if (r >= 0)
		r = sock = connect_start(rec, err);
	if (r < 0)
		return r;
	/*
	 * Told before the socket goes: should we be killed in between, what is left is
	 * one that nobody listens to, and record_status() asks it. The other order
	 * could leave a guest that waits and that nobody can start. It has a name of
	 * its own meanwhile, so that of all who wait nobody has to be asked.
	 */
	if (renameat(rec->dir, RECORD_START_SOCKET, rec->dir, RECORD_STARTING_SOCKET) < 0 &&
	    errno != ENOENT) /* a `start` that was killed has renamed it already */
		return error_sys(err, errno, "take the start socket of %s", rec->id);
	r = talk_send(sock, SYNC_START, -1, err);
	unlinkat(rec->dir, RECORD_STARTING_SOCKET, 0);
	if (r >= 0)
		r = await_exec(&listener, rec, seccomp, sock, pidfd, err);
	if (r >= 0)
		r = guest_poststart(rec, err);
	if (r < 0)
		give_up(rec, pidfd);
	return r;
}

int guest_start(const struct warren_host *host, const char *id, struct error *err)
{
	cleanup_record struct record rec = RECORD_INIT;
	cleanup_fd int pidfd = -1;
	int r = record_open(host, id, &rec, err);

	if (r >= 0)
		r = record_lock(&rec, err);
	if (r >= 0)
		r = may_start(record_status(&rec, &pidfd, err), err);
	if (r >= 0)
		r = start_created(&rec, pidfd, err);
	return r < 0 ? r : await_ready(&rec, pidfd, err);
}

/* ---- run -------------------------------------------------------------------------------- */

/* What init says once it has been let go. */
static int run_program(struct creation *c, struct error *err)
{
	int r = create_release(c, err);

	c->hooked = true; /* it is there: whatever happens now ends with its poststop hooks */
	if (r >= 0)
		r = await_exec(&c->listener, &c->record, c->build.spec->linux->seccomp,
			       c->init.sock, c->init.pidfd, err);
	if (r >= 0)
		r = guest_poststart(&c->record, err);
	if (r < 0)
		create_undo(c);
	return r;
}

static int forward_ready(struct creation *c, struct error *err)
{
	const char *host_socket = c->build.args->notify_socket;

	if (c->notify < 0)
		return 0;
	return notify_forward(c->notify, host_socket, c->init.pid, c->init.pidfd, err) < 0
		       ? -err->code
		       : 0;
}

static int run_detached(const struct warren_host *host, const struct warren_create *args,
			struct error *err)
{
	cleanup_creation struct creation c = CREATION_INIT;
	int r = create(&c, host, args, false, true, err);

	if (r >= 0)
		r = run_program(&c, err);
	return r < 0 ? r : forward_ready(&c, err);
}

/* The lock is not held while the guest lives: others may pause, kill and exec. */
static int wait_and_remove(struct creation *c, struct attach *at, struct error *err)
{
	void (*const warn)(void *, const char *) = c->build.host->warn;
	struct error why = { 0 };
	int status, r;

	at->pidfd = c->init.pidfd;
	at->pid = c->init.pid;
	at->pty_master = c->pty;
	record_unlock(&c->record);
	status = attach_wait(at, err);
	if (c->build.args->keep)
		return status;
	/* somebody may have deleted it already, and even made it anew */
	r = record_lock(&c->record, &why);
	if (r >= 0)
		r = record_status(&c->record, NULL, &why);
	if (r == WARREN_STOPPED)
		r = destroy(&c->record, true, &why);
	if (r < 0 && r != -ENOENT && warn)
		warn(c->build.host->warn_arg, why.text); /* the status is the program's */
	return status;
}

static int run_attached(const struct warren_host *host, const struct warren_create *args,
			struct error *err)
{
	cleanup_creation struct creation c = CREATION_INIT;
	cleanup_attach struct attach at = ATTACH_INIT;
	int r;

	at.subreaper = !args->no_subreaper;
	r = attach_begin(&at, err);
	if (r >= 0)
		r = create(&c, host, args, true, true, err);
	if (r >= 0)
		r = run_program(&c, err);
	if (r >= 0)
		r = forward_ready(&c, err);
	return r < 0 ? r : wait_and_remove(&c, &at, err);
}

int guest_run(const struct warren_host *host, const struct warren_create *args, struct error *err)
{
	return args->detach ? run_detached(host, args, err) : run_attached(host, args, err);
}

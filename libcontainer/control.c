/* SPDX-License-Identifier: Apache-2.0 */
/* kill, delete, pause, resume, ps: what is done to a guest that exists. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"
#include "cgroups/cgroup.h"
#include "libcontainer/destroy.h"
#include "libcontainer/life.h"
#include "libcontainer/members.h"

#define DELETE_WAIT_MS 10000

/* ---- kill ------------------------------------------------------------------------------ */

/* What would end a process that has no handler for it. */
static bool is_deadly(int sig)
{
	return sig != 0 && sig != SIGCHLD && sig != SIGCONT && sig != SIGURG && sig != SIGWINCH &&
	       sig != SIGSTOP && sig != SIGTSTP && sig != SIGTTIN && sig != SIGTTOU;
}

static int signal_init(struct record *rec, int status, int pidfd, int sig, struct error *err)
{
	int r;

	/* The kernel spares the init of a pid namespace every signal that it has no handler for. */
	if (status == WARREN_CREATED && is_deadly(sig))
		sig = SIGKILL;
	if (sig == SIGKILL && rec->state->cgroup && !record_own_pids(rec))
		return members_signal(rec, sig, err);
	r = sys_pidfd_send_signal(pidfd, sig);
	if (r == -ESRCH)
		return error_set(err, ESRCH, "container not running");
	return r < 0 ? error_sys(err, -r, "send signal %d to %s", sig, rec->id) : 0;
}

int guest_kill(const struct warren_host *host, const char *id, int sig, bool all, struct error *err)
{
	cleanup_record struct record rec = RECORD_INIT;
	cleanup_fd int pidfd = -1;
	int r = record_open(host, id, &rec, err), status;

	if (r < 0)
		return r;
	status = record_status(&rec, &pidfd, err);
	if (status < 0)
		return status;
	if (all && (rec.state->cgroup || (status == WARREN_RUNNING && record_own_pids(&rec))))
		return members_signal(&rec, sig, err) < 0 && status != WARREN_STOPPED ? -err->code
										      : 0;
	if (status == WARREN_STOPPED || pidfd < 0)
		return error_set(err, ESRCH, "container not running");
	return signal_init(&rec, status, pidfd, sig, err);
}

/* ---- delete ------------------------------------------------------------------------------ */

static int end_process(struct record *rec, int pidfd, struct error *err)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	struct error ignored = { 0 };
	int r;

	if (rec->state->cgroup && members_signal(rec, SIGKILL, &ignored) >= 0)
		r = 0;
	else
		r = sys_pidfd_send_signal(pidfd, SIGKILL);
	if (r < 0 && r != -ESRCH)
		return error_sys(err, -r, "kill %s", rec->id);
	if (poll(&p, 1, DELETE_WAIT_MS) == 0)
		return error_set(err, ETIMEDOUT,
				 "container %s does not end: its init still lives %d s "
				 "after SIGKILL",
				 rec->id, DELETE_WAIT_MS / 1000);
	return 0;
}

static int delete_known(struct record *rec, bool force, struct error *err)
{
	cleanup_fd int pidfd = -1;
	int status = record_status(rec, &pidfd, err), r = 0;

	if (status < 0)
		return status;
	if (!force && status != WARREN_STOPPED && status != WARREN_CREATED)
		return error_set(err, EBUSY, "cannot delete container %s that is not stopped: %s",
				 rec->id, warren_status_name((enum warren_status)status));
	if (pidfd >= 0)
		r = end_process(rec, pidfd, err);
	return r < 0 ? r : destroy(rec, true, err);
}

/* What is not there, or not what it should be; not what cannot be read just now. */
static bool is_broken(int r)
{
	return r == -EBADMSG || r == -EINVAL || r == -EFBIG || r == -ENOTSUP;
}

/* A directory that holds no state that can be read: only --force, and only what lies in it. */
static int delete_broken(const struct warren_host *host, const char *id, bool force,
			 struct error *err)
{
	cleanup_record struct record rec = RECORD_INIT;
	struct error why = *err;
	int r = record_open_broken(host, id, &rec, err);

	if (r >= 0)
		r = record_lock(&rec, err);
	if (r == -ENOENT && force) /* somebody else was about to remove it */
		return 0;
	/* a state that is there and cannot be read may be that of a guest which lives */
	if (r >= 0 && !force && faccessat(rec.dir, "state.json", F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		*err = why;
		return -err->code;
	}
	if (r >= 0)
		r = record_remove(&rec, err);
	if (r < 0 || force)
		return r;
	*err = why;
	return -err->code;
}

int guest_delete(const struct warren_host *host, const char *id, bool force, struct error *err)
{
	cleanup_record struct record rec = RECORD_INIT;
	int r = record_open(host, id, &rec, err);

	if (r == -ENOENT && force)
		return 0;
	if (is_broken(r) && record_check_id(id, &(struct error){ 0 }) >= 0)
		return delete_broken(host, id, force, err);
	if (r >= 0)
		r = record_lock(&rec, err);
	if (r == -ENOENT && force) /* somebody else was faster */
		return 0;
	return r < 0 ? r : delete_known(&rec, force, err);
}

/* ---- pause, resume, ps ---------------------------------------------------------------------- */

int guest_pause(const struct warren_host *host, const char *id, bool pause, struct error *err)
{
	cleanup_record struct record rec = RECORD_INIT;
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	int r = record_open(host, id, &rec, err), status;

	if (r >= 0)
		r = record_lock(&rec, err);
	if (r < 0)
		return r;
	status = record_status(&rec, NULL, err);
	if (status < 0)
		return status;
	if (!pause && status != WARREN_PAUSED)
		return error_set(err, EINVAL, "container not paused");
	if (pause && status != WARREN_RUNNING && status != WARREN_CREATED)
		return error_set(err, EINVAL,
				 status == WARREN_PAUSED ? "container is paused already"
							 : "container not running");
	r = record_cgroup(&rec, &cg, err);
	return r < 0 ? r : cgroup_freeze(&cg, pause, err);
}

int guest_ps(const struct warren_host *host, const char *id, pid_t **ret, size_t *ret_n,
	     struct error *err)
{
	cleanup_record struct record rec = RECORD_INIT;
	int r = record_open(host, id, &rec, err), status;

	*ret = NULL;
	*ret_n = 0;
	if (r < 0)
		return r;
	status = record_status(&rec, NULL, err);
	if (status < 0 || status == WARREN_STOPPED)
		return status < 0 ? status : 0;
	return members(&rec, ret, ret_n, err);
}

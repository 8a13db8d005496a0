/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/members.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

static bool same_namespace(pid_t pid, const struct stat *want)
{
	struct stat st;
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	return stat(path, &st) == 0 && st.st_ino == want->st_ino && st.st_dev == want->st_dev;
}

static int append(pid_t **list, size_t *n, pid_t pid)
{
	pid_t *grown = reallocarray(*list, *n + 1, sizeof(**list));

	if (!grown)
		return -ENOMEM;
	grown[(*n)++] = pid;
	*list = grown;
	return 0;
}

/* Those that end with its init, which is alone before `start`: it shows nobody its namespaces. */
static int by_namespace(pid_t init, pid_t **ret, size_t *ret_n, struct error *err)
{
	char path[48];
	struct stat want;
	bool alone;
	struct dirent *e;
	DIR *proc;
	int r = append(ret, ret_n, init);

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", init);
	alone = stat(path, &want) < 0;
	proc = alone ? NULL : opendir("/proc");
	if (!alone && !proc)
		r = -errno;
	while (r >= 0 && proc && (e = readdir(proc))) {
		unsigned long long pid;

		if (str_to_u64(e->d_name, INT32_MAX, &pid) < 0 || (pid_t)pid == init)
			continue;
		if (same_namespace((pid_t)pid, &want))
			r = append(ret, ret_n, (pid_t)pid);
	}
	if (proc)
		closedir(proc);
	return r < 0 ? error_sys(err, -r, "look for the processes of the container") : 0;
}

static int find(struct record *rec, pid_t **ret, size_t *ret_n, struct error *err)
{
	if (!record_own_pids(rec))
		return error_set(
			err, ENOTSUP,
			"container %s has neither a cgroup nor a pid namespace of its own: "
			"which processes are its is not known",
			rec->id);
	return by_namespace(rec->state->pid, ret, ret_n, err);
}

int members(struct record *rec, pid_t **ret, size_t *ret_n, struct error *err)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	int r;

	*ret = NULL;
	*ret_n = 0;
	if (rec->state->cgroup) {
		r = record_cgroup(rec, &cg, err);
		return r < 0 ? r : cgroup_pids(&cg, ret, ret_n, err);
	}
	r = find(rec, ret, ret_n, err);
	if (r < 0) {
		free(*ret);
		*ret = NULL;
		*ret_n = 0;
	}
	return r;
}

/* The number may have gone to somebody else: what the pidfd holds is looked at again. */
static void signal_one(pid_t pid, const struct stat *want, int sig)
{
	cleanup_fd int fd = sys_pidfd_open(pid, 0);

	if (fd >= 0 && same_namespace(pid, want))
		sys_pidfd_send_signal(fd, sig);
}

static int signal_found(struct record *rec, int sig, struct error *err)
{
	cleanup_free pid_t *pids = NULL;
	cleanup_fd int init = record_pidfd(rec);
	struct stat want;
	char path[48];
	size_t n = 0;
	int r = init < 0 ? error_set(err, ESRCH, "container not running")
			 : find(rec, &pids, &n, err);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", rec->state->pid);
	if (stat(path, &want) < 0)
		n = 1;
	for (size_t i = 1; i < n && sig != SIGKILL; i++) /* which ends them with init */
		signal_one(pids[i], &want, sig);
	r = sys_pidfd_send_signal(init, sig);
	return r < 0 && r != -ESRCH ? error_sys(err, -r, "send signal %d to %s", sig, rec->id) : 0;
}

int members_signal(struct record *rec, int sig, struct error *err)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	int r;

	if (!rec->state->cgroup)
		return signal_found(rec, sig, err);
	r = record_cgroup(rec, &cg, err);
	if (r < 0)
		return r;
	return sig == SIGKILL ? cgroup_kill(&cg, err) : cgroup_signal(&cg, sig, err);
}

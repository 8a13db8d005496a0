/* SPDX-License-Identifier: Apache-2.0 */
/* A further process in a guest. The guest is hostile: the helper is sealed and cannot be traced. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/nsfs.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "cgroups/cgroup.h"
#include "libcontainer/attach.h"
#include "libcontainer/build.h"
#include "libcontainer/create.h"
#include "libcontainer/life.h"
#include "libcontainer/listener.h"
#include "libcontainer/pidfile.h"
#include "libcontainer/resctrl.h"
#include "libcontainer/serve.h"
#include "libcontainer/terminal.h"
#include "spec/validate.h"

#define PROCESS_MAX (4 * 1024 * 1024)

struct execution {
	const struct warren_host *host;
	const struct warren_exec *args;
	enum rights rights;
	struct record record;
	struct spec *spec;            /* the guest's */
	struct spec_process *process; /* what is to be run */
	struct labels labels;
	struct cgroup_mount mount;
	struct cgroup cgroup;
	struct plan plan;
	struct child child;
	struct listener listener;
	bool joins_cgroup; /* by the plan; else it is born there */
	bool asks;         /* init is asked for its namespaces */
	bool frozen;       /* --ignore-paused: it is moved there at the end, and stops */
	int pidfd;         /* of the guest's init */
	int console, pidfd_socket, pty;
};
#define EXECUTION_INIT                                                                      \
	{                                                                                   \
		.record = RECORD_INIT, .mount = CGROUP_MOUNT_INIT, .cgroup = CGROUP_INIT,   \
		.child = CHILD_INIT, .listener = LISTENER_INIT, .pidfd = -1, .console = -1, \
		.pidfd_socket = -1, .pty = -1                                               \
	}

static void execution_free(struct execution *x)
{
	plan_free(&x->plan);
	child_close(&x->child);
	listener_close(&x->listener);
	cgroup_close(&x->cgroup);
	cgroup_mount_close(&x->mount);
	record_close(&x->record);
	fd_close(&x->pidfd);
	fd_close(&x->console);
	fd_close(&x->pidfd_socket);
	fd_close(&x->pty);
}

#define cleanup_execution __attribute__((cleanup(execution_free)))

/* ---- what is to be run ------------------------------------------------------------------ */

/* "UID[:GID]", whole and in range: a part that overflows has been root in others. */
static int take_user(const char *text, struct spec_user *user, struct error *err)
{
	const char *colon = strchr(text, ':');
	unsigned long long uid, gid = user->gid;
	char first[16] = "";

	if (!colon || colon - text < (ptrdiff_t)sizeof(first))
		snprintf(first, sizeof(first), "%.*s",
			 colon ? (int)(colon - text) : (int)sizeof(first) - 1, text);
	if ((!colon && strlen(text) >= sizeof(first)) ||
	    str_to_u64(first, UINT32_MAX - 1, &uid) < 0 ||
	    (colon && str_to_u64(colon + 1, UINT32_MAX - 1, &gid) < 0))
		return error_set(err, EINVAL,
				 "--user \"%.40s\": expected UID[:GID], numbers from 0 to "
				 "4294967294",
				 text);
	user->uid = (uint32_t)uid;
	user->gid = (uint32_t)gid;
	return 0;
}

static int append(struct arena *a, struct strs *list, const char *const *more, struct error *err)
{
	size_t n = 0;
	const char **v;

	while (more && more[n])
		n++;
	if (!n)
		return 0;
	v = arena_array(a, list->n + n + 1, sizeof(*v));
	if (!v)
		return error_sys(err, ENOMEM, "exec");
	for (size_t i = 0; i < list->n; i++)
		v[i] = list->v[i];
	for (size_t i = 0; i < n; i++)
		v[list->n + i] = more[i];
	list->v = v;
	list->n += n;
	return 0;
}

/* Not inheritable: files with inheritable capabilities would hand them on (CVE-2022-29162). */
static int add_caps(struct arena *a, struct spec_process *p, const char *const *caps,
		    struct error *err)
{
	struct spec_capabilities *c;
	int r;

	if (!caps || !*caps)
		return 0;
	c = arena_alloc(a, sizeof(*c));
	if (!c)
		return error_sys(err, ENOMEM, "exec");
	if (p->capabilities)
		*c = *p->capabilities;
	p->capabilities = c;
	r = append(a, &c->bounding, caps, err);
	if (r >= 0)
		r = append(a, &c->effective, caps, err);
	return r < 0 ? r : append(a, &c->permitted, caps, err);
}

static int from_options(struct execution *x, struct error *err)
{
	const struct warren_exec *args = x->args;
	struct arena *a = &x->record.arena;
	struct spec_process *p = arena_alloc(a, sizeof(*p));
	int r = 0;

	if (!p)
		return error_sys(err, ENOMEM, "exec");
	*p = *x->spec->process;
	p->args = (struct strs){ 0 };
	p->terminal = args->tty;
	p->consoleSize.height = p->consoleSize.width = 0;
	if (args->cwd)
		p->cwd = args->cwd;
	if (args->user)
		r = take_user(args->user, &p->user, err);
	if (args->n_additional_gids)
		p->user.additionalGids =
			(struct u32s){ args->n_additional_gids,
				       (uint32_t *)(uintptr_t)args->additional_gids };
	p->noNewPrivileges |= args->no_new_privs;
	if (args->process_label)
		p->selinuxLabel = args->process_label;
	if (args->apparmor)
		p->apparmorProfile = args->apparmor;
	if (r >= 0)
		r = append(a, &p->args, args->argv, err);
	if (r >= 0)
		r = append(a, &p->env, args->env, err);
	if (r >= 0)
		r = add_caps(a, p, args->caps, err);
	x->process = p;
	return r;
}

static int from_file(struct execution *x, struct error *err)
{
	struct arena *a = &x->record.arena;
	const char *text;
	size_t len;
	int r = file_read(a, AT_FDCWD, x->args->process, PROCESS_MAX, &text, &len);

	if (r < 0)
		return error_set(err, -r, "--process %s cannot be read (errno %d)",
				 x->args->process, -r);
	r = spec_parse_process(a, x->args->process, text, len, &x->process, err);
	if (r >= 0 && x->args->tty_given)
		x->process->terminal = x->args->tty;
	if (r < 0)
		return r;
	/* it is no less confined than the guest for not saying so */
	if (!x->process->apparmorProfile || !*x->process->apparmorProfile)
		x->process->apparmorProfile = x->spec->process->apparmorProfile;
	if (!x->process->selinuxLabel || !*x->process->selinuxLabel)
		x->process->selinuxLabel = x->spec->process->selinuxLabel;
	return r;
}

static int take_process(struct execution *x, struct error *err)
{
	int r = x->args->process ? from_file(x, err) : from_options(x, err);

	if (r >= 0)
		r = spec_validate_process(x->process, err);
	if (r >= 0)
		r = labels_load(x->process, "", NULL, &x->labels, err);
	if (r < 0)
		return r;
	if (x->process->terminal && x->args->detach && !x->args->console_socket)
		return error_set(err, EINVAL,
				 "cannot allocate tty if warren will detach without "
				 "setting console socket");
	if (x->args->console_socket && (!x->process->terminal || !x->args->detach))
		return error_set(err, EINVAL,
				 "cannot use console socket if warren will not detach or "
				 "allocate tty");
	for (int fd = 3; fd < 3 + x->args->preserve_fds; fd++)
		if (fcntl(fd, F_GETFD) & FD_CLOEXEC) /* closed, or one of ours in its place */
			return error_set(err, EBADF,
					 "unable to stat preserved-fd %d (of %d): it is not "
					 "open",
					 fd, x->args->preserve_fds);
	return 0;
}

/* ---- where ------------------------------------------------------------------------------- */

static int check_status(struct execution *x, struct error *err)
{
	int status = record_status(&x->record, &x->pidfd, err);

	if (status < 0)
		return status;
	if (status == WARREN_STOPPED || x->pidfd < 0)
		return error_set(err, ESRCH, "cannot exec in a stopped container");
	/* its init shows itself to nobody yet, but for the host's root */
	x->asks = status == WARREN_CREATED && x->rights == RIGHTS_USER;
	x->frozen = status == WARREN_PAUSED;
	if (x->frozen && !x->args->ignore_paused)
		return error_set(err, EBUSY,
				 "cannot exec in a paused container (use --ignore-paused to "
				 "override)");
	return 0;
}

static int open_cgroup(struct execution *x, struct error *err)
{
	cleanup_cgroup struct cgroup own = CGROUP_INIT;
	int r;

	if (!x->record.state->cgroup)
		return x->args->cgroup ? error_set(err, ENOTSUP, "--cgroup: the container has none")
				       : 0;
	if (!x->args->cgroup)
		return record_cgroup(&x->record, &x->cgroup, err);
	r = record_cgroup(&x->record, &own, err);
	return r < 0 ? r : cgroup_open_below(&own, x->args->cgroup, &x->cgroup, err);
}

static const struct {
	const char *name;
	uint64_t flag;
} types[] = {
	{ "user", CLONE_NEWUSER },     { "mnt", CLONE_NEWNS },    { "pid", CLONE_NEWPID },
	{ "net", CLONE_NEWNET },       { "ipc", CLONE_NEWIPC },   { "uts", CLONE_NEWUTS },
	{ "cgroup", CLONE_NEWCGROUP }, { "time", CLONE_NEWTIME },
};
#define TYPES (sizeof(types) / sizeof(*types))

/*
 * All namespaces that differ from ours, in one call by the init's pidfd. The
 * user namespace must be left out when it is ours: the kernel refuses that.
 */
static uint64_t namespaces_of(const struct execution *x)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < TYPES; i++) {
		struct stat ours, theirs;
		char path[64];

		snprintf(path, sizeof(path), "/proc/self/ns/%s", types[i].name);
		if (stat(path, &ours) < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", x->record.state->pid, types[i].name);
		if (stat(path, &theirs) < 0 || ours.st_ino != theirs.st_ino)
			flags |= types[i].flag;
	}
	return flags;
}

/* fd becomes the plan's, or is closed: a namespace of ours, or none. *ret_flag: 0 then. */
static int take_shown(struct execution *x, int fd, uint64_t *ret_flag)
{
	cleanup_fd int mine = fd;
	const int type = ioctl(mine, NS_GET_NSTYPE);
	struct stat ours, theirs;
	char path[64];

	*ret_flag = 0;
	for (size_t i = 0; i < TYPES && type >= 0; i++) {
		if (types[i].flag != (uint64_t)type)
			continue;
		snprintf(path, sizeof(path), "/proc/self/ns/%s", types[i].name);
		if (fstat(mine, &theirs) < 0 || stat(path, &ours) < 0 ||
		    ours.st_ino == theirs.st_ino)
			return -1;
		*ret_flag = types[i].flag;
		return plan_slot_take(&x->plan, fd_take(&mine));
	}
	return -1;
}

/* From an init that nobody may look at. The user namespace comes first: it gives the rights. */
static int join_shown(struct execution *x, uint64_t *ret_flags, struct error *err)
{
	cleanup_fd int sock = record_connect(&x->record, 0);
	int r = sock < 0 ? error_set(err, -sock, "the container is just being started: try again")
			 : talk_send(sock, SYNC_SHOW, -1, err);

	while (r >= 0) {
		uint64_t flag;
		int fd, slot;

		r = talk_receive(sock, STEP_TIMEOUT_MS, &fd, err);
		if (r <= 0)
			break;
		slot = take_shown(x, fd, &flag);
		if (slot >= 0) {
			struct plan_op *op =
				plan_add(&x->plan, PLAN_JOIN, "namespaces of the container");

			op->slot = (int16_t)slot;
			op->arg = flag;
			*ret_flags |= flag;
		}
	}
	if (r >= 0 && !(*ret_flags & CLONE_NEWUSER))
		return error_set(err, EPERM,
				 "cannot exec in a container that has not been started: only root "
				 "can, since /proc was not mounted when it was created");
	return r;
}

static int join_namespaces(struct execution *x, uint64_t *ret_flags, struct error *err)
{
	struct plan_op *op;

	*ret_flags = 0;
	if (x->asks)
		return join_shown(x, ret_flags, err);
	*ret_flags = namespaces_of(x);
	op = plan_add(&x->plan, PLAN_JOIN, "namespaces of the container");
	op->slot = (int16_t)plan_slot_borrow(&x->plan, x->pidfd);
	op->arg = *ret_flags;
	return 0;
}

/* The guest's cgroup may have been divided by its own init: then processes go where init is. */
static int open_init_cgroup(struct execution *x, struct cgroup *ret, struct error *err)
{
	int r = cgroup_mount_open(&x->mount, err);

	if (r >= 0)
		r = cgroup_of_pid(&x->mount, x->record.state->pid, ret, err);
	if (r < 0)
		return r;
	return path_below(ret->path, x->cgroup.path)
		       ? 0
		       : error_set(err, EPERM, "the container's init has left its cgroup");
}

/* An affinity to begin with: set out here, so the process cannot be born in there. */
static int join_cgroup(struct execution *x, struct error *err)
{
	cleanup_cgroup struct cgroup init = CGROUP_INIT;
	struct plan *p = &x->plan;
	int slot, r;

	build_affinity(p, "process.execCPUAffinity.initial", x->process->execCPUAffinity.initial);
	if (x->cgroup.fd < 0)
		return 0;
	if (x->args->cgroup) {
		slot = plan_slot_borrow(p, x->cgroup.fd);
	} else {
		r = open_init_cgroup(x, &init, err);
		if (r < 0)
			return r;
		slot = plan_slot_take(p, fd_take(&init.fd));
	}
	plan_add(p, PLAN_CGROUP, "cgroup of the container")->slot = (int16_t)slot;
	x->joins_cgroup = true;
	return 0;
}

static int add_cgroup(struct execution *x, struct error *err)
{
	const char *initial = x->process->execCPUAffinity.initial;
	const char *final = x->process->execCPUAffinity.final;
	int r = initial && *initial && !x->frozen ? join_cgroup(x, err) : 0;

	if (r < 0)
		return r;
	if (final && *final)
		build_affinity(&x->plan, "process.execCPUAffinity.final", final);
	else if (!initial || !*initial)
		build_affinity(&x->plan, NULL, NULL);
	return 0;
}

static int write_plan(struct execution *x, struct error *err)
{
	struct build_process bp = { .process = x->process,
				    .seccomp = x->spec->linux->seccomp,
				    .linux = x->spec->linux,
				    .labels = &x->labels,
				    .start_sock = -1,
				    .own_ns = -1,
				    .first_free = 3 + x->args->preserve_fds };
	struct plan *p = &x->plan;
	uint64_t flags;
	int r;

	build_signals(p);
	build_oom(p, x->rights, x->process);
	r = add_cgroup(x, err);
	if (r >= 0)
		r = join_namespaces(x, &flags, err);
	if (r < 0)
		return r;
	bp.userns = flags & CLONE_NEWUSER;
	bp.fork = flags & CLONE_NEWPID;
	if (flags & CLONE_NEWUSER)
		plan_add(p, PLAN_ROOT_IDS, "user namespace");
	if (!x->record.state->noNewKeyring)
		r = build_keyring(p, x->record.id, &x->labels, x->process->selinuxLabel, err);
	if (r < 0)
		return r;
	plan_add(p, PLAN_ENTER, "root"); /* setns has made it the root directory already */
	return build_process(&x->record.arena, p, x->host, &bp, err);
}

/* ---- running it ---------------------------------------------------------------------------- */

static int exec_step(void *arg, struct child *child, int step, int *fd, int *ret_answer,
		     struct error *err)
{
	struct execution *x = arg;

	(void)child;
	(void)ret_answer;
	if (step == SYNC_CREATED)
		return SERVE_DONE;
	if (step != SYNC_CONSOLE || !attach_is_master(*fd))
		return error_set(err, EPROTO, "the guest side is at \"%s\"",
				 talk_name((unsigned)step));
	if (x->console >= 0)
		return terminal_send("console socket", fd_take(&x->console), *fd, "/dev/pts/ptmx",
				     err);
	x->pty = fd_take(fd);
	attach_copy_size(x->pty);
	return 0;
}

static int launch_in_cgroup(struct execution *x, struct error *err)
{
	cleanup_cgroup struct cgroup init = CGROUP_INIT;
	const int first_free = 3 + x->args->preserve_fds;
	const bool outside = x->joins_cgroup || x->frozen;
	int r = launch(&x->plan, 0, outside ? -1 : x->cgroup.fd, first_free, &x->child, err);

	if (r != -EBUSY || x->args->cgroup || outside)
		return r;
	r = open_init_cgroup(x, &init, err);
	if (r < 0)
		return r;
	return launch(&x->plan, 0, init.fd, first_free, &x->child, err);
}

static int join_resctrl(struct execution *x, struct error *err)
{
	const struct spec_intel_rdt *rdt = x->spec->linux->intelRdt;
	cleanup_fd int root = rdt ? resctrl_open(err) : -1;

	if (!rdt)
		return 0;
	return root < 0 ? root : resctrl_add(root, rdt, x->record.id, x->child.pid, err);
}

static int announce(struct execution *x, struct error *err)
{
	int r = create_settle(x->child.pid, x->rights, x->process, err);

	if (r >= 0)
		r = join_resctrl(x, err);
	if (r >= 0 && x->pidfd_socket >= 0)
		r = terminal_send("pidfd socket", fd_take(&x->pidfd_socket), x->child.pidfd,
				  "setns", err);
	if (r >= 0 && x->args->pid_file)
		r = pidfile_write(x->args->pid_file, x->child.pid, err);
	if (r >= 0 && x->frozen && x->cgroup.fd >= 0)
		r = cgroup_attach(&x->cgroup, x->child.pid, err);
	return r;
}

static int await_exec(struct execution *x, struct error *err)
{
	struct listener *l = &x->listener;
	int r = 0;

	if (l->agent >= 0)
		r = record_process_state(&x->record, "running", x->child.pid,
					 x->spec->linux->seccomp->listenerMetadata, &l->text, err);
	return r < 0 ? r
		     : listener_await_exec(l, x->child.sock, STEP_TIMEOUT_MS, x->child.pidfd, err);
}

static int start_process(struct execution *x, struct error *err)
{
	int ignored = -1, r = launch_in_cgroup(x, err);

	if (r >= 0)
		r = serve(&x->child, STEP_TIMEOUT_MS, exec_step, x, &ignored, err);
	if (r >= 0)
		r = announce(x, err);
	if (r >= 0)
		r = talk_send(x->child.sock, SYNC_CREATED, -1, err);
	if (r >= 0 && !x->frozen) /* it goes on when the guest does */
		r = await_exec(x, err);
	if (r < 0) {
		child_kill(&x->child);
		if (x->args->pid_file)
			unlink(x->args->pid_file);
	}
	return r;
}

static int prepare(struct execution *x, struct error *err)
{
	int r = record_open(x->host, x->args->id, &x->record, err);

	if (r >= 0)
		r = check_status(x, err);
	if (r >= 0)
		r = record_load_config(&x->record, &x->spec, err);
	if (r >= 0)
		r = take_process(x, err);
	if (r >= 0 && x->args->console_socket)
		r = x->console = terminal_connect("console socket", x->args->console_socket, err);
	if (r >= 0 && x->args->pidfd_socket)
		r = x->pidfd_socket = terminal_connect("pidfd socket", x->args->pidfd_socket, err);
	if (r >= 0)
		r = pidfile_check(x->args->pid_file, err);
	if (r >= 0)
		r = listener_connect(&x->listener, x->spec->linux->seccomp, err);
	if (r >= 0)
		r = open_cgroup(x, err);
	return r < 0 ? r : write_plan(x, err);
}

int guest_exec(const struct warren_host *host, const struct warren_exec *args, struct error *err)
{
	cleanup_execution struct execution x = EXECUTION_INIT;
	cleanup_attach struct attach at = ATTACH_INIT;
	int r;

	x.host = host;
	x.args = args;
	x.rights = rights_own();
	r = prepare(&x, err);
	if (r >= 0 && !args->detach)
		r = attach_begin(&at, err);
	if (r >= 0)
		r = start_process(&x, err);
	if (r < 0 || args->detach)
		return r < 0 ? r : 0;
	at.pidfd = x.child.pidfd;
	at.pid = x.child.pid;
	at.pty_master = x.pty;
	return attach_wait(&at, err);
}

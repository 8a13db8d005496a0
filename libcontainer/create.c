/* SPDX-License-Identifier: Apache-2.0 */
/* From a bundle to a guest that waits: contract with the guest side in init/plan.h. */
#include "libcontainer/create.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/sys.h"
#include "libcontainer/attach.h"
#include "libcontainer/destroy.h"
#include "libcontainer/hooks.h"
#include "libcontainer/network.h"
#include "libcontainer/notify.h"
#include "libcontainer/pidfile.h"
#include "libcontainer/resctrl.h"
#include "libcontainer/serve.h"
#include "libcontainer/terminal.h"
#include "libcontainer/upper.h"
#include "namespaces/clocks.h"
#include "namespaces/idmap.h"
#include "overlay/overlay.h"
#include "spec/names.h"

void create_free(struct creation *c)
{
	child_close(&c->init);
	listener_close(&c->listener);
	fd_close(&c->console);
	fd_close(&c->pidfd_socket);
	fd_close(&c->pty);
	fd_close(&c->notify);
	fd_close(&c->resctrl);
	cgroup_close(&c->cgroup);
	cgroup_mount_close(&c->mount);
	record_close(&c->record);
	build_free(&c->build);
}

/* ---- before anything exists --------------------------------------------------------- */

static int connect_sockets(struct creation *c, const struct warren_create *args, struct error *err)
{
	if (args->console_socket) {
		c->console = terminal_connect("console socket", args->console_socket, err);
		if (c->console < 0)
			return c->console;
	}
	if (args->pidfd_socket) {
		c->pidfd_socket = terminal_connect("pidfd socket", args->pidfd_socket, err);
		if (c->pidfd_socket < 0)
			return c->pidfd_socket;
	}
	return pidfile_check(args->pid_file, err);
}

static int check_host(const struct warren_host *host, struct error *err)
{
	if (host->systemd_cgroup)
		return error_set(err, ENOTSUP,
				 "--systemd-cgroup: not supported yet: the cgroupfs driver "
				 "is (without the option)");
	return 0;
}

static int open_resctrl(struct creation *c, struct error *err)
{
	if (!c->build.spec->linux->intelRdt)
		return 0;
	c->resctrl = resctrl_open(err);
	return c->resctrl < 0 ? c->resctrl : 0;
}

/* ---- what it leaves on the host ------------------------------------------------------- */

static int make_record(struct creation *c, struct error *err)
{
	const struct build *b = &c->build;
	struct spec_state *s;
	int r = record_make(b->host, b->args->id, &c->record, err);

	if (r < 0)
		return r;
	c->made = true;
	s = c->record.state;
	s->ociVersion = b->spec->ociVersion;
	s->bundle = b->bundle;
	s->rootfs = b->rootfs;
	s->annotations = b->spec->annotations;
	s->hooks = b->spec->hooks.poststart.n || b->spec->hooks.poststop.n;
	s->upper = b->made_work ? b->rootfs : NULL;
	s->noNewKeyring = b->args->no_new_keyring;
	s->notify = b->args->notify_socket != NULL;
	s->listener = spec_seccomp_notifies(b->spec->linux->seccomp);
	return record_save_config(&c->record, b->text, b->text_len, err);
}

/* The address is short because it goes through our descriptor of the directory. */
static int listen_for_start(struct creation *c, struct error *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	cleanup_fd int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (sock < 0)
		return error_sys(err, errno, "start socket");
	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/" RECORD_START_SOCKET,
		 c->record.dir);
	if (bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(sock, 1) < 0)
		return error_set(err, errno, "start socket below %s (errno %d)",
				 c->build.host->root, errno);
	c->build.start_sock = fd_take(&sock);
	return 0;
}

static int open_notify(struct creation *c, struct error *err)
{
	if (!c->build.args->notify_socket)
		return 0;
	c->notify = notify_open(c->record.dir, err);
	if (c->notify < 0)
		return c->notify;
	c->build.notify_dir = openat(c->record.dir, "notify", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return c->build.notify_dir < 0 ? error_sys(err, errno, "notify directory") : 0;
}

/* A cgroup mount that may be written, in a cgroup namespace that is the guest's own. */
static bool manages_itself(const struct build *b)
{
	bool writable = false;

	for (size_t i = 0; i < b->spec->mounts.n; i++) {
		const struct spec_mount *m = &b->spec->mounts.v[i];

		if (!m->type || (strcmp(m->type, "cgroup") != 0 && strcmp(m->type, "cgroup2") != 0))
			continue;
		writable = true;
		for (size_t j = 0; j < m->options.n; j++)
			if (strcmp(m->options.v[j], "ro") == 0 ||
			    strcmp(m->options.v[j], "rro") == 0)
				writable = false;
	}
	return writable && b->fresh & CLONE_NEWCGROUP;
}

static int delegate(struct creation *c, struct error *err)
{
	const struct build *b = &c->build;
	uint32_t uid;

	if (b->rights != RIGHTS_HOST || !manages_itself(b) ||
	    !idmap_to_host(&b->uids, b->spec->process->user.uid, &uid) || uid == geteuid())
		return 0;
	return cgroup_delegate(&c->cgroup, uid, err);
}

/* Somebody else lives there: it must not be taken for ours by whoever cleans up after us. */
static bool inhabited(const struct cgroup_mount *mount, const char *path)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	struct error ignored = { 0 };

	return cgroup_open(mount, path, &cg, &ignored) >= 0 && cgroup_populated(&cg, &ignored) != 0;
}

/* A filter needs CAP_BPF on the host; without, no device node can be made that it would deny. */
static int limit_devices(struct creation *c, struct error *err)
{
	int r = c->cgroup.fd < 0
			? 0
			: cgroup_devices(&c->cgroup, &c->build.spec->linux->resources, err);

	if (r != -EPERM || c->build.rights == RIGHTS_HOST)
		return r;
	*err = (struct error){ 0 };
	return 0;
}

/* The state names the cgroup before it exists: whoever cleans up after us finds it. */
static int make_own_cgroup(struct creation *c, struct error *err)
{
	const struct spec_linux *l = c->build.spec->linux;
	char path[sizeof(c->cgroup.path)];
	int r;

	r = cgroup_mount_open(&c->mount, err);
	if (r >= 0)
		r = cgroup_path(&c->mount, l->cgroupsPath, c->build.args->id, path, sizeof(path),
				err);
	if (r < 0)
		return r;
	c->record.state->cgroup = inhabited(&c->mount, path) ? NULL : path;
	c->record.state->cgroupKept =
		(uint32_t)strlen(path); /* parents: not known to be ours yet */
	r = record_save(&c->record, err);
	c->record.state->cgroup = NULL;
	if (r >= 0)
		r = cgroup_create(&c->mount, path, &l->resources, &c->cgroup, err);
	if (r < 0)
		return r;
	r = record_take_cgroup(&c->record, &c->cgroup, err);
	if (r >= 0)
		r = cgroup_limit(&c->cgroup, &l->resources, c->build.spec->ociVersion, err);
	return r < 0 ? r : delegate(c, err);
}

/* A place or a limit; the device rules that callers always write count for nothing. */
static bool wants_cgroup(const struct spec_linux *l)
{
	static const struct spec_resources none;
	struct spec_resources wanted;

	memcpy(&wanted, &l->resources, sizeof(wanted)); /* padding as well: it was cleared */
	memset(&wanted.devices, 0, sizeof(wanted.devices));
	return (l->cgroupsPath && *l->cgroupsPath) || memcmp(&wanted, &none, sizeof(none)) != 0;
}

/* Whoever may make none and asked for nothing has a guest in their own. */
static int make_cgroup(struct creation *c, struct error *err)
{
	struct error why;
	int r;

	if (c->build.host->no_cgroup)
		return record_save(&c->record, err);
	r = make_own_cgroup(c, err);
	if (r >= 0 || c->build.rights == RIGHTS_HOST || c->cgroup.fd >= 0 ||
	    (r != -EACCES && r != -EPERM && r != -EROFS && r != -ENODEV))
		return r;
	why = *err;
	if (wants_cgroup(c->build.spec->linux))
		return error_set(err, -r,
				 "linux.cgroupsPath, linux.resources: this user may not make a "
				 "cgroup: have one delegated (systemd: Delegate=yes) and begin "
				 "below it, or ask for none: %.200s",
				 why.text);
	*err = (struct error){ 0 };
	c->record.state->cgroup = NULL;
	c->record.state->cgroupKept = 0;
	return record_save(&c->record, err);
}

/* Its group of resctrl, named in the state before it exists, as the cgroup is. */
static int make_resctrl(struct creation *c, struct error *err)
{
	const struct spec_intel_rdt *rdt = c->build.spec->linux->intelRdt;
	int r;

	if (!rdt)
		return 0;
	c->record.state->resctrl = resctrl_own(&c->record.arena, rdt, c->build.args->id);
	r = record_save(&c->record, err);
	if (r >= 0)
		r = resctrl_setup(c->resctrl, rdt, c->build.args->id, err);
	if (r < 0) /* what may be there is not ours */
		c->record.state->resctrl = NULL;
	c->made_group = r > 0;
	return r;
}

/* ---- while init works ------------------------------------------------------------------- */

static int run_hooks(struct creation *c, struct error *err)
{
	const struct spec_hooks *h = &c->build.spec->hooks;
	const char *state;
	int r = record_hook_state(&c->record, "creating", c->init.pid, &state, err);

	c->hooked = true;
	if (r >= 0)
		r = hooks_run(&h->prestart, "prestart", state, c->build.bundle, err);
	return r < 0 ? r
		     : hooks_run(&h->createRuntime, "createRuntime", state, c->build.bundle, err);
}

static int mount_step(void *arg, struct child *child, int step, int *fd, int *ret_answer,
		      struct error *err)
{
	struct creation *c = arg;
	char path[64];

	if (step == SYNC_HOOKS)
		return run_hooks(c, err);
	if (step == SYNC_TREE)
		return build_tree_again(&c->build, &c->build.mount, child->number, ret_answer, err);
	if (step != SYNC_MOUNTED)
		return error_set(err, EPROTO, "the mount side is at \"%s\"",
				 talk_name((unsigned)step));
	(void)fd;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", child->pid);
	*ret_answer = open(path, O_RDONLY | O_CLOEXEC);
	if (*ret_answer < 0)
		return error_sys(err, errno, "mount namespace of the guest");
	return SERVE_DONE;
}

/* A guest with a user namespace: its mounts are made by somebody with the host's rights. */
static int build_mount_side(struct creation *c, int *ret_ns, struct error *err)
{
	struct build *b = &c->build;
	cleanup_child struct child side = CHILD_INIT;
	const bool slow = b->slow;
	int r;

	if (b->target_slot >= 0) /* else there was no memory, and sealing the plan says so */
		b->mount.slots[b->target_slot].fd = c->init.pidfd;
	r = launch(&b->mount, 0, -1, 3, &side, err);
	if (r >= 0)
		r = serve(&side, slow ? -1 : STEP_TIMEOUT_MS, mount_step, c, ret_ns, err);
	return r < 0 ? r : 0;
}

static int send_console(struct creation *c, int *fd, struct error *err)
{
	int sock;

	if (!attach_is_master(*fd))
		return error_set(err, EPROTO, "the guest side sent no terminal");
	if (c->console < 0) {
		c->pty = fd_take(fd);
		attach_copy_size(c->pty);
		return 0;
	}
	sock = fd_take(&c->console);
	return terminal_send("console socket", sock, *fd, "/dev/pts/ptmx", err);
}

static int init_step(void *arg, struct child *child, int step, int *fd, int *ret_answer,
		     struct error *err)
{
	struct creation *c = arg;
	struct build *b = &c->build;

	switch (step) {
	case SYNC_MAP_IDS:
		return idmap_write(child->pid, &b->uids, &b->gids, err);
	case SYNC_CLOCKS:
		*ret_answer = clocks_set(child->pid, b->spec->linux->timeOffsets.monotonic,
					 b->spec->linux->timeOffsets.boottime, err);
		return *ret_answer < 0 ? *ret_answer : 0;
	case SYNC_NETWORK:
		return network_give(b->spec->linux, child->pid, err);
	case SYNC_NAMESPACES:
		return build_mount_side(c, ret_answer, err);
	case SYNC_HOOKS:
		return run_hooks(c, err);
	case SYNC_TREE:
		return build_tree_again(b, &b->init, child->number, ret_answer, err);
	case SYNC_CONSOLE:
		return send_console(c, fd, err);
	case SYNC_CREATED:
		return SERVE_DONE;
	default:
		return error_set(err, EPROTO, "the guest side is at \"%s\"",
				 talk_name((unsigned)step));
	}
}

static int run_init(struct creation *c, struct error *err)
{
	struct build *b = &c->build;
	/* While the kernel checks the filter init works: no concern of its, but of its hooks */
	const bool early = b->spec->hooks.createContainer.n, slow = b->slow;
	int ignored = -1, r = early ? limit_devices(c, err) : 0;

	if (r >= 0)
		r = launch(&b->init, b->clone_flags, c->cgroup.fd, 3 + b->args->preserve_fds,
			   &c->init, err);
	if (r >= 0 && !early)
		r = limit_devices(c, err);
	return r < 0 ? r
		     : serve(&c->init, slow ? -1 : STEP_TIMEOUT_MS, init_step, c, &ignored, err);
}

/* ---- what is set from outside --------------------------------------------------------------- */

int create_settle(pid_t pid, enum rights rights, const struct spec_process *process,
		  struct error *err)
{
	char path[64], text[16];
	int fd, n;

	/* only what the process could not raise by itself when the time comes */
	for (size_t i = 0; i < process->rlimits.n; i++) {
		const struct spec_rlimit *l = &process->rlimits.v[i];
		const int resource = spec_rlimit(l->type);
		struct rlimit now;

		if (getrlimit(resource, &now) < 0 || l->hard <= now.rlim_max)
			continue;
		now.rlim_max = l->hard;
		if (prlimit(pid, resource, &now, NULL) < 0)
			return error_set(err, errno,
					 "process.rlimits[%zu]: %s cannot be raised to %llu: the "
					 "caller's own hard limit is lower and it lacks "
					 "CAP_SYS_RESOURCE",
					 i, l->type, (unsigned long long)l->hard);
	}
	if (!process->oomScoreAdj.set || rights == RIGHTS_USER) /* PLAN_OOM */
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	n = snprintf(text, sizeof(text), "%d", process->oomScoreAdj.val);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, (size_t)n) != n) {
		const int code = errno;

		fd_close(&fd);
		return error_set(err, code,
				 "process.oomScoreAdj: %d is refused (errno %d): lowering it "
				 "needs CAP_SYS_RESOURCE",
				 process->oomScoreAdj.val, code);
	}
	fd_close(&fd);
	return 0;
}

/* The last things before it may live without us. */
static int announce(struct creation *c, struct error *err)
{
	const struct warren_create *args = c->build.args;
	const struct spec_linux *l = c->build.spec->linux;
	int r = create_settle(c->init.pid, c->build.rights, c->build.spec->process, err);

	if (r >= 0 && l->intelRdt)
		r = resctrl_add(c->resctrl, l->intelRdt, args->id, c->init.pid, err);
	if (r >= 0)
		r = record_set_process(&c->record, c->init.pid, c->init.pidfd, err);
	if (r >= 0 && c->build.upper >= 0)
		upper_mark(c->build.upper, c->record.state);
	if (r >= 0)
		r = record_save(&c->record, err);
	if (r >= 0 && c->pidfd_socket >= 0)
		r = terminal_send("pidfd socket", fd_take(&c->pidfd_socket), c->init.pidfd,
				  "standard", err);
	if (r >= 0 && args->pid_file)
		r = pidfile_write(args->pid_file, c->init.pid, err);
	return r;
}

int create_release(struct creation *c, struct error *err)
{
	return talk_send(c->init.sock, SYNC_CREATED, -1, err);
}

void create_undo(struct creation *c)
{
	struct error ignored = { 0 };

	child_kill(&c->init);
	if (c->made_group)
		resctrl_undo(c->resctrl, c->build.spec->linux->intelRdt, c->build.args->id);
	if (!c->made && c->build.made_work) {
		fd_close(&c->build.root); /* what is mounted cannot be removed */
		overlay_remove_work(c->build.rootfs, &ignored);
	}
	if (!c->made)
		return;
	if (c->build.args->pid_file)
		unlink(c->build.args->pid_file);
	destroy(&c->record, c->hooked, &ignored);
}

static int start_init(struct creation *c, bool at_once, struct error *err)
{
	int r = make_record(c, err);

	if (r >= 0 && !at_once)
		r = listen_for_start(c, err);
	if (r >= 0)
		r = open_notify(c, err);
	if (r >= 0)
		r = build_plans(&c->build, err);
	if (r >= 0)
		r = make_cgroup(c, err);
	if (r >= 0)
		r = make_resctrl(c, err);
	if (r >= 0)
		r = run_init(c, err);
	return r < 0 ? r : announce(c, err);
}

int create(struct creation *c, const struct warren_host *host, const struct warren_create *args,
	   bool attached, bool at_once, struct error *err)
{
	int r = record_check_id(args->id, err);

	c->build.host = host;
	c->build.args = args;
	c->build.attached = attached;
	if (r >= 0)
		r = check_host(host, err);
	if (r >= 0)
		r = build_load(&c->build, err);
	if (r >= 0)
		r = network_check(c->build.spec->linux, err);
	if (r >= 0)
		r = open_resctrl(c, err);
	if (r >= 0)
		r = connect_sockets(c, args, err);
	if (r >= 0 && at_once)
		r = listener_connect(&c->listener, c->build.spec->linux->seccomp, err);
	if (r >= 0)
		r = start_init(c, at_once, err);
	if (r < 0)
		create_undo(c);
	return r;
}

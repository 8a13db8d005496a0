/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/sys.h"
#include "cgroups/cgroup.h"

#define STATE_MAX (1024 * 1024)
#define ID_MAX 1024
#define LOCK_TRIES 100 /* of 10 ms */
#define PIDFS_MAGIC 0x50494446

int record_check_id(const char *id, struct error *err)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_+.-";
	const size_t n = strlen(id);

	if (!n || n > ID_MAX || strspn(id, allowed) != n || strcmp(id, ".") == 0 ||
	    strcmp(id, "..") == 0)
		return error_set(err, EINVAL, "invalid container ID format: \"%.64s\"", id);
	return 0;
}

void record_close(struct record *rec)
{
	fd_close(&rec->dir);
	if (!rec->all)
		fd_close(&rec->root);
	arena_free(&rec->arena);
	rec->state = NULL;
}

/* ---- the state root --------------------------------------------------------------- */

static int make_parents(const char *path)
{
	char part[4096];

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	for (char *s = part + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
		*s = '/';
	}
	return mkdir(part, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int open_root(const struct warren_host *host, bool make, struct error *err)
{
	cleanup_fd int fd = open(host->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int r = 0;

	if (fd < 0 && errno == ENOENT && make) {
		r = make_parents(host->root);
		if (r >= 0)
			fd = open(host->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		/* a user's runtime directory is tidied up: what has this bit is left alone */
		if (fd >= 0 && geteuid() != 0)
			(void)fchmod(fd, 01700);
	}
	if (fd < 0)
		r = r < 0 ? r : -errno;
	if (r < 0) {
		if (r == -ENOENT && !make)
			return error_set(err, ENOENT, "container does not exist");
		return error_set(err, -r,
				 "the state root %s cannot be used (errno %d): give a directory "
				 "that can be written with --root",
				 host->root, -r);
	}
	if (fstat(fd, &st) < 0)
		return error_sys(err, errno, "state root %s", host->root);
	if (st.st_uid != geteuid() || st.st_mode & 022)
		return error_set(err, EPERM,
				 "the state root %s belongs to somebody else or can be "
				 "written by others: whoever writes there can start programs "
				 "in your guests",
				 host->root);
	return fd_take(&fd);
}

/* ---- opening ------------------------------------------------------------------------ */

static int open_dir(struct record *rec, struct error *err)
{
	rec->dir = openat(rec->root, rec->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (rec->dir >= 0)
		return 0;
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		return error_set(err, ENOENT, "container does not exist");
	return error_set(err, errno, "state directory of %s (errno %d)", rec->id, errno);
}

static int begin(const struct warren_host *host, const char *id, bool make, struct record *rec,
		 struct error *err)
{
	int r = record_check_id(id, err);

	rec->host = host;
	rec->id = id;
	if (r >= 0)
		r = rec->root = open_root(host, make, err);
	return r;
}

static int read_state(struct record *rec, struct error *err)
{
	const char *text;
	size_t len;
	int r = file_read(&rec->arena, rec->dir, "state.json", STATE_MAX, &text, &len);

	if (r == -ENOENT) /* being created at this moment, or its creator died */
		return error_set(err, EBADMSG,
				 "container does not exist (its state directory %s/%s "
				 "is not complete)",
				 rec->host->root, rec->id);
	if (r < 0)
		return error_set(err, -r, "state of %s cannot be read (errno %d)", rec->id, -r);
	r = spec_state_parse(&rec->arena, text, len, &rec->state, err);
	if (r < 0)
		return r;
	if (!rec->state->id || strcmp(rec->state->id, rec->id) != 0)
		return error_set(err, EBADMSG, "state.json in %s/%s is of another guest",
				 rec->host->root, rec->id);
	return 0;
}

int record_open_broken(const struct warren_host *host, const char *id, struct record *ret,
		       struct error *err)
{
	int r = begin(host, id, false, ret, err);

	return r < 0 ? r : open_dir(ret, err);
}

int record_open(const struct warren_host *host, const char *id, struct record *ret,
		struct error *err)
{
	int r = record_open_broken(host, id, ret, err);

	return r < 0 ? r : read_state(ret, err);
}

int records_open(const struct warren_host *host, struct records *ret, struct error *err)
{
	struct error ignored = { 0 };

	ret->host = host;
	ret->root = open_root(host, false, err);
	if (ret->root < 0)
		return ret->root;
	(void)cgroup_mount_open(&ret->mount, &ignored);
	return 0;
}

void records_close(struct records *all)
{
	fd_close(&all->root);
	cgroup_mount_close(&all->mount);
}

int record_open_in(const struct records *all, const char *id, struct record *ret, struct error *err)
{
	int r = record_check_id(id, err);

	ret->host = all->host;
	ret->all = all;
	ret->root = all->root;
	ret->id = id;
	if (r >= 0)
		r = open_dir(ret, err);
	return r < 0 ? r : read_state(ret, err);
}

static int lock(struct record *rec, struct error *err)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(rec->dir, LOCK_EX | LOCK_NB) == 0) {
			rec->locked = true;
			return 0;
		}
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_sys(err, errno, "lock %s", rec->id);
		poll(NULL, 0, 10);
	}
	return error_set(err, EBUSY, "container %s is busy: another command is at work on it",
			 rec->id);
}

void record_unlock(struct record *rec)
{
	flock(rec->dir, LOCK_UN);
	rec->locked = false;
}

int record_lock(struct record *rec, struct error *err)
{
	struct stat now, mine;
	int r = lock(rec, err);

	if (r < 0)
		return r;
	r = fstatat(rec->root, rec->id, &now, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
	if (r == 0 && fstat(rec->dir, &mine) < 0)
		r = -errno;
	if (r == -ENOENT || (r == 0 && (now.st_ino != mine.st_ino || now.st_dev != mine.st_dev)))
		return error_set(err, ENOENT, "container does not exist");
	if (r < 0)
		return error_sys(err, -r, "look at the state directory of %s", rec->id);
	return rec->state ? read_state(rec, err) : 0;
}

/* ---- making ------------------------------------------------------------------------- */

static const char *now_text(struct arena *a)
{
	struct timespec ts;
	char text[CLOCK_UTC_SIZE + 32], second[CLOCK_UTC_SIZE];
	int n;

	clock_gettime(CLOCK_REALTIME, &ts);
	n = snprintf(text, sizeof(text), "%s.%09ldZ", clock_utc(ts.tv_sec, second), ts.tv_nsec);
	return arena_strndup(a, text, (size_t)n);
}

static char boot[64]; /* "": procfs does not say */

static void read_boot(void)
{
	cleanup_arena struct arena a = { 0 };
	const char *text;
	size_t n;

	if (file_read(&a, AT_FDCWD, "/proc/sys/kernel/random/boot_id", sizeof(boot), &text, &n) >=
	    0)
		snprintf(boot, sizeof(boot), "%.*s", (int)strcspn(text, "\n"), text);
}

/* The same for as long as this process lives. */
static const char *boot_id(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, read_boot);
	return boot;
}

int record_make(const struct warren_host *host, const char *id, struct record *ret,
		struct error *err)
{
	int r = begin(host, id, true, ret, err);

	if (r < 0)
		return r;
	if (mkdirat(ret->root, id, 0700) < 0) {
		if (errno == EEXIST)
			return error_set(err, EEXIST, "container with given ID already exists");
		return error_set(err, errno, "make the state directory %s/%s (errno %d)",
				 host->root, id, errno);
	}
	r = open_dir(ret, err);
	if (r >= 0)
		r = lock(ret, err);
	ret->state = arena_alloc(&ret->arena, sizeof(*ret->state));
	if (r >= 0 && !ret->state)
		r = error_sys(err, ENOMEM, "state");
	if (r < 0) {
		unlinkat(ret->root, id, AT_REMOVEDIR);
		return r;
	}
	ret->state->format = SPEC_STATE_FORMAT;
	ret->state->id = id;
	ret->state->owner = geteuid();
	ret->state->created = now_text(&ret->arena);
	ret->state->bootId = boot_id();
	ret->state->planVersion = 1;
	return 0;
}

int record_save(struct record *rec, struct error *err)
{
	cleanup_str struct str text = { 0 };
	int r = spec_state_write(rec->state, &text);

	if (r >= 0)
		r = file_replace(rec->dir, "state.json", text.text, text.len, 0600);
	if (r < 0)
		return error_set(err, -r,
				 "write the state of %s below %s (errno %d): is there room?",
				 rec->id, rec->host->root, -r);
	return 0;
}

static int save_config(struct record *rec, const char *name, const char *text, size_t len,
		       struct error *err)
{
	int r = file_replace(rec->dir, name, text, len, 0600);

	if (r < 0)
		return error_set(err, -r,
				 "write the configuration of %s below %s (errno %d): is there "
				 "room?",
				 rec->id, rec->host->root, -r);
	return 0;
}

int record_save_config(struct record *rec, const char *text, size_t len, struct error *err)
{
	return save_config(rec, "config.json", text, len, err);
}

int record_save_updated(struct record *rec, const struct spec *spec, struct error *err)
{
	cleanup_str struct str text = { 0 };
	int r = spec_dump(spec, JSON_ONE_LINE, &text, err);

	return r < 0 ? r : save_config(rec, "updated.json", text.text, text.len, err);
}

/* 0: there is none. */
static int load_config(struct record *rec, const char *name, struct spec **ret, struct error *err)
{
	const char *text;
	size_t len;
	int r = file_read(&rec->arena, rec->dir, name, 16 << 20, &text, &len);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return error_set(err, -r, "the saved configuration of %s cannot be read (errno %d)",
				 rec->id, -r);
	r = spec_parse(&rec->arena, text, len, ret, err);
	return r < 0 ? r : 1;
}

int record_load_config(struct record *rec, struct spec **ret, struct error *err)
{
	struct spec *updated;
	int r = load_config(rec, "config.json", ret, err);

	if (r == 0)
		return error_set(err, ENOENT, "the saved configuration of %s is gone", rec->id);
	if (r > 0)
		r = load_config(rec, "updated.json", &updated, err);
	if (r <= 0 || !updated->linux)
		return r < 0 ? r : 0;
	if (!(*ret)->linux) {
		(*ret)->linux = updated->linux;
		return 0;
	}
	(*ret)->linux->resources = updated->linux->resources;
	(*ret)->linux->intelRdt = updated->linux->intelRdt;
	return 0;
}

bool record_own_pids(struct record *rec)
{
	struct error ignored = { 0 };
	struct spec *spec;

	if (record_load_config(rec, &spec, &ignored) < 0 || !spec->linux)
		return false;
	for (size_t i = 0; i < spec->linux->namespaces.n; i++)
		if (spec->linux->namespaces.v[i].type == SPEC_NS_PID &&
		    !spec->linux->namespaces.v[i].path)
			return true;
	return false;
}

int record_remove(struct record *rec, struct error *err)
{
	static const char *const files[] = { RECORD_START_SOCKET,  RECORD_STARTING_SOCKET,
					     "notify/notify.sock", "config.json",
					     ".config.json.tmp",   "updated.json",
					     ".updated.json.tmp",  ".state.json.tmp",
					     "state.json" };

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		unlinkat(rec->dir, files[i], 0);
	unlinkat(rec->dir, "notify", AT_REMOVEDIR);
	if (unlinkat(rec->root, rec->id, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_set(err, errno, "remove the state directory %s/%s (errno %d)",
				 rec->host->root, rec->id, errno);
	return 0;
}

/* ---- the process ---------------------------------------------------------------------- */

/* Field 22 of /proc/PID/stat. -ESRCH: there is no such process. */
static int start_time(pid_t pid, uint64_t *ret)
{
	cleanup_arena struct arena a = { 0 };
	unsigned long long ticks = 0;
	const char *text, *at;
	char path[40];
	size_t n;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	r = file_read(&a, AT_FDCWD, path, 8192, &text, &n);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	at = strrchr(text, ')'); /* the name may hold anything */
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at)
		sscanf(at, "%llu", &ticks);
	*ret = ticks;
	return ticks ? 0 : -ESRCH;
}

/* Since 6.9 every process has an inode number of its own on pidfs; before, all share one. */
static uint64_t pidfs_inode(int pidfd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(pidfd, &fs) < 0 || fs.f_type != PIDFS_MAGIC || fstat(pidfd, &st) < 0)
		return 0;
	return st.st_ino;
}

int record_set_process(struct record *rec, pid_t pid, int pidfd, struct error *err)
{
	int r = start_time(pid, &rec->state->startTime);

	rec->state->pid = pid;
	rec->state->pidfsInode = pidfs_inode(pidfd);
	if (r == -ESRCH)
		return error_set(err, ESRCH, "the guest's init died");
	return r < 0 ? error_sys(err, -r, "look at process %d of %s", pid, rec->id) : 0;
}

/* -ESRCH: it is not the one that was recorded. Others: that cannot be told now. */
static int check_process(const struct record *rec, int pidfd)
{
	const struct spec_state *s = rec->state;
	const uint64_t inode = pidfs_inode(pidfd);
	uint64_t ticks;
	int r;

	if (s->pidfsInode && inode)
		return inode == s->pidfsInode ? 0 : -ESRCH;
	r = start_time(s->pid, &ticks);
	return r < 0 ? r : ticks == s->startTime ? 0 : -ESRCH;
}

/* Where procfs does not say, the process has to tell. */
static bool other_boot(const struct spec_state *s)
{
	return s->bootId && *s->bootId && *boot_id() && strcmp(s->bootId, boot_id()) != 0;
}

int record_pidfd(const struct record *rec)
{
	cleanup_fd int fd = -1;
	struct pollfd p = { .events = POLLIN };
	int r;

	if (rec->state->pid <= 0 || other_boot(rec->state))
		return -ESRCH;
	fd = sys_pidfd_open(rec->state->pid, 0);
	if (fd < 0)
		/* a thread of somebody else has the number now: EINVAL, since 6.9 ENOENT */
		return fd == -EINVAL || fd == -ENOENT ? -ESRCH : fd;
	p.fd = fd;
	r = check_process(rec, fd);
	if (r == 0 && poll(&p, 1, 0) < 0)
		r = -errno;
	if (r < 0)
		return r;
	return p.revents ? -ESRCH : fd_take(&fd); /* readable: it has exited */
}

/* The id alone may come back; with the time of its making it does not. */
static void owner_text(const struct record *rec, char *buf, size_t size)
{
	snprintf(buf, size, "%s %.200s", rec->state->created, rec->id);
}

int record_take_cgroup(struct record *rec, const struct cgroup *cg, struct error *err)
{
	char owner[256];

	rec->state->cgroup = cg->path;
	rec->state->cgroupKept = (uint32_t)cg->created_from;
	owner_text(rec, owner, sizeof(owner));
	return cgroup_mark(cg, owner, err);
}

int record_cgroup(const struct record *rec, struct cgroup *ret, struct error *err)
{
	cleanup_cgroup_mount struct cgroup_mount own = CGROUP_MOUNT_INIT;
	const struct cgroup_mount *mount = rec->all ? &rec->all->mount : &own;
	char owner[256];
	int r = 0;

	if (!rec->state->cgroup)
		return error_set(err, ENOTSUP, "container %s has no cgroup of its own", rec->id);
	if (!rec->all)
		r = cgroup_mount_open(&own, err);
	if (r >= 0)
		r = cgroup_open(mount, rec->state->cgroup, ret, err);
	if (r == -ENOENT || r == -ENODEV)
		return error_set(err, ESRCH, "the cgroup %s of container %s is gone",
				 rec->state->cgroup, rec->id);
	if (r < 0)
		return r;
	owner_text(rec, owner, sizeof(owner));
	r = cgroup_marked(ret, owner, err);
	if (r > 0)
		return 0;
	cgroup_close(ret);
	if (r < 0)
		return r;
	return error_set(err, ESRCH, "the cgroup %s of container %s is another one's now",
			 rec->state->cgroup, rec->id);
}

static int frozen(const struct record *rec)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	struct error ignored = { 0 };

	return record_cgroup(rec, &cg, &ignored) >= 0 && cgroup_frozen(&cg, &ignored) == 1;
}

/* Somebody holds the lock of a guest without a process: it is being made right now. */
static bool being_made(const struct record *rec)
{
	cleanup_fd int dir = -1;

	if (rec->locked)
		return false;
	dir = openat(rec->root, rec->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return dir >= 0 && flock(dir, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* The address is short because it goes through our descriptor of the directory. */
static int connect_to(const struct record *rec, const char *name, int flags)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	cleanup_fd int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);

	if (sock < 0)
		return -errno;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/%s", rec->dir, name);
	return connect(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 ? -errno : fd_take(&sock);
}

int record_connect(const struct record *rec, int flags)
{
	int sock = connect_to(rec, RECORD_START_SOCKET, flags);

	return sock == -ENOENT ? connect_to(rec, RECORD_STARTING_SOCKET, flags) : sock;
}

static bool exists(const struct record *rec, const char *name)
{
	return faccessat(rec->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/*
 * Whether `start` has said START only the socket knows that it has taken: one
 * that nobody listens to was left when it had. EAGAIN means somebody does.
 */
static bool waits_for_start(const struct record *rec)
{
	cleanup_fd int sock = -1;

	if (exists(rec, RECORD_START_SOCKET))
		return true;
	if (!exists(rec, RECORD_STARTING_SOCKET))
		return false;
	sock = connect_to(rec, RECORD_STARTING_SOCKET, SOCK_NONBLOCK);
	return sock != -ECONNREFUSED && sock != -ENOENT;
}

int record_status(const struct record *rec, int *ret_pidfd, struct error *err)
{
	cleanup_fd int pidfd = record_pidfd(rec);
	int status;

	if (ret_pidfd)
		*ret_pidfd = -1;
	if (pidfd < 0 && pidfd != -ESRCH)
		return error_set(err, -pidfd, "look at process %d of %s (errno %d)",
				 rec->state->pid, rec->id, -pidfd);
	if (pidfd < 0)
		return !rec->state->pid && being_made(rec) ? WARREN_CREATING : WARREN_STOPPED;
	if (frozen(rec))
		status = WARREN_PAUSED;
	else if (waits_for_start(rec))
		status = WARREN_CREATED;
	else
		status = WARREN_RUNNING;
	if (ret_pidfd)
		*ret_pidfd = fd_take(&pidfd);
	return status;
}

static struct spec_state_public public_state(const struct record *rec, const char *status,
					     pid_t pid)
{
	return (struct spec_state_public){ .ociVersion = rec->state->ociVersion,
					   .id = rec->id,
					   .pid = pid,
					   .status = status,
					   .bundle = rec->state->bundle,
					   .annotations = rec->state->annotations };
}

int record_hook_state(struct record *rec, const char *status, pid_t pid, const char **ret,
		      struct error *err)
{
	const struct spec_state_public state = public_state(rec, status, pid);
	cleanup_str struct str text = { 0 };

	if (spec_state_hook(&state, &text) < 0 ||
	    !(*ret = arena_strndup(&rec->arena, text.text, text.len)))
		return error_sys(err, ENOMEM, "state for hooks");
	return 0;
}

int record_process_state(struct record *rec, const char *status, pid_t pid, const char *metadata,
			 const char **ret, struct error *err)
{
	const struct spec_state_public state = public_state(rec, status, rec->state->pid);
	cleanup_str struct str text = { 0 };

	if (spec_state_process(&state, pid, metadata, &text) < 0 ||
	    !(*ret = arena_strndup(&rec->arena, text.text, text.len)))
		return error_sys(err, ENOMEM, "state for the seccomp agent");
	return 0;
}

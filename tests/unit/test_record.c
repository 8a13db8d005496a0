/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/record.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/sys.h"
#include "tests/unit/check.h"
#include "tests/unit/tree.h"

static const char config[] =
	"{\"ociVersion\":\"1.3.0\",\"linux\":{\"namespaces\":[{\"type\":\"%s\"}]}}";

static struct warren_host host_at(const char *root)
{
	return (struct warren_host){ .root = root };
}

/* What create fills in. */
static void complete(struct record *rec)
{
	rec->state->ociVersion = "1.3.0";
	rec->state->bundle = "/b";
	rec->state->rootfs = "/b/rootfs";
}

/* A record with everything saved, unlocked again. */
static void put(const struct warren_host *host, const char *id, int pid)
{
	cleanup_record struct record rec = RECORD_INIT;
	struct error err = { 0 };
	char text[200];

	snprintf(text, sizeof(text), config, "pid");
	CHECK(record_make(host, id, &rec, &err) == 0);
	complete(&rec);
	CHECK(record_save_config(&rec, text, strlen(text), &err) == 0);
	if (pid) {
		cleanup_fd int pidfd = sys_pidfd_open(pid, 0);

		CHECK(record_set_process(&rec, pid, pidfd, &err) == 0);
	}
	CHECK(record_save(&rec, &err) == 0);
}

/* ---- ids and the root -------------------------------------------------------------------- */

static void test_ids(void)
{
	static const char *const good[] = { "a", "A-b_c.d+9", "..a", "...", "-x", ".x", "0" };
	static const char *const bad[] = { "",     ".",         "..",  "a/b",      "../a",
					   "a b",  "@template", "a\n", "\xc3\xa4", "a:b",
					   "a\\b", "a*",        "/" };
	struct error err = { 0 };
	char id[1100];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		CHECK(record_check_id(good[i], &err) == 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK(record_check_id(bad[i], &err) == -EINVAL);
	CHECK(strstr(err.text, "invalid container ID format"));
	memset(id, 'a', sizeof(id));
	id[1024] = '\0';
	CHECK(record_check_id(id, &err) == 0);
	id[1024] = 'a';
	id[1025] = '\0';
	CHECK(record_check_id(id, &err) == -EINVAL);
}

static void test_root(const char *top)
{
	cleanup_record struct record rec = RECORD_INIT, made = RECORD_INIT, open = RECORD_INIT;
	char path[64] = "";
	const struct warren_host host = host_at(path);
	struct error err = { 0 };
	struct stat st;

	/* made with its parents, for its owner alone, and only when something is put into it */
	snprintf(path, sizeof(path), "%s/p/q/root", top);
	CHECK(record_open(&host, "c", &rec, &err) == -ENOENT && access(path, F_OK) < 0);
	CHECK_STR(err.text, "container does not exist");
	CHECK(record_make(&host, "c", &made, &err) == 0);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0700);
	strcat(path, "/c");
	CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0700);

	/* whoever can write there could start programs in guests */
	snprintf(path, sizeof(path), "%s/p/q/root", top);
	CHECK(chmod(path, 0720) == 0 && record_open(&host, "c", &open, &err) == -EPERM);
	CHECK(strstr(err.text, "can be written by others"));
	CHECK(chmod(path, 0755) == 0);
}

/* ---- making, saving, opening --------------------------------------------------------------- */

static void test_life(const struct warren_host *host)
{
	cleanup_record struct record rec = RECORD_INIT, twice = RECORD_INIT, early = RECORD_INIT,
				     rest = RECORD_INIT;
	struct error err = { 0 };
	struct spec *spec = NULL;
	const char *text = NULL;

	CHECK(record_make(host, "life", &rec, &err) == 0 && rec.locked);
	CHECK(rec.state->pid == 0 && rec.state->owner == geteuid() && rec.state->bootId[0] &&
	      strlen(rec.state->created) == sizeof("2026-01-02T03:04:05.123456789Z") - 1);
	CHECK(record_make(host, "life", &twice, &err) == -EEXIST);
	CHECK_STR(err.text, "container with given ID already exists");

	/* there, but nothing is known of it */
	CHECK(record_open(host, "life", &early, &err) == -EBADMSG);
	CHECK(strstr(err.text, "not complete"));

	complete(&rec);
	CHECK(record_save_config(&rec, "{\"ociVersion\":\"1.3.0\"}", 22, &err) == 0);
	CHECK(record_save(&rec, &err) == 0);
	record_close(&early);
	CHECK(record_open(host, "life", &early, &err) == 0 && !early.locked);
	CHECK_STR(early.state->id, "life");
	CHECK_STR(early.state->bundle, "/b");
	CHECK(record_load_config(&early, &spec, &err) == 0 && spec);
	CHECK(record_hook_state(&early, "stopped", 0, &text, &err) == 0);
	CHECK_STR(text, "{\"ociVersion\":\"1.3.0\",\"id\":\"life\",\"status\":\"stopped\","
			"\"bundle\":\"/b\"}");

	/* unknown files are somebody's: they are not removed, and the failure is reported */
	CHECK(mkdirat(rec.dir, "foreign", 0700) == 0);
	CHECK(record_remove(&rec, &err) == -ENOTEMPTY);
	CHECK(unlinkat(rec.dir, "foreign", AT_REMOVEDIR) == 0);
	/* what an interrupted write leaves is ours */
	CHECK(mkdirat(rec.dir, "notify", 0700) == 0 &&
	      symlinkat("x", rec.dir, ".state.json.tmp") == 0 &&
	      symlinkat("x", rec.dir, "notify/notify.sock") == 0);
	CHECK(record_remove(&rec, &err) == 0 && record_remove(&rec, &err) == 0);
	CHECK(record_open(host, "life", &rest, &err) == -ENOENT);
}

static void test_broken(const struct warren_host *host)
{
	static const char *const bad[] = { "", "{", "{}", "[]",
					   "{\"format\":99,\"id\":\"broken\"}" };
	cleanup_record struct record rec = RECORD_INIT;
	struct error err = { 0 };

	put(host, "other", 0);
	put(host, "broken", 0);
	CHECK(record_open_broken(host, "broken", &rec, &err) == 0 && !rec.state);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		cleanup_record struct record again = RECORD_INIT;

		CHECK(file_replace(rec.dir, "state.json", bad[i], strlen(bad[i]), 0600) == 0);
		CHECK(record_open(host, "broken", &again, &err) < 0 && err.text[0]);
	}
	/* the state of one guest under the name of another */
	CHECK(renameat(rec.root, "other/state.json", rec.dir, "state.json") == 0);
	record_close(&rec);
	CHECK(record_open(host, "broken", &rec, &err) == -EBADMSG);
	record_close(&rec);
	CHECK(record_open_broken(host, "broken", &rec, &err) == 0);
	CHECK(record_lock(&rec, &err) == 0 && record_remove(&rec, &err) == 0);
	record_close(&rec);
	CHECK(record_open_broken(host, "broken", &rec, &err) == -ENOENT);

	/* no directory of ours, whatever it leads to */
	record_close(&rec);
	CHECK(record_open(host, "other", &rec, &err) == -EBADMSG);
	CHECK(symlinkat("other", rec.root, "link") == 0);
	record_close(&rec);
	CHECK(record_open_broken(host, "link", &rec, &err) == -ENOENT);
	record_close(&rec);
	CHECK(record_open_broken(host, "../root", &rec, &err) == -EINVAL);
}

/* ---- the lock -------------------------------------------------------------------------------- */

static void test_lock(const struct warren_host *host)
{
	cleanup_record struct record one = RECORD_INIT, two = RECORD_INIT, late = RECORD_INIT;
	struct error err = { 0 };

	put(host, "lock", 0);
	CHECK(record_open(host, "lock", &one, &err) == 0 &&
	      record_open(host, "lock", &two, &err) == 0);
	CHECK(record_open(host, "lock", &late, &err) == 0);
	CHECK(record_lock(&one, &err) == 0);
	CHECK(record_lock(&two, &err) == -EBUSY && !two.locked);
	CHECK(strstr(err.text, "busy"));

	/* what was changed under the lock is seen by the next holder */
	one.state->bundle = "/changed";
	CHECK(record_save(&one, &err) == 0);
	record_close(&one);
	CHECK(record_lock(&two, &err) == 0);
	CHECK_STR(two.state->bundle, "/changed");

	/* removed and made anew meanwhile: the old directory is not the guest */
	CHECK(record_remove(&two, &err) == 0);
	put(host, "lock", 0);
	record_close(&two);
	CHECK(record_lock(&late, &err) == -ENOENT);
}

/* ---- the process -------------------------------------------------------------------------------
 */

static int status_of(const struct warren_host *host, const char *id, int *ret_pidfd)
{
	cleanup_record struct record rec = RECORD_INIT;
	struct error err = { 0 };
	int r = record_open(host, id, &rec, &err);

	return r < 0 ? r : record_status(&rec, ret_pidfd, &err);
}

/* The status after the state has been changed, which is put back afterwards. */
static int status_with(const struct warren_host *host, void (*change)(struct spec_state *))
{
	cleanup_record struct record rec = RECORD_INIT;
	struct error err = { 0 };
	int pidfd = -1, r;

	if (record_open(host, "process", &rec, &err) < 0)
		return -1;
	change(rec.state);
	r = record_status(&rec, &pidfd, &err);
	CHECK((pidfd >= 0) == (r == WARREN_RUNNING));
	fd_close(&pidfd);
	return r;
}

static void change_nothing(struct spec_state *s)
{
	(void)s;
}

static void change_start(struct spec_state *s)
{
	s->startTime++;
	s->pidfsInode = 0; /* as on a kernel without pidfs */
}

static void forget_inode(struct spec_state *s)
{
	s->pidfsInode = 0;
}

static void change_inode(struct spec_state *s)
{
	if (s->pidfsInode)
		s->pidfsInode++;
	else
		s->startTime++;
}

static void change_boot(struct spec_state *s)
{
	s->bootId = "00000000-0000-0000-0000-000000000000";
}

static void change_pid(struct spec_state *s)
{
	s->pid = 1;
}

static void forget_pid(struct spec_state *s)
{
	s->pid = 0;
}

static void impossible_pid(struct spec_state *s)
{
	s->pid = -1;
}

static void *thread_body(void *arg)
{
	char byte;

	if (write(((int *)arg)[1], &(pid_t){ (pid_t)syscall(SYS_gettid) }, sizeof(pid_t)) < 0)
		abort();
	(void)!read(((int *)arg)[2], &byte, 1);
	return NULL;
}

static pid_t thread_id;

static void thread_pid(struct spec_state *s)
{
	s->pid = thread_id;
}

/* The number of a process that is gone may be a thread's by now. */
static void test_thread(const struct warren_host *host)
{
	int fds[4];
	pthread_t thread;

	if (pipe(fds) < 0 || pipe(fds + 2) < 0 ||
	    pthread_create(&thread, NULL, thread_body, fds) != 0 ||
	    read(fds[0], &thread_id, sizeof(thread_id)) != sizeof(thread_id))
		abort();
	CHECK(status_with(host, thread_pid) == WARREN_STOPPED);
	close(fds[3]);
	pthread_join(thread, NULL);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

static int listen_for_start(int dir)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/" RECORD_START_SOCKET,
		 dir);
	if (sock < 0 || bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(sock, 1) < 0)
		abort();
	return sock;
}

static void test_process(const struct warren_host *host)
{
	cleanup_record struct record rec = RECORD_INIT;
	struct error err = { 0 };
	cleanup_fd int pidfd = -1, sock = -1;
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	put(host, "process", pid);
	CHECK(status_of(host, "process", &pidfd) == WARREN_RUNNING && pidfd >= 0);
	fd_close(&pidfd);
	CHECK(status_with(host, change_nothing) == WARREN_RUNNING);
	CHECK(status_with(host, forget_inode) == WARREN_RUNNING);
	CHECK(status_with(host, change_start) == WARREN_STOPPED);
	CHECK(status_with(host, change_inode) == WARREN_STOPPED);
	CHECK(status_with(host, change_boot) == WARREN_STOPPED);
	CHECK(status_with(host, change_pid) == WARREN_STOPPED);
	CHECK(status_with(host, forget_pid) == WARREN_STOPPED);
	CHECK(status_with(host, impossible_pid) == WARREN_STOPPED);
	test_thread(host);

	/* waiting for start */
	CHECK(record_open(host, "process", &rec, &err) == 0);
	sock = listen_for_start(rec.dir);
	CHECK(sock >= 0 && status_of(host, "process", NULL) == WARREN_CREATED);
	/* a start that was killed before it had said so, and one that was before it had tidied up
	 */
	CHECK(renameat(rec.dir, RECORD_START_SOCKET, rec.dir, RECORD_STARTING_SOCKET) == 0);
	CHECK(status_of(host, "process", NULL) == WARREN_CREATED);
	fd_close(&sock);
	CHECK(status_of(host, "process", NULL) == WARREN_RUNNING);
	CHECK(unlinkat(rec.dir, RECORD_STARTING_SOCKET, 0) == 0);

	/* dead, and not waited for yet */
	CHECK(kill(pid, SIGKILL) == 0 &&
	      waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT) == 0);
	CHECK(status_of(host, "process", &pidfd) == WARREN_STOPPED && pidfd < 0);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(status_of(host, "process", NULL) == WARREN_STOPPED);
	CHECK(record_set_process(&rec, pid, -1, &err) == -ESRCH);
}

static void test_creating(const struct warren_host *host)
{
	cleanup_record struct record rec = RECORD_INIT;
	struct error err = { 0 };

	CHECK(record_make(host, "creating", &rec, &err) == 0);
	complete(&rec);
	CHECK(record_save(&rec, &err) == 0);
	CHECK(status_of(host, "creating", NULL) == WARREN_CREATING);
	/* for the creator itself, and when it is gone, there is nothing that will come of it */
	CHECK(record_status(&rec, NULL, &err) == WARREN_STOPPED);
	record_close(&rec);
	CHECK(status_of(host, "creating", NULL) == WARREN_STOPPED);
}

static void test_own_pids(const struct warren_host *host)
{
	cleanup_record struct record rec = RECORD_INIT;
	struct error err = { 0 };
	char text[200];

	put(host, "pids", 0);
	CHECK(record_open(host, "pids", &rec, &err) == 0);
	CHECK(record_own_pids(&rec));
	snprintf(text, sizeof(text), config, "pid\",\"path\":\"/proc/1/ns/pid");
	CHECK(record_save_config(&rec, text, strlen(text), &err) == 0 && !record_own_pids(&rec));
	snprintf(text, sizeof(text), config, "network");
	CHECK(record_save_config(&rec, text, strlen(text), &err) == 0 && !record_own_pids(&rec));
	CHECK(record_save_config(&rec, "{", 1, &err) == 0 && !record_own_pids(&rec));
}

int main(void)
{
	char top[32], root[64];
	struct warren_host host;

	umask(022);
	tree_make(top);
	snprintf(root, sizeof(root), "%s/root", top);
	host = host_at(root);
	test_ids();
	test_root(top);
	test_life(&host);
	test_broken(&host);
	test_lock(&host);
	test_process(&host);
	test_creating(&host);
	test_own_pids(&host);
	tree_remove(top);
	return CHECK_DONE();
}

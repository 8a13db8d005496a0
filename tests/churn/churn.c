/* SPDX-License-Identifier: Apache-2.0 */

/*
 * churn FIRST COUNT SEED CALLERS
 *
 * That many callers at once take guests through cycles, from cycle FIRST on:
 * started, stopped, paused, entered, refused, and killed together with whoever
 * was at work on them. What a cycle does is drawn by SEED and its number, by
 * whomever it is done. A caller is a subreaper, as containerd's shim is; after
 * each cycle it has no child left, and its guest neither state nor cgroup nor
 * upper layer. What is otherwise is told on stderr, with the number of the
 * cycle, the command, its status and what it wrote. The environment says where:
 *
 *   CHURN_RUNTIME, CHURN_STATE   the runtime, and its state root
 *   CHURN_BUNDLES                caller N's bundle of a kind is KIND/guests/cN
 *   CHURN_CGROUPS                the cgroup of its guest is guests/cN below it
 *   CHURN_ROOT, CHURN_UPPERS     the lower layer; a directory for upper ones
 *
 * Prints for each kind of cycle a line: its name, how many there were, their
 * mean and longest time in milliseconds. Last come "commands" and "unexpected",
 * each with a number. Exit status: 0, 1 if anything was unexpected.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/churn/caller.h"

#define ENOUGH 20 /* unexpected things, before all callers give up */

/* ---- layers and terminals ----------------------------------------------------- */

static void layer_make(struct caller *c)
{
	if (mkdir(c->upper, 0755) < 0 || mkdir(c->layer, 0755) < 0)
		unexpected(c, "cannot make %s: %s", c->layer, strerror(errno));
}

/* With the file "word" that a guest has written. */
static void layer_remove(struct caller *c)
{
	char word[300];

	snprintf(word, sizeof(word), "%s/word", c->layer);
	if (unlink(word) < 0)
		unexpected(c, "the guest has written nothing: %s: %s", word, strerror(errno));
	if (rmdir(c->layer) < 0 || rmdir(c->upper) < 0)
		unexpected(c, "more than was written is in %s: %s", c->upper, strerror(errno));
}

static int console_listen(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (strlen(path) < sizeof(at.sun_path))
		strcpy(at.sun_path, path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 1) < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

/* The one descriptor of a message that has come already, or -1. */
static int receive(int from)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control;
	char text[256];
	struct iovec io = { .iov_base = text, .iov_len = sizeof(text) };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	struct cmsghdr *head;
	int fd;

	m.msg_control = control.buf;
	m.msg_controllen = sizeof(control.buf);
	if (recvmsg(from, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0)
		return -1;
	head = CMSG_FIRSTHDR(&m);
	if (head == NULL || head->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

static void exec_on_terminal(struct caller *c)
{
	int listening = console_listen(c->socket), peer, master = -1;

	EXPECT(c, 0, "exec", "-d", "-t", "--console-socket", c->socket, c->id, "/bin/true");
	peer = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	if (peer >= 0) {
		master = receive(peer);
		close(peer);
	}
	if (master < 0)
		unexpected(c, "exec -t has sent no terminal");
	else
		close(master);
	close(listening);
	unlink(c->socket);
}

/* ---- the kinds of cycles ------------------------------------------------------ */

static void up(struct caller *c, const char *kind)
{
	EXPECT(c, 0, "run", "-d", "--bundle", bundle(c, kind), c->id);
}

static void killed(struct caller *c)
{
	EXPECT(c, 0, "kill", c->id, "KILL");
	reap(c);
}

static void cycle_run(struct caller *c)
{
	EXPECT(c, 0, "run", "--bundle", bundle(c, "true"), c->id);
}

static void cycle_steps(struct caller *c)
{
	EXPECT(c, 0, "create", "--bundle", bundle(c, "sleep"), c->id);
	if (draw(c, 4) == 0) {
		EXPECT(c, 0, "delete", c->id);
		return;
	}
	EXPECT(c, 0, "start", c->id);
	killed(c);
	EXPECT(c, 0, "delete", c->id);
}

static void one_exec(struct caller *c)
{
	unsigned int which = draw(c, 5);

	if (which == 0)
		exec_on_terminal(c);
	else if (which == 1)
		EXPECT(c, 255, "exec", c->id, "/missing");
	else if (which == 2)
		EXPECT(c, 1, "exec", c->id, "/bin/false");
	else if (which == 3)
		EXPECT(c, 0, "exec", "-d", c->id, "/bin/sleep", "100000");
	else
		EXPECT(c, 0, "exec", c->id, "/bin/true");
}

static void cycle_exec(struct caller *c)
{
	up(c, "sleep");
	for (unsigned int n = 1 + draw(c, 3); n > 0; n--)
		one_exec(c);
	EXPECT(c, 0, "pause", c->id);
	EXPECT(c, 255, "exec", c->id, "/bin/true");
	if (draw(c, 2) == 0) {
		EXPECT(c, 0, "resume", c->id);
		EXPECT(c, 0, "state", c->id);
	}
	if (draw(c, 8) == 0)
		EXPECT(c, 0, "list");
	EXPECT(c, 0, "delete", "--force", c->id);
}

static void write_to_layer(struct caller *c)
{
	EXPECT(c, 0, "run", "--lower", c->root, "--upper", c->layer, "--bundle", bundle(c, "write"),
	       c->id);
}

static void cycle_overlay(struct caller *c)
{
	layer_make(c);
	write_to_layer(c);
	layer_remove(c);
}

static void cycle_mapped(struct caller *c)
{
	if (draw(c, 2) == 0) {
		EXPECT(c, 0, "run", "--bundle", bundle(c, "mapped"), c->id);
		return;
	}
	layer_make(c);
	EXPECT(c, 0, "run", "--lower", c->root, "--upper", c->layer, "--bundle",
	       bundle(c, "mapped-write"), c->id);
	layer_remove(c);
}

static void cycle_filter(struct caller *c)
{
	EXPECT(c, 0, "run", "--bundle", bundle(c, "filter"), c->id);
}

static void cycle_hooks(struct caller *c)
{
	EXPECT(c, 0, "run", "--bundle", bundle(c, "hooks"), c->id);
}

static void cycle_refused(struct caller *c)
{
	static const char *const bad[] = { "missing", "bad-hook", "bad-mount" };
	unsigned int which = draw(c, 4);

	if (which < 3) {
		EXPECT(c, 1, "run", "--bundle", bundle(c, bad[which]), c->id);
		return;
	}
	EXPECT(c, 0, "create", "--bundle", bundle(c, "sleep"), c->id);
	EXPECT(c, 1, "create", "--bundle", bundle(c, "sleep"), c->id);
	EXPECT(c, 0, "delete", c->id);
	EXPECT(c, 1, "delete", c->id);
}

/* A guest that ends by TERM, or may not get round to it: TERM is ignored until its trap is set. */
static void cycle_stop(struct caller *c)
{
	struct command kill_it;

	up(c, "trap");
	EXPECT(c, 0, "kill", c->id, "TERM");
	nap(draw(c, 5000));
	begin(c, &kill_it, WORDS("kill", c->id, "KILL"));
	finish_any(c, &kill_it, 0, 1);
	reap(c);
	EXPECT(c, 0, "delete", c->id);
}

/* Without a pid namespace: init's children are nobody's, and end all the same. */
static void cycle_shared(struct caller *c)
{
	up(c, "shared");
	if (draw(c, 2) == 0) {
		killed(c);
		EXPECT(c, 0, "delete", c->id);
		return;
	}
	EXPECT(c, 0, "delete", "--force", c->id);
}

static void wait_for_file(struct caller *c, const char *path)
{
	const long limit = now_us() + PATIENCE * 1000L;

	while (access(path, F_OK) < 0 && now_us() < limit)
		nap(200);
	if (unlink(path) < 0)
		unexpected(c, "no pid file: %s", strerror(errno));
}

/* The pid file comes before the start: who is killed by then has never run. */
static void cycle_attached(struct caller *c)
{
	struct command attached;

	begin(c, &attached,
	      WORDS("run", "--pid-file", c->pid_file, "--bundle", bundle(c, "sleep"), c->id));
	wait_for_file(c, c->pid_file);
	EXPECT(c, 0, "kill", c->id, "KILL");
	finish_any(c, &attached, 137, 1);
}

/* Two delete one guest: the second finds it, or half of it, or nothing. */
static void cycle_deletes(struct caller *c)
{
	struct command one, two;
	bool force = draw(c, 2) == 0;
	const char *const *words =
		force ? WORDS("delete", "--force", c->id) : WORDS("delete", c->id);
	int first, second;

	up(c, "sleep");
	if (!force)
		killed(c);
	begin(c, &one, words);
	begin(c, &two, words);
	first = finish(c, &one);
	second = finish(c, &two);
	if (force ? first != 0 || second != 0 : first + second > 1 || first * second != 0)
		complain(c, &two, force ? "with --force, sum" : "without --force, sum",
			 first + second);
}

/* Kills a command at a moment of its work, or after it. */
static void killed_midway(struct caller *c, struct command *cmd)
{
	nap(draw(c, 20000));
	kill(cmd->pid, SIGKILL);
	finish(c, cmd);
}

#define OVERLAY 3
static void begin_victim(struct caller *c, struct command *victim, unsigned int which)
{
	if (which == 0)
		begin(c, victim, WORDS("create", "--bundle", bundle(c, "sleep"), c->id));
	else if (which == 1)
		begin(c, victim, WORDS("run", "--bundle", bundle(c, "hooks"), c->id));
	else if (which == 2)
		begin(c, victim, WORDS("create", "--bundle", bundle(c, "mapped"), c->id));
	else if (which == OVERLAY)
		begin(c, victim,
		      WORDS("run", "-d", "--lower", c->root, "--upper", c->layer, "--bundle",
			    bundle(c, "write"), c->id));
	else if (which == 4)
		begin(c, victim, WORDS("start", c->id));
	else if (which == 5)
		begin(c, victim, WORDS("exec", c->id, "/bin/sleep", "100000"));
	else
		begin(c, victim, WORDS("delete", "--force", c->id));
}

static void cycle_killed(struct caller *c)
{
	struct command victim;
	unsigned int which = draw(c, 7);

	if (which == OVERLAY)
		layer_make(c);
	else if (which == 4)
		EXPECT(c, 0, "create", "--bundle", bundle(c, "sleep"), c->id);
	else if (which > 4)
		up(c, "sleep");
	begin_victim(c, &victim, which);
	killed_midway(c, &victim);
	EXPECT(c, 0, "delete", "--force", c->id);
	reap(c);
	if (which == OVERLAY) { /* the next guest tidies up what nobody had noted yet */
		write_to_layer(c);
		layer_remove(c);
	}
}
#undef OVERLAY

static const struct kind {
	const char *name;
	unsigned int weight; /* of 100 */
	void (*cycle)(struct caller *c);
} kinds[] = {
	{ "run", 18, cycle_run },
	{ "create, start, kill, delete", 15, cycle_steps },
	{ "exec, pause, resume, delete --force", 15, cycle_exec },
	{ "overlay", 8, cycle_overlay },
	{ "user namespace", 7, cycle_mapped },
	{ "filter", 6, cycle_filter },
	{ "hooks", 4, cycle_hooks },
	{ "refused", 4, cycle_refused },
	{ "TERM, then KILL", 4, cycle_stop },
	{ "no pid namespace", 2, cycle_shared },
	{ "attached", 3, cycle_attached },
	{ "two callers delete", 4, cycle_deletes },
	{ "caller killed", 10, cycle_killed },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* ---- callers ------------------------------------------------------------------ */

static unsigned int draw_kind(struct caller *c)
{
	unsigned int at = draw(c, 100), kind = 0;

	for (; kind + 1 < KINDS && at >= kinds[kind].weight; kind++)
		at -= kinds[kind].weight;
	return kind;
}

static void one_cycle(struct caller *c, long cycle, uint64_t seed)
{
	struct tally *tally;
	unsigned int kind;
	long begun = now_us();

	c->cycle = cycle;
	c->random = seed * 0xd1342543de82ef95u + (uint64_t)cycle;
	kind = draw_kind(c);
	c->kind = kinds[kind].name;
	kinds[kind].cycle(c);
	nothing_left(c);
	begun = now_us() - begun;
	tally = &c->shared->kinds[kind];
	tally->cycles++;
	tally->total_us += begun;
	if (begun > tally->longest_us)
		tally->longest_us = begun;
	if (++c->shared->done % 5000 == 0)
		fprintf(stderr, "%ld cycles\n", (long)c->shared->done);
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	if (value != NULL)
		return value;
	fprintf(stderr, "churn: %s is not set\n", name);
	exit(2);
}

static void become_caller(struct caller *c, int number)
{
	const char *uppers = variable("CHURN_UPPERS");
	sigset_t child;

	c->runtime = variable("CHURN_RUNTIME");
	c->state = variable("CHURN_STATE");
	c->bundles = variable("CHURN_BUNDLES");
	c->cgroups = variable("CHURN_CGROUPS");
	c->root = variable("CHURN_ROOT");
	snprintf(c->id, sizeof(c->id), "c%d", number);
	snprintf(c->upper, sizeof(c->upper), "%s/%s", uppers, c->id);
	snprintf(c->layer, sizeof(c->layer), "%s/layer", c->upper);
	snprintf(c->socket, sizeof(c->socket), "%s/%s.sock", uppers, c->id);
	snprintf(c->pid_file, sizeof(c->pid_file), "%s/%s.pid", uppers, c->id);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	c->output = memfd_create("output", MFD_CLOEXEC);
	posix_spawn_file_actions_init(&c->files);
	posix_spawn_file_actions_addopen(&c->files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&c->files, c->output, 1);
	posix_spawn_file_actions_adddup2(&c->files, c->output, 2);
	if (c->output < 0 || fcntl(c->output, F_SETFL, O_APPEND) < 0 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
		perror("churn");
		exit(1);
	}
}

static long number(const char *text, long min, long max)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*text != '\0' && *end == '\0' && n >= min && n <= max)
		return n;
	fprintf(stderr, "churn: a number from %ld to %ld, not %s\n", min, max, text);
	exit(2);
}

static bool print(const struct shared *s)
{
	for (unsigned int i = 0; i < KINDS; i++) {
		const struct tally *t = &s->kinds[i];
		long n = t->cycles > 0 ? t->cycles : 1;

		printf("%s\t%ld\t%.1f\t%.1f\n", kinds[i].name, (long)t->cycles,
		       (double)t->total_us / (double)n / 1e3, (double)t->longest_us / 1e3);
	}
	printf("commands\t%ld\nunexpected\t%ld\n", (long)s->commands, (long)s->unexpected);
	return s->unexpected == 0;
}

static int run(char **argv)
{
	long first = number(argv[0], 0, 1000000000), count = number(argv[1], 1, 100000000);
	uint64_t seed = (uint64_t)number(argv[2], 0, 1000000000);
	int callers = (int)number(argv[3], 1, 999), status, n = 0;
	struct shared *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED) {
		perror("churn: memory");
		return 1;
	}
	for (; n < callers; n++) {
		struct caller c = { .shared = s };

		if (fork() != 0)
			continue;
		become_caller(&c, n);
		for (long i = first + n; i < first + count && s->unexpected < ENOUGH; i += callers)
			one_cycle(&c, i, seed);
		exit(0);
	}
	while (wait(&status) > 0)
		if (status != 0)
			s->unexpected++;
	return print(s) ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 5)
		return run(argv + 1);
	fprintf(stderr, "usage: churn FIRST COUNT SEED CALLERS\n");
	return 2;
}

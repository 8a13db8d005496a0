/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults [-v] [-s STEP] [-f FROM] [-t TO] COMMAND FAULT
 *
 * Runs COMMAND of the runtime again and again; the n-th time its n-th step goes wrong, until
 * there are no more. Each time: it must end, in good order, either with the job done or with a
 * reason; `delete --force` must succeed; and nothing may be left. The environment says where:
 * RUNTIME STATE ID BUNDLE CG SHIM. Standard output gets a line "# ..." with the numbers; the exit
 * status is 1 when something was wrong.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/faults/inject.h"
#include "tests/faults/snapshot.h"

#define WORDS 12
#define HANG_MS \
	5000 /* below the runtime's own 10 s for an answer: nobody may have to wait for that */
#define SLOW_MS 1000
#define SETTLE_MS 5000 /* killed processes leave a little later, on a busy machine much */
#define FAILURES_MAX 10

/* ---- what is tried ---------------------------------------------------------------------- */

struct tried {
	const char *name;
	enum side side;
	enum fault fault;
};

static const struct tried all_faults[] = {
	{ "call", SIDE_RUNTIME, FAULT_HARD },       { "call-soft", SIDE_RUNTIME, FAULT_SOFT },
	{ "kill", SIDE_RUNTIME, FAULT_KILL },       { "alloc", SIDE_RUNTIME, FAULT_ALLOC },
	{ "guest-call", SIDE_GUEST, FAULT_HARD },   { "guest-soft", SIDE_GUEST, FAULT_SOFT },
	{ "guest-death", SIDE_GUEST, FAULT_DEATH }, { "guest-kill", SIDE_GUEST, FAULT_KILL },
};

struct run;

struct scenario {
	const char *name;
	const char *before[3][WORDS]; /* commands that must succeed; "ID" is the guest's */
	const char *words[WORDS];     /* then this one, with a fault */
	int done;                     /* its exit status when the job is done */
	bool (*is_done)(const struct run *r);
	bool keep; /* one guest for all points: it must not notice */
	bool cold; /* without what earlier starts have left on purpose, and that is removed after it
		    */
	bool again; /* what is left may be the next guest's to remove */
};

struct count {
	unsigned points, left, hung, crashed, unclear, undone, refused, untidy, slow, failures;
	long slowest;
};

struct run {
	const struct scenario *scenario;
	const struct tried *tried;
	struct place place;
	const char *runtime, *id, *shim;
	bool verbose;
	unsigned step, from, to;
	struct count n;
	struct snapshot before;
	int output; /* a file, for what the runtime says */
};

/* ---- is the job done? ---------------------------------------------------------------------- */

static bool has_file(const struct run *r, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s%s%s", r->place.state, r->id, *name ? "/" : "", name);
	return access(path, F_OK) == 0;
}

static size_t read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return strlen(buf);
}

static pid_t guest_pid(const struct run *r)
{
	char path[4096], text[64];

	snprintf(path, sizeof(path), "%s/guest/cgroup.procs", r->place.cgroup);
	read_file(path, text, sizeof(text));
	return (pid_t)strtol(text, NULL, 10);
}

static bool is_created(const struct run *r)
{
	return has_file(r, "start.sock") && guest_pid(r) > 0;
}

static bool is_running(const struct run *r)
{
	char path[64], name[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", guest_pid(r));
	return read_file(path, name, sizeof(name)) && strncmp(name, "warren", 6) != 0 &&
	       !has_file(r, "start.sock");
}

static bool is_dead(const struct run *r)
{
	return has_file(r, "") && guest_pid(r) == 0;
}

static bool is_gone(const struct run *r)
{
	return !has_file(r, "") && guest_pid(r) == 0;
}

static bool is_frozen(const struct run *r)
{
	char path[4096], text[16];

	snprintf(path, sizeof(path), "%s/guest/cgroup.freeze", r->place.cgroup);
	return read_file(path, text, sizeof(text)) && text[0] == '1';
}

static bool is_thawed(const struct run *r)
{
	return guest_pid(r) > 0 && !is_frozen(r);
}

/* The guest's program sleeps, or for `run` ends with status 7. */
/* clang-format off */
#define RUN_DETACHED { "run", "-d", "ID" }
static const struct scenario scenarios[] = {
	{ .name = "create", .words = { "create", "ID" }, .is_done = is_created },
	{ .name = "create-cold", .before = { { "doctor", "--reset" } }, .words = { "create", "ID" },
	  .is_done = is_created, .cold = true },
	{ .name = "overlay", .words = { "create", "--lower", "rootfs", "--upper", "upper", "ID" },
	  .is_done = is_created, .again = true },
	{ .name = "pid-file", .words = { "create", "--pid-file", "pid", "ID" }, .is_done = is_created },
	{ .name = "start", .before = { { "create", "ID" } }, .words = { "start", "ID" },
	  .is_done = is_running },
	{ .name = "run", .words = { "run", "ID" }, .done = 7 },
	{ .name = "exec", .before = { RUN_DETACHED }, .words = { "exec", "ID", "sh", "-c", "exit 7" },
	  .done = 7, .keep = true },
	{ .name = "kill", .before = { RUN_DETACHED }, .words = { "kill", "ID", "KILL" },
	  .is_done = is_dead },
	{ .name = "delete", .before = { RUN_DETACHED }, .words = { "delete", "--force", "ID" },
	  .is_done = is_gone },
	{ .name = "delete-created", .before = { { "create", "ID" } }, .words = { "delete", "ID" },
	  .is_done = is_gone },
	{ .name = "pause", .before = { RUN_DETACHED }, .words = { "pause", "ID" }, .is_done = is_frozen },
	{ .name = "resume", .before = { RUN_DETACHED, { "pause", "ID" } }, .words = { "resume", "ID" },
	  .is_done = is_thawed },
};
/* clang-format on */

/* ---- running the runtime ------------------------------------------------------------------- */

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "faults: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* The words of a command with everything that stands before them. */
static void command(const struct run *r, const char *const words[WORDS], char *argv[WORDS + 4])
{
	size_t n = 0;

	argv[n++] = (char *)(uintptr_t)r->runtime;
	argv[n++] = (char *)(uintptr_t) "--root";
	argv[n++] = (char *)(uintptr_t)r->place.state;
	for (size_t i = 0; i < WORDS && words[i]; i++)
		argv[n++] = (char *)(uintptr_t)(strcmp(words[i], "ID") == 0 ? r->id : words[i]);
	argv[n] = NULL;
}

static void launch(struct run *r, const char *const words[WORDS], struct injection *in)
{
	char *argv[WORDS + 4];

	command(r, words, argv);
	if (ftruncate(r->output, 0) < 0 || lseek(r->output, 0, SEEK_SET) < 0)
		die("the file for output");
	in->argv = argv;
	in->output = r->output;
	in->shim = r->shim;
	in->limit_ms = HANG_MS;
	inject(in);
}

static const char *said(const struct run *r)
{
	static char text[4096];
	ssize_t n = pread(r->output, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static bool succeeds(struct run *r, const char *const words[WORDS])
{
	struct injection in = { .fault = FAULT_NONE };

	launch(r, words, &in);
	return !in.hung && WIFEXITED(in.status) && WEXITSTATUS(in.status) == 0;
}

static void reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* ---- what is wrong with a point ---------------------------------------------------------------
 */

static const char *ending(const struct injection *in)
{
	static char text[64];

	if (in->hung)
		return "hung";
	if (WIFSIGNALED(in->status))
		snprintf(text, sizeof(text), "ended by signal %d", WTERMSIG(in->status));
	else
		snprintf(text, sizeof(text), "exit status %d", WEXITSTATUS(in->status));
	return text;
}

static void complain(struct run *r, const struct injection *in, const char *what)
{
	printf("%s, %s %u.%u: %s: %s\n\t%s after %ld ms: %s\n", r->scenario->name, r->tried->name,
	       in->who, in->at, in->what, what, ending(in), in->took_ms, said(r));
	r->n.failures++;
}

static unsigned lines_with(const char *text, const char *word)
{
	unsigned n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool settles(const struct run *r, bool (*condition)(const struct run *))
{
	const long end = now_ms() + SETTLE_MS;

	while (!condition(r)) {
		if (now_ms() > end)
			return false;
		usleep(1000);
		reap();
	}
	return true;
}

/* A guest that died as soon as it had been made was made; it waits behind the end of `create`. */
static bool is_decided(const struct run *r)
{
	return !r->scenario->is_done || r->scenario->is_done(r) ||
	       (r->tried->side == SIDE_GUEST && is_dead(r));
}

/* How it ended. */
static void judge(struct run *r, const struct injection *in)
{
	const struct scenario *s = r->scenario;
	const bool killed = r->tried->fault == FAULT_KILL && in->hit;

	if (in->took_ms > r->n.slowest)
		r->n.slowest = in->took_ms;
	if (in->took_ms > SLOW_MS) {
		r->n.slow++;
		printf("# slow: %s %s %u.%u: %ld ms: %s\n", s->name, r->tried->name, in->who,
		       in->at, in->took_ms, in->what);
	}
	if (in->hung) {
		r->n.hung++;
		complain(r, in, "hangs");
	} else if (in->crashed || (WIFSIGNALED(in->status) && !killed)) {
		r->n.crashed++;
		complain(r, in, "crashes");
	} else if (WIFSIGNALED(in->status)) {
		return;
	} else if (WEXITSTATUS(in->status) == s->done) {
		if (!settles(r, is_decided)) {
			r->n.undone++;
			complain(r, in, "succeeds, and nothing was done");
		}
	} else if (r->tried->fault == FAULT_DEATH && WEXITSTATUS(in->status) == 128 + SIGKILL) {
		return; /* at the last moment before its program: who can tell? */
	} else if (lines_with(said(r), "level=error") != 1 || WEXITSTATUS(in->status) == 0) {
		r->n.unclear++;
		complain(r, in, "no clean error");
	}
}

static bool is_clean(const struct run *r)
{
	static struct snapshot now;

	snapshot_take(&r->place, &now);
	return snapshot_same(&r->before, &now);
}

/* So that the next point begins as this one has. */
static void clean_by_force(struct run *r)
{
	char line[8192];

	snprintf(line, sizeof(line),
		 "echo 1 >'%s/guest/cgroup.kill'; sleep 0.2;"
		 "find '%s/guest' -depth -type d -exec rmdir {} +; rm -rf '%s/%s'",
		 r->place.cgroup, r->place.cgroup, r->place.state, r->id);
	if (system(line) < 0)
		die("sh");
	reap();
	snapshot_take(&r->place, &r->before);
}

static void remove_guest(struct run *r, const struct injection *in)
{
	static const char *const forced[WORDS] = { "delete", "--force", "ID" };
	static const char *const reset[WORDS] = { "doctor", "--reset" };
	static struct snapshot now;
	struct injection del = { .fault = FAULT_NONE };

	if (!WIFSIGNALED(in->status) && WEXITSTATUS(in->status) != r->scenario->done &&
	    !r->scenario->before[0][0] && !is_clean(r))
		r->n.untidy++;
	launch(r, forced, &del);
	reap();
	if (del.hung || !WIFEXITED(del.status) || WEXITSTATUS(del.status) != 0) {
		r->n.refused++;
		complain(r, in, "delete --force fails");
	}
	if (del.took_ms > r->n.slowest)
		r->n.slowest = del.took_ms;
	if (r->scenario->cold && !succeeds(r, reset))
		complain(r, in, "doctor --reset fails");
	unlink("pid"); /* the caller's to remove */
	if (r->scenario->again && !is_clean(r) && succeeds(r, r->scenario->words))
		(void)succeeds(r, forced);
	if (settles(r, is_clean))
		return;
	r->n.left++;
	complain(r, in, "something is left");
	snapshot_take(&r->place, &now);
	snapshot_diff(&r->before, &now, "\t");
	clean_by_force(r);
}

/* The guest that stays must not have noticed. */
static void compare_guest(struct run *r, const struct injection *in)
{
	static struct snapshot now;

	if (settles(r, is_clean))
		return;
	r->n.left++;
	complain(r, in, "the guest is not what it was");
	snapshot_take(&r->place, &now);
	snapshot_diff(&r->before, &now, "\t");
	snapshot_take(&r->place, &r->before);
}

/* ---- all points --------------------------------------------------------------------------------
 */

static void prepare(struct run *r)
{
	const struct scenario *s = r->scenario;

	for (size_t i = 0; i < 3 && s->before[i][0]; i++)
		if (!succeeds(r, s->before[i])) {
			printf("%s: the preparation fails: %s: %s\n", s->name, s->before[i][0],
			       said(r));
			exit(1);
		}
}

/* Returns how it went: not hit, there is no such point. */
static struct injection try_point(struct run *r, unsigned who, unsigned at)
{
	struct injection in = {
		.side = r->tried->side, .fault = r->tried->fault, .who = who, .at = at
	};

	if (!r->scenario->keep)
		prepare(r);
	if (r->tried->side == SIDE_GUEST && strcmp(r->scenario->name, "start") == 0)
		in.init = guest_pid(r);
	launch(r, r->scenario->words, &in);
	reap();
	if (r->verbose)
		printf("%u.%u\t%s\t%s\t%ld ms\t%s\n", who, at, in.what, ending(&in), in.took_ms,
		       said(r));
	judge(r, &in);
	if (r->scenario->keep)
		compare_guest(r, &in);
	else
		remove_guest(r, &in);
	r->n.points += in.hit;
	return in;
}

/* All steps of one thread or process after the other. */
static void try_steps(struct run *r)
{
	unsigned who = 1;
	unsigned at = r->from;

	while (at <= r->to && r->n.failures < FAILURES_MAX) {
		struct injection in = try_point(r, who, at);

		at += r->step;
		if (in.hit)
			continue;
		if (who >= in.born)
			return;
		who++;
		at = r->from;
	}
}

static void try_all(struct run *r)
{
	static const char *const forced[WORDS] = { "delete", "--force", "ID" };
	const struct scenario *s = r->scenario;

	if (s->keep || s->cold)
		prepare(r);
	snapshot_take(&r->place, &r->before);
	try_steps(r);
	if (s->keep && !succeeds(r, forced))
		r->n.refused++;
}

static int report(const struct run *r)
{
	const struct count *n = &r->n;

	printf("# %s, %s: %u points, %u left-overs, %u hangs, %u crashes, %u unclear ends, "
	       "%u refused deletes; slowest %ld ms",
	       r->scenario->name, r->tried->name, n->points, n->left, n->hung, n->crashed,
	       n->unclear + n->undone, n->refused, n->slowest);
	if (n->untidy)
		printf("; %u times an error left something to delete --force", n->untidy);
	puts("");
	return n->failures > 0 || n->points == 0;
}

/* ---- words -------------------------------------------------------------------------------------
 */

static const char *need(const char *name)
{
	const char *value = getenv(name);

	if (!value) {
		fprintf(stderr, "faults: $%s is not set\n", name);
		exit(2);
	}
	return value;
}

static int usage(void)
{
	fputs("usage: faults [-v] [-s STEP] [-f FROM] [-t TO] COMMAND FAULT\ncommands:", stderr);
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
		fprintf(stderr, " %s", scenarios[i].name);
	fputs("\nfaults:", stderr);
	for (size_t i = 0; i < sizeof(all_faults) / sizeof(*all_faults); i++)
		fprintf(stderr, " %s", all_faults[i].name);
	fputs("\n", stderr);
	return 2;
}

static void choose(struct run *r, const char *scenario, const char *fault)
{
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
		if (strcmp(scenarios[i].name, scenario) == 0)
			r->scenario = &scenarios[i];
	for (size_t i = 0; i < sizeof(all_faults) / sizeof(*all_faults); i++)
		if (strcmp(all_faults[i].name, fault) == 0)
			r->tried = &all_faults[i];
}

int main(int argc, char **argv)
{
	static struct run r = { .step = 1, .from = 1, .to = ~0U };
	int option;

	while ((option = getopt(argc, argv, "vs:f:t:")) >= 0) {
		if (option == 'v')
			r.verbose = true;
		else if (option == 's')
			r.step = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'f')
			r.from = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 't')
			r.to = (unsigned)strtoul(optarg, NULL, 10);
		else
			return usage();
	}
	if (argc - optind != 2 || !r.step)
		return usage();
	choose(&r, argv[optind], argv[optind + 1]);
	if (!r.scenario || !r.tried)
		return usage();
	r.runtime = need("RUNTIME");
	r.id = need("ID");
	r.shim = need("SHIM");
	r.place = (struct place){ need("STATE"), need("BUNDLE"), need("CG"), r.scenario->cold };
	r.output = memfd_create("output", MFD_CLOEXEC);
	/* what the runtime leaves behind becomes ours, and is not taken for alive when it is dead
	 */
	if (r.output < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		die("begin");
	setvbuf(stdout, NULL, _IOLBF, 0);
	try_all(&r);
	return report(&r);
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * bench steps ROUNDS NAME STEP COMMAND [ARGS] [, STEP COMMAND [ARGS]]... [-- NAME ...]...
 *
 * Takes every name through its steps once a round, for ROUNDS rounds and a few
 * before that are not counted, each round beginning with the next name, so that
 * what disturbs the machine for a moment disturbs all of them alike. Times what
 * a step is from before posix_spawn() until wait4() has returned. Two steps are
 * not timed: `-`, which only has to succeed, and `empty DIR`, which runs no
 * command and waits until no process is left in that cgroup. Prints for each
 * name and timed step an object in a line, in milliseconds:
 *
 *   {"step": , "name": , "median": , "low": , "high": , "min": , "max": ,
 *    "peak_kib": , "to": {NAME: ratio, ...}}
 *
 * low and high are the quartiles, a ratio is the median of the ratios of the
 * same round, and the peak is the largest resident set of the command or of a
 * process that it waited for, but never less than that of this program, whose
 * memory the command shares until it executes: hence a small, static one.
 *
 * bench callers CALLERS STARTS ROUNDS NAME COMMAND [ARGS] [-- NAME ...]...
 *
 * In each round and for each name in turn, that many callers at once run the
 * command one time after the other, STARTS times together; `%` in an argument
 * is the caller's number, from 0. Prints
 *
 *   {"callers": , "name": , "per_second": , "low": , "high": , "p50": , "p99": ,
 *    "to": {NAME: ratio of starts a second, ...}}
 *
 * A name with a command that fails is not tried again and has "failed": true
 * instead; its status and what it wrote to stderr are on stderr.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_NAMES 8
#define MAX_STEPS 16
#define MAX_ARGS 32
#define WARM_UP 3

struct step {
	const char *name;
	char **argv;
	double *times; /* milliseconds, a value a round; NULL where it is not timed */
	long peak;     /* KiB */
};

struct subject {
	const char *name;
	struct step steps[MAX_STEPS];
	int n;
	bool failed;
	double *rates; /* starts a second, a value a round */
	double *times; /* of all callers and rounds */
};

struct bench {
	struct subject subjects[MAX_NAMES];
	int n, rounds, callers, starts;
	posix_spawn_file_actions_t files;
	double *scratch;
};

extern char **environ;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* Milliseconds, or a negative number. */
static double run_once(const struct bench *b, const char *name, char **argv, long *peak)
{
	struct rusage usage;
	double begin = now(), end;
	int status;
	pid_t pid;

	if (posix_spawn(&pid, argv[0], &b->files, NULL, argv, environ) != 0) {
		fprintf(stderr, "bench: %s: cannot execute %s\n", name, argv[0]);
		return -1;
	}
	if (wait4(pid, &status, 0, &usage) != pid)
		return -1;
	end = now();
	if (usage.ru_maxrss > *peak)
		*peak = usage.ru_maxrss;
	if (status == 0)
		return end - begin;
	fprintf(stderr, "bench: %s: %s: wait status 0x%x\n", name, argv[0], (unsigned int)status);
	return -1;
}

/* ---- numbers ------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* What a share of the sorted values is not above. */
static double quantile(const double *sorted, int n, double share)
{
	double at = share * (n - 1);
	int i = (int)at;

	return i + 1 < n ? sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

static double *sorted(const struct bench *b, const double *values, int n)
{
	memcpy(b->scratch, values, (size_t)n * sizeof(*values));
	qsort(b->scratch, (size_t)n, sizeof(*values), compare);
	return b->scratch;
}

static double median_ratio(const struct bench *b, const double *values, const double *to)
{
	for (int i = 0; i < b->rounds; i++)
		b->scratch[i] = values[i] / to[i];
	qsort(b->scratch, (size_t)b->rounds, sizeof(*values), compare);
	return quantile(b->scratch, b->rounds, 0.5);
}

/* ---- steps -------------------------------------------------------------------- */

/* 0, or -1 after ten seconds. */
static int wait_empty(const char *cgroup)
{
	const double limit = now() + 1e4;
	struct pollfd changed = { .events = POLLPRI };
	char path[4096], text[256];
	ssize_t n = 0;

	if (snprintf(path, sizeof(path), "%s/cgroup.events", cgroup) >= (int)sizeof(path))
		return -1;
	changed.fd = open(path, O_RDONLY | O_CLOEXEC);
	while (changed.fd >= 0 && now() < limit) {
		n = pread(changed.fd, text, sizeof(text) - 1, 0);
		text[n < 0 ? 0 : n] = '\0';
		if (n < 0 || strstr(text, "populated 0") != NULL)
			break;
		poll(&changed, 1, 100);
	}
	if (changed.fd >= 0)
		close(changed.fd);
	return n > 0 && strstr(text, "populated 0") != NULL ? 0 : -1;
}

static void take_steps(struct bench *b, struct subject *s, int round)
{
	for (int i = 0; i < s->n && !s->failed; i++) {
		struct step *step = &s->steps[i];
		double ms;

		if (strcmp(step->name, "empty") == 0)
			ms = wait_empty(step->argv[0]);
		else
			ms = run_once(b, s->name, step->argv, &step->peak);
		s->failed = ms < 0;
		if (s->failed)
			fprintf(stderr, "bench: %s: %s failed\n", s->name, step->name);
		else if (round >= 0 && step->times != NULL)
			step->times[round] = ms;
	}
}

static const struct step *find_step(const struct subject *s, const char *name)
{
	for (int i = 0; i < s->n; i++)
		if (s->steps[i].times != NULL && strcmp(s->steps[i].name, name) == 0)
			return &s->steps[i];
	return NULL;
}

static void print_ratios(const struct bench *b, const struct step *step)
{
	const char *comma = "";

	printf("\"to\": {");
	for (int i = 0; i < b->n; i++) {
		const struct subject *other = &b->subjects[i];
		const struct step *to = find_step(other, step->name);

		if (other->failed || to == NULL)
			continue;
		printf("%s\"%s\": %.3f", comma, other->name,
		       median_ratio(b, step->times, to->times));
		comma = ", ";
	}
	printf("}}\n");
}

static void print_step(const struct bench *b, const struct subject *s, const struct step *step)
{
	const double *t;

	printf("{\"step\": \"%s\", \"name\": \"%s\", ", step->name, s->name);
	if (s->failed) {
		printf("\"failed\": true}\n");
		return;
	}
	t = sorted(b, step->times, b->rounds);
	printf("\"median\": %.3f, \"low\": %.3f, \"high\": %.3f, ", quantile(t, b->rounds, 0.5),
	       quantile(t, b->rounds, 0.25), quantile(t, b->rounds, 0.75));
	printf("\"min\": %.3f, \"max\": %.3f, \"peak_kib\": %ld, ", t[0], t[b->rounds - 1],
	       step->peak);
	print_ratios(b, step);
}

static void steps(struct bench *b)
{
	for (int round = -WARM_UP; round < b->rounds; round++)
		for (int i = 0; i < b->n; i++)
			take_steps(b, &b->subjects[(round + WARM_UP + i) % b->n], round);
	for (int i = 0; i < b->n; i++)
		for (int j = 0; j < b->subjects[i].n; j++)
			if (b->subjects[i].steps[j].times != NULL)
				print_step(b, &b->subjects[i], &b->subjects[i].steps[j]);
}

/* ---- callers ------------------------------------------------------------------ */

/* The argument with the caller's number for its `%`; lives as long as the process. */
static char *numbered(const char *arg, int number)
{
	const char *percent = strchr(arg, '%');
	char *text = NULL;

	if (percent == NULL)
		return strdup(arg);
	if (asprintf(&text, "%.*s%d%s", (int)(percent - arg), arg, number, percent + 1) < 0)
		return NULL;
	return text;
}

/* Starts when the pipe's last writer has gone; writes its times to the shared memory. */
static void call(const struct bench *b, const struct subject *s, int number, int go, double *times)
{
	char *argv[MAX_ARGS + 1] = { NULL }, byte;
	long peak = 0;

	for (int i = 0; i < MAX_ARGS && s->steps[0].argv[i] != NULL; i++) {
		argv[i] = numbered(s->steps[0].argv[i], number);
		if (argv[i] == NULL)
			_exit(1);
	}
	if (read(go, &byte, 1) != 0)
		_exit(1);
	for (int i = number; i < b->starts; i += b->callers) {
		times[i] = run_once(b, s->name, argv, &peak);
		if (times[i] < 0)
			_exit(1);
	}
	_exit(0);
}

/* Whether all have succeeded. */
static bool wait_callers(int n)
{
	bool good = true;
	int status;

	for (int i = 0; i < n; i++)
		good = wait(&status) > 0 && status == 0 && good;
	return good;
}

static void call_all(const struct bench *b, struct subject *s, int round)
{
	double *times = s->times + (size_t)round * (size_t)b->starts, begin;
	int go[2], n = 0;

	if (pipe2(go, O_CLOEXEC) < 0) {
		s->failed = true;
		return;
	}
	for (; n < b->callers; n++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(go[1]);
			call(b, s, n, go[0], times);
		}
		if (pid < 0)
			break;
	}
	close(go[0]);
	begin = now();
	close(go[1]);
	s->failed = !wait_callers(n) || n < b->callers;
	s->rates[round] = b->starts * 1e3 / (now() - begin);
}

static void print_callers(const struct bench *b, const struct subject *s)
{
	const int n = b->rounds * b->starts;
	const char *comma = "";
	const double *t;

	printf("{\"callers\": %d, \"name\": \"%s\", ", b->callers, s->name);
	if (s->failed) {
		printf("\"failed\": true}\n");
		return;
	}
	t = sorted(b, s->rates, b->rounds);
	printf("\"per_second\": %.1f, \"low\": %.1f, \"high\": %.1f, ", quantile(t, b->rounds, 0.5),
	       t[0], t[b->rounds - 1]);
	t = sorted(b, s->times, n);
	printf("\"p50\": %.3f, \"p99\": %.3f, \"to\": {", quantile(t, n, 0.5),
	       quantile(t, n, 0.99));
	for (int i = 0; i < b->n; i++) {
		const struct subject *to = &b->subjects[i];

		if (to->failed)
			continue;
		printf("%s\"%s\": %.3f", comma, to->name, median_ratio(b, s->rates, to->rates));
		comma = ", ";
	}
	printf("}}\n");
}

static void callers(struct bench *b)
{
	for (int round = 0; round < b->rounds; round++)
		for (int i = 0; i < b->n; i++) {
			struct subject *s = &b->subjects[(round + i) % b->n];

			if (!s->failed)
				call_all(b, s, round);
		}
	for (int i = 0; i < b->n; i++)
		print_callers(b, &b->subjects[i]);
}

/* ---- the command line --------------------------------------------------------- */

/* What callers write their times to, zeroed. */
static double *shared(size_t n)
{
	void *p = mmap(NULL, n * sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);

	if (p == MAP_FAILED) {
		perror("bench: memory");
		exit(1);
	}
	return p;
}

/* Up to the next "," or "--", which becomes the NULL that ends a command. Its word, or NULL. */
static const char *end_command(char **argv, int argc, int *i)
{
	const char *word = NULL;

	for (; *i < argc && word == NULL; ++*i)
		if (strcmp(argv[*i], ",") == 0 || strcmp(argv[*i], "--") == 0) {
			word = argv[*i];
			argv[*i] = NULL;
		}
	return word;
}

/* With named steps, or the one command of a caller. 0 or -1. */
static int parse(struct bench *b, char **argv, int argc, bool named)
{
	for (int i = 0; i < argc; b->n++) {
		struct subject *s = &b->subjects[b->n];
		const char *word = ",";

		if (b->n == MAX_NAMES)
			return -1;
		s->name = argv[i++];
		for (; word != NULL && strcmp(word, ",") == 0; s->n++) {
			struct step *step = &s->steps[s->n];

			if (s->n == MAX_STEPS || i + named >= argc)
				return -1;
			step->name = named ? argv[i++] : "call";
			step->argv = &argv[i];
			word = end_command(argv, argc, &i);
			if (named && strcmp(step->name, "-") != 0 &&
			    strcmp(step->name, "empty") != 0)
				step->times = shared((size_t)b->rounds);
		}
		s->rates = shared((size_t)b->rounds);
		s->times = shared((size_t)b->rounds * (size_t)b->starts);
	}
	return b->n > 0 ? 0 : -1;
}

static int number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return *end == '\0' && n >= 1 && n <= 100000 ? (int)n : -1;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: bench steps ROUNDS NAME STEP COMMAND [ARGS] [, STEP COMMAND...] [-- "
		"NAME...]\n"
		"       bench callers CALLERS STARTS ROUNDS NAME COMMAND [ARGS] [-- NAME...]\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct bench b = { .callers = 1, .starts = 1, .rounds = -1 };
	bool named = argc > 3 && strcmp(argv[1], "steps") == 0;
	int first = 3;

	if (named) {
		b.rounds = number(argv[2]);
	} else if (argc > 5 && strcmp(argv[1], "callers") == 0) {
		b.callers = number(argv[2]);
		b.starts = number(argv[3]);
		b.rounds = number(argv[4]);
		first = 5;
	}
	if (b.rounds < 1 || b.callers < 1 || b.starts < b.callers ||
	    parse(&b, argv + first, argc - first, named) < 0)
		return usage();
	b.scratch = shared((size_t)b.rounds * (size_t)b.starts);
	posix_spawn_file_actions_init(&b.files);
	posix_spawn_file_actions_addopen(&b.files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&b.files, 1, "/dev/null", O_WRONLY, 0);
	if (named)
		steps(&b);
	else
		callers(&b);
	posix_spawn_file_actions_destroy(&b.files);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * bench ROUNDS NAME COMMAND [ARGS] [-- NAME COMMAND [ARGS]]...
 *
 * Runs every command once a round, for ROUNDS rounds and a few before that are
 * not counted, each round beginning with the next command, so that what
 * disturbs the machine for a moment disturbs all of them alike. Prints a line a
 * command, fields separated by tabs:
 *
 *   NAME median min max [ratio to each command, in their order]
 *
 * in milliseconds, from before posix_spawn() until wait4() has returned. A
 * ratio is the median of the ratios of the same round. A command that fails is
 * not run again and has "failed" for its fields; its status and what it wrote
 * to stderr are on stderr.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define MAX_COMMANDS 8
#define WARM_UP 3

struct command {
	const char *name;
	char **argv;
	double *times; /* milliseconds, a value a round */
	bool failed;
};

extern char **environ;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* Milliseconds, or a negative number. */
static double run_once(const struct command *c, const posix_spawn_file_actions_t *files)
{
	struct rusage usage;
	double begin = now(), end;
	int status;
	pid_t pid;

	if (posix_spawn(&pid, c->argv[0], files, NULL, c->argv, environ) != 0)
		return -1;
	if (wait4(pid, &status, 0, &usage) != pid)
		return -1;
	end = now();
	if (status == 0)
		return end - begin;
	fprintf(stderr, "bench: %s: wait status 0x%x\n", c->name, (unsigned int)status);
	return -1;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts values. */
static double median(double *values, int n)
{
	qsort(values, (size_t)n, sizeof(*values), compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static int parse(char **argv, int argc, struct command *commands)
{
	int n = 0;

	for (int i = 0; i < argc; i++) {
		if (n == MAX_COMMANDS || i + 1 >= argc)
			return -1;
		commands[n].name = argv[i];
		commands[n++].argv = &argv[i + 1];
		while (i < argc && strcmp(argv[i], "--") != 0)
			i++;
		if (i < argc)
			argv[i] = NULL; /* ends this command's argv; the last one ends by itself */
	}
	return n;
}

static void measure(struct command *commands, int n, int rounds)
{
	posix_spawn_file_actions_t files;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	for (int round = -WARM_UP; round < rounds; round++) {
		for (int i = 0; i < n; i++) {
			struct command *c = &commands[(round + WARM_UP + i) % n];
			double ms = c->failed ? -1 : run_once(c, &files);

			c->failed = ms < 0;
			if (round >= 0)
				c->times[round] = ms;
		}
	}
	posix_spawn_file_actions_destroy(&files);
}

static void print_ratio(const struct command *c, const struct command *to, double *scratch,
			int rounds)
{
	if (to->failed) {
		printf("\t-");
		return;
	}
	for (int i = 0; i < rounds; i++)
		scratch[i] = c->times[i] / to->times[i];
	printf("\t%.2f", median(scratch, rounds));
}

static void print(const struct command *commands, int n, double *scratch, int rounds)
{
	for (int i = 0; i < n; i++) {
		const struct command *c = &commands[i];
		double middle;

		if (c->failed) {
			printf("%s\tfailed\n", c->name);
			continue;
		}
		memcpy(scratch, c->times, (size_t)rounds * sizeof(*scratch));
		middle = median(scratch, rounds);
		printf("%s\t%.2f\t%.2f\t%.2f", c->name, middle, scratch[0], scratch[rounds - 1]);
		for (int j = 0; j < n; j++)
			print_ratio(c, &commands[j], scratch, rounds);
		putchar('\n');
	}
}

int main(int argc, char **argv)
{
	struct command commands[MAX_COMMANDS] = { 0 };
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	int n = argc > 2 ? parse(argv + 2, argc - 2, commands) : 0;
	double *memory;

	if (rounds < 1 || rounds > 100000 || n < 1) {
		fprintf(stderr, "usage: bench ROUNDS NAME COMMAND [ARGS] [-- NAME COMMAND...]\n");
		return 2;
	}
	memory = calloc((size_t)rounds, sizeof(*memory) * (size_t)(n + 1));
	if (memory == NULL)
		return 1;
	for (int i = 0; i < n; i++)
		commands[i].times = memory + (size_t)(i + 1) * (size_t)rounds;
	measure(commands, n, (int)rounds);
	print(commands, n, memory, (int)rounds);
	free(memory);
	return 0;
}

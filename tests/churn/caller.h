/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * One who calls the runtime: its commands, what they end with, and what must
 * not be left of a guest of its own.
 */
#define MAX_ARGS 24
#define MAX_KINDS 16
#define PATIENCE 60000 /* ms that a command may take, or a process that has been killed */

struct tally {
	_Atomic long cycles, total_us, longest_us;
};

struct shared {
	struct tally kinds[MAX_KINDS];
	_Atomic long done, commands, unexpected;
};

struct command {
	const char *argv[MAX_ARGS];
	pid_t pid;
	int status;
	bool ended;
	struct command *next;
};

struct caller {
	struct shared *shared;
	const char *runtime, *state, *bundles, *cgroups, *root;
	char id[16], upper[256], layer[280], socket[280], pid_file[280];
	uint64_t random;
	long cycle;
	const char *kind;
	int output; /* what commands write */
	struct command *running;
	posix_spawn_file_actions_t files;
};

long now_us(void);
void nap(long us);

/* A number below n. */
unsigned int draw(struct caller *c, unsigned int n);

/* Says so, and counts it. */
__attribute__((format(printf, 2, 3))) void unexpected(struct caller *c, const char *fmt, ...);
void complain(struct caller *c, const struct command *cmd, const char *what, int status);

/* The bundle of a kind; good until the next call. */
const char *bundle(struct caller *c, const char *kind);

/* The words are what stands after the runtime and its state root. */
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
void begin(struct caller *c, struct command *cmd, const char *const *words);

/* How it ended: 128+n for signal n, as a shell has it; what hangs is ended by KILL. */
int finish(struct caller *c, struct command *cmd);
void finish_any(struct caller *c, struct command *cmd, int one, int other);

/* A command that must end with this status. What it writes replaces what was written before. */
void expect(struct caller *c, int want, const char *const *words);
#define EXPECT(c, want, ...) expect((c), (want), WORDS(__VA_ARGS__))

/* Waits for all children, until there is none. */
void reap(struct caller *c);

/* At the end of a cycle: no child, no state, no cgroup. */
void nothing_left(struct caller *c);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <time.h>

#include "base/str.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_DEBUG,
};

/*
 * Where a caller reads what went wrong.
 *
 * The file is opened for every line: no descriptor of ours may lie among those
 * that a caller hands down to a guest by number, and the file may be rotated.
 */
struct log {
	const char *path; /* NULL: standard error */
	bool json;
	enum log_level level; /* what is less urgent is dropped */
};

/* Creates the file, so that a log that cannot be written is found out first; 0 or -errno. */
int log_create(const struct log *log);

/* Appends one line with a single write; 0 or -errno. */
int log_line(const struct log *log, enum log_level level, const char *text);

/* The line itself, with its newline: always one line, always valid JSON if json. */
void log_format(struct str *s, bool json, enum log_level level, time_t when, const char *text);

/*
 * The text as a terminal may show it, on one line: control characters become
 * \uNNNN, bytes that are not UTF-8 become \xNN.
 */
void log_escape(struct str *s, const char *text);

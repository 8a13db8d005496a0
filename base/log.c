/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/json_utf8.h"

/* What a character needs around it. */
enum quoting { PLAIN, QUOTED, JSON };

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_DEBUG] = "debug",
};

/* ASCII's control characters, and those of Latin 1 (U+0080 - U+009F), which terminals obey, too. */
static bool is_control(const unsigned char *s, size_t len)
{
	return len == 1 ? s[0] < 0x20 || s[0] == 0x7f : len == 2 && s[0] == 0xc2 && s[1] < 0xa0;
}

static void escape(struct str *s, const char *text, enum quoting quoting)
{
	while (*text) {
		const unsigned char *c = (const unsigned char *)text;
		size_t n = utf8_length(text, strnlen(text, 4));

		if (n == 0) {
			str_printf(s, "%s\\x%02x", quoting == JSON ? "\\" : "", c[0]);
			n = 1;
		} else if (is_control(c, n)) {
			str_printf(s, "\\u%04x", c[n - 1]);
		} else {
			if (quoting != PLAIN && (*text == '"' || *text == '\\'))
				str_add(s, "\\");
			str_add_n(s, text, n);
		}
		text += n;
	}
}

void log_escape(struct str *s, const char *text)
{
	escape(s, text, PLAIN);
}

void log_format(struct str *s, bool json, enum log_level level, time_t when, const char *text)
{
	char stamp[CLOCK_UTC_SIZE];

	clock_utc(when, stamp);
	if (json) {
		str_printf(s, "{\"level\":\"%s\",\"msg\":\"", level_names[level]);
		escape(s, text, JSON);
		str_printf(s, "\",\"time\":\"%sZ\"}\n", stamp);
	} else {
		str_printf(s, "time=\"%sZ\" level=%s msg=\"", stamp, level_names[level]);
		escape(s, text, QUOTED);
		str_add(s, "\"\n");
	}
}

static int open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);

	return fd < 0 ? -errno : fd;
}

int log_create(const struct log *log)
{
	cleanup_fd int fd = log->path ? open_file(log->path) : -1;

	return log->path && fd < 0 ? fd : 0;
}

int log_line(const struct log *log, enum log_level level, const char *text)
{
	cleanup_str struct str line = { 0 };
	cleanup_fd int file = -1;

	if (level > log->level)
		return 0;
	log_format(&line, log->json, level, time(NULL), text);
	if (str_ok(&line) < 0)
		return -ENOMEM;
	if (log->path) {
		file = open_file(log->path);
		if (file < 0)
			return file;
	}
	if (write(log->path ? file : STDERR_FILENO, line.text, line.len) < 0)
		return -errno;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "tests/unit/check.h"

/* Every row: a message, and how the two formats write it between their quotes. */
static const struct {
	const char *text, *plain, *json;
} rows[] = {
	{ "", "", "" },
	{ "container does not exist", "container does not exist", "container does not exist" },
	{ "exec: \"nope\"", "exec: \\\"nope\\\"", "exec: \\\"nope\\\"" },
	{ "a\\b", "a\\\\b", "a\\\\b" },
	{ "a\nb\tc", "a\\u000ab\\u0009c", "a\\u000ab\\u0009c" },
	{ "\033[31m\177", "\\u001b[31m\\u007f", "\\u001b[31m\\u007f" },
	{ "t\303\244st \342\202\254 \360\237\220\260", "t\303\244st \342\202\254 \360\237\220\260",
	  "t\303\244st \342\202\254 \360\237\220\260" },
	/* a control character beyond ASCII: CSI */
	{ "\302\2331m", "\\u009b1m", "\\u009b1m" },
	/* not UTF-8: a lone byte, a cut character, too long a form, a surrogate, beyond the end */
	{ "/\377/", "/\\xff/", "/\\\\xff/" },
	{ "\303", "\\xc3", "\\\\xc3" },
	{ "\342\202x", "\\xe2\\x82x", "\\\\xe2\\\\x82x" },
	{ "\300\257", "\\xc0\\xaf", "\\\\xc0\\\\xaf" },
	{ "\355\240\200", "\\xed\\xa0\\x80", "\\\\xed\\\\xa0\\\\x80" },
	{ "\364\220\200\200", "\\xf4\\x90\\x80\\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80" },
};

static void test_row(const char *text, const char *plain, const char *json)
{
	cleanup_str struct str got = { 0 }, want = { 0 };

	log_format(&got, false, LOG_LEVEL_ERROR, 1767323045, text);
	str_printf(&want, "time=\"2026-01-02T03:04:05Z\" level=error msg=\"%s\"\n", plain);
	CHECK_STR(got.text, want.text);

	str_free(&got);
	str_free(&want);
	log_format(&got, true, LOG_LEVEL_WARNING, 1767323045, text);
	str_printf(&want,
		   "{\"level\":\"warning\",\"msg\":\"%s\",\"time\":\"2026-01-02T03:04:05Z\"}\n",
		   json);
	CHECK_STR(got.text, want.text);
}

/*
 * Whatever two bytes come, the line is one line and a JSON reader takes it.
 * (Steps of 7 meet every value of either byte, and every kind of pair.)
 */
static void test_json_is_valid(void)
{
	unsigned bad = 0;

	for (unsigned i = 0x101; i < 0x10000; i += 7) {
		const char text[] = { 'a', (char)(i >> 8), (char)(i & 0xff), '"', 0 };
		cleanup_arena struct arena a = { 0 };
		cleanup_str struct str line = { 0 };
		struct error err = { 0 };
		struct json *v;

		log_format(&line, true, LOG_LEVEL_ERROR, 0, text);
		if (json_parse(&a, line.text, line.len, &v, &err) < 0 ||
		    strchr(line.text, '\n') != line.text + line.len - 1)
			bad++;
	}
	CHECK(bad == 0);
}

static void test_escape(void)
{
	cleanup_str struct str s = { 0 };

	log_escape(&s, "C:\\x \"y\"\r\377");
	CHECK_STR(s.text, "C:\\x \"y\"\\u000d\\xff");
}

static size_t count_lines(const char *path)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[4096];
	ssize_t n = fd < 0 ? 0 : read(fd, buf, sizeof(buf));
	size_t lines = 0;

	for (ssize_t i = 0; i < n; i++)
		lines += buf[i] == '\n';
	return lines;
}

static void test_file(void)
{
	char dir[] = "/tmp/test_log.XXXXXX", path[sizeof(dir) + 8];
	struct log log = { .path = path, .json = true, .level = LOG_LEVEL_ERROR };
	struct log nowhere = { .path = "/nonexistent/log" };
	struct log full = { .path = "/dev/full" };
	struct stat st;
	mode_t mask = umask(022);

	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/log", dir);
	CHECK(log_create(&log) == 0);
	CHECK(stat(path, &st) == 0 && st.st_size == 0 && (st.st_mode & 0777) == 0644);
	CHECK(log_line(&log, LOG_LEVEL_WARNING, "dropped") == 0 && count_lines(path) == 0);
	CHECK(log_line(&log, LOG_LEVEL_ERROR, "one") == 0 && count_lines(path) == 1);
	log.level = LOG_LEVEL_DEBUG;
	CHECK(log_line(&log, LOG_LEVEL_DEBUG, "two") == 0 && count_lines(path) == 2);
	CHECK(log_create(&log) == 0 && count_lines(path) == 2);
	CHECK(log_create(&nowhere) < 0 && log_line(&nowhere, LOG_LEVEL_ERROR, "x") < 0);
	CHECK(log_line(&full, LOG_LEVEL_ERROR, "x") == -ENOSPC);
	CHECK(unlink(path) == 0 && rmdir(dir) == 0);
	umask(mask);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		test_row(rows[i].text, rows[i].plain, rows[i].json);
	test_json_is_valid();
	test_escape();
	test_file();
	return CHECK_DONE();
}

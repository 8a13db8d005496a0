/* SPDX-License-Identifier: Apache-2.0 */
/* A message that quotes a guest, in a log that callers and terminals read: one line, valid JSON. */
#include "base/log.h"
#include "base/json.h"
#include "tests/fuzz/arena.h"
#include "tests/fuzz/fuzz.h"

static void must_be_one_line(const struct str *line)
{
	must(str_ok(line) == 0 && line->len > 0);
	must(strchr(line->text, '\n') == line->text + line->len - 1);
	for (const char *s = line->text; s[1]; s++)
		must((unsigned char)*s >= ' ' && *s != 0x7f);
}

static void must_be_json(const struct str *line)
{
	cleanup_arena struct arena a = { 0 };
	struct error err = { 0 };
	struct json *v = NULL;

	must(json_parse(&a, line->text, line->len, &v, &err) == 0);
	must(v->type == JSON_OBJECT && v->count == 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_str struct str plain = { 0 }, json = { 0 }, shown = { 0 }, quoted = { 0 };
	cleanup_arena struct arena a = { 0 };
	struct error err = { 0 };
	struct json *v = NULL;
	char *text = text_of(data, size);

	log_format(&plain, false, LOG_LEVEL_ERROR, 0, text);
	must_be_one_line(&plain);
	log_format(&json, true, LOG_LEVEL_ERROR, 0, text);
	must_be_one_line(&json);
	must_be_json(&json);
	log_escape(&shown, text);
	must(!shown.text || !strpbrk(shown.text, "\n\033\r"));
	json_quote(&quoted, text);
	must(json_parse(&a, quoted.text, quoted.len, &v, &err) == 0 && v->type == JSON_STRING);
	free(text);
	return 0;
}

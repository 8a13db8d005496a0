/* SPDX-License-Identifier: Apache-2.0 */
/* C structs to JSON text, driven by the tables that read them. */
#include "base/json.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_list.h"
#include "base/json_utf8.h"

struct dump {
	struct str *out;
	int indent, depth;
	bool first; /* of its object or array */
};

/* ---- strings --------------------------------------------------------------- */

static void escape(struct str *out, unsigned char c)
{
	switch (c) {
	case '"':
		str_add(out, "\\\"");
		break;
	case '\\':
		str_add(out, "\\\\");
		break;
	case '\n':
		str_add(out, "\\n");
		break;
	case '\r':
		str_add(out, "\\r");
		break;
	case '\t':
		str_add(out, "\\t");
		break;
	default:
		str_printf(out, "\\u%04x", c);
	}
}

void json_quote(struct str *out, const char *text)
{
	const char *end = text + strlen(text), *plain = text;

	str_add(out, "\"");
	for (const char *p = text; p < end;) {
		const size_t n = utf8_length(p, (size_t)(end - p));
		const unsigned char c = (unsigned char)*p;

		if (n > 0 && c >= ' ' && c != '"' && c != '\\') {
			p += n;
			continue;
		}
		str_add_n(out, plain, (size_t)(p - plain));
		if (n > 0)
			escape(out, c);
		else
			str_add(out, "\xef\xbf\xbd");
		plain = ++p;
	}
	str_add_n(out, plain, (size_t)(end - plain));
	str_add(out, "\"");
}

/* ---- layout ---------------------------------------------------------------- */

static void new_line(struct dump *d)
{
	if (d->indent == JSON_ONE_LINE)
		return;
	str_add(d->out, "\n");
	if (d->indent == JSON_TABS)
		for (int i = 0; i < d->depth; i++)
			str_add(d->out, "\t");
	else
		str_printf(d->out, "%*s", d->indent * d->depth, "");
}

static void open_container(struct dump *d, const char *bracket)
{
	str_add(d->out, bracket);
	d->depth++;
	d->first = true;
}

static void close_container(struct dump *d, const char *bracket)
{
	d->depth--;
	if (!d->first)
		new_line(d);
	str_add(d->out, bracket);
	d->first = false;
}

static void next_item(struct dump *d)
{
	if (!d->first)
		str_add(d->out, ",");
	d->first = false;
	new_line(d);
}

static void next_key(struct dump *d, const char *key)
{
	next_item(d);
	json_quote(d->out, key);
	str_add(d->out, d->indent == JSON_ONE_LINE ? ":" : ": ");
}

/* ---- values ---------------------------------------------------------------- */

static bool all_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Reading nothing would leave the member just as it is. */
static bool is_absent(const struct json_field *f, const void *at)
{
	const struct json_items *list = at;
	const bool keep = f->required || f->keep;

	if (f->as.opt)
		return !*(const bool *)at;
	switch (f->as.kind) {
	case JSON_K_STR:
	case JSON_K_PTR:
		return !*(void *const *)at;
	case JSON_K_LIST:
	case JSON_K_MAP:
		return !list->v && !keep;
	default:
		return !keep && all_zero(at, json_width(&f->as));
	}
}

static void dump_value(struct dump *d, const struct json_as *as, const void *at);

static void dump_object(struct dump *d, const struct json_class *class, const void *obj)
{
	open_container(d, "{");
	for (const struct json_field *f = class->fields; f->key; f++) {
		const void *at = (const char *)obj + f->offset;

		if (is_absent(f, at))
			continue;
		next_key(d, f->key);
		dump_value(d, &f->as, at);
	}
	close_container(d, "}");
}

static void dump_list(struct dump *d, const struct json_as *as, const void *at)
{
	const bool map = as->kind == JSON_K_MAP;
	const struct json_list list = json_list(as);
	const struct json_items *items = at;

	open_container(d, map ? "{" : "[");
	for (size_t i = 0; i < items->n; i++) {
		const char *item = (const char *)items->v + i * list.size;

		if (map)
			next_key(d, *(const char *const *)(const void *)item);
		else
			next_item(d);
		dump_value(d, &list.each, item + list.at);
	}
	close_container(d, map ? "}" : "]");
}

static int64_t load_int(const void *at, size_t size)
{
	return size == 8 ? *(const int64_t *)at : *(const int32_t *)at;
}

static uint64_t load_uint(const void *at, size_t size)
{
	if (size == 8)
		return *(const uint64_t *)at;
	return size == 4 ? *(const uint32_t *)at : *(const uint16_t *)at;
}

static void dump_value(struct dump *d, const struct json_as *as, const void *at)
{
	if (as->opt)
		at = (const char *)at + as->size; /* the static asserts of json_list.h */
	switch (as->kind) {
	case JSON_K_BOOL:
		str_add(d->out, *(const bool *)at ? "true" : "false");
		break;
	case JSON_K_INT:
		str_printf(d->out, "%" PRId64, load_int(at, as->size));
		break;
	case JSON_K_UINT:
		str_printf(d->out, "%" PRIu64, load_uint(at, as->size));
		break;
	case JSON_K_STR:
		json_quote(d->out, *(const char *const *)at);
		break;
	case JSON_K_ENUM:
		json_quote(d->out, as->names[*(const int *)at]);
		break;
	case JSON_K_OBJ:
		dump_object(d, as->class, at);
		break;
	case JSON_K_PTR:
		dump_object(d, as->class, *(const void *const *)at);
		break;
	case JSON_K_LIST:
	case JSON_K_MAP:
		dump_list(d, as, at);
		break;
	}
}

int json_dump(struct str *out, const struct json_class *class, const void *obj, int indent)
{
	struct dump d = { .out = out, .indent = indent };

	dump_object(&d, class, obj);
	return str_ok(out);
}

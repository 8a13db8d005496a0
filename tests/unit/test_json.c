/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/json.h"
#include "tests/unit/check.h"
#include "tests/unit/data.h"

/* ---- parse: what is not JSON ------------------------------------------------- */

static const struct {
	const char *text, *error;
} bad[] = {
	{ "", "line 1, column 1: parse error: premature EOF" },
	{ "{", "line 1, column 2: parse error: premature EOF" },
	{ "{\n  'a': 1", "line 2, column 9: parse error: premature EOF" },
	{ "{} {}", "line 1, column 5: parse error: trailing garbage" },
	{ "// no\n{}", "line 1, column 1: lexical error: probable comment found in input text, "
		       "comments are not enabled" },
	{ "{'a':1,}", "line 1, column 9: parse error: invalid object key (must be a string)" },
	{ "[01]", "line 1, column 4: parse error: after array element, I expect ',' or ']'" },
	{ "{'a':1,\n 'b':2,\n 'a':3}", "line 3, column 6: duplicate key \"a\"" },
	{ "{'a':1,'\\u0061':2}", "line 1, column 17: duplicate key \"a\"" },
	{ "['x\\u0000y']", "line 1, column 2: NUL character in a string" },
	{ "{'\\u0000':1}", "line 1, column 2: NUL character in a string" },
	{ "['\\ud800']", "line 1, column 2: half a surrogate pair in a string" },
	{ "['\\ud800\\u0041']", "line 1, column 2: half a surrogate pair in a string" },
	{ "['ab\\\\','\\udc00\\ud800']", "line 1, column 9: half a surrogate pair in a string" },
	{ "['\xff']", "line 1, column 3: not UTF-8" },
	{ "['0123456789\xc0\x80']", "line 1, column 13: not UTF-8" },
	{ "['\xed\xa0\x80']", "line 1, column 3: not UTF-8" },
	{ "['\xe2\x82']", "line 1, column 3: not UTF-8" },
	{ "['\xf4\x90\x80\x80']", "line 1, column 3: not UTF-8" },
	{ "\xef\xbb\xbf{}", "line 1, column 2: lexical error: invalid char in json text" },
};

static void test_bad(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		cleanup_arena struct arena a = { 0 };
		const char *text = quoted(&a, bad[i].text);
		struct error err = { 0 };
		struct json *v;

		CHECK(json_parse(&a, text, strlen(text), &v, &err) == -EINVAL);
		CHECK_STR(err.text, bad[i].error);
	}
}

static int parse_nested(size_t depth, struct error *err)
{
	cleanup_arena struct arena a = { 0 };
	struct json *v;
	char text[256];

	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	return json_parse(&a, text, 2 * depth, &v, err);
}

static void test_depth(void)
{
	struct error err = { 0 };

	CHECK(parse_nested(64, &err) == 0);
	CHECK(parse_nested(65, &err) == -EINVAL);
	CHECK_STR(err.text, "line 1, column 65: nested deeper than 64 levels");
}

/* More members than are compared one by one. */
static void test_many_keys(void)
{
	for (int again = 0; again < 2; again++) {
		cleanup_arena struct arena a = { 0 };
		cleanup_str struct str s = { 0 };
		struct error err = { 0 };
		struct json *v = NULL;
		int r;

		str_add(&s, "{");
		for (int i = 0; i < 1000; i++)
			str_printf(&s, "\"k%d\":%d,\n", i, i);
		str_printf(&s, "\"%s\":0}", again ? "k500" : "k");
		r = json_parse(&a, s.text, s.len, &v, &err);
		if (again)
			CHECK_STR(err.text, "line 1001, column 8: duplicate key \"k500\"");
		else
			CHECK(r == 0 && v->count == 1001);
	}
}

/* ---- parse: where a value begins ---------------------------------------------- */

static void test_positions(void)
{
	/* clang-format off */
	static const struct {
		const char *text;
		uint32_t line, column;
	} rows[] = {
		{ "['abc']", 1, 2 },
		{ "[ '' ]", 1, 3 },
		{ "[\n\t12345]", 2, 2 },
		{ "[\n\n  true]", 3, 3 },
		{ "[ false ]", 1, 3 },
		{ "[ null ]", 1, 3 },
		{ "[ {'a':[1,2]} ]", 1, 3 },
		{ "[ [ ] ]", 1, 3 },
		{ "[ 'a\\'b\\\\' ]", 1, 3 },
		{ "[ '\\\\' ]", 1, 3 },
		{ "[ '\\'' ]", 1, 3 },
		{ "[ '\\u00e4\xc3\xa4' ]", 1, 3 },
		{ "[ -0.5e+3 ]", 1, 3 },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cleanup_arena struct arena a = { 0 };
		const char *text = quoted(&a, rows[i].text);
		struct error err = { 0 };
		struct json *v = NULL;

		CHECK(json_parse(&a, text, strlen(text), &v, &err) == 0);
		CHECK(v && v->first && v->first->line == rows[i].line);
		CHECK(v && v->first && v->first->column == rows[i].column);
	}
}

static void test_top_level(void)
{
	static const char *const texts[] = { "12", "\"s\"", "null", "true", " [] ", "-1.5e9" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		cleanup_arena struct arena a = { 0 };
		struct error err = { 0 };
		struct json *v = NULL;

		CHECK(json_parse(&a, texts[i], strlen(texts[i]), &v, &err) == 0 && v);
	}
}

/* ---- bind and dump ------------------------------------------------------------ */

struct inner {
	const char *key;
	int32_t n;
};

struct outer {
	bool flag;
	int32_t i32;
	int64_t i64;
	uint32_t u32;
	uint64_t u64;
	struct opt_i32 oi32;
	struct opt_i64 oi64;
	struct opt_u16 ou16;
	struct opt_u32 ou32;
	struct opt_u64 ou64;
	const char *text;
	struct strs strs;
	struct u32s u32s;
	struct strmap map;
	LIST_OF(int) enums;
	struct inner inner, *ptr;
	LIST_OF(struct inner) list;
	LIST_OF(struct inner) objects;
};

static const char *const words[] = { "zero", "one", NULL };
static const struct json_as word = { .kind = JSON_K_ENUM, .names = words };

/* clang-format off */
#define T struct inner
JSON_CLASS(inner_class, T, JSON_REQ(T, n));
JSON_CLASS_CLOSED(closed_class, T, JSON_OPT(T, n));
#undef T

#define T struct outer
JSON_CLASS(outer_class, T,
	JSON_OPT(T, flag),
	JSON_OPT(T, i32),
	JSON_OPT(T, i64),
	JSON_OPT(T, u32),
	JSON_OPT(T, u64),
	JSON_OPT(T, oi32),
	JSON_OPT(T, oi64),
	JSON_OPT(T, ou16),
	JSON_OPT(T, ou32),
	JSON_OPT(T, ou64),
	JSON_OPT(T, text),
	JSON_OPT(T, strs),
	JSON_OPT(T, u32s),
	JSON_OPT(T, map),
	JSON_ENUMS(T, enums, &word),
	JSON_OBJ(T, inner, &inner_class),
	JSON_PTR(T, ptr, &closed_class),
	JSON_LIST(T, list, &inner_class),
	JSON_MAP(T, objects, &inner_class));
#undef T

static const struct {
	const char *text, *error;
} misfits[] = {
	{ "[]", "t: expected object, got array (line 1, column 1)" },
	{ "null", "t: expected object, got null (line 1, column 1)" },
	{ "{'flag':1}", "t: flag: expected boolean, got number (line 1, column 9)" },
	{ "{'flag':'true'}", "t: flag: expected boolean, got string (line 1, column 9)" },
	{ "{'i32':'5'}", "t: i32: expected integer, got string (line 1, column 8)" },
	{ "{'i32':1.5}", "t: i32: expected integer, got 1.5 (line 1, column 8)" },
	{ "{'i32':1e3}", "t: i32: expected integer, got 1e3 (line 1, column 8)" },
	{ "{'i32':2147483648}", "t: i32: integer out of range (line 1, column 8)" },
	{ "{'i32':-2147483649}", "t: i32: integer out of range (line 1, column 8)" },
	{ "{'i64':9223372036854775808}", "t: i64: integer out of range (line 1, column 8)" },
	{ "{'i64':-9223372036854775809}", "t: i64: integer out of range (line 1, column 8)" },
	{ "{'u32':4294967296}", "t: u32: integer out of range (line 1, column 8)" },
	{ "{'u32':-1}", "t: u32: must not be negative (line 1, column 8)" },
	{ "{'u32':1.0}", "t: u32: expected integer, got 1.0 (line 1, column 8)" },
	{ "{'u64':18446744073709551616}", "t: u64: integer out of range (line 1, column 8)" },
	{ "{'u64':-9223372036854775809}", "t: u64: must not be negative (line 1, column 8)" },
	{ "{'ou16':65536}", "t: ou16: integer out of range (line 1, column 9)" },
	{ "{'text':null,'strs':['a',null]}", "t: strs[1]: expected string, got null (line 1, column 26)" },
	{ "{'strs':'a'}", "t: strs: expected array, got string (line 1, column 9)" },
	{ "{'u32s':[1,'x']}", "t: u32s[1]: expected integer, got string (line 1, column 12)" },
	{ "{'map':{'a':'b','c':1}}", "t: map.c: expected string, got number (line 1, column 21)" },
	{ "{'enums':['one','two']}", "t: enums[1]: unknown value \"two\" (line 1, column 17)" },
	{ "{'enums':['one',1]}", "t: enums[1]: expected string, got number (line 1, column 17)" },
	{ "{'inner':{}}", "t: inner.n: missing (line 1, column 10)" },
	{ "{'inner':{'n':null}}", "t: inner.n: missing (line 1, column 10)" },
	{ "{'list':[{'n':1},{'n':true}]}", "t: list[1].n: expected integer, got boolean (line 1, column 23)" },
	{ "{'objects':{'x':{'n':[]}}}", "t: objects.x.n: expected integer, got array (line 1, column 22)" },
	{ "{'ptr':{'m':1}}", "t: ptr.m: there is no such key (line 1, column 13)" },
};
/* clang-format on */

static void test_misfits(void)
{
	for (size_t i = 0; i < sizeof(misfits) / sizeof(*misfits); i++) {
		cleanup_arena struct arena a = { 0 };
		const char *text = quoted(&a, misfits[i].text);
		struct error err = { 0 };
		struct outer o = { 0 };

		CHECK(json_read(&a, "t", text, strlen(text), &outer_class, &o, &err) == -EINVAL);
		CHECK_STR(err.text, misfits[i].error);
	}
}

/* A place that is longer than an error has room for: what is wrong is said in any case. */
static void test_long_place(void)
{
	cleanup_arena struct arena a = { 0 };
	cleanup_str struct str text = { 0 };
	struct error err = { 0 };
	struct outer o = { 0 };
	char key[300];

	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	str_printf(&text, "{\"objects\":{\"%s\":{\"n\":1.5}}}", key);
	CHECK(json_read(&a, "t", text.text, text.len, &outer_class, &o, &err) == -EINVAL);
	CHECK(strncmp(err.text, "t: objects.kkkk", 15) == 0);
	CHECK(strstr(err.text, "k: expected integer, got 1.5 (line 1, column 320)") != NULL);
}

/* What is read, and how it comes out again; NULL: just as it went in. */
static const struct {
	const char *in, *out;
} fits[] = {
	{ "{}", NULL },
	{ "{'unknown':{'a':[1,{}]},'flag':true}", "{'flag':true}" },
	{ "{'flag':false,'i32':0,'u64':0}", "{}" },
	{ "{'i32':-2147483648,'i64':-9223372036854775808}", NULL },
	{ "{'i32':2147483647,'i64':9223372036854775807}", NULL },
	{ "{'u32':4294967295,'u64':18446744073709551615}", NULL },
	{ "{'oi32':0,'oi64':0,'ou16':0,'ou32':0,'ou64':0}", NULL },
	{ "{'oi32':-1,'oi64':-1,'ou16':65535,'ou32':4294967295,'ou64':18446744073709551615}",
	  NULL },
	{ "{'i64':-0}", "{}" },
	{ "{'text':''}", NULL },
	{ "{'text':null,'strs':null,'ptr':null,'inner':null}", "{}" },
	{ "{'text':'a/b\\\\c\\'\\n\\t\\r\\u0001\x7f \xc3\xa4 \xf0\x9f\x90\xa7'}", NULL },
	{ "{'text':'\\ud83d\\udc27\\/\\b'}", "{'text':'\xf0\x9f\x90\xa7/\\u0008'}" },
	{ "{'strs':[],'u32s':[],'map':{},'enums':[],'list':[],'objects':{}}", NULL },
	{ "{'strs':['','b'],'u32s':[0,4294967295],'map':{'':'','k':'v'},'enums':['zero','one']}",
	  NULL },
	{ "{'inner':{'n':0}}", "{}" },
	{ "{'inner':{'n':3},'ptr':{}}", NULL },
	{ "{'list':[{'n':1},{'n':0}],'objects':{'x':{'n':1},'y':{'n':0}}}", NULL },
};

static void test_fits(void)
{
	for (size_t i = 0; i < sizeof(fits) / sizeof(*fits); i++) {
		cleanup_arena struct arena a = { 0 };
		const char *in = quoted(&a, fits[i].in);
		const char *want = fits[i].out ? quoted(&a, fits[i].out) : in;
		cleanup_str struct str out = { 0 };
		struct error err = { 0 };
		struct outer o = { 0 };

		CHECK(json_read(&a, "t", in, strlen(in), &outer_class, &o, &err) == 0);
		CHECK(json_dump(&out, &outer_class, &o, JSON_ONE_LINE) == 0);
		CHECK_STR(out.text, want);
	}
}

static void test_presence(void)
{
	cleanup_arena struct arena a = { 0 };
	const char *text = "{\"strs\":[],\"map\":{\"k\":\"v\"},\"oi32\":0}";
	struct outer o = { 0 };
	struct error err = { 0 };

	CHECK(json_read(&a, "t", text, strlen(text), &outer_class, &o, &err) == 0);
	CHECK(o.strs.v && o.strs.n == 0 && !o.strs.v[0]);
	CHECK(!o.u32s.v && o.u32s.n == 0);
	CHECK(o.oi32.set && o.oi32.val == 0 && !o.oi64.set);
	CHECK(o.map.n == 1 && strcmp(o.map.v[0].key, "k") == 0 && strcmp(o.map.v[0].val, "v") == 0);
}

static void test_layout(void)
{
	const char *two[] = { "a", "b" };
	struct inner in = { .n = 7 };
	const struct outer o = {
		.u32 = 5,
		.strs = { 2, two },
		.ptr = &in,
		.list = { 0, &in },
	};
	cleanup_str struct str spaces = { 0 }, tabs = { 0 };

	json_dump(&spaces, &outer_class, &o, 2);
	CHECK_STR(spaces.text, "{\n  \"u32\": 5,\n  \"strs\": [\n    \"a\",\n    \"b\"\n  ],\n"
			       "  \"ptr\": {\n    \"n\": 7\n  },\n  \"list\": []\n}");
	json_dump(&tabs, &outer_class, &o, JSON_TABS);
	CHECK_STR(tabs.text, "{\n\t\"u32\": 5,\n\t\"strs\": [\n\t\t\"a\",\n\t\t\"b\"\n\t],\n"
			     "\t\"ptr\": {\n\t\t\"n\": 7\n\t},\n\t\"list\": []\n}");
}

static void test_quote(void)
{
	/* clang-format off */
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "\"\"" },
		{ "/a/b", "\"/a/b\"" },
		{ "\"\\", "\"\\\"\\\\\"" },
		{ "\x01\x1f", "\"\\u0001\\u001f\"" },
		{ "a\xff" "b", "\"a\xef\xbf\xbd" "b\"" },
		{ "\xc3", "\"\xef\xbf\xbd\"" },
		{ "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xe2\x82\xac", "\"\xe2\x82\xac\"" },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cleanup_str struct str out = { 0 };

		json_quote(&out, rows[i].text);
		CHECK_STR(out.text, rows[i].want);
	}
}

int main(void)
{
	test_bad();
	test_depth();
	test_many_keys();
	test_positions();
	test_top_level();
	test_misfits();
	test_long_place();
	test_fits();
	test_presence();
	test_layout();
	test_quote();
	return CHECK_DONE();
}

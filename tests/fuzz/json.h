/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Mutations of JSON that know the tables of base/json.h: a property that is
 * missing, a value of the right kind, an element more, a value taken from
 * elsewhere. One in eight is left to libFuzzer, so that texts which are no
 * JSON come as well.
 *
 *	JSON_MUTATOR(&config_class)
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/json_list.h"
#include "tests/fuzz/fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t n_one, const uint8_t *two, size_t n_two,
				 uint8_t *out, size_t max, unsigned seed);

#define PLACES_MAX 1024
#define GROW_DEPTH 6

/* A value, and what the tables say about it: as NULL, nothing. */
struct place {
	struct json *at, *parent;
	const struct json_as *as;
};

struct mutator {
	struct arena arena;
	uint64_t state;
	size_t n;
	struct place v[PLACES_MAX];
};

/* clang-format off */
/* What the properties without a table of their own are compared with. */
static const char *const json_words[] = {
	"", "/", "a", "..", ".", "/a/b", "a/b", "\n", "%d", "0", "max", "1.0.0", "1.3.0", "root",
	"bind", "rbind", "ro", "rro", "nosuid", "idmap", "ridmap", "tmpcopyup", "noatime", "private",
	"rshared", "remount", "sync", "size=1m", "a,b=\"c,d\"", "idmap=uids=0-1-1", "tmpfs", "proc",
	"cgroup", "A=b", "=b", "PATH=/bin", "sh", "CAP_KILL", "CAP_SYS_ADMIN", "RLIMIT_NOFILE",
	"c", "b", "u", "p", "rwm", "rw", "0-3,7", "0-31:1/4", "1-0", "2MB", "1GB", "0KB",
	"memory.max", "cgroup.procs", "io.max", "8:0 rbps=1", "mlx5_0", "eth0", "net.ipv4.ip_forward",
	"kernel.domainname", "kernel.hostname", "user/max_user_namespaces", "LINUX32", "LINUX",
	"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SECCOMP_FILTER_FLAG_LOG",
	"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "read", "openat2", "getppid", "socket", "MB:0=10",
	"L3:0=ff", "/sys/fs/cgroup", "/dev/null", "unconfined", "\xc3\xa4", "\xf0\x9f\x90\x87",
};
static const char *const json_numbers[] = {
	"0", "1", "-1", "2", "3", "5", "6", "10", "99", "100", "511", "999", "1000", "1001", "4095",
	"4096", "65535", "65536", "100000", "262144", "1000000", "2147483647", "2147483648",
	"-2147483648", "4294967294", "4294967295", "4294967296", "9223372036854775807",
	"-9223372036854775808", "18446744073709551615", "18446744073709551616", "1e3", "0.5", "-0",
};
/* clang-format on */
#define JSON_PICK(m, table) table[pick(m, sizeof(table) / sizeof(*(table)))]

static inline size_t pick(struct mutator *m, size_t n)
{
	m->state = m->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return n ? (size_t)(m->state >> 33) % n : 0;
}

/* ---- making values ----------------------------------------------------------------- */

static inline struct json *make(struct mutator *m, enum json_type type, const char *text)
{
	struct json *v = arena_alloc(&m->arena, sizeof(*v));

	must(v);
	v->type = type;
	if (type == JSON_BOOL)
		v->boolean = pick(m, 2);
	else
		v->text = text;
	return v;
}

static inline struct json *grow(struct mutator *m, const struct json_as *as, int depth);

/* Behind the others, or in front of them. */
static inline void insert(struct mutator *m, struct json *into, struct json *v, const char *key)
{
	struct json **at = &into->first;

	while (*at && pick(m, 8))
		at = &(*at)->next;
	v->key = key;
	v->next = *at;
	*at = v;
}

static inline struct json *grow_object(struct mutator *m, const struct json_class *class, int depth)
{
	struct json *v = make(m, JSON_OBJECT, NULL);
	size_t n = 0;

	for (const struct json_field *f = class->fields; f->key; f++)
		n++;
	for (const struct json_field *f = class->fields; f->key; f++)
		if (f->required ? pick(m, 32) : pick(m, n) < 3)
			insert(m, v, grow(m, &f->as, depth + 1), f->key);
	return v;
}

static inline struct json *grow_list(struct mutator *m, const struct json_as *as, int depth)
{
	const bool map = as->kind == JSON_K_MAP;
	const struct json_list list = json_list(as);
	struct json *v = make(m, map ? JSON_OBJECT : JSON_ARRAY, NULL);

	for (size_t i = pick(m, 4); i; i--)
		insert(m, v, grow(m, &list.each, depth + 1), map ? JSON_PICK(m, json_words) : NULL);
	return v;
}

static inline struct json *grow_enum(struct mutator *m, const char *const names[])
{
	size_t n = 0;

	while (names[n])
		n++;
	return make(m, JSON_STRING, names[pick(m, n)]);
}

static inline struct json *grow(struct mutator *m, const struct json_as *as, int depth)
{
	if (!as || depth > GROW_DEPTH || pick(m, 64) == 0) {
		const enum json_type type = pick(m, JSON_OBJECT + 1);

		return make(m, type,
			    type == JSON_STRING   ? JSON_PICK(m, json_words)
			    : type == JSON_NUMBER ? JSON_PICK(m, json_numbers)
						  : NULL);
	}
	switch (as->kind) {
	case JSON_K_BOOL:
		return make(m, JSON_BOOL, NULL);
	case JSON_K_INT:
	case JSON_K_UINT:
		return make(m, JSON_NUMBER, JSON_PICK(m, json_numbers));
	case JSON_K_ENUM:
		return grow_enum(m, as->names);
	case JSON_K_OBJ:
	case JSON_K_PTR:
		return grow_object(m, as->class, depth);
	case JSON_K_LIST:
	case JSON_K_MAP:
		return grow_list(m, as, depth);
	default:
		return make(m, JSON_STRING, JSON_PICK(m, json_words));
	}
}

static inline struct json *copy_of(struct mutator *m, const struct json *v)
{
	struct json *copy = arena_alloc(&m->arena, sizeof(*copy)), **to = &copy->first;

	must(copy);
	*copy = *v;
	copy->next = NULL;
	if (v->type < JSON_ARRAY)
		return copy;
	copy->first = NULL;
	for (const struct json *e = v->first; e; e = e->next, to = &(*to)->next)
		*to = copy_of(m, e);
	return copy;
}

/* ---- finding places ------------------------------------------------------------------ */

static inline void collect(struct mutator *m, struct json *v, struct json *parent,
			   const struct json_as *as)
{
	const bool object =
		as && v->type == JSON_OBJECT && (as->kind == JSON_K_OBJ || as->kind == JSON_K_PTR);
	const bool list = as && ((as->kind == JSON_K_LIST && v->type == JSON_ARRAY) ||
				 (as->kind == JSON_K_MAP && v->type == JSON_OBJECT));
	struct json_as *each = NULL;

	if (m->n == PLACES_MAX)
		return;
	m->v[m->n++] = (struct place){ v, parent, as };
	if (v->type < JSON_ARRAY)
		return;
	if (list) {
		each = arena_alloc(&m->arena, sizeof(*each));
		must(each);
		*each = json_list(as).each;
	}
	for (struct json *e = v->first; e; e = e->next) {
		const struct json_field *f = object ? as->class->fields : NULL;

		while (f && f->key && strcmp(f->key, e->key) != 0)
			f++;
		collect(m, e, v, f && f->key ? &f->as : each);
	}
}

/* ---- changing ------------------------------------------------------------------------ */

/* What it is called and what follows it stay. */
static inline void replace(struct json *at, const struct json *with)
{
	const struct json old = *at;

	*at = *with;
	at->key = old.key;
	at->next = old.next;
}

static inline void remove_from(struct json *parent, const struct json *v)
{
	struct json **at = &parent->first;

	while (*at && *at != v)
		at = &(*at)->next;
	if (*at)
		*at = v->next;
}

static inline void insert_into(struct mutator *m, const struct place *p)
{
	const struct json_field *f;
	size_t n = 0;

	if (!p->as || p->at->type < JSON_ARRAY)
		return;
	if (p->as->kind == JSON_K_LIST || p->as->kind == JSON_K_MAP) {
		const struct json_list list = json_list(p->as);

		insert(m, p->at, grow(m, &list.each, 0),
		       p->at->type == JSON_OBJECT ? JSON_PICK(m, json_words) : NULL);
		return;
	}
	if (p->at->type != JSON_OBJECT || !p->as->class)
		return;
	for (f = p->as->class->fields; f->key; f++)
		n++;
	f = &p->as->class->fields[pick(m, n)];
	for (struct json *e = p->at->first; e; e = e->next)
		if (strcmp(e->key, f->key) == 0 && pick(m, 32)) {
			replace(e, grow(m, &f->as, 0));
			return;
		}
	insert(m, p->at, grow(m, &f->as, 0), f->key);
}

/* A text that libFuzzer has been at, with the words that it has seen compared. */
static inline void tweak(struct mutator *m, struct json *v)
{
	char text[256] = "";
	size_t n;

	if (v->type == JSON_NUMBER) {
		snprintf(text, sizeof(text), "%" PRId64,
			 (int64_t)((uint64_t)strtoll(v->text, NULL, 10) + pick(m, 3) - 1));
	} else if (v->type == JSON_STRING) {
		n = strnlen(v->text, sizeof(text) / 2);
		memcpy(text, v->text, n);
		n = LLVMFuzzerMutate((uint8_t *)text, n, sizeof(text) - 1);
		text[n] = '\0';
	} else {
		return;
	}
	v->text = arena_strndup(&m->arena, text, strlen(text));
	must(v->text);
}

/* A value of the same kind, wherever it stands. */
static inline void take(struct mutator *m, const struct place *p)
{
	for (int i = 0; i < 16; i++) {
		const struct place *from = &m->v[pick(m, m->n)];

		if (from->at != p->at && p->as && from->as && from->as->kind == p->as->kind &&
		    from->as->class == p->as->class) {
			replace(p->at, copy_of(m, from->at));
			return;
		}
	}
}

static inline void change(struct mutator *m)
{
	const struct place *p = &m->v[pick(m, m->n)];

	switch (pick(m, 8)) {
	case 0:
		if (p->parent)
			remove_from(p->parent, p->at);
		break;
	case 1:
		replace(p->at, grow(m, p->as, 0));
		break;
	case 2:
		take(m, p);
		break;
	case 3:
		if (p->parent && p->parent->type == JSON_ARRAY)
			insert(m, p->parent, copy_of(m, p->at), NULL);
		break;
	case 4:
	case 5:
		insert_into(m, p);
		break;
	default:
		tweak(m, p->at);
	}
}

static inline void write_json(const struct json *v, struct str *out)
{
	const bool object = v->type == JSON_OBJECT;

	switch (v->type) {
	case JSON_NULL:
		str_add(out, "null");
		return;
	case JSON_BOOL:
		str_add(out, v->boolean ? "true" : "false");
		return;
	case JSON_NUMBER:
		str_add(out, v->text);
		return;
	case JSON_STRING:
		json_quote(out, v->text);
		return;
	default:
		break;
	}
	str_add(out, object ? "{" : "[");
	for (const struct json *e = v->first; e; e = e->next) {
		if (object) {
			json_quote(out, e->key ? e->key : "");
			str_add(out, ":");
		}
		write_json(e, out);
		str_add(out, e->next ? "," : "");
	}
	str_add(out, object ? "}" : "]");
}

/* ---- for libFuzzer ------------------------------------------------------------------- */

static inline struct json *read_json(struct mutator *m, const uint8_t *data, size_t size)
{
	struct error ignored = { 0 };
	struct json *v = NULL;

	return json_parse(&m->arena, (const char *)data, size, &v, &ignored) < 0 ? NULL : v;
}

/* 0: it does not fit. */
static inline size_t put_json(const struct json *v, uint8_t *data, size_t max)
{
	cleanup_str struct str text = { 0 };

	write_json(v, &text);
	must(str_ok(&text) == 0);
	if (text.len > max)
		return 0;
	memcpy(data, text.text, text.len);
	return text.len;
}

static inline size_t json_mutate(const struct json_class *class, uint8_t *data, size_t size,
				 size_t max, unsigned seed)
{
	const struct json_as whole = { .kind = JSON_K_OBJ, .class = class };
	struct mutator m = { .state = seed };
	struct json *v = pick(&m, 8) ? read_json(&m, data, size) : NULL;
	size_t n = 0;

	for (size_t i = 1 + pick(&m, 4); v && i; i--) {
		m.n = 0;
		collect(&m, v, NULL, &whole);
		change(&m);
	}
	if (v)
		n = put_json(v, data, max);
	arena_free(&m.arena);
	return n ? n : LLVMFuzzerMutate(data, size, max);
}

/* One with a value of the other, in the place of one of its kind. */
static inline size_t json_cross(const struct json_class *class, const uint8_t *one, size_t n_one,
				const uint8_t *two, size_t n_two, uint8_t *out, size_t max,
				unsigned seed)
{
	const struct json_as whole = { .kind = JSON_K_OBJ, .class = class };
	struct mutator m = { .state = seed };
	struct json *v = read_json(&m, one, n_one), *w = read_json(&m, two, n_two);
	size_t n = 0;

	if (v && w) {
		collect(&m, v, NULL, &whole);
		n = m.n;
		collect(&m, w, NULL, &whole);
		take(&m, &m.v[pick(&m, n)]);
		n = put_json(v, out, max);
	}
	arena_free(&m.arena);
	return n;
}

#define JSON_MUTATOR(class)                                                                     \
	size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)   \
	{                                                                                       \
		return json_mutate(class, data, size, max, seed);                               \
	}                                                                                       \
	size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t n_one, const uint8_t *two,  \
					 size_t n_two, uint8_t *out, size_t max, unsigned seed) \
	{                                                                                       \
		return json_cross(class, one, n_one, two, n_two, out, max, seed);               \
	}

/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/state.h"

#include <errno.h>

#include "tests/unit/check.h"
#include "tests/unit/data.h"

/* A file of every format that was ever released must stay readable. */
static void test_formats(void)
{
	cleanup_arena struct arena a = { 0 };
	const char *text = data_file(&a, "state/format-1.json");
	struct spec_state *s = NULL;
	struct error err = { 0 };

	CHECK(spec_state_parse(&a, text, strlen(text), &s, &err) == 0);
	if (!s)
		return;
	CHECK_STR(s->id, "web-17");
	CHECK_STR(s->cgroup, "/warren/web-17");
	CHECK(s->format == 1 && s->owner == 0 && s->pid == 17024 && s->startTime == 9876543210);
	CHECK(s->pidfsInode == UINT64_MAX && s->cgroupKept == 7 && s->planVersion == 1);
	CHECK(s->notify && s->annotations.n == 1);
}

static void test_write(void)
{
	cleanup_arena struct arena a = { 0 };
	cleanup_str struct str out = { 0 }, again = { 0 };
	const struct spec_state state = {
		.format = SPEC_STATE_FORMAT,
		.id = "a",
		.ociVersion = "1.3.0",
		.bundle = "/b\xff",
		.rootfs = "/b/rootfs",
		.created = "2026-01-01T00:00:00Z",
		.bootId = "x",
	};
	struct error err = { 0 };
	struct spec_state *s = NULL;

	CHECK(spec_state_write(&state, &out) == 0);
	CHECK(str_starts(out.text, "{\n\t\"format\": 1,\n\t\"id\": \"a\",\n"));
	CHECK(out.text[out.len - 1] == '\n' && !strstr(out.text, "cgroup"));
	CHECK(spec_state_parse(&a, out.text, out.len, &s, &err) == 0);
	CHECK(s && s->pid == 0 && !s->cgroup && !s->annotations.v);
	CHECK(s && spec_state_write(s, &again) == 0 && strcmp(out.text, again.text) == 0);
}

/* clang-format off */
static const struct {
	const char *text, *error;
	int code;
} bad[] = {
	{ "", "state.json: line 1, column 1: parse error: premature EOF", EINVAL },
	{ "{}", "state.json: format: missing (line 1, column 1)", EINVAL },
	{ "{'format':0}", "state.json: format: must not be 0", EINVAL },
	{ "{'format':2,'id':7}",
	  "state.json: format 2 was written by a newer warren, this one knows up to 1", ENOTSUP },
	{ "{'format':1,'new':[]}", "state.json: id: missing (line 1, column 1)", EINVAL },
	{ "{'format':1,'id':'a','ociVersion':'1','bundle':'/','rootfs':'/','created':'','owner':0,"
	  "'bootId':'','pid':-1,'startTime':0,'planVersion':1}",
	  "state.json: pid: must not be negative", EINVAL },
};
/* clang-format on */

static void test_bad(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		cleanup_arena struct arena a = { 0 };
		const char *text = quoted(&a, bad[i].text);
		struct error err = { 0 };
		struct spec_state *s;

		CHECK(spec_state_parse(&a, text, strlen(text), &s, &err) == -bad[i].code);
		CHECK_STR(err.text, bad[i].error);
	}
}

static void test_public(void)
{
	struct strpair pair = { "a.b", "c" };
	struct spec_state_public s = {
		.ociVersion = "1.3.0",
		.id = "s1",
		.pid = 17024,
		.status = "created",
		.bundle = "/b/tb",
		.rootfs = "/b/tb/rootfs",
		.created = "2026-11-21T19:06:13.4Z",
		.annotations = { 1, &pair },
		.owner = "root",
	};
	cleanup_str struct str two = { 0 }, one = { 0 }, hook = { 0 }, gone = { 0 };

	CHECK(spec_state_public(&s, 2, &two) == 0);
	CHECK_STR(two.text,
		  "{\n  \"ociVersion\": \"1.3.0\",\n  \"id\": \"s1\",\n  \"pid\": 17024,\n"
		  "  \"status\": \"created\",\n  \"bundle\": \"/b/tb\",\n"
		  "  \"rootfs\": \"/b/tb/rootfs\",\n"
		  "  \"created\": \"2026-11-21T19:06:13.4Z\",\n"
		  "  \"annotations\": {\n    \"a.b\": \"c\"\n  },\n"
		  "  \"owner\": \"root\"\n}");
	CHECK(spec_state_hook(&s, &hook) == 0);
	CHECK_STR(hook.text, "{\"ociVersion\":\"1.3.0\",\"id\":\"s1\",\"status\":\"created\","
			     "\"pid\":17024,\"bundle\":\"/b/tb\",\"annotations\":{\"a.b\":\"c\"}}");

	s.pid = 0;
	s.status = "stopped";
	s.annotations.n = 0;
	s.owner = NULL;
	CHECK(spec_state_public(&s, JSON_ONE_LINE, &one) == 0);
	CHECK_STR(one.text, "{\"ociVersion\":\"1.3.0\",\"id\":\"s1\",\"pid\":0,"
			    "\"status\":\"stopped\",\"bundle\":\"/b/tb\","
			    "\"rootfs\":\"/b/tb/rootfs\",\"created\":\"2026-11-21T19:06:13.4Z\"}");
	CHECK(spec_state_hook(&s, &gone) == 0);
	CHECK_STR(gone.text, "{\"ociVersion\":\"1.3.0\",\"id\":\"s1\",\"status\":\"stopped\","
			     "\"bundle\":\"/b/tb\"}");
}

/* What a seccomp agent is told: whose descriptor it gets, in the specification's words. */
static void test_process(void)
{
	const struct spec_state_public s = {
		.ociVersion = "1.3.0",
		.id = "s1",
		.pid = 17024,
		.status = "creating",
		.bundle = "/b",
		.rootfs = "/b/rootfs",
	};
	cleanup_str struct str with = { 0 }, without = { 0 };

	CHECK(spec_state_process(&s, 17030, "m\n", &with) == 0);
	CHECK_STR(with.text, "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":17030,"
			     "\"metadata\":\"m\\n\",\"state\":{\"ociVersion\":\"1.3.0\","
			     "\"id\":\"s1\",\"status\":\"creating\",\"pid\":17024,"
			     "\"bundle\":\"/b\"}}");
	CHECK(spec_state_process(&s, 0, NULL, &without) == 0);
	CHECK(strstr(without.text, "\"pid\":0,\"state\":{") != NULL);
}

int main(void)
{
	test_formats();
	test_write();
	test_bad();
	test_public();
	test_process();
	return CHECK_DONE();
}

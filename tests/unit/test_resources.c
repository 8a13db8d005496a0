/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/resources.h"

#include <stdlib.h>

#include "base/str.h"
#include "tests/unit/check.h"

/* A spec that has these resources, as text: the one form in which two of them are compared. */
static const char *show(struct arena *a, const struct spec_resources *res)
{
	cleanup_str struct str text = { 0 };
	struct spec_linux l = { .resources = *res };
	struct spec spec = { .ociVersion = "1", .linux = &l };
	struct error err = { 0 };
	char *from, *to;

	if (spec_dump(&spec, 0, &text, &err) < 0)
		return "(no memory)";
	from = strstr(text.text, "\"resources\":");
	if (!from)
		return "{}";
	from += strlen("\"resources\":");
	to = text.text + text.len - 2; /* of linux and of the whole */
	from = arena_strndup(a, from, (size_t)(to - from));
	for (char *c = from; *c; c++)
		*c = *c == '"' ? '\'' : *c;
	return from;
}

static const struct spec_resources *parse(struct arena *a, const char *json)
{
	char *text = arena_strndup(a, json, strlen(json));
	struct spec_resources *res = NULL;
	struct error err = { 0 };

	for (char *c = text; c && *c; c++)
		*c = *c == '\'' ? '"' : *c;
	if (!text || spec_parse_resources(a, "test", text, strlen(text), &res, &err) < 0) {
		printf("Bail out! %s: %s\n", json, err.text);
		exit(1);
	}
	return res;
}

/* clang-format off */
/* What the guest has, what is given; what is remembered then, and what is written. */
static const struct {
	const char *old, *given, *all, *change;
} merges[] = {
	{ "{'memory':{'limit':8}}", "{}", "{'memory':{'limit':8}}", "{}" },
	{ "{}", "{'memory':{'limit':8}}", "{'memory':{'limit':8}}", "{'memory':{'limit':8}}" },
	{ "{'memory':{'limit':8,'swap':16}}", "{'memory':{'limit':9}}",
	  "{'memory':{'limit':9,'swap':16}}", "{'memory':{'limit':9,'swap':16}}" },
	{ "{'memory':{'limit':8,'reservation':4}}", "{'memory':{'swap':20}}",
	  "{'memory':{'limit':8,'reservation':4,'swap':20}}", "{'memory':{'limit':8,'swap':20}}" },
	{ "{'memory':{'limit':8,'swap':16}}", "{'memory':{'limit':-1}}",
	  "{'memory':{'limit':-1,'swap':-1}}", "{'memory':{'limit':-1,'swap':-1}}" },
	{ "{'memory':{'limit':8,'swap':16}}", "{'memory':{'limit':0,'swap':0,'reservation':0}}",
	  "{'memory':{'limit':8,'swap':16}}", "{'memory':{'limit':0,'reservation':0,'swap':0}}" },
	{ "{'memory':{'limit':8,'checkBeforeUpdate':true}}", "{'memory':{'limit':7}}",
	  "{'memory':{'limit':7,'checkBeforeUpdate':true}}",
	  "{'memory':{'limit':7,'checkBeforeUpdate':true}}" },

	{ "{'cpu':{'shares':512,'quota':5000,'period':10000}}", "{'cpu':{'quota':6000}}",
	  "{'cpu':{'shares':512,'quota':6000,'period':10000}}",
	  "{'cpu':{'quota':6000,'period':10000}}" },
	{ "{'cpu':{'quota':5000,'period':10000}}", "{'cpu':{'period':20000}}",
	  "{'cpu':{'quota':5000,'period':20000}}", "{'cpu':{'period':20000}}" },
	{ "{'cpu':{'quota':5000,'burst':10}}", "{'cpu':{'quota':0}}",
	  "{'cpu':{'quota':0,'burst':10}}", "{'cpu':{'quota':0}}" },
	{ "{'cpu':{'shares':512,'idle':1}}", "{'cpu':{'idle':0}}",
	  "{'cpu':{'shares':512,'idle':0}}", "{'cpu':{'shares':512,'idle':0}}" },
	{ "{'cpu':{'idle':1}}", "{'cpu':{'shares':7}}",
	  "{'cpu':{'shares':7,'idle':1}}", "{'cpu':{'shares':7,'idle':1}}" },
	{ "{'cpu':{'shares':512,'cpus':'0','mems':'0'}}", "{'cpu':{'shares':0,'cpus':'1','mems':''}}",
	  "{'cpu':{'shares':512,'cpus':'1','mems':'0'}}", "{'cpu':{'shares':0,'cpus':'1','mems':''}}" },

	{ "{'pids':{'limit':5}}", "{'pids':{}}", "{'pids':{'limit':5}}", "{'pids':{}}" },
	{ "{'pids':{'limit':5}}", "{'pids':{'limit':-1}}", "{'pids':{'limit':-1}}",
	  "{'pids':{'limit':-1}}" },
	{ "{'blockIO':{'weight':10}}", "{'blockIO':{'weight':0}}", "{'blockIO':{'weight':10}}",
	  "{'blockIO':{'weight':0}}" },
	{ "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1},{'major':8,'minor':1,'rate':2}]}}",
	  "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':1,'rate':3},{'major':9,'minor':0,'rate':4}]}}",
	  "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1},{'major':8,'minor':1,'rate':3},{'major':9,'minor':0,'rate':4}]}}",
	  "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':1,'rate':3},{'major':9,'minor':0,'rate':4}]}}" },
	{ "{'hugepageLimits':[{'pageSize':'2MB','limit':1}],'unified':{'memory.high':'1'}}",
	  "{'hugepageLimits':[{'pageSize':'1GB','limit':2}],'unified':{'memory.high':'2','memory.min':'3'}}",
	  "{'hugepageLimits':[{'pageSize':'2MB','limit':1},{'pageSize':'1GB','limit':2}],"
	  "'unified':{'memory.high':'2','memory.min':'3'}}",
	  "{'hugepageLimits':[{'pageSize':'1GB','limit':2}],'unified':{'memory.high':'2','memory.min':'3'}}" },
	{ "{'devices':[{'allow':false,'access':'rwm'}]}", "{'pids':{'limit':1}}",
	  "{'devices':[{'allow':false,'access':'rwm'}],'pids':{'limit':1}}", "{'pids':{'limit':1}}" },
};

/* Single limits, and the resources that they say. */
#define U (struct warren_update)
static const struct {
	struct warren_update args;
	const char *json;
} given[] = {
	{ U{ 0 }, "{}" },
	{ U{ .memory = "" , .cpuset_cpus = "" }, "{}" },
	{ U{ .memory = "512m" }, "{'memory':{'limit':536870912}}" },
	{ U{ .memory = "1k", .memory_swap = "2KB", .memory_reservation = "3KiB" },
	  "{'memory':{'limit':1024,'reservation':3072,'swap':2048}}" },
	{ U{ .memory = "-1", .memory_swap = "-1" }, "{'memory':{'limit':-1,'swap':-1}}" },
	{ U{ .memory = "7b" }, "{'memory':{'limit':7}}" },
	{ U{ .memory = "8191t" }, "{'memory':{'limit':9006099743113216}}" },
	{ U{ .cpu_shares = "0010", .pids_limit = "-5", .cpu_idle = "0" },
	  "{'cpu':{'shares':10,'idle':0},'pids':{'limit':-5}}" },
	{ U{ .cpu_quota = "-1", .cpu_period = "10000", .cpu_burst = "0" },
	  "{'cpu':{'quota':-1,'burst':0,'period':10000}}" },
	{ U{ .cpuset_cpus = "0-1", .cpuset_mems = "0", .blkio_weight = "10" },
	  "{'cpu':{'cpus':'0-1','mems':'0'},'blockIO':{'weight':10}}" },
	{ U{ .resources = "{\"devices\":[{\"allow\":true,\"access\":\"r\"}],\"pids\":{\"limit\":3}}",
	     .memory = "1k" }, "{'pids':{'limit':3}}" },
};

/* What is refused; the error tells the place. */
static const struct {
	struct warren_update args;
	const char *error;
} refused[] = {
	{ U{ .memory = "512q" }, "memory.limit: expected bytes, a size like 512m, or -1, got \"512q\"" },
	{ U{ .memory = "m" }, "memory.limit: expected bytes, a size like 512m, or -1, got \"m\"" },
	{ U{ .memory = "1mm" }, "memory.limit: expected bytes, a size like 512m, or -1, got \"1mm\"" },
	{ U{ .memory = "1 m" }, "memory.limit: expected bytes, a size like 512m, or -1, got \"1 m\"" },
	{ U{ .memory = "bb" }, "memory.limit: expected bytes, a size like 512m, or -1, got \"bb\"" },
	{ U{ .memory = "--1" }, "memory.limit: expected bytes, a size like 512m, or -1, got \"--1\"" },
	{ U{ .memory = "99999999999t" },
	  "memory.limit: expected bytes, a size like 512m, or -1, got \"99999999999t\"" },
	{ U{ .cpu_quota = "1k" }, "cpu.quota: expected a number, got \"1k\"" },
	{ U{ .pids_limit = "1,\"x\":2" }, "pids.limit: expected a number, got \"1,\"x\":2\"" },
	{ U{ .pids_limit = "11111111111111111111111111" },
	  "pids.limit: expected a number, got \"11111111111111111111111111\"" },
	{ U{ .resources = "" }, NULL },
	{ U{ .resources = "[]" }, NULL },
	{ U{ .cpu_shares = "-1" }, NULL },
	{ U{ .memory = "9223372036854775808" }, NULL },
	{ U{ .blkio_weight = "65536" }, NULL },
};
/* clang-format on */

int main(void)
{
	for (size_t i = 0; i < sizeof(merges) / sizeof(*merges); i++) {
		cleanup_arena struct arena a = { 0 };
		struct spec_resources all, change;

		CHECK(resources_merge(&a, parse(&a, merges[i].old), parse(&a, merges[i].given),
				      &all, &change) == 0);
		CHECK_STR(show(&a, &all), show(&a, parse(&a, merges[i].all)));
		CHECK_STR(show(&a, &change), show(&a, parse(&a, merges[i].change)));
	}
	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++) {
		cleanup_arena struct arena a = { 0 };
		struct spec_resources *res;
		struct error err = { 0 };

		CHECK(resources_given(&a, &given[i].args, &res, &err) == 0);
		CHECK_STR(err.code ? err.text : show(&a, res), given[i].json);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		cleanup_arena struct arena a = { 0 };
		struct spec_resources *res;
		struct error err = { 0 };

		CHECK(resources_given(&a, &refused[i].args, &res, &err) < 0);
		CHECK(err.code != 0);
		if (refused[i].error)
			CHECK_STR(err.text, refused[i].error);
	}
	return CHECK_DONE();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The file of `exec --process`. */
#include "spec/spec.c" /* its tables are what the mutations go by */

#include "spec/number_list.h"
#include "spec/validate.h"
#include "tests/fuzz/arena.h"
#include "tests/fuzz/json.h"

JSON_MUTATOR(&process_class)

/* What was called a list fits where its bits go. */
static void check_processors(const char *list)
{
	uint64_t *words = calloc(SPEC_MAX_CPU / 64 + 1, sizeof(*words));

	must(words && spec_number_list_bits(list ? list : "", words) <= SPEC_MAX_CPU / 64 + 1);
	free(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena struct arena a = { 0 };
	cleanup_str struct str once = { 0 }, twice = { 0 };
	struct error err = { 0 };
	struct spec_process *p, *again;
	int r = spec_parse_process(&a, "process", (const char *)data, size, &p, &err);

	if (!worked(r, &err))
		return 0;
	if (worked(spec_validate_process(p, &err), &err)) {
		check_processors(p->execCPUAffinity.initial);
		check_processors(p->execCPUAffinity.final);
	}
	must(json_dump(&once, &process_class, p, JSON_ONE_LINE) == 0);
	must(spec_parse_process(&a, "again", once.text, once.len, &again, &err) == 0);
	must(json_dump(&twice, &process_class, again, JSON_ONE_LINE) == 0);
	must(strcmp(once.text, twice.text) == 0);
	return 0;
}

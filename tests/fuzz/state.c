/* SPDX-License-Identifier: Apache-2.0 */
/* state.json: whatever a disk gives back, and what was read is written the same. */
#include "spec/state.c" /* its tables are what the mutations go by */

#include "tests/fuzz/arena.h"
#include "tests/fuzz/json.h"

JSON_MUTATOR(&state_class)

static void must_be_json(struct arena *a, struct str *text, int r)
{
	struct error err = { 0 };
	struct json *v;

	must(r == 0 && json_parse(a, text->text, text->len, &v, &err) == 0);
	str_free(text);
}

/* What callers are shown of it: JSON, whatever stood there. */
static void check_shown(struct arena *a, const struct spec_state *state)
{
	const struct spec_state_public shown = { .ociVersion = state->ociVersion,
						 .id = state->id,
						 .pid = state->pid,
						 .status = "running",
						 .bundle = state->bundle,
						 .annotations = state->annotations };
	struct str text = { 0 };
	int r = spec_state_public(&shown, 2, &text);

	must_be_json(a, &text, r);
	r = spec_state_hook(&shown, &text);
	must_be_json(a, &text, r);
	r = spec_state_process(&shown, state->pid, state->created, &text);
	must_be_json(a, &text, r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_str struct str once = { 0 }, twice = { 0 };
	cleanup_arena struct arena a = { 0 };
	struct error err = { 0 };
	struct spec_state *state, *again;

	if (!worked(spec_state_parse(&a, (const char *)data, size, &state, &err), &err))
		return 0;
	must(state->pid >= 0 && state->format >= 1 && state->format <= SPEC_STATE_FORMAT);
	must(spec_state_write(state, &once) == 0);
	must(spec_state_parse(&a, once.text, once.len, &again, &err) == 0);
	must(spec_state_write(again, &twice) == 0);
	must(strcmp(once.text, twice.text) == 0);
	check_shown(&a, state);
	return 0;
}

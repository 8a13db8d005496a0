/* SPDX-License-Identifier: Apache-2.0 */
/* state.json: whatever a disk gives back, and what was read is written the same. */
#include <stdlib.h>
#include <string.h>

#include "spec/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_str struct str once = { 0 }, twice = { 0 };
	cleanup_arena struct arena a = { 0 };
	struct error err = { 0 };
	struct spec_state *state, *again;
	int r = spec_state_parse(&a, (const char *)data, size, &state, &err);

	if (r < 0 ? r != -err.code || !*err.text : err.code != 0)
		abort();
	if (r < 0)
		return 0;
	if (spec_state_write(state, &once) < 0 ||
	    spec_state_parse(&a, once.text, once.len, &again, &err) < 0 ||
	    spec_state_write(again, &twice) < 0 || strcmp(once.text, twice.text) != 0)
		abort();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The files of `exec --process` and `update --resources`. */
#include <stdlib.h>

#include "spec/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool worked(int r, const struct error *err)
{
	if (r < 0 ? r != -err->code || !*err->text : err->code != 0)
		abort();
	return r == 0;
}

static void try_process(struct arena *a, const char *text, size_t size)
{
	struct error err = { 0 };
	struct spec_process *p;

	if (!worked(spec_parse_process(a, "process", text, size, &p, &err), &err))
		return;
	worked(spec_validate_process(p, &err), &err);
	err.code = 0;
}

static void try_resources(struct arena *a, const char *text, size_t size)
{
	struct error err = { 0 };
	struct spec_resources *res;

	if (!worked(spec_parse_resources(a, "resources", text, size, &res, &err), &err))
		return;
	worked(spec_validate_resources(res, &err), &err);
	err.code = 0;
	worked(spec_supported_resources(res, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena struct arena a = { 0 };

	try_process(&a, (const char *)data, size);
	try_resources(&a, (const char *)data, size);
	return 0;
}

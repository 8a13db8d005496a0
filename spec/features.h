/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"

struct spec_features_info {
	const char *version, *commit;
	const char *libseccomp;   /* its version, or NULL: it is not there, and so no seccomp */
	struct strs capabilities; /* CAP_* that can be granted by name */
	bool wait_killable;       /* the kernel has SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV */
};

/*
 * Appends the features document of the specification: what this version
 * accepts, whatever the host can do. Indented by 4, with a newline at the end.
 * Returns 0 or -ENOMEM.
 */
int spec_features(struct str *out, const struct spec_features_info *info);

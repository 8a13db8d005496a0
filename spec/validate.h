/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "spec/spec.h"

/*
 * What the types of spec.h cannot say: patterns, ranges, and rules between
 * properties. No call looks at the host, so a configuration is good or bad
 * wherever it is read. All return 0 or -EINVAL, and name the property by its
 * path: `linux.namespaces[2].type: "pid" is listed twice`.
 *
 * What needs the host is left to those who act: whether a path exists and is
 * what it should be, whether a joined namespace is the caller's own (sysctl,
 * time) and what its id mappings are, and whether a capability can be granted.
 * Options of mounts are checked by spec_mount_flags().
 */
int spec_validate(const struct spec *spec, struct error *err);

/* The same for what stands alone in a file; paths begin at its top (`args[0]: ...`). */
int spec_validate_process(const struct spec_process *process, struct error *err);

/*
 * An update tells only what changes, so that rules between two properties
 * (swap and limit, burst and quota) are those of spec_validate() alone.
 */
int spec_validate_resources(const struct spec_resources *res, struct error *err);

/*
 * Properties that are valid, but not in this version of warren: -ENOTSUP and
 * their names. Rather no guest than one that lacks what it was promised.
 */
int spec_supported(const struct spec *spec, struct error *err);
int spec_supported_resources(const struct spec_resources *res, struct error *err);

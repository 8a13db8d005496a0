/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/str.h"

/*
 * Appends the config.json of `warren spec`: a shell in rootfs/, as other
 * runtimes write it. rootless: for the caller's own user, mapped to root.
 */
int spec_default(bool terminal, bool rootless, struct str *out, struct error *err);

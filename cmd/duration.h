/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A length of time as Go programs write it: "5s", "500ms", "1m30s", "1.5h".
 * Milliseconds, rounded up; 0 for "0" and what is below 0; -EINVAL: it is none.
 */
long long duration_ms(const char *text);

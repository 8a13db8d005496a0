/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the driver and alloc.c in the runtime share: a page, by a descriptor whose number stands
 * here. */
#define ALLOC_ENV "FAULTS_ALLOC"

struct alloc_count {
	unsigned at; /* the one that fails */
	unsigned seen;
	char what[160]; /* where it did */
};

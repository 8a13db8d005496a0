/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "libcontainer/plan.h"
#include "spec/spec.h"

/*
 * Labels of security modules: an AppArmor profile and an SELinux label for
 * the process, an SELinux label for mounts and the session keyring.
 *
 * A label that nobody would enforce is refused, not dropped. It is set by the
 * guest side: since 6.8 by a system call, before by a file of a procfs that is
 * mounted nowhere, so that nothing can have been put in the file's place.
 */
struct labels {
	bool selinux, apparmor; /* active on this host */
	bool calls;             /* lsm_set_self_attr(2) */
};

/* Looks at the host if a label is given at all. at: what stands before the names, "process." */
int labels_load(const struct spec_process *process, const char *at, const char *mount_label,
		struct labels *ret, struct error *err);

/* The part that does not look: is every label that is given one for an active module? */
int labels_check(const struct labels *l, const struct spec_process *process, const char *at,
		 const char *mount_label, struct error *err);

/* What the next exec gets. */
int labels_exec(struct plan *p, const struct labels *l, const struct spec_process *process,
		struct error *err);

/* Of keyrings made from here on; NULL or "" is as it was. */
int labels_keys(struct plan *p, const struct labels *l, const char *label, struct error *err);

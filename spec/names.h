/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The words of config.json whose number is what counts. Each list ends with
 * NULL; an enum of spec.h counts the words of its list.
 */
extern const char *const spec_ns_names[];        /* enum spec_ns */
extern const char *const spec_seccomp_actions[]; /* enum spec_seccomp_action */
extern const char *const spec_seccomp_ops[];     /* enum spec_seccomp_op */
extern const char *const spec_sched_policies[];  /* enum spec_sched */
extern const char *const spec_sched_flags[];     /* word i is the bit 1 << i of sched_setattr(2) */
extern const char *const spec_ioprio_classes[];  /* enum spec_ioprio */
extern const char *const spec_mpol_modes[];      /* enum spec_mpol */
extern const char *const spec_mpol_flags[];      /* enum spec_mpol_flag; the bit 1 << (13 + i) */

/* Lists of words that stay words. */
extern const char *const spec_seccomp_archs[];
extern const char *const spec_seccomp_flags[];
extern const char *const spec_propagations[]; /* rootfsPropagation */

/* Where word stands in names, or -1. */
int spec_name(const char *const names[], const char *word);

/* RLIMIT_* of <sys/resource.h> for "RLIMIT_NOFILE" and the like, or -1. */
int spec_rlimit(const char *name);

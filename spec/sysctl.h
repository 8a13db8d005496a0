/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "spec/spec.h"

/*
 * A key of linux.sysctl as a path below /proc/sys, by the rule of sysctl.d(5):
 * when the first separator is a dot, dots become slashes and slashes dots
 * ("net.ipv4.conf.eth0/1.forwarding"), when it is a slash all stay as they are
 * ("net/ipv4/conf/eth0.1/forwarding").
 *
 * -EINVAL: an empty part, "." or ".."; -ENAMETOOLONG: size is too small.
 */
int spec_sysctl_path(const char *key, char *buf, size_t size);

/*
 * Every key belongs to a namespace that the guest does not share by
 * configuration. That a joined namespace is not the caller's own is for the
 * one who joins it to see.
 */
int spec_sysctl_check(const struct spec_linux *linux, struct error *err);

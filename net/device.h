/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "net/netlink.h"

/* From where to where devices move. */
struct net_move {
	struct netlink nl;
	int here, there; /* netlink sockets of the two namespaces */
	int netns;       /* the other one, as a descriptor */
};

/*
 * linux.netDevices: moves device `name` over there, as new_name, with the
 * addresses that were set by hand; there it is up. A new_name with "%d" is
 * the first of its kind that is free. A move that is refused leaves the device
 * as it was.
 */
int net_device_move(struct net_move *m, const char *name, const char *new_name, struct error *err);

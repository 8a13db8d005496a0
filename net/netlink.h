/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

/*
 * What warren asks of rtnetlink, on libmnl, which is opened when there is
 * something to ask. A socket belongs to the network namespace in which it was
 * made (net/socket.h): all calls work in that one.
 *
 * But for netlink_load() everything returns 0 or a negative errno; what was
 * being done the caller knows better.
 */
struct netlink {
	struct netlink_lib *lib; /* libmnl */
	uint32_t seq;
};

int netlink_load(struct netlink *nl, struct error *err);
void netlink_close(struct netlink *nl);
#define cleanup_netlink __attribute__((cleanup(netlink_close)))

/* -ENODEV: there is none of that name. */
int netlink_find(struct netlink *nl, int sock, const char *name, int *ret_index);
int netlink_set_up(struct netlink *nl, int sock, int index);

/*
 * Moves a device into the namespace of descriptor netns and gives it a name
 * there, in one request: no one else sees it in between. The kernel takes it
 * down on the way, and its addresses away. -EEXIST: the name was not free; the
 * device is over there under its old one.
 */
int netlink_move(struct netlink *nl, int sock, int index, int netns, const char *name);

/* An address that was set by hand, and holds beyond its link. */
struct net_address {
	uint8_t family, prefix;
	uint32_t flags; /* IFA_F_* of those that can be set */
	struct net_address_part {
		uint8_t size, bytes[16];
	} address, local, broadcast;
};
struct net_addresses {
	size_t n;
	struct net_address *v;
};

int netlink_addresses(struct netlink *nl, int sock, int index, struct arena *a,
		      struct net_addresses *ret);
int netlink_add_address(struct netlink *nl, int sock, int index, const struct net_address *address);

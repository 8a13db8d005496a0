/* SPDX-License-Identifier: Apache-2.0 */
#include "net/device.h"

#include <errno.h>
#include <linux/if.h>
#include <stdio.h>
#include <string.h>

#define NUMBERS 4096 /* that a pattern is tried with */

static int move_failed(const char *name, const char *new_name, int code, struct error *err)
{
	switch (code) {
	case EEXIST:
		return error_set(err, code,
				 "linux.netDevices.%s: the guest has a device %s already", name,
				 new_name);
	case EINVAL:
		return error_set(err, code,
				 "linux.netDevices.%s: this device cannot leave its network "
				 "namespace",
				 name);
	case EPERM:
		return error_set(err, code,
				 "linux.netDevices.%s: moving a device needs CAP_NET_ADMIN on "
				 "both sides",
				 name);
	default:
		return error_sys(err, code, "linux.netDevices.%s: move it as %s", name, new_name);
	}
}

static int is_free(struct net_move *m, const char *name)
{
	int index, r = netlink_find(&m->nl, m->there, name, &index);

	return r == -ENODEV ? 0 : r < 0 ? r : -EEXIST;
}

/*
 * The kernel moves a device first and names it then: were the name refused,
 * the device would be gone all the same. And it would fill in a pattern by
 * itself, but would not say with what.
 */
static int choose_name(struct net_move *m, const char *pattern, char *name, size_t size)
{
	const char *percent = strstr(pattern, "%d");
	int r = -EEXIST;

	if (!percent) {
		snprintf(name, size, "%s", pattern);
		return is_free(m, name);
	}
	for (int i = 0; i < NUMBERS && r == -EEXIST; i++) {
		int n = snprintf(name, size, "%.*s%d%s", (int)(percent - pattern), pattern, i,
				 percent + 2);

		r = n < (int)size ? is_free(m, name) : -ERANGE;
	}
	return r;
}

/* Over there: nothing of what it had has come along but itself. */
static int set_up(struct net_move *m, const char *name, const struct net_addresses *list,
		  struct error *err)
{
	int index = 0, r = netlink_find(&m->nl, m->there, name, &index);

	for (size_t i = 0; i < list->n && r >= 0; i++)
		r = netlink_add_address(&m->nl, m->there, index, &list->v[i]);
	if (r == -EACCES)
		return error_set(err, EACCES,
				 "has IPv6 addresses, and IPv6 is switched off in the "
				 "guest (net.ipv6.conf.*.disable_ipv6)");
	if (r < 0)
		return error_sys(err, -r, "its addresses in the guest, as %s", name);
	r = netlink_set_up(&m->nl, m->there, index);
	return r < 0 ? error_sys(err, -r, "set it up in the guest, as %s", name) : 0;
}

int net_device_move(struct net_move *m, const char *name, const char *new_name, struct error *err)
{
	cleanup_arena struct arena a = { 0 };
	struct net_addresses list = { 0 };
	char there[IFNAMSIZ];
	int index, r = netlink_find(&m->nl, m->here, name, &index);

	if (r == -ENODEV)
		return error_set(err, ENODEV, "linux.netDevices.%s: the host has no such device",
				 name);
	/* before it goes down: IPv6 addresses do not survive that */
	if (r >= 0)
		r = netlink_addresses(&m->nl, m->here, index, &a, &list);
	if (r < 0)
		return error_sys(err, -r, "linux.netDevices.%s", name);
	r = choose_name(m, new_name, there, sizeof(there));
	if (r >= 0)
		r = netlink_move(&m->nl, m->here, index, m->netns, there);
	if (r < 0)
		return move_failed(name, there, -r, err);
	r = set_up(m, there, &list, err);
	return r < 0 ? error_ctx(err, "linux.netDevices.%s", name) : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "net/netlink.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#define COUNT(table) (sizeof(table) / sizeof(*(table)))
#define REPLY_MAX 32768 /* what the kernel puts into one message of a dump at most */
#define TRIES 10

/* ---- libmnl, opened by hand ----------------------------------------------- */

struct netlink_lib {
	void *handle;
	__typeof__(mnl_nlmsg_put_header) *put_header;
	__typeof__(mnl_nlmsg_put_extra_header) *put_extra;
	__typeof__(mnl_nlmsg_get_payload) *payload;
	__typeof__(mnl_attr_put) *put;
	__typeof__(mnl_attr_put_u32) *put_u32;
	__typeof__(mnl_attr_put_strz) *put_text;
	__typeof__(mnl_attr_parse) *parse;
	__typeof__(mnl_attr_get_type) *type;
	__typeof__(mnl_attr_get_payload) *value;
	__typeof__(mnl_attr_get_payload_len) *size;
	__typeof__(mnl_cb_run) *run;
};

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	{ "mnl_nlmsg_put_header", offsetof(struct netlink_lib, put_header) },
	{ "mnl_nlmsg_put_extra_header", offsetof(struct netlink_lib, put_extra) },
	{ "mnl_nlmsg_get_payload", offsetof(struct netlink_lib, payload) },
	{ "mnl_attr_put", offsetof(struct netlink_lib, put) },
	{ "mnl_attr_put_u32", offsetof(struct netlink_lib, put_u32) },
	{ "mnl_attr_put_strz", offsetof(struct netlink_lib, put_text) },
	{ "mnl_attr_parse", offsetof(struct netlink_lib, parse) },
	{ "mnl_attr_get_type", offsetof(struct netlink_lib, type) },
	{ "mnl_attr_get_payload", offsetof(struct netlink_lib, value) },
	{ "mnl_attr_get_payload_len", offsetof(struct netlink_lib, size) },
	{ "mnl_cb_run", offsetof(struct netlink_lib, run) },
};

int netlink_load(struct netlink *nl, struct error *err)
{
	nl->lib = calloc(1, sizeof(*nl->lib));
	if (!nl->lib)
		return error_sys(err, ENOMEM, "netlink");
	nl->lib->handle = dlopen("libmnl.so.0", RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; nl->lib->handle && i < COUNT(symbols); i++) {
		void *symbol = dlsym(nl->lib->handle, symbols[i].name);

		if (!symbol) {
			netlink_close(nl);
			break;
		}
		memcpy((char *)nl->lib + symbols[i].offset, &symbol, sizeof(symbol));
	}
	if (!nl->lib || !nl->lib->handle)
		return error_set(err, EOPNOTSUPP,
				 "linux.netDevices: needs libmnl; install the package libmnl0 "
				 "(Debian) or libmnl (Fedora)");
	return 0;
}

void netlink_close(struct netlink *nl)
{
	if (nl->lib && nl->lib->handle)
		dlclose(nl->lib->handle);
	free(nl->lib);
	nl->lib = NULL;
}

/* ---- question and answer ---------------------------------------------------- */

union request {
	struct nlmsghdr head;
	char bytes[512]; /* more than the longest of those below */
};

/* The fixed part, which the caller fills in. */
static void *begin(struct netlink *nl, union request *q, uint16_t type, uint16_t flags, size_t size)
{
	memset(q, 0, sizeof(*q));
	nl->lib->put_header(q->bytes);
	q->head.nlmsg_type = type;
	q->head.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	q->head.nlmsg_seq = ++nl->seq;
	return nl->lib->put_extra(&q->head, size);
}

/* Until the kernel has said that this was all. each: called with every message before that. */
static int ask(struct netlink *nl, int sock, const union request *q, mnl_cb_t each, void *arg)
{
	char *buf = malloc(REPLY_MAX);
	ssize_t n;
	int r = 1;

	if (!buf)
		return -ENOMEM;
	if (send(sock, q, q->head.nlmsg_len, 0) < 0)
		r = -errno;
	while (r > 0) {
		n = recv(sock, buf, REPLY_MAX, MSG_TRUNC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n > REPLY_MAX) {
			n = -1;
			errno = EMSGSIZE;
		}
		r = n < 0 ? -1 : nl->lib->run(buf, (size_t)n, q->head.nlmsg_seq, 0, each, arg);
		if (r < 0)
			r = -errno;
	}
	free(buf);
	return r;
}

/* ---- links -------------------------------------------------------------------- */

struct found {
	struct netlink *nl;
	int index;
};

static int take_index(const struct nlmsghdr *reply, void *arg)
{
	struct found *found = arg;
	const struct ifinfomsg *link = found->nl->lib->payload(reply);

	found->index = link->ifi_index;
	return MNL_CB_OK;
}

int netlink_find(struct netlink *nl, int sock, const char *name, int *ret_index)
{
	struct found found = { .nl = nl };
	union request q;
	int r;

	begin(nl, &q, RTM_GETLINK, NLM_F_ACK, sizeof(struct ifinfomsg));
	nl->lib->put_text(&q.head, IFLA_IFNAME, name);
	r = ask(nl, sock, &q, take_index, &found);
	*ret_index = found.index;
	return r < 0 || found.index ? r : -ENODEV;
}

int netlink_set_up(struct netlink *nl, int sock, int index)
{
	union request q;
	struct ifinfomsg *link = begin(nl, &q, RTM_NEWLINK, NLM_F_ACK, sizeof(*link));

	link->ifi_index = index;
	link->ifi_flags = link->ifi_change = IFF_UP;
	return ask(nl, sock, &q, NULL, NULL);
}

int netlink_move(struct netlink *nl, int sock, int index, int netns, const char *name)
{
	union request q;
	struct ifinfomsg *link = begin(nl, &q, RTM_NEWLINK, NLM_F_ACK, sizeof(*link));

	link->ifi_index = index;
	nl->lib->put_u32(&q.head, IFLA_NET_NS_FD, (uint32_t)netns);
	nl->lib->put_text(&q.head, IFLA_IFNAME, name);
	return ask(nl, sock, &q, NULL, NULL);
}

/* ---- addresses ------------------------------------------------------------------ */

/* What says how the address was set; the other flags say what became of it. */
#define KEPT_FLAGS (IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN)

struct listing {
	struct netlink *nl;
	struct arena *arena;
	struct net_addresses *ret;
	struct net_address now;
	int index;
};

static int take_part(const struct nlattr *attr, void *arg)
{
	struct listing *l = arg;
	const struct netlink_lib *lib = l->nl->lib;
	const void *value = lib->value(attr);
	const size_t size = lib->size(attr);
	struct net_address_part *part;

	switch (lib->type(attr)) {
	case IFA_ADDRESS:
		part = &l->now.address;
		break;
	case IFA_LOCAL:
		part = &l->now.local;
		break;
	case IFA_BROADCAST:
		part = &l->now.broadcast;
		break;
	case IFA_FLAGS:
		if (size == sizeof(l->now.flags))
			memcpy(&l->now.flags, value, size);
		return MNL_CB_OK;
	default:
		return MNL_CB_OK;
	}
	if (size > sizeof(part->bytes))
		return MNL_CB_OK;
	part->size = (uint8_t)size;
	memcpy(part->bytes, value, size);
	return MNL_CB_OK;
}

static int keep(struct listing *l)
{
	struct net_addresses *list = l->ret;
	struct net_address *v = arena_array(l->arena, list->n + 1, sizeof(*v));

	if (!v) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	if (list->n)
		memcpy(v, list->v, list->n * sizeof(*v));
	l->now.flags &= KEPT_FLAGS;
	v[list->n++] = l->now;
	list->v = v;
	return MNL_CB_OK;
}

static int take_address(const struct nlmsghdr *reply, void *arg)
{
	struct listing *l = arg;
	const struct ifaddrmsg *address = l->nl->lib->payload(reply);

	if ((int)address->ifa_index != l->index || address->ifa_scope != RT_SCOPE_UNIVERSE)
		return MNL_CB_OK;
	l->now = (struct net_address){ .family = address->ifa_family,
				       .prefix = address->ifa_prefixlen,
				       .flags = address->ifa_flags };
	l->nl->lib->parse(reply, sizeof(*address), take_part, l);
	return l->now.flags & IFA_F_PERMANENT ? keep(l) : MNL_CB_OK;
}

int netlink_addresses(struct netlink *nl, int sock, int index, struct arena *a,
		      struct net_addresses *ret)
{
	struct listing l = { .nl = nl, .arena = a, .ret = ret, .index = index };
	union request q;
	int r = -EINTR;

	/* EINTR: the list has changed meanwhile */
	for (int i = 0; i < TRIES && r == -EINTR; i++) {
		*ret = (struct net_addresses){ 0 };
		begin(nl, &q, RTM_GETADDR, NLM_F_DUMP, sizeof(struct ifaddrmsg));
		r = ask(nl, sock, &q, take_address, &l);
	}
	return r;
}

static void put_part(struct netlink *nl, union request *q, uint16_t type,
		     const struct net_address_part *part)
{
	if (part->size)
		nl->lib->put(&q->head, type, part->size, part->bytes);
}

int netlink_add_address(struct netlink *nl, int sock, int index, const struct net_address *address)
{
	union request q;
	struct ifaddrmsg *m =
		begin(nl, &q, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sizeof(*m));

	m->ifa_family = address->family;
	m->ifa_prefixlen = address->prefix;
	m->ifa_index = (uint32_t)index;
	m->ifa_scope = RT_SCOPE_UNIVERSE;
	put_part(nl, &q, IFA_LOCAL, &address->local);
	put_part(nl, &q, IFA_ADDRESS, &address->address);
	put_part(nl, &q, IFA_BROADCAST, &address->broadcast);
	nl->lib->put_u32(&q.head, IFA_FLAGS, address->flags);
	return ask(nl, sock, &q, NULL, NULL);
}

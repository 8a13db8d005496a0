/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

void plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->n_slots; i++)
		if (p->slots[i].owned)
			fd_close(&p->slots[i].fd);
	free(p->data);
	free(p->ops);
	free(p->slots);
	*p = (struct plan){ 0 };
}

/* Room for one more element in an array; false: no memory. */
static bool more(struct plan *p, void **array, size_t n, size_t *size, size_t width)
{
	size_t want = *size ? *size * 2 : 64;
	void *grown;

	if (p->failed)
		return false;
	if (n < *size)
		return true;
	grown = reallocarray(*array, want, width);
	if (!grown) {
		p->failed = true;
		return false;
	}
	*array = grown;
	*size = want;
	return true;
}

static bool data_room(struct plan *p, size_t n)
{
	size_t size = p->size ? p->size : 16384;
	char *grown;

	while (size - p->len < n)
		size *= 2;
	if (p->failed || size > UINT32_MAX / 2) {
		p->failed = true;
		return false;
	}
	if (size == p->size)
		return true;
	grown = realloc(p->data, size);
	if (!grown) {
		p->failed = true;
		return false;
	}
	if (!p->size) {
		memset(grown, 0, sizeof(struct plan_head));
		p->len = sizeof(struct plan_head);
	}
	p->data = grown;
	p->size = size;
	return true;
}

/* Everything begins at a multiple of 8, and ends with a NUL that is not counted. */
uint32_t plan_put(struct plan *p, const void *data, size_t size)
{
	size_t at;

	if (!data_room(p, sizeof(struct plan_head) + size + 16))
		return 0;
	at = p->len;
	memcpy(p->data + at, data, size);
	memset(p->data + at + size, 0, 8);
	p->len = (at + size + 8) & ~(size_t)7;
	return (uint32_t)at;
}

uint32_t plan_put_text(struct plan *p, const char *text)
{
	return plan_put(p, text, strlen(text) + 1);
}

void plan_payload(struct plan *p, struct plan_op *op, const void *data, size_t size)
{
	op->data = plan_put(p, data, size);
	op->size = (uint32_t)size;
}

struct plan_op *plan_add(struct plan *p, enum plan_kind kind, const char *what, ...)
{
	char name[256];
	struct plan_op *op;
	va_list ap;

	if (!more(p, (void **)&p->ops, p->n_ops, &p->size_ops, sizeof(*p->ops)))
		return &p->nowhere;
	op = &p->ops[p->n_ops++];
	*op = (struct plan_op){ .kind = (uint16_t)kind, .slot = -1, .out = -1 };
	if (what) {
		va_start(ap, what);
		vsnprintf(name, sizeof(name), what, ap);
		va_end(ap);
		op->what = plan_put_text(p, name);
	}
	return op;
}

void plan_move_last(struct plan *p, size_t to)
{
	struct plan_op last;

	if (p->failed)
		return;
	last = p->ops[p->n_ops - 1];
	memmove(p->ops + to + 1, p->ops + to, (p->n_ops - 1 - to) * sizeof(last));
	p->ops[to] = last;
}

static int add_slot(struct plan *p, int fd, bool owned)
{
	if (p->n_slots >= PLAN_SLOTS)
		p->failed = true;
	if (!more(p, (void **)&p->slots, p->n_slots, &p->size_slots, sizeof(*p->slots))) {
		if (owned)
			fd_close(&fd);
		return -1;
	}
	p->slots[p->n_slots] = (struct plan_slot){ fd, owned };
	return (int)p->n_slots++;
}

int plan_slot_take(struct plan *p, int fd)
{
	return add_slot(p, fd, true);
}

int plan_slot_borrow(struct plan *p, int fd)
{
	return add_slot(p, fd, false);
}

int plan_slot_empty(struct plan *p)
{
	return add_slot(p, -1, false);
}

/* ---- sealing ------------------------------------------------------------------ */

static int by_number(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* What lies between the descriptors that are known: everything else was the caller's. */
static uint32_t put_gaps(struct plan *p, int sock, int first_free, uint32_t *ret_size)
{
	const size_t room =
		sizeof(struct plan_ranges) + (p->n_slots + 2) * sizeof(struct plan_range);
	struct plan_ranges *gaps = calloc(1, room);
	int *known = calloc(p->n_slots + 1, sizeof(*known));
	unsigned next = (unsigned)first_free;
	size_t n = 0;
	uint32_t at = 0;

	if (gaps && known) {
		known[n++] = sock;
		for (size_t i = 0; i < p->n_slots; i++)
			if (p->slots[i].fd >= 0)
				known[n++] = p->slots[i].fd;
		qsort(known, n, sizeof(*known), by_number);
		for (size_t i = 0; i < n; i++) {
			unsigned fd = (unsigned)known[i];

			if (fd > next)
				gaps->v[gaps->n++] = (struct plan_range){ next, fd - 1 };
			if (fd >= next)
				next = fd + 1;
		}
		gaps->v[gaps->n++] = (struct plan_range){ next, ~0U };
		*ret_size = (uint32_t)(sizeof(*gaps) + gaps->n * sizeof(*gaps->v));
		at = plan_put(p, gaps, *ret_size);
	} else {
		p->failed = true;
	}
	free(gaps);
	free(known);
	return at;
}

static int to_memfd(const char *data, size_t size)
{
	cleanup_fd int fd = memfd_create("warren-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ssize_t n;

	if (fd < 0)
		return -errno;
	for (size_t done = 0; done < size; done += (size_t)n) {
		n = write(fd, data + done, size - done);
		if (n < 0)
			return -errno;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		return -errno;
	return fd_take(&fd);
}

int plan_seal(struct plan *p, int sock, int first_free, struct error *err)
{
	struct plan_op first = { .kind = PLAN_CLOSE, .slot = -1, .out = -1 };
	struct plan_head head = { .magic = PLAN_MAGIC,
				  .version = PLAN_VERSION,
				  .root_uid = p->root_uid,
				  .root_gid = p->root_gid,
				  .sock = sock };
	cleanup_free int32_t *slots = calloc(p->n_slots + 1, sizeof(*slots));
	cleanup_free struct plan_op *ops = calloc(p->n_ops + 1, sizeof(*ops));
	int r;

	if (!slots || !ops)
		return error_sys(err, ENOMEM, "write the plan");
	for (size_t i = 0; i < p->n_slots; i++) {
		slots[i] = p->slots[i].fd;
		/* the guest would get it: a caller that has closed its own stdin, for example */
		if (slots[i] >= 0 && slots[i] < first_free)
			return error_set(err, EBADF,
					 "descriptors 0 to %d must be open: they are the guest's",
					 first_free - 1);
	}
	first.data = put_gaps(p, sock, first_free, &first.size);
	ops[0] = first;
	if (p->n_ops)
		memcpy(ops + 1, p->ops, p->n_ops * sizeof(*ops));
	head.slots_count = (uint32_t)p->n_slots;
	head.slots_at = plan_put(p, slots, p->n_slots * sizeof(*slots));
	head.ops_count = (uint32_t)p->n_ops + 1;
	head.ops_at = plan_put(p, ops, head.ops_count * sizeof(*ops));
	if (p->failed)
		return error_set(err, ENOMEM,
				 "the guest is too large: more than %d mounts and "
				 "descriptors, or no memory",
				 PLAN_SLOTS);
	head.size = (uint32_t)p->len;
	memcpy(p->data, &head, sizeof(head));
	r = to_memfd(p->data, p->len);
	return r < 0 ? error_sys(err, -r, "write the plan") : r;
}

/* ---- for people --------------------------------------------------------------- */

/* clang-format off */
static const char *const kind_names[PLAN_KINDS] = {
	[PLAN_CLOSE] = "close", [PLAN_SIGNALS] = "signals", [PLAN_CGROUP] = "cgroup",
	[PLAN_OOM] = "oom", [PLAN_AFFINITY] = "affinity", [PLAN_JOIN] = "join",
	[PLAN_UNSHARE] = "unshare", [PLAN_FORK] = "fork", [PLAN_SYNC] = "sync",
	[PLAN_ROOT_IDS] = "root-ids", [PLAN_SESSION] = "session", [PLAN_KEYRING] = "keyring",
	[PLAN_LOOPBACK] = "loopback", [PLAN_OWN_NS] = "own-ns", [PLAN_MNT_TEMPLATE] = "mnt-template",
	[PLAN_MNT_COPY] = "mnt-copy", [PLAN_CLONE] = "clone",
	[PLAN_ROOT_ATTACH] = "root-attach", [PLAN_FS] = "fs",
	[PLAN_TREE] = "tree", [PLAN_SETATTR] = "setattr", [PLAN_MOUNT_LABEL] = "mount-label",
	[PLAN_DIR] = "dir", [PLAN_FILE] = "file",
	[PLAN_NODE] = "node", [PLAN_LINK] = "link", [PLAN_MASK] = "mask",
	[PLAN_READONLY] = "readonly", [PLAN_SYSCTL] = "sysctl", [PLAN_HOOK] = "hook",
	[PLAN_ROOT_ENTER] = "root-enter", [PLAN_ROOT_PIVOT] = "root-pivot",
	[PLAN_PROPAGATION] = "propagation", [PLAN_LOCK] = "lock", [PLAN_ENTER] = "enter",
	[PLAN_CONSOLE] = "console", [PLAN_CONTROL] = "control", [PLAN_STDIO] = "stdio", [PLAN_HOSTNAME] = "hostname",
	[PLAN_DOMAINNAME] = "domainname", [PLAN_UMASK] = "umask",
	[PLAN_LABEL] = "label", [PLAN_SCHEDULER] = "scheduler", [PLAN_IOPRIO] = "ioprio",
	[PLAN_MEMPOLICY] = "mempolicy", [PLAN_PERSONALITY] = "personality",
	[PLAN_NO_NEW_PRIVS] = "no-new-privs", [PLAN_SECCOMP] = "seccomp",
	[PLAN_HELD] = "held",
	[PLAN_RLIMIT] = "rlimit",
	[PLAN_BOUNDING] = "bounding", [PLAN_USER] = "user", [PLAN_CAPS] = "caps",
	[PLAN_CWD] = "cwd", [PLAN_LOOKUP] = "lookup", [PLAN_SHED] = "shed",
	[PLAN_READY] = "ready",
	[PLAN_START] = "start", [PLAN_EXEC] = "exec", [PLAN_EXIT] = "exit",
};
/* clang-format on */

static void print_options(const struct plan *p, const struct plan_fs *fs, struct str *out)
{
	str_printf(out, " %s", p->data + fs->type);
	for (uint32_t i = 0; i < fs->n; i++) {
		str_printf(out, "%s%s", i ? "," : " ", p->data + fs->v[i].key);
		if (fs->v[i].value)
			str_printf(out, "=%s", p->data + fs->v[i].value);
	}
}

static void print_payload(const struct plan *p, const struct plan_op *op, struct str *out)
{
	const void *data = p->data + op->data;

	if (op->kind == PLAN_FS && op->size)
		print_options(p, data, out);
	if (op->kind == PLAN_MASK && op->data)
		str_printf(out, " label=%s", (const char *)data);
	if (op->kind == PLAN_LABEL && op->size)
		str_printf(out, " \"%.*s\"", (int)(op->size - sizeof(struct plan_label)),
			   ((const struct plan_label *)data)->text);
}

void plan_print(const struct plan *p, struct str *out)
{
	for (size_t i = 0; i < p->n_ops; i++) {
		const struct plan_op *op = &p->ops[i];

		str_add(out, kind_names[op->kind]);
		if (op->what)
			str_printf(out, " (%s)", p->data + op->what);
		if (op->text)
			str_printf(out, " \"%s\"", p->data + op->text);
		if (op->slot >= 0)
			str_printf(out, " slot=%d", op->slot);
		if (op->out >= 0)
			str_printf(out, " out=%d", op->out);
		if (op->arg)
			str_printf(out, " arg=%#llx", (unsigned long long)op->arg);
		if (op->flags)
			str_printf(out, " flags=%#x", op->flags);
		print_payload(p, op, out);
		str_add(out, "\n");
	}
}

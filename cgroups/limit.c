/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"

const char *const limit_controllers[LIMIT_CONTROLLERS] = {
	"cpu", "cpuset", "io", "memory", "hugetlb", "pids", "rdma", "misc", "dmem",
};

/* ---- controllers -------------------------------------------------------------------------- */

unsigned limit_controllers_in(const char *text)
{
	unsigned set = 0;

	for (unsigned i = 0; i < LIMIT_CONTROLLERS; i++)
		set |= (unsigned)cgfile_has_word(text, limit_controllers[i]) << i;
	return set;
}

/* "memory.swap.max" -> "memory" */
static size_t controller_len(const char *file)
{
	return strcspn(file, ".");
}

static void want(struct limit_wants *w, const char *json, enum limit_need need, const char *file)
{
	size_t n = controller_len(file);

	for (unsigned i = 0; i < LIMIT_CONTROLLERS && need != LIMIT_NOTHING; i++) {
		if (strlen(limit_controllers[i]) != n || memcmp(limit_controllers[i], file, n) != 0)
			continue;
		if (need == LIMIT_WELCOME)
			w->welcome |= 1U << i;
		else if (!(w->needed >> i & 1))
			w->by[i] = json;
		if (need == LIMIT_NEEDED)
			w->needed |= 1U << i;
	}
}

/* v1 names stand between two colons: "4:memory:/", "1:cpu,cpuacct:/". */
bool limit_on_v1(const char *text, const char *controller)
{
	const char *name = strcmp(controller, "io") == 0 ? "blkio" : controller;
	size_t n = strlen(name);

	while (*text) {
		const char *at = text + strcspn(text, ":\n");

		while (*at == ':' || *at == ',') {
			at++;
			if (strncmp(at, name, n) == 0 && strchr(",:", at[n]))
				return true;
			at += strcspn(at, ",:\n");
			if (*at == ':')
				break;
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return false;
}

static bool bound_to_v1(const char *controller)
{
	cleanup_fd int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	cleanup_str struct str text = { 0 };

	return fd >= 0 && cgfile_read_fd(fd, &text) == 0 && limit_on_v1(text.text, controller);
}

int limit_refuse(struct error *err, const struct cgroup *cg, const char *json,
		 const char *controller)
{
	if (bound_to_v1(controller))
		return error_set(err, ENODEV,
				 "linux.resources.%s: the %s controller is not available on this "
				 "cgroup2 mount (it is bound to cgroup v1): boot with "
				 "systemd.unified_cgroup_hierarchy=1 or remove the limit",
				 json, controller);
	if (cg)
		return error_set(err, ENODEV,
				 "linux.resources.%s: the %s controller is not enabled for cgroup "
				 "%.200s: enable it in cgroup.subtree_control of those above it or "
				 "remove the limit",
				 json, controller, cg->path);
	return error_set(err, ENODEV,
			 "linux.resources.%s: the %s controller is not available on this cgroup2 "
			 "mount (the kernel was built or booted without it, or it is not delegated "
			 "to this container): enable it there or remove the limit",
			 json, controller);
}

/* ---- one value ------------------------------------------------------------------------------ */

static bool offered(const struct cgroup *cg, const char *controller)
{
	cleanup_str struct str text = { 0 };

	return cgfile_read(cg->fd, "cgroup.controllers", &text) == 0 &&
	       cgfile_has_word(text.text, controller);
}

static int refuse_file(const struct limit *l, const char *json, const char *file)
{
	char controller[32];

	snprintf(controller, sizeof(controller), "%.*s", (int)controller_len(file), file);
	if (!offered(l->cg, controller))
		return limit_refuse(l->err, l->cg, json, controller);
	return error_set(l->err, ENODEV,
			 "linux.resources.%s: this kernel has no %s: remove the limit%s", json,
			 file,
			 strcmp(file, "memory.swap.max") == 0 ? " or boot with swapaccount=1" : "");
}

static int refuse_write(struct error *err, int code, const char *json, const char *file,
			const char *value)
{
	if (code == EACCES)
		return error_set(
			err, code,
			"linux.resources.%s: write \"%.100s\" to %s: not allowed to this user",
			json, value, file);
	return error_sys(err, code, "linux.resources.%s: write \"%.100s\" to %s", json, value,
			 file);
}

int limit_put(struct limit *l, const char *json, enum limit_need need, const char *file,
	      const char *value)
{
	int r;

	if (l->wants) {
		want(l->wants, json, need, file);
		return 0;
	}
	r = limit_write(l, file, value);
	if (r >= 0)
		return 0;
	if (r == -ENOENT && need != LIMIT_NEEDED)
		return 0;
	if (r == -ENODEV && need == LIMIT_NOTHING)
		return 0; /* io.max: no such device, no limit on it */
	if (r == -ENOENT)
		return refuse_file(l, json, file);
	return refuse_write(l->err, -r, json, file, value);
}

int limit_put_num(struct limit *l, const char *json, enum limit_need need, const char *file,
		  long long value)
{
	char text[24] = "max";

	if (value >= 0)
		snprintf(text, sizeof(text), "%lld", value);
	return limit_put(l, json, need, file, text);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* memory.checkBeforeUpdate: rather no new limit than processes killed for it. */
static int check_usage(struct limit *l, const struct spec_memory *m)
{
	cleanup_str struct str text = { 0 };
	unsigned long long usage;

	if (l->wants || !m->checkBeforeUpdate ||
	    cgfile_read(l->cg->fd, "memory.current", &text) < 0 || !text.len)
		return 0;
	text.text[strcspn(text.text, "\n")] = '\0';
	if (str_to_u64(text.text, ULLONG_MAX, &usage) < 0)
		return 0;
	if (m->swap.val > 0 && (unsigned long long)m->swap.val <= usage)
		return error_set(l->err, EBUSY,
				 "linux.resources.memory.swap: rejecting memory+swap limit %lld <= "
				 "usage %llu",
				 (long long)m->swap.val, usage);
	if (m->limit.val > 0 && (unsigned long long)m->limit.val <= usage)
		return error_set(l->err, EBUSY,
				 "linux.resources.memory.limit: rejecting memory limit %lld <= "
				 "usage %llu",
				 (long long)m->limit.val, usage);
	return 0;
}

/*
 * The specification counts memory and swap together, v2 counts swap alone.
 * A swap of 0 is unset, and then follows an unlimited memory. The file is
 * missing on a kernel that does not account swap: -1 and 0 hold there anyway.
 */
static int limit_swap(struct limit *l, const struct spec_memory *m)
{
	int64_t swap = m->swap.val;

	if (swap == 0 && m->limit.val != -1)
		return 0;
	if (swap > 0)
		swap -= m->limit.val;
	else
		swap = -1;
	return limit_put_num(l, "memory.swap", swap > 0 ? LIMIT_NEEDED : LIMIT_NOTHING,
			     "memory.swap.max", swap);
}

static int limit_memory(struct limit *l, const struct spec_memory *m)
{
	int r = check_usage(l, m);

	if (r >= 0)
		r = limit_swap(l, m);
	if (r >= 0 && m->limit.val)
		r = limit_put_num(l, "memory.limit",
				  m->limit.val > 0 ? LIMIT_NEEDED : LIMIT_NOTHING, "memory.max",
				  m->limit.val);
	/* Unlimited was no protection in v1. "max" would be full protection: it becomes 0. */
	if (r >= 0 && m->reservation.val)
		r = limit_put_num(l, "memory.reservation",
				  m->reservation.val > 0 ? LIMIT_NEEDED : LIMIT_NOTHING,
				  "memory.low", m->reservation.val > 0 ? m->reservation.val : 0);
	return r;
}

/* ---- the small ones ----------------------------------------------------------------- */

/* ociVersion 1.3 made a pids limit of 0 a limit; before it was "unlimited". */
static bool zero_is_limit(const char *oci_version)
{
	char *end;
	unsigned long major = strtoul(oci_version, &end, 10);
	unsigned long minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;

	return major > 1 || (major == 1 && minor >= 3);
}

static int limit_pids(struct limit *l, const struct spec_pids *pids)
{
	int64_t max = pids && pids->limit.set ? pids->limit.val : 0;
	enum limit_need need = max > 0 ? LIMIT_NEEDED : LIMIT_NOTHING;

	if (!pids || !pids->limit.set)
		return 0;
	if (max == 0 && !l->oci_version) {
		need = LIMIT_WELCOME;
	} else if (max == 0 && zero_is_limit(l->oci_version)) {
		need = LIMIT_NEEDED;
		max = 1; /* with 0 not even the guest's init could be born in it */
	} else if (max == 0) {
		max = -1;
	}
	return limit_put_num(l, "pids.limit", need, "pids.max", max);
}

static int limit_hugepages(struct limit *l, const struct spec_hugepage *h)
{
	bool unlimited = h->limit == UINT64_MAX;
	char file[64], value[24] = "max";
	int r;

	if (!unlimited)
		snprintf(value, sizeof(value), "%llu", (unsigned long long)h->limit);
	snprintf(file, sizeof(file), "hugetlb.%.32s.max", h->pageSize);
	r = limit_put(l, "hugepageLimits", unlimited ? LIMIT_NOTHING : LIMIT_NEEDED, file, value);
	if (r < 0)
		return r;
	/* Reservations count since 5.7, and have no file on every size. */
	snprintf(file, sizeof(file), "hugetlb.%.32s.rsvd.max", h->pageSize);
	return limit_put(l, "hugepageLimits", LIMIT_NOTHING, file, value);
}

static int limit_rdma(struct limit *l, const struct spec_rdma *rdma)
{
	char value[192];
	int n;

	if (!rdma->hcaHandles.set && !rdma->hcaObjects.set)
		return 0;
	n = snprintf(value, sizeof(value), "%.128s", rdma->key);
	if (rdma->hcaHandles.set)
		n += snprintf(value + n, sizeof(value) - (size_t)n, " hca_handle=%u",
			      rdma->hcaHandles.val);
	if (rdma->hcaObjects.set)
		snprintf(value + n, sizeof(value) - (size_t)n, " hca_object=%u",
			 rdma->hcaObjects.val);
	return limit_put(l, "rdma", LIMIT_NEEDED, "rdma.max", value);
}

/* ---- unified
 * -------------------------------------------------------------------------------------- */

static int refuse_unified(struct limit *l, int code, const char *file, const char *line)
{
	int n = (int)controller_len(file);
	char controller[32];

	if (code != ENOENT)
		return refuse_write(l->err, code, "unified", file, line);
	snprintf(controller, sizeof(controller), "%.*s", n, file);
	if (strcmp(controller, "cgroup") == 0 || offered(l->cg, controller))
		return error_set(
			l->err, ENODEV,
			"linux.resources.unified: unified resource \"%.100s\" can't be set: "
			"this kernel has no such file: remove it",
			file);
	return error_set(l->err, ENODEV,
			 "linux.resources.unified: unified resource \"%.100s\" can't be set: "
			 "controller \"%s\" not available%s",
			 file, controller,
			 bound_to_v1(controller) ? " (it is bound to cgroup v1): boot with "
						   "systemd.unified_cgroup_hierarchy=1 or remove it"
						 : " in this cgroup: enable it above or remove it");
}

/* A file such as io.max takes one line a write. */
static int limit_unified(struct limit *l, const char *file, const char *lines)
{
	if (l->wants) {
		/* cpu.pressure and others exist without their controller: writing will tell. */
		want(l->wants, "unified", LIMIT_WELCOME, file);
		return 0;
	}
	while (*lines) {
		size_t n = strcspn(lines, "\n");
		cleanup_str struct str line = { 0 };
		int r;

		str_add_n(&line, lines, n);
		r = str_ok(&line);
		if (r >= 0 && n > 0)
			r = limit_write(l, file, line.text);
		if (r < 0)
			return refuse_unified(l, -r, file, line.text ? line.text : "");
		lines += n;
		lines += *lines == '\n';
	}
	return 0;
}

/* ---- all
 * -------------------------------------------------------------------------------------------- */

static int limit_all(struct limit *l, const struct spec_resources *res)
{
	int r = limit_pids(l, res->pids);

	if (r >= 0)
		r = limit_memory(l, &res->memory);
	if (r >= 0)
		r = limit_io(l, &res->blockIO);
	if (r >= 0)
		r = limit_cpu(l, &res->cpu);
	if (r >= 0)
		r = limit_cpuset(l, &res->cpu);
	for (size_t i = 0; r >= 0 && i < res->hugepageLimits.n; i++)
		r = limit_hugepages(l, &res->hugepageLimits.v[i]);
	for (size_t i = 0; r >= 0 && i < res->rdma.n; i++)
		r = limit_rdma(l, &res->rdma.v[i]);
	/* Last: what was written by name of the kernel's file wins. */
	for (size_t i = 0; r >= 0 && i < res->unified.n; i++)
		r = limit_unified(l, res->unified.v[i].key, res->unified.v[i].val);
	return r;
}

/* What tells callers how much a guest uses, whether or not it has a limit of it. */
static unsigned accounting(void)
{
	static const char *const names[] = { "cpu", "io", "memory", "pids" };
	unsigned set = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		set |= limit_controllers_in(names[i]);
	return set;
}

void limit_collect(const struct spec_resources *res, struct limit_wants *ret)
{
	struct error unused;
	struct limit l = { .wants = ret, .err = &unused };

	*ret = (struct limit_wants){ .welcome = accounting() };
	(void)limit_all(&l, res); /* without a cgroup nothing can fail */
}

int cgroup_limit(const struct cgroup *cg, const struct spec_resources *res, const char *oci_version,
		 struct error *err)
{
	struct limit l = { .cg = cg, .oci_version = oci_version, .err = err };

	return limit_all(&l, res);
}

int cgroup_change(const struct cgroup *cg, const struct spec_resources *res,
		  const char *oci_version, struct cgroup_undo *undo, struct error *err)
{
	struct limit l = { .cg = cg, .undo = undo, .oci_version = oci_version, .err = err };

	return limit_all(&l, res);
}

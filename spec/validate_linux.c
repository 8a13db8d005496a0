/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "spec/names.h"
#include "spec/number_list.h"
#include "spec/rules.h"
#include "spec/sysctl.h"

/* ---- namespaces and ids ------------------------------------------------------ */

static int check_namespaces(const struct spec_linux *linux, struct error *err)
{
	for (size_t i = 0; i < linux->namespaces.n; i++) {
		const struct spec_namespace *ns = &linux->namespaces.v[i];

		if (spec_namespace(linux, (enum spec_ns)ns->type) != ns)
			return BAD(err, "linux.namespaces[%zu].type: \"%s\" is listed twice", i,
				   spec_ns_names[ns->type]);
		if (rule_given(ns->path) && *ns->path != '/')
			return BAD(err, "linux.namespaces[%zu].path: must be absolute, got \"%s\"",
				   i, ns->path);
	}
	/* The root could only be changed by chroot, in view of the host's mounts. */
	if (!spec_namespace(linux, SPEC_NS_MOUNT))
		return BAD(err, "linux.namespaces: \"mount\" is missing, a guest needs one of its "
				"own or one to join");
	return 0;
}

static int check_maps(const struct spec_linux *linux, struct error *err)
{
	const struct spec_namespace *user = spec_namespace(linux, SPEC_NS_USER);
	const bool uids = linux->uidMappings.n > 0, gids = linux->gidMappings.n > 0;
	int r;

	if (!user && (uids || gids))
		return BAD(err, "linux.%s: needs a user namespace in linux.namespaces",
			   uids ? "uidMappings" : "gidMappings");
	if (user && uids != gids)
		return BAD(err, "linux.%s: missing, uids and gids are mapped together",
			   uids ? "gidMappings" : "uidMappings");
	if (user && !rule_given(user->path) && !uids)
		return BAD(err, "linux.uidMappings: missing, a new user namespace needs them");
	r = rule_id_mappings(&linux->uidMappings, "linux.uidMappings", err);
	return r < 0 ? r : rule_id_mappings(&linux->gidMappings, "linux.gidMappings", err);
}

static bool is_mapped(const struct spec_id_mappings *m, uint32_t id)
{
	for (size_t i = 0; i < m->n; i++)
		if (id >= m->v[i].containerID && id - m->v[i].containerID < m->v[i].size)
			return true;
	return m->n == 0; /* of a joined namespace; or all are, without one */
}

static int check_user(const struct spec_user *user, const struct spec_linux *linux,
		      struct error *err)
{
	if (!is_mapped(&linux->uidMappings, user->uid))
		return BAD(err, "process.user.uid: %u is not mapped by linux.uidMappings",
			   user->uid);
	if (!is_mapped(&linux->gidMappings, user->gid))
		return BAD(err, "process.user.gid: %u is not mapped by linux.gidMappings",
			   user->gid);
	for (size_t i = 0; i < user->additionalGids.n; i++)
		if (!is_mapped(&linux->gidMappings, user->additionalGids.v[i]))
			return BAD(err,
				   "process.user.additionalGids[%zu]: %u is not mapped by "
				   "linux.gidMappings",
				   i, user->additionalGids.v[i]);
	return 0;
}

static int check_offset(const struct spec_time_offset *offset, const char *clock, struct error *err)
{
	if (offset && offset->nanosecs > 999999999)
		return BAD(err, "linux.timeOffsets.%s.nanosecs: %u is a second or more", clock,
			   offset->nanosecs);
	return 0;
}

static int check_time(const struct spec_linux *linux, struct error *err)
{
	const struct spec_namespace *ns = spec_namespace(linux, SPEC_NS_TIME);
	int r;

	if (!linux->timeOffsets.monotonic && !linux->timeOffsets.boottime)
		return 0;
	if (!ns)
		return BAD(err, "linux.timeOffsets: needs a time namespace in linux.namespaces");
	if (rule_given(ns->path))
		return BAD(
			err,
			"linux.timeOffsets: the clocks of a joined time namespace are set already");
	r = check_offset(linux->timeOffsets.monotonic, "monotonic", err);
	return r < 0 ? r : check_offset(linux->timeOffsets.boottime, "boottime", err);
}

/* ---- the root ---------------------------------------------------------------- */

static int check_paths(const struct strs *paths, const char *at, struct error *err)
{
	for (size_t i = 0; i < paths->n; i++)
		if (*paths->v[i] != '/')
			return BAD(err, "%s[%zu]: must be absolute, got \"%s\"", at, i,
				   paths->v[i]);
	return 0;
}

static int check_view(const struct spec_linux *linux, struct error *err)
{
	int r;

	if (rule_given(linux->rootfsPropagation) &&
	    spec_name(spec_propagations, linux->rootfsPropagation) < 0)
		return BAD(err, "linux.rootfsPropagation: unknown value \"%s\"",
			   linux->rootfsPropagation);
	r = check_paths(&linux->maskedPaths, "linux.maskedPaths", err);
	return r < 0 ? r : check_paths(&linux->readonlyPaths, "linux.readonlyPaths", err);
}

static int check_device(const struct spec_device *d, size_t i, struct error *err)
{
	const bool fifo = strcmp(d->type, "p") == 0;

	if (strlen(d->type) != 1 || !strchr("cbup", *d->type))
		return BAD(err, "linux.devices[%zu].type: expected c, b, u or p, got \"%s\"", i,
			   d->type);
	if (*d->path != '/')
		return BAD(err, "linux.devices[%zu].path: must be absolute, got \"%s\"", i,
			   d->path);
	if (!fifo && !d->major.set)
		return BAD(err, "linux.devices[%zu].major: missing", i);
	if (!fifo && !d->minor.set)
		return BAD(err, "linux.devices[%zu].minor: missing", i);
	/* 12 and 20 bits in the kernel. */
	if (d->major.val < 0 || d->major.val > 4095)
		return BAD(err, "linux.devices[%zu].major: is not in 0..4095", i);
	if (d->minor.val < 0 || d->minor.val > 1048575)
		return BAD(err, "linux.devices[%zu].minor: is not in 0..1048575", i);
	if (d->uid.val == RULE_NO_ID)
		return BAD(err, "linux.devices[%zu].uid: 4294967295 is no user", i);
	if (d->gid.val == RULE_NO_ID)
		return BAD(err, "linux.devices[%zu].gid: 4294967295 is no group", i);
	return 0;
}

static int check_devices(const struct spec_linux *linux, struct error *err)
{
	for (size_t i = 0; i < linux->devices.n; i++) {
		int r = check_device(&linux->devices.v[i], i, err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- the network ------------------------------------------------------------- */

/* What the kernel takes; the name in the guest may hold one %d, filled in by the kernel. */
static bool is_interface(const char *name, bool pattern)
{
	const char *percent = strchr(name, '%');
	const size_t n = strlen(name);

	if (n == 0 || n > 15 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strchr("/:", name[i]) || isspace((unsigned char)name[i]))
			return false;
	return !pattern || !percent || (percent[1] == 'd' && !strchr(percent + 1, '%'));
}

static int check_net_devices(const struct spec_linux *linux, struct error *err)
{
	if (linux->netDevices.n > 0 && !spec_namespace(linux, SPEC_NS_NETWORK))
		return BAD(err, "linux.netDevices: needs a network namespace in linux.namespaces");
	for (size_t i = 0; i < linux->netDevices.n; i++) {
		const struct spec_net_device *d = &linux->netDevices.v[i];

		if (!is_interface(d->key, false))
			return BAD(err, "linux.netDevices: \"%s\" is not the name of an interface",
				   d->key);
		if (rule_given(d->name) && !is_interface(d->name, true))
			return BAD(
				err,
				"linux.netDevices.%s.name: \"%s\" is not the name of an interface",
				d->key, d->name);
	}
	return 0;
}

/* ---- memory, cache, personality ---------------------------------------------- */

static int check_rdt_text(const char *text, const char *at, struct error *err)
{
	if (text && strchr(text, '\n'))
		return BAD(err, "linux.intelRdt.%s: must be one line", at);
	return 0;
}

static int check_rdt(const struct spec_linux *linux, struct error *err)
{
	const struct spec_intel_rdt *rdt = linux->intelRdt;
	const char *id;
	int r;

	if (!rdt)
		return 0;
	id = rdt->closID ? rdt->closID : "";
	if (strcmp(id, ".") == 0 || strcmp(id, "..") == 0 || strchr(id, '\n') ||
	    (strchr(id, '/') && strcmp(id, "/") != 0))
		return BAD(err, "linux.intelRdt.closID: must be one name or \"/\", got \"%s\"", id);
	if (rule_given(rdt->memBwSchema) && !str_starts(rdt->memBwSchema, "MB:"))
		return BAD(err, "linux.intelRdt.memBwSchema: must begin with \"MB:\"");
	r = check_rdt_text(rdt->memBwSchema, "memBwSchema", err);
	for (size_t i = 0; r == 0 && i < rdt->schemata.n; i++)
		r = check_rdt_text(rdt->schemata.v[i], "schemata", err);
	return r;
}

static int check_policy_nodes(const struct spec_memory_policy *mp, struct error *err)
{
	const bool given = rule_given(mp->nodes);

	if (given && !spec_number_list_valid(mp->nodes, SPEC_MAX_NODE))
		return BAD(err, "linux.memoryPolicy.nodes: \"%s\" is not a list of memory nodes",
			   mp->nodes);
	switch (mp->mode) {
	case SPEC_MPOL_DEFAULT:
	case SPEC_MPOL_LOCAL:
		if (given)
			return BAD(err, "linux.memoryPolicy.nodes: must be empty with %s",
				   spec_mpol_modes[mp->mode]);
		break;
	case SPEC_MPOL_PREFERRED:
		break;
	default:
		if (!given)
			return BAD(err, "linux.memoryPolicy.nodes: missing, %s needs one",
				   spec_mpol_modes[mp->mode]);
	}
	return 0;
}

static int check_memory_policy(const struct spec_linux *linux, struct error *err)
{
	const struct spec_memory_policy *mp = linux->memoryPolicy;
	unsigned flags = 0;

	if (!mp)
		return 0;
	for (size_t i = 0; i < mp->flags.n; i++)
		flags |= 1U << mp->flags.v[i];
	if (flags & 1U << SPEC_MPOL_F_STATIC_NODES && flags & 1U << SPEC_MPOL_F_RELATIVE_NODES)
		return BAD(err, "linux.memoryPolicy.flags: MPOL_F_STATIC_NODES and "
				"MPOL_F_RELATIVE_NODES exclude each other");
	if (flags & 1U << SPEC_MPOL_F_NUMA_BALANCING && mp->mode != SPEC_MPOL_BIND &&
	    mp->mode != SPEC_MPOL_PREFERRED_MANY)
		return BAD(err, "linux.memoryPolicy.flags: MPOL_F_NUMA_BALANCING is for MPOL_BIND "
				"and MPOL_PREFERRED_MANY only");
	return check_policy_nodes(mp, err);
}

static int check_personality(const struct spec_linux *linux, struct error *err)
{
	const struct spec_personality *p = linux->personality;

	if (!p)
		return 0;
	if (strcmp(p->domain, "LINUX") != 0 && strcmp(p->domain, "LINUX32") != 0)
		return BAD(err, "linux.personality.domain: expected LINUX or LINUX32, got \"%s\"",
			   p->domain);
	if (p->flags.n > 0)
		return BAD(err, "linux.personality.flags: unknown flag \"%s\"", p->flags.v[0]);
	return 0;
}

static int check_resources(const struct spec_linux *linux, struct error *err)
{
	int r = rule_resources(&linux->resources, "linux.resources.", err);

	return r < 0 ? r : rule_resource_pairs(&linux->resources, "linux.resources.", err);
}

static int check_seccomp(const struct spec_linux *linux, struct error *err)
{
	return linux->seccomp ? rule_seccomp(linux->seccomp, err) : 0;
}

int rule_linux(const struct spec *spec, struct error *err)
{
	static int (*const rules[])(const struct spec_linux *linux, struct error *err) = {
		check_namespaces, check_maps,        check_time,          check_view,
		check_devices,    spec_sysctl_check, check_net_devices,   check_resources,
		check_seccomp,    check_rdt,         check_memory_policy, check_personality,
	};
	static const struct spec_linux none;
	const struct spec_linux *linux = spec->linux ? spec->linux : &none;

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		int r = rules[i](linux, err);

		if (r < 0)
			return r;
	}
	return check_user(&spec->process->user, linux, err);
}

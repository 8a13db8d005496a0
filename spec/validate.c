/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/validate.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "spec/mount_option.h"
#include "spec/rules.h"

/* __NEW_UTS_LEN of the kernel. */
#define MAX_UTS_NAME 64

/* ---- shared with the other parts ------------------------------------------- */

int rule_env(const struct strs *env, const char *at, struct error *err)
{
	for (size_t i = 0; i < env->n; i++) {
		const char *sign = strchr(env->v[i], '=');

		/* The entry itself is not repeated: it may be a secret. */
		if (!sign || sign == env->v[i])
			return BAD(err, "%s[%zu]: expected NAME=VALUE", at, i);
	}
	return 0;
}

static bool meets(uint32_t a, uint32_t b, const struct spec_id_mapping *x,
		  const struct spec_id_mapping *y)
{
	return a < (uint64_t)b + y->size && b < (uint64_t)a + x->size;
}

static int check_mapping(const struct spec_id_mappings *all, size_t i, const char *at,
			 struct error *err)
{
	const struct spec_id_mapping *m = &all->v[i];

	if (m->size == 0)
		return BAD(err, "%s[%zu].size: must not be 0", at, i);
	if ((uint64_t)m->containerID + m->size > RULE_NO_ID ||
	    (uint64_t)m->hostID + m->size > RULE_NO_ID)
		return BAD(err, "%s[%zu]: the highest id is 4294967294", at, i);
	for (size_t k = 0; k < i; k++) {
		const struct spec_id_mapping *o = &all->v[k];

		if (meets(m->containerID, o->containerID, m, o) ||
		    meets(m->hostID, o->hostID, m, o))
			return BAD(err, "%s[%zu]: overlaps %s[%zu]", at, i, at, k);
	}
	return 0;
}

int rule_id_mappings(const struct spec_id_mappings *mappings, const char *at, struct error *err)
{
	/* UID_GID_MAP_MAX_EXTENTS of the kernel. */
	if (mappings->n > 340)
		return BAD(err, "%s: the kernel takes no more than 340", at);
	for (size_t i = 0; i < mappings->n; i++) {
		int r = check_mapping(mappings, i, at, err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- config.json ----------------------------------------------------------- */

static int check_root(const struct spec *spec, struct error *err)
{
	if (!spec->root.path)
		return BAD(err, "root: missing");
	if (!*spec->root.path)
		return BAD(err, "root.path: must not be empty");
	return 0;
}

/* Without mappings of its own the guest's are meant. */
static bool lacks_mappings(const struct spec *spec, const struct spec_mount *m)
{
	return spec_mount_is_mapped(m) && !m->uidMappings.n &&
	       !(spec->linux && spec_namespace(spec->linux, SPEC_NS_USER));
}

static int check_mount(const struct spec *spec, size_t i, struct error *err)
{
	const struct spec_mount *m = &spec->mounts.v[i];
	char at[64];
	int r;

	if (!*m->destination)
		return BAD(err, "mounts[%zu].destination: must not be empty", i);
	if (!rule_given(m->type) && !spec_mount_is_bind(m))
		return BAD(err,
			   "mounts[%zu] %s: a type or the option \"bind\" or \"rbind\" is needed",
			   i, m->destination);
	if (spec_mount_is_bind(m) && !rule_given(m->source))
		return BAD(err, "mounts[%zu] %s: a bind mount needs a source", i, m->destination);
	if (!m->uidMappings.n != !m->gidMappings.n)
		return BAD(err,
			   "mounts[%zu] %s: uidMappings and gidMappings must be given together", i,
			   m->destination);
	if (lacks_mappings(spec, m))
		return BAD(err,
			   "mounts[%zu] %s: option idmap needs uidMappings and gidMappings, "
			   "or a guest with a user namespace",
			   i, m->destination);
	snprintf(at, sizeof(at), "mounts[%zu].uidMappings", i);
	r = rule_id_mappings(&m->uidMappings, at, err);
	if (r < 0)
		return r;
	snprintf(at, sizeof(at), "mounts[%zu].gidMappings", i);
	return rule_id_mappings(&m->gidMappings, at, err);
}

static int check_mounts(const struct spec *spec, struct error *err)
{
	for (size_t i = 0; i < spec->mounts.n; i++) {
		int r = check_mount(spec, i, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int check_uts_name(const struct spec *spec, const char *name, const char *at,
			  struct error *err)
{
	if (!rule_given(name))
		return 0;
	if (!spec_namespace(spec->linux, SPEC_NS_UTS))
		return BAD(err, "%s: needs a uts namespace in linux.namespaces", at);
	if (strlen(name) > MAX_UTS_NAME)
		return BAD(err, "%s: longer than %d bytes", at, MAX_UTS_NAME);
	return 0;
}

static int check_uts(const struct spec *spec, struct error *err)
{
	int r = check_uts_name(spec, spec->hostname, "hostname", err);

	return r < 0 ? r : check_uts_name(spec, spec->domainname, "domainname", err);
}

static int check_hook(const struct spec_hook *hook, const char *at, struct error *err)
{
	char env[64];

	if (*hook->path != '/')
		return BAD(err, "%s.path: must be absolute, got \"%s\"", at, hook->path);
	if (hook->timeout.set && hook->timeout.val <= 0)
		return BAD(err, "%s.timeout: must be above 0, got %d", at, hook->timeout.val);
	snprintf(env, sizeof(env), "%s.env", at);
	return rule_env(&hook->env, env, err);
}

static int check_hooks(const struct spec *spec, struct error *err)
{
	const struct {
		const char *name;
		const struct spec_hook_list *list;
	} lists[] = {
		{ "prestart", &spec->hooks.prestart },
		{ "createRuntime", &spec->hooks.createRuntime },
		{ "createContainer", &spec->hooks.createContainer },
		{ "startContainer", &spec->hooks.startContainer },
		{ "poststart", &spec->hooks.poststart },
		{ "poststop", &spec->hooks.poststop },
	};

	for (size_t k = 0; k < sizeof(lists) / sizeof(*lists); k++) {
		for (size_t i = 0; i < lists[k].list->n; i++) {
			char at[48];
			int r;

			snprintf(at, sizeof(at), "hooks.%s[%zu]", lists[k].name, i);
			r = check_hook(&lists[k].list->v[i], at, err);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int check_annotations(const struct spec *spec, struct error *err)
{
	for (size_t i = 0; i < spec->annotations.n; i++)
		if (!*spec->annotations.v[i].key)
			return BAD(err, "annotations: a key must not be empty");
	return 0;
}

static int check_process(const struct spec *spec, struct error *err)
{
	if (!spec->process)
		return BAD(err, "process: missing, nothing to run");
	return rule_process(spec->process, "process.", err);
}

int spec_validate(const struct spec *spec, struct error *err)
{
	static int (*const rules[])(const struct spec *spec, struct error *err) = {
		check_root, check_process, check_mounts,      rule_linux,
		check_uts,  check_hooks,   check_annotations,
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		int r = rules[i](spec, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int spec_validate_process(const struct spec_process *process, struct error *err)
{
	return rule_process(process, "", err);
}

int spec_validate_resources(const struct spec_resources *res, struct error *err)
{
	return rule_resources(res, "", err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* update: other limits for a guest that lives. All of them, or none. */
#include <errno.h>

#include "base/fd.h"
#include "cgroups/cgroup.h"
#include "libcontainer/life.h"
#include "libcontainer/resctrl.h"
#include "libcontainer/resources.h"
#include "spec/validate.h"

static int check_given(const struct spec_resources *given, struct error *err)
{
	int r = spec_validate_resources(given, err);

	return r < 0 ? r : spec_supported_resources(given, err);
}

static int open_living(const struct warren_host *host, const char *id, struct record *rec,
		       struct error *err)
{
	int r = record_open(host, id, rec, err);

	if (r >= 0)
		r = record_lock(rec, err);
	if (r >= 0)
		r = record_status(rec, NULL, err);
	if (r < 0)
		return r;
	if (r != WARREN_CREATED && r != WARREN_RUNNING && r != WARREN_PAUSED)
		return error_set(err, ESRCH, "container not running");
	return 0;
}

/* ---- linux.intelRdt ------------------------------------------------------------- */

/* root: of resctrl, -1: its group stays as it is. */
struct schemata {
	int root;
	struct spec_intel_rdt before;
};

static void schemata_close(struct schemata *s)
{
	fd_close(&s->root);
}
#define cleanup_schemata __attribute__((cleanup(schemata_close)))

static bool given(const char *text)
{
	return text && *text;
}

static int take_schemata(struct spec *spec, const struct warren_update *args, struct schemata *ret,
			 struct error *err)
{
	struct spec_intel_rdt *rdt = spec->linux->intelRdt;
	int r;

	if (!given(args->l3_cache_schema) && !given(args->mem_bw_schema))
		return 0;
	if (!rdt)
		return error_set(err, EINVAL,
				 "%s: the container has no group of resctrl: create it with "
				 "linux.intelRdt",
				 given(args->l3_cache_schema) ? "l3-cache-schema"
							      : "mem-bw-schema");
	ret->before = *rdt;
	if (given(args->l3_cache_schema))
		rdt->l3CacheSchema = args->l3_cache_schema;
	if (given(args->mem_bw_schema))
		rdt->memBwSchema = args->mem_bw_schema;
	r = spec_validate(spec, err);
	if (r >= 0)
		r = ret->root = resctrl_open(err);
	return r < 0 ? r : 0;
}

/* The kernel takes all lines or none. */
static int write_schemata(const struct schemata *s, const struct spec_intel_rdt *rdt,
			  const char *id, struct error *err)
{
	return s->root < 0 ? 0 : resctrl_write(s->root, rdt, id, err);
}

/* ---- all of it ------------------------------------------------------------------ */

static int restore(const struct record *rec, const struct cgroup *cg, struct cgroup_undo *undo,
		   const struct schemata *written, struct error *err)
{
	struct error why = { 0 };
	int r = cgroup_undo(cg, undo, &why);

	if (r >= 0 && written)
		r = write_schemata(written, &written->before, rec->id, &why);
	if (r < 0)
		return error_ctx(err, "some limits are changed and could not be restored (%s)",
				 why.text);
	return error_ctx(err, "the limits are as they were");
}

/* The limits and then what is remembered of them. */
static int change(struct record *rec, const struct cgroup *cg, const struct spec_resources *res,
		  const struct spec *spec, const struct schemata *schemata, struct error *err)
{
	cleanup_cgroup_undo struct cgroup_undo undo = { 0 };
	const struct schemata *written = NULL;
	int r = cgroup_change(cg, res, rec->state->ociVersion, &undo, err);

	if (r >= 0)
		r = write_schemata(schemata, spec->linux->intelRdt, rec->id, err);
	if (r >= 0) {
		written = schemata;
		r = record_save_updated(rec, spec, err);
	}
	return r < 0 ? restore(rec, cg, &undo, written, err) : 0;
}

/* *spec: as it was at create, or after the last update; the limits are merged into it. */
static int apply(struct record *rec, struct spec *spec, const struct spec_resources *asked,
		 const struct schemata *schemata, struct error *err)
{
	cleanup_cgroup_mount struct cgroup_mount mount = CGROUP_MOUNT_INIT;
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	struct spec_resources all, write;
	int r = record_cgroup(rec, &cg, err);

	if (r >= 0)
		r = cgroup_mount_open(&mount, err);
	if (r < 0)
		return r;
	if (resources_merge(&rec->arena, &spec->linux->resources, asked, &all, &write) < 0)
		return error_sys(err, ENOMEM, "update");
	r = cgroup_check(&all, err);
	if (r >= 0)
		r = cgroup_enable(&mount, &cg, &write, err);
	spec->linux->resources = all;
	return r < 0 ? r : change(rec, &cg, &write, spec, schemata, err);
}

int guest_update(const struct warren_host *host, const struct warren_update *args,
		 struct error *err)
{
	cleanup_record struct record rec = RECORD_INIT;
	cleanup_arena struct arena a = { 0 };
	cleanup_schemata struct schemata schemata = { .root = -1 };
	struct spec_resources *res;
	struct spec *spec;
	int r = resources_given(&a, args, &res, err);

	if (r >= 0)
		r = check_given(res, err);
	if (r >= 0)
		r = open_living(host, args->id, &rec, err);
	if (r >= 0)
		r = record_load_config(&rec, &spec, err);
	if (r < 0)
		return r;
	if (!spec->linux)
		spec->linux = arena_alloc(&rec.arena, sizeof(*spec->linux));
	if (!spec->linux)
		return error_sys(err, ENOMEM, "update");
	r = take_schemata(spec, args, &schemata, err);
	return r < 0 ? r : apply(&rec, spec, res, &schemata, err);
}

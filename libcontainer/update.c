/* SPDX-License-Identifier: Apache-2.0 */
/* update: other limits for a guest that lives. All of them, or none. */
#include <errno.h>

#include "base/str.h"
#include "cgroups/cgroup.h"
#include "libcontainer/life.h"
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

static int save(struct record *rec, const struct spec *spec, struct error *err)
{
	cleanup_str struct str text = { 0 };
	int r = spec_dump(spec, JSON_ONE_LINE, &text, err);

	return r < 0 ? r : record_save_config(rec, text.text, text.len, err);
}

/* The limits and then what is remembered of them. */
static int change(struct record *rec, const struct cgroup *cg, const struct spec_resources *res,
		  const struct spec *spec, struct error *err)
{
	cleanup_cgroup_undo struct cgroup_undo undo = { 0 };
	struct error why = { 0 };
	int r = cgroup_change(cg, res, rec->state->ociVersion, &undo, err);

	if (r >= 0)
		r = save(rec, spec, err);
	if (r >= 0)
		return 0;
	if (cgroup_undo(cg, &undo, &why) < 0)
		return error_ctx(err, "some limits are changed and could not be restored (%s)",
				 why.text);
	return error_ctx(err, "the limits are as they were");
}

/* *spec: as it was at create, or after the last update; the limits are merged into it. */
static int apply(struct record *rec, struct spec *spec, const struct spec_resources *given,
		 struct error *err)
{
	cleanup_cgroup_mount struct cgroup_mount mount = CGROUP_MOUNT_INIT;
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	struct spec_resources all, write;
	int r = record_cgroup(rec, &cg, err);

	if (r >= 0)
		r = cgroup_mount_open(&mount, err);
	if (r < 0)
		return r;
	if (resources_merge(&rec->arena, &spec->linux->resources, given, &all, &write) < 0)
		return error_sys(err, ENOMEM, "update");
	r = cgroup_check(&all, err);
	if (r >= 0)
		r = cgroup_enable(&mount, &cg, &write, err);
	spec->linux->resources = all;
	return r < 0 ? r : change(rec, &cg, &write, spec, err);
}

int guest_update(const struct warren_host *host, const struct warren_update *args,
		 struct error *err)
{
	cleanup_record struct record rec = RECORD_INIT;
	cleanup_arena struct arena a = { 0 };
	struct spec_resources *given;
	struct spec *spec;
	int r = resources_given(&a, args, &given, err);

	if (r >= 0)
		r = check_given(given, err);
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
	return apply(&rec, spec, given, err);
}

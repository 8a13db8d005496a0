/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/destroy.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "cgroups/cgroup.h"
#include "libcontainer/hooks.h"
#include "libcontainer/resctrl.h"
#include "overlay/overlay.h"

static int no_error(struct error *err)
{
	*err = (struct error){ 0 };
	return 0;
}

/* One that is somebody else's by now, or gone, is left alone. */
static int remove_cgroup(struct record *rec, struct error *err)
{
	cleanup_cgroup_mount struct cgroup_mount mount = CGROUP_MOUNT_INIT;
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	struct error ignored = { 0 };
	int r = record_cgroup(rec, &cg, err), opened;

	if (r == -ENOTSUP || (r == -ESRCH && rec->state->pid))
		return no_error(err);
	if (r < 0 && r != -ESRCH) /* it may be ours: without its state nobody would find it again */
		return r;
	if (r >= 0 && cgroup_populated(&cg, &ignored) == 1)
		cgroup_kill(&cg, &ignored);
	opened = cgroup_mount_open(&mount, err);
	/* a creator that died between making it and marking it left it empty */
	if (opened >= 0 && r < 0)
		opened = cgroup_open(&mount, rec->state->cgroup, &cg, err);
	if (opened == -ENOENT || opened == -ENODEV)
		return no_error(err);
	if (opened < 0)
		return opened;
	if (r < 0 && cgroup_populated(&cg, &ignored) != 0)
		return no_error(err);
	return cgroup_remove(&mount, rec->state->cgroup, (int)rec->state->cgroupKept, err);
}

static int remove_resctrl(const struct record *rec, struct error *err)
{
	struct error ignored = { 0 };
	cleanup_fd int root = -1;

	if (!rec->state->resctrl)
		return 0;
	root = resctrl_open(&ignored);
	/* another boot: it is gone with the mount */
	return root < 0 ? 0 : resctrl_remove(root, rec->state->resctrl, err);
}

static void warn(const struct record *rec, const struct error *why)
{
	if (rec->host->warn)
		rec->host->warn(rec->host->warn_arg, why->text);
}

static void run_poststop(struct record *rec, const struct spec *spec)
{
	struct error err = { 0 };
	const char *state, *cwd = rec->state->bundle;

	if (cwd && access(cwd, X_OK) < 0)
		cwd = NULL;
	if (record_hook_state(rec, "stopped", 0, &state, &err) < 0) {
		warn(rec, &err);
		return;
	}
	/* one that fails does not keep the others from running */
	for (size_t i = 0; i < spec->hooks.poststop.n; i++) {
		const struct spec_hook_list one = { 1, &spec->hooks.poststop.v[i] };

		if (hooks_run(&one, "poststop", state, cwd, &err) < 0)
			warn(rec, &err);
	}
}

int destroy(struct record *rec, bool hooks, struct error *err)
{
	struct error first = { 0 }, ignored = { 0 };
	struct spec *spec = NULL;
	int r;

	if (hooks && rec->state && rec->state->hooks && record_load_config(rec, &spec, &first) < 0)
		warn(rec, &first);
	r = rec->state ? remove_cgroup(rec, err) : 0;
	if (r >= 0 && rec->state)
		r = remove_resctrl(rec, err);
	if (r < 0)
		return r;
	if (rec->state && rec->state->upper && overlay_remove_work(rec->state->upper, &ignored) < 0)
		warn(rec, &ignored);
	r = record_remove(rec, err);
	if (r >= 0 && spec)
		run_poststop(rec, spec);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* state and list: what others get to see. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "libcontainer/life.h"

static const char *const status_names[] = {
	[WARREN_CREATING] = "creating", [WARREN_CREATED] = "created", [WARREN_RUNNING] = "running",
	[WARREN_PAUSED] = "paused",     [WARREN_STOPPED] = "stopped",
};

const char *warren_status_name(enum warren_status status)
{
	return status_names[status];
}

static const char *owner_name(struct arena *a, uid_t uid)
{
	struct passwd pw, *found = NULL;
	char buf[1024], number[16];

	if (uid == 0) /* the usual case does not read a user database */
		return "root";
	if (getpwuid_r(uid, &pw, buf, sizeof(buf), &found) == 0 && found)
		return arena_strndup(a, pw.pw_name, strlen(pw.pw_name));
	snprintf(number, sizeof(number), "%u", uid);
	return arena_strndup(a, number, strlen(number));
}

static int fill(struct record *rec, int status, struct warren_state *ret)
{
	const struct spec_state *s = rec->state;
	struct warren_pair *pairs = arena_array(&rec->arena, s->annotations.n + 1, sizeof(*pairs));
	struct arena *memory = malloc(sizeof(*memory));

	if (!pairs || !memory) {
		free(memory);
		return -ENOMEM;
	}
	for (size_t i = 0; i < s->annotations.n; i++)
		pairs[i] = (struct warren_pair){ s->annotations.v[i].key, s->annotations.v[i].val };
	*ret = (struct warren_state){
		.id = s->id,
		.bundle = s->bundle,
		.rootfs = s->rootfs,
		.created = s->created,
		.owner = owner_name(&rec->arena, s->owner),
		.oci_version = s->ociVersion,
		.pid = status == WARREN_STOPPED ? 0 : s->pid,
		.status = (enum warren_status)status,
		.annotations = pairs,
		.n_annotations = s->annotations.n,
		.memory = memory,
	};
	*memory = rec->arena; /* handed over */
	rec->arena = (struct arena){ 0 };
	return 0;
}

static int look(struct record *rec, struct warren_state *ret, struct error *err)
{
	int r = record_status(rec, NULL, err);

	if (r < 0)
		return r;
	return fill(rec, r, ret) < 0 ? error_sys(err, ENOMEM, "state") : 0;
}

int guest_state(const struct warren_host *host, const char *id, struct warren_state *ret,
		struct error *err)
{
	cleanup_record struct record rec = RECORD_INIT;
	int r = record_open(host, id, &rec, err);

	return r < 0 ? r : look(&rec, ret, err);
}

void warren_state_free(struct warren_state *state)
{
	if (state->memory)
		arena_free(state->memory);
	free(state->memory);
	*state = (struct warren_state){ 0 };
}

int guest_state_json(const struct warren_state *state, int indent, bool with_owner, char **ret,
		     struct error *err)
{
	cleanup_str struct str text = { 0 };
	cleanup_free struct strpair *pairs = calloc(state->n_annotations + 1, sizeof(*pairs));
	struct spec_state_public public = { .ociVersion = state->oci_version,
					    .id = state->id,
					    .pid = state->pid,
					    .status = warren_status_name(state->status),
					    .bundle = state->bundle,
					    .rootfs = state->rootfs,
					    .created = state->created,
					    .owner = with_owner ? state->owner : NULL };

	if (!pairs)
		return error_sys(err, ENOMEM, "state");
	for (size_t i = 0; i < state->n_annotations; i++)
		pairs[i] =
			(struct strpair){ state->annotations[i].key, state->annotations[i].value };
	public.annotations = (struct strmap){ state->n_annotations, pairs };
	if (spec_state_public(&public, indent, &text) < 0 || !(*ret = str_take(&text)))
		return error_sys(err, ENOMEM, "state");
	return 0;
}

/* ---- list -------------------------------------------------------------------------------- */

static int is_guest(const struct dirent *e)
{
	/* what is not a guest begins with "@", which no id can */
	return e->d_name[0] != '@' && record_check_id(e->d_name, &(struct error){ 0 }) >= 0;
}

static int show(const struct records *all, const char *id,
		int (*each)(void *arg, const char *id, const struct warren_state *state,
			    const struct warren_error *why),
		void *arg)
{
	struct warren_error why = { 0 };
	struct error err = { 0 };
	struct warren_state state = { 0 };
	cleanup_record struct record rec = RECORD_INIT;
	int r = record_open_in(all, id, &rec, &err);

	if (r >= 0)
		r = look(&rec, &state, &err);
	/* deleted meanwhile, or not made yet: neither is a guest */
	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		why.code = err.code;
		memcpy(why.text, err.text, sizeof(why.text));
		return each(arg, id, NULL, &why);
	}
	r = each(arg, id, &state, NULL);
	warren_state_free(&state);
	return r;
}

int guest_list(const struct warren_host *host,
	       int (*each)(void *arg, const char *id, const struct warren_state *state,
			   const struct warren_error *why),
	       void *arg, struct error *err)
{
	cleanup_records struct records all = RECORDS_INIT;
	struct dirent **names;
	int n, r = records_open(host, &all, err);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return r;
	n = scandirat(all.root, ".", &names, is_guest, alphasort);
	if (n < 0)
		return error_set(err, errno, "the state root %s cannot be read (errno %d)",
				 host->root, errno);
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = show(&all, names[i]->d_name, each, arg);
		free(names[i]);
	}
	free(names);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/state.h"

#include <errno.h>

/* clang-format off */
#define T struct spec_state
JSON_CLASS(state_class, T,
	JSON_REQ(T, format),
	JSON_REQ(T, id),
	JSON_REQ(T, ociVersion),
	JSON_REQ(T, bundle),
	JSON_REQ(T, rootfs),
	JSON_REQ(T, created),
	JSON_REQ(T, owner),
	JSON_REQ(T, bootId),
	JSON_REQ(T, pid),
	JSON_REQ(T, startTime),
	JSON_OPT(T, pidfsInode),
	JSON_OPT(T, cgroup),
	JSON_OPT(T, cgroupKept),
	JSON_REQ(T, planVersion),
	JSON_OPT(T, notify),
	JSON_OPT(T, listener),
	JSON_OPT(T, noNewKeyring),
	JSON_OPT(T, hooks),
	JSON_OPT(T, upper),
	JSON_OPT(T, resctrl),
	JSON_OPT(T, annotations));

/* What can be read of a file of any format. */
JSON_CLASS(format_class, T,
	JSON_REQ(T, format));
#undef T

#define T struct spec_state_public
JSON_CLASS(public_class, T,
	JSON_OPT(T, ociVersion),
	JSON_OPT(T, id),
	JSON_REQ(T, pid),
	JSON_OPT(T, status),
	JSON_OPT(T, bundle),
	JSON_OPT(T, rootfs),
	JSON_OPT(T, created),
	JSON_OPT(T, annotations),
	JSON_OPT(T, owner));

JSON_CLASS(hook_class, T,
	JSON_OPT(T, ociVersion),
	JSON_OPT(T, id),
	JSON_OPT(T, status),
	JSON_OPT(T, pid),
	JSON_OPT(T, bundle),
	JSON_OPT(T, annotations));
#undef T

struct process_state {
	const char *ociVersion;
	struct strs fds;
	int32_t pid;
	const char *metadata;
	struct spec_state_public state;
};

#define T struct process_state
JSON_CLASS(process_class, T,
	JSON_OPT(T, ociVersion),
	JSON_REQ(T, fds),
	JSON_REQ(T, pid),
	JSON_OPT(T, metadata),
	JSON_OBJ_KEEP(T, state, &hook_class));
#undef T
/* clang-format on */

static int check_format(const struct spec_state *s, struct error *err)
{
	if (s->format > SPEC_STATE_FORMAT)
		return error_set(err, ENOTSUP,
				 "format %u was written by a newer warren, this one knows up to %u",
				 s->format, SPEC_STATE_FORMAT);
	if (s->format == 0)
		return error_set(err, EINVAL, "format: must not be 0");
	return 0;
}

/* Signals go there: a damaged file must not aim at a process group or at everybody. */
static int check_process(const struct spec_state *s, struct error *err)
{
	if (s->pid < 0)
		return error_set(err, EINVAL, "pid: must not be negative");
	return 0;
}

int spec_state_parse(struct arena *a, const char *text, size_t len, struct spec_state **ret,
		     struct error *err)
{
	struct spec_state *state = arena_alloc(a, sizeof(*state));
	struct json *v = NULL;
	int r;

	if (!state)
		return error_sys(err, ENOMEM, "read state.json");
	r = json_parse(a, text, len, &v, err);
	if (r == 0)
		r = json_bind(a, v, &format_class, state, err);
	if (r == 0)
		r = check_format(state, err);
	if (r == 0)
		r = json_bind(a, v, &state_class, state, err);
	if (r == 0)
		r = check_process(state, err);
	if (r < 0)
		return error_ctx(err, "state.json");
	*ret = state;
	return 0;
}

int spec_state_write(const struct spec_state *state, struct str *out)
{
	json_dump(out, &state_class, state, JSON_TABS);
	str_add(out, "\n");
	return str_ok(out);
}

/* An empty object of annotations says no more than none. */
static struct spec_state_public tidy(const struct spec_state_public *state)
{
	struct spec_state_public copy = *state;

	if (copy.annotations.n == 0)
		copy.annotations.v = NULL;
	return copy;
}

int spec_state_public(const struct spec_state_public *state, int indent, struct str *out)
{
	const struct spec_state_public copy = tidy(state);

	return json_dump(out, &public_class, &copy, indent);
}

int spec_state_hook(const struct spec_state_public *state, struct str *out)
{
	const struct spec_state_public copy = tidy(state);

	return json_dump(out, &hook_class, &copy, JSON_ONE_LINE);
}

int spec_state_process(const struct spec_state_public *state, int32_t pid, const char *metadata,
		       struct str *out)
{
	const char *fds[] = { "seccompFd", NULL };
	const struct process_state process = { .ociVersion = state->ociVersion,
					       .fds = { 1, fds },
					       .pid = pid,
					       .metadata = metadata,
					       .state = tidy(state) };

	return json_dump(out, &process_class, &process, JSON_ONE_LINE);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls: the same as the house's, with the public error. */
#include "libcontainer/warren.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/str.h"
#include "libcontainer/caps.h"
#include "libcontainer/filter.h"
#include "libcontainer/filter_cache.h"
#include "libcontainer/life.h"
#include "libcontainer/rights.h"
#include "namespaces/template.h"
#include "spec/default.h"
#include "spec/features.h"

_Static_assert(sizeof(struct warren_error) == sizeof(struct error), "one error under two names");

static int give(struct warren_error *ret, const struct error *err, int r)
{
	if (r < 0) {
		ret->code = err->code;
		memcpy(ret->text, err->text, sizeof(ret->text));
	}
	return r;
}

/* A caller that names no state root gets the default one. */
struct place {
	struct warren_host host;
	char root[4096];
};

static int place(const struct warren_host *host, struct place *p, struct warren_error *err)
{
	p->host = *host;
	if (host->root)
		return 0;
	p->host.root = p->root;
	return warren_default_root(p->root, sizeof(p->root), err);
}

/* Runs call with p->host and hands over its error. */
#define CALL(call)                            \
	do {                                  \
		struct error e = { 0 };       \
		struct place p;               \
		int r = place(host, &p, err); \
                                              \
		if (r < 0)                    \
			return r;             \
		r = (call);                   \
		return give(err, &e, r);      \
	} while (0)

int warren_default_root(char *buf, size_t size, struct warren_error *err)
{
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");
	struct error e = { 0 };
	int n;

	if (geteuid() != 0 && (!runtime_dir || !*runtime_dir))
		return give(
			err, &e,
			error_set(&e, EINVAL,
				  "XDG_RUNTIME_DIR is not set: log in as this user (pam_systemd "
				  "sets it), or give a directory for the state with --root"));
	if (runtime_dir && *runtime_dir && rights_own() != RIGHTS_HOST)
		n = snprintf(buf, size, "%s/warren", runtime_dir);
	else
		n = snprintf(buf, size, "/run/warren");
	if (n < 0 || (size_t)n >= size)
		return give(err, &e, error_sys(&e, ENAMETOOLONG, "default state root"));
	return 0;
}

int warren_create(const struct warren_host *host, const struct warren_create *args,
		  struct warren_error *err)
{
	CALL(guest_create(&p.host, args, &e));
}

int warren_start(const struct warren_host *host, const char *id, struct warren_error *err)
{
	CALL(guest_start(&p.host, id, &e));
}

int warren_run(const struct warren_host *host, const struct warren_create *args,
	       struct warren_error *err)
{
	CALL(guest_run(&p.host, args, &e));
}

int warren_kill(const struct warren_host *host, const char *id, int sig, bool all,
		struct warren_error *err)
{
	CALL(guest_kill(&p.host, id, sig, all, &e));
}

int warren_delete(const struct warren_host *host, const char *id, bool force,
		  struct warren_error *err)
{
	CALL(guest_delete(&p.host, id, force, &e));
}

int warren_pause(const struct warren_host *host, const char *id, struct warren_error *err)
{
	CALL(guest_pause(&p.host, id, true, &e));
}

int warren_resume(const struct warren_host *host, const char *id, struct warren_error *err)
{
	CALL(guest_pause(&p.host, id, false, &e));
}

int warren_exec(const struct warren_host *host, const struct warren_exec *args,
		struct warren_error *err)
{
	CALL(guest_exec(&p.host, args, &e));
}

int warren_update(const struct warren_host *host, const struct warren_update *args,
		  struct warren_error *err)
{
	CALL(guest_update(&p.host, args, &e));
}

int warren_state(const struct warren_host *host, const char *id, struct warren_state *ret,
		 struct warren_error *err)
{
	CALL(guest_state(&p.host, id, ret, &e));
}

int warren_state_json(const struct warren_state *state, int indent, bool with_owner, char **ret,
		      struct warren_error *err)
{
	struct error e = { 0 };

	return give(err, &e, guest_state_json(state, indent, with_owner, ret, &e));
}

int warren_list(const struct warren_host *host,
		int (*each)(void *arg, const char *id, const struct warren_state *state,
			    const struct warren_error *why),
		void *arg, struct warren_error *err)
{
	CALL(guest_list(&p.host, each, arg, &e));
}

int warren_ps(const struct warren_host *host, const char *id, pid_t **ret, size_t *ret_n,
	      struct warren_error *err)
{
	CALL(guest_ps(&p.host, id, ret, ret_n, &e));
}

int warren_stats(const struct warren_host *host, const char *id, char **ret,
		 struct warren_error *err)
{
	CALL(guest_stats(&p.host, id, ret, &e));
}

int warren_events(const struct warren_host *host, const char *id, unsigned interval_ms,
		  int (*each)(void *arg, const char *event), void *arg, struct warren_error *err)
{
	CALL(guest_events(&p.host, id, interval_ms, each, arg, &e));
}

/* ---- without a guest ------------------------------------------------------------------ */

static int give_text(struct str *text, int r, char **ret, struct warren_error *err, struct error *e)
{
	if (r >= 0 && !(*ret = str_take(text)))
		r = error_sys(e, ENOMEM, "text");
	return give(err, e, r);
}

int warren_spec(bool terminal, bool rootless, char **ret, struct warren_error *err)
{
	cleanup_str struct str text = { 0 };
	struct error e = { 0 };

	return give_text(&text, spec_default(terminal, rootless, &text, &e), ret, err, &e);
}

int warren_libseccomp_version(char *buf, size_t size)
{
	return (int)strlen(filter_version(buf, size));
}

const char *warren_version(void)
{
	return WARREN_VERSION;
}

const char *warren_commit(void)
{
	return WARREN_COMMIT;
}

struct names {
	const char *v[64];
	char text[64][32];
	size_t n;
};

static void add_name(void *arg, const char *name)
{
	struct names *names = arg;

	if (names->n == 63)
		return;
	snprintf(names->text[names->n], sizeof(names->text[0]), "%s", name);
	names->v[names->n] = names->text[names->n];
	names->n++;
}

int warren_features(char **ret, struct warren_error *err)
{
	cleanup_str struct str text = { 0 };
	struct names names = { 0 };
	struct error e = { 0 };
	char seccomp[32];
	struct spec_features_info info = { .version = WARREN_VERSION, .commit = WARREN_COMMIT };
	int r = caps_each(caps_known(), add_name, &names, &e);

	if (r < 0)
		return give(err, &e, r);
	if (warren_libseccomp_version(seccomp, sizeof(seccomp)))
		info.libseccomp = seccomp;
	info.capabilities = (struct strs){ names.n, names.v };
	info.wait_killable = filter_flag_supported("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
	return give_text(&text, spec_features(&text, &info), ret, err, &e);
}

static int doctor(const char *root, bool reset, struct str *text, struct error *err)
{
	const int pinned = template_exists(root), filters = filter_cache_count(root);
	int r = 0;

	if (reset)
		r = template_remove(root, err);
	if (r >= 0 && reset)
		r = filter_cache_remove(root, err);
	if (r < 0)
		return r;
	str_printf(text, "state root          %s\n", root);
	str_printf(text, "template namespace  %s\n",
		   !pinned ? "none"
		   : reset ? "removed"
			   : "pinned in @template below it");
	str_printf(text, "seccomp filters     %d%s\n", filters,
		   !filters ? ""
		   : reset  ? ", removed"
			    : " in @filters below it");
	return 0;
}

int warren_doctor(const struct warren_host *host, bool reset, char **ret, struct warren_error *err)
{
	cleanup_str struct str text = { 0 };
	struct error e = { 0 };
	struct place p;
	int r = place(host, &p, err);

	if (r < 0)
		return r;
	return give_text(&text, doctor(p.host.root, reset, &text, &e), ret, err, &e);
}

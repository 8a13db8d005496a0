/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/features.h"

#include <errno.h>

#include "spec/mount_option.h"
#include "spec/names.h"
#include "spec/spec.h"

struct enabled {
	bool enabled;
};

struct cgroup {
	bool v1, v2, systemd, systemdUser, rdma;
};

struct seccomp {
	bool enabled;
	struct strs actions, operators, archs, knownFlags, supportedFlags;
};

struct intel_rdt {
	bool enabled, schemata, monitoring;
};

struct mount_extensions {
	struct enabled idmap;
};

struct features_linux {
	struct strs namespaces, capabilities;
	struct cgroup cgroup;
	struct seccomp seccomp;
	struct enabled apparmor, selinux, netDevices;
	struct intel_rdt intelRdt;
	struct mount_extensions mountExtensions;
};

struct features {
	const char *ociVersionMin, *ociVersionMax;
	struct strs hooks, mountOptions;
	struct features_linux linux;
	struct strmap annotations;
	struct strs potentiallyUnsafeConfigAnnotations;
};

/* clang-format off */
#define T struct enabled
JSON_CLASS(enabled_class, T,
	JSON_REQ(T, enabled));
#undef T

#define T struct cgroup
JSON_CLASS(cgroup_class, T,
	JSON_REQ(T, v1),
	JSON_REQ(T, v2),
	JSON_REQ(T, systemd),
	JSON_REQ(T, systemdUser),
	JSON_REQ(T, rdma));
#undef T

#define T struct seccomp
JSON_CLASS(seccomp_class, T,
	JSON_REQ(T, enabled),
	JSON_OPT(T, actions),
	JSON_OPT(T, operators),
	JSON_OPT(T, archs),
	JSON_OPT(T, knownFlags),
	JSON_OPT(T, supportedFlags));
#undef T

#define T struct intel_rdt
JSON_CLASS(intel_rdt_class, T,
	JSON_REQ(T, enabled),
	JSON_REQ(T, schemata),
	JSON_REQ(T, monitoring));
#undef T

#define T struct mount_extensions
JSON_CLASS(mount_extensions_class, T,
	JSON_OBJ_KEEP(T, idmap, &enabled_class));
#undef T

#define T struct features_linux
JSON_CLASS(linux_class, T,
	JSON_REQ(T, namespaces),
	JSON_REQ(T, capabilities),
	JSON_OBJ_KEEP(T, cgroup, &cgroup_class),
	JSON_OBJ_KEEP(T, seccomp, &seccomp_class),
	JSON_OBJ_KEEP(T, apparmor, &enabled_class),
	JSON_OBJ_KEEP(T, selinux, &enabled_class),
	JSON_OBJ_KEEP(T, intelRdt, &intel_rdt_class),
	JSON_OBJ_KEEP(T, mountExtensions, &mount_extensions_class),
	JSON_OBJ_KEEP(T, netDevices, &enabled_class));
#undef T

#define T struct features
JSON_CLASS(features_class, T,
	JSON_REQ(T, ociVersionMin),
	JSON_REQ(T, ociVersionMax),
	JSON_REQ(T, hooks),
	JSON_REQ(T, mountOptions),
	JSON_OBJ_KEEP(T, linux, &linux_class),
	JSON_REQ(T, annotations),
	JSON_REQ(T, potentiallyUnsafeConfigAnnotations));
#undef T

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define STRS(...) { .n = COUNT(((const char *[]){ __VA_ARGS__ })), .v = (const char *[]){ __VA_ARGS__ } }
/* clang-format on */

static struct strs all(struct arena *a, const char *const names[])
{
	struct strs list = { 0 };
	size_t n = 0;

	while (names[n])
		n++;
	list.v = arena_array(a, n + 1, sizeof(*list.v));
	for (; list.v && list.n < n; list.n++)
		list.v[list.n] = names[list.n];
	return list;
}

static struct strs mount_options(struct arena *a)
{
	struct strs list = { 0 };
	size_t n = 0;

	while (spec_mount_option(n))
		n++;
	list.v = arena_array(a, n + 1, sizeof(*list.v));
	for (; list.v && list.n < n; list.n++)
		list.v[list.n] = spec_mount_option(list.n);
	return list;
}

static int dump(struct str *out, const struct features *f)
{
	json_dump(out, &features_class, f, 4);
	str_add(out, "\n");
	return str_ok(out);
}

int spec_features(struct str *out, const struct spec_features_info *info)
{
	cleanup_arena struct arena a = { 0 };
	struct strpair notes[] = {
		{ "io.github.seccomp.libseccomp.version", info->libseccomp },
		{ "warren.checkpoint.enabled", "false" },
		{ "warren.commit", info->commit },
		{ "warren.version", info->version },
	};
	/* clang-format off */
	struct features f = {
		.ociVersionMin = "1.0.0",
		.ociVersionMax = "1.3.0",
		.hooks = STRS("prestart", "createRuntime", "createContainer", "startContainer",
			      "poststart", "poststop"),
		.mountOptions = mount_options(&a),
		.linux = {
			.namespaces = STRS("cgroup", "ipc", "mount", "network", "pid", "time", "user",
					   "uts"),
			.capabilities = info->capabilities,
			.cgroup = { .v2 = true },
			/* of this build; whether the host has them is another question */
			.apparmor = { true },
			.selinux = { true },
			.intelRdt = { .enabled = true, .schemata = true, .monitoring = true },
			.mountExtensions = { .idmap = { true } },
			.netDevices = { true },
		},
		.annotations = { .n = COUNT(notes) - 1, .v = notes + 1 },
	};
	const struct seccomp seccomp = {
		.enabled = true,
		.actions = STRS("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL",
				"SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG",
				"SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP"),
		.operators = STRS("SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE",
				  "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE"),
		.archs = all(&a, spec_seccomp_archs),
		.knownFlags = all(&a, spec_seccomp_flags),
		.supportedFlags = STRS("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
				       "SECCOMP_FILTER_FLAG_TSYNC",
				       "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"),
	};
	/* clang-format on */

	if (info->libseccomp) {
		f.linux.seccomp = seccomp;
		if (!info->wait_killable) /* the kernel floor has all but the last */
			f.linux.seccomp.supportedFlags.n--;
		f.annotations.n = COUNT(notes);
		f.annotations.v = notes;
	}
	if (!f.mountOptions.v || !seccomp.archs.v || !seccomp.knownFlags.v)
		return -ENOMEM;
	return dump(out, &f);
}

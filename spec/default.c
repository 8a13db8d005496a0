/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/default.h"

#include <unistd.h>

#include "spec/spec.h"

/* A list with these elements; it lives as long as the block that it stands in. */
/* clang-format off */
#define LIST(T, ...) { .n = sizeof((T[]){ __VA_ARGS__ }) / sizeof(T), .v = (T[]){ __VA_ARGS__ } }
/* clang-format on */
#define STRS(...) LIST(const char *, __VA_ARGS__)

static struct spec_id_mapping map_root_to(uint32_t id)
{
	return (struct spec_id_mapping){ .containerID = 0, .hostID = id, .size = 1 };
}

/* clang-format off */
int spec_default(bool terminal, bool rootless, struct str *out, struct error *err)
{
	const struct strs granted = STRS("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE");
	struct spec_capabilities capabilities = {
		.bounding = granted, .effective = granted, .permitted = granted,
	};
	struct spec_process process = {
		.terminal = terminal,
		.args = STRS("sh"),
		.env = STRS("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			    "TERM=xterm"),
		.cwd = "/",
		.capabilities = &capabilities,
		.rlimits = LIST(struct spec_rlimit, { "RLIMIT_NOFILE", 1024, 1024 }),
		.noNewPrivileges = true,
	};
	/* sysfs belongs to the owner of the network namespace, which a rootless guest shares. */
	const struct spec_mount sys_new = {
		"/sys", "sysfs", "sysfs", STRS("nosuid", "noexec", "nodev", "ro"), { 0 }, { 0 },
	};
	const struct spec_mount sys_bound = {
		"/sys", "none", "/sys", STRS("rbind", "nosuid", "noexec", "nodev", "ro"), { 0 }, { 0 },
	};
	struct strs pts = STRS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620",
			       "gid=5");
	struct spec_linux linux = {
		.resources.devices = LIST(struct spec_device_rule, { .allow = false, .access = "rwm" }),
		.namespaces = LIST(struct spec_namespace,
			{ SPEC_NS_PID, NULL },
			{ SPEC_NS_NETWORK, NULL },
			{ SPEC_NS_IPC, NULL },
			{ SPEC_NS_UTS, NULL },
			{ SPEC_NS_MOUNT, NULL },
			{ SPEC_NS_CGROUP, NULL }),
		.maskedPaths = STRS("/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore",
				    "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
				    "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi",
				    "/sys/firmware", "/sys/devices/virtual/powercap"),
		.readonlyPaths = STRS("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
				      "/proc/sysrq-trigger"),
	};
	const struct spec_linux linux_rootless = {
		.uidMappings = LIST(struct spec_id_mapping, map_root_to(geteuid())),
		.gidMappings = LIST(struct spec_id_mapping, map_root_to(getegid())),
		.namespaces = LIST(struct spec_namespace,
			{ SPEC_NS_PID, NULL },
			{ SPEC_NS_IPC, NULL },
			{ SPEC_NS_UTS, NULL },
			{ SPEC_NS_MOUNT, NULL },
			{ SPEC_NS_CGROUP, NULL },
			{ SPEC_NS_USER, NULL }),
		.maskedPaths = linux.maskedPaths,
		.readonlyPaths = linux.readonlyPaths,
	};

	if (rootless) {
		pts.n--; /* gid 5 is not mapped */
		linux = linux_rootless;
	}

	const struct spec spec = {
		.ociVersion = "1.3.0",
		.process = &process,
		.root = { "rootfs", true },
		.hostname = "warren",
		.mounts = LIST(struct spec_mount,
			{ "/proc", "proc", "proc", { 0 }, { 0 }, { 0 } },
			{ "/dev", "tmpfs", "tmpfs",
			  STRS("nosuid", "strictatime", "mode=755", "size=65536k"), { 0 }, { 0 } },
			{ "/dev/pts", "devpts", "devpts", pts, { 0 }, { 0 } },
			{ "/dev/shm", "tmpfs", "shm",
			  STRS("nosuid", "noexec", "nodev", "mode=1777", "size=65536k"), { 0 }, { 0 } },
			{ "/dev/mqueue", "mqueue", "mqueue",
			  STRS("nosuid", "noexec", "nodev"), { 0 }, { 0 } },
			rootless ? sys_bound : sys_new,
			{ "/sys/fs/cgroup", "cgroup", "cgroup",
			  STRS("nosuid", "noexec", "nodev", "relatime", "ro"), { 0 }, { 0 } }),
		.linux = &linux,
	};

	return spec_dump(&spec, JSON_TABS, out, err);
}
/* clang-format on */

/* SPDX-License-Identifier: Apache-2.0 */
#include "libcontainer/labels.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/sys.h"

#define SELINUX_FS_MAGIC 0xf97cff8c
#define MODULES_MAX 64

static bool given(const char *label)
{
	return label && *label;
}

static bool confines(const char *profile)
{
	return given(profile) && strcmp(profile, "unconfined") != 0;
}

/* ---- the host ------------------------------------------------------------------- */

static bool reads_yes(const char *path)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c = 'N';

	return fd >= 0 && read(fd, &c, 1) == 1 && c == 'Y';
}

/* Before 6.8, or where a filter refuses the question. */
static void look_at_files(struct labels *ret)
{
	struct statfs fs;

	ret->apparmor = reads_yes("/sys/module/apparmor/parameters/enabled");
	ret->selinux =
		statfs("/sys/fs/selinux", &fs) == 0 && (unsigned)fs.f_type == SELINUX_FS_MAGIC;
}

static void look(struct labels *ret)
{
	uint64_t ids[MODULES_MAX];
	uint32_t size = sizeof(ids);
	const int n = sys_lsm_list_modules(ids, &size);

	ret->calls = n >= 0;
	if (n < 0)
		look_at_files(ret);
	for (int i = 0; i < n; i++) {
		ret->selinux |= ids[i] == SYS_LSM_SELINUX;
		ret->apparmor |= ids[i] == SYS_LSM_APPARMOR;
	}
}

int labels_check(const struct labels *l, const struct spec_process *process, const char *at,
		 const char *mount_label, struct error *err)
{
	static const char off[] = "is disabled on this host or not supported by its kernel";

	if (confines(process->apparmorProfile) && !l->apparmor)
		return error_set(err, ENOTSUP,
				 "%sapparmorProfile: \"%.200s\" is given, but "
				 "AppArmor %s",
				 at, process->apparmorProfile, off);
	if (given(process->selinuxLabel) && !l->selinux)
		return error_set(err, ENOTSUP,
				 "%sselinuxLabel: \"%.200s\" is given, but SELinux %s", at,
				 process->selinuxLabel, off);
	if (given(mount_label) && !l->selinux)
		return error_set(err, ENOTSUP,
				 "linux.mountLabel: \"%.200s\" is given, but SELinux %s",
				 mount_label, off);
	return 0;
}

int labels_load(const struct spec_process *process, const char *at, const char *mount_label,
		struct labels *ret, struct error *err)
{
	*ret = (struct labels){ 0 };
	if (!confines(process->apparmorProfile) && !given(process->selinuxLabel) &&
	    !given(mount_label))
		return 0;
	look(ret);
	return labels_check(ret, process, at, mount_label, err);
}

/* ---- the plan ------------------------------------------------------------------- */

/* Mounted nowhere: nothing can be mounted over it. */
static int private_procfs(struct error *err)
{
	cleanup_fd int fs = sys_fsopen("proc", FSOPEN_CLOEXEC);
	int r = fs;

	if (r >= 0)
		r = sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (r >= 0)
		r = sys_fsmount(fs, FSMOUNT_CLOEXEC,
				MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return r < 0 ? error_set(err, -r,
				 "labels: this kernel takes them from files only, and a procfs "
				 "for that cannot be mounted (errno %d)",
				 -r)
		     : r;
}

static int add_label(struct plan *p, const struct labels *l, const struct plan_label *head,
		     const char *file, const char *what, const char *prefix, const char *text,
		     struct error *err)
{
	const size_t before = strlen(prefix), size = sizeof(*head) + before + strlen(text);
	cleanup_free struct plan_label *label = malloc(size);
	struct plan_op *op;
	int proc = -1;

	if (!label)
		return error_sys(err, ENOMEM, "%s", what);
	if (!l->calls && (proc = private_procfs(err)) < 0)
		return proc;
	*label = *head;
	memcpy(label->text, prefix, before);
	memcpy(label->text + before, text, size - sizeof(*head) - before);
	op = *text ? plan_add(p, PLAN_LABEL, "%s \"%.200s\"", what, text)
		   : plan_add(p, PLAN_LABEL, "%s", what);
	op->slot = (int16_t)(proc < 0 ? -1 : plan_slot_take(p, proc));
	op->text = plan_put_text(p, file);
	plan_payload(p, op, label, size);
	return 0;
}

int labels_exec(struct plan *p, const struct labels *l, const struct spec_process *process,
		struct error *err)
{
	const struct plan_label apparmor = { SYS_LSM_APPARMOR, SYS_LSM_ATTR_EXEC };
	const struct plan_label selinux = { SYS_LSM_SELINUX, SYS_LSM_ATTR_EXEC };
	int r = 0;

	if (confines(process->apparmorProfile))
		r = add_label(p, l, &apparmor, "thread-self/attr/apparmor/exec",
			      "process.apparmorProfile", "exec ", process->apparmorProfile, err);
	if (r >= 0 && given(process->selinuxLabel))
		r = add_label(p, l, &selinux, "thread-self/attr/exec", "process.selinuxLabel", "",
			      process->selinuxLabel, err);
	return r;
}

int labels_keys(struct plan *p, const struct labels *l, const char *label, struct error *err)
{
	const struct plan_label selinux = { SYS_LSM_SELINUX, SYS_LSM_ATTR_KEYCREATE };

	return add_label(p, l, &selinux, "thread-self/attr/keycreate",
			 label ? "process.selinuxLabel" : "session keyring", "", label ? label : "",
			 err);
}

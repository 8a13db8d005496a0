/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <dirent.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "cgroups/cgroup.h"

/* What the files of this folder share, and what their tests call. Not for others. */

/* ---- file.c: files of a cgroup directory; a negative errno, no text ------------------ */

/* Never leaves dir, follows no symlink, crosses no mount. */
int cgfile_open(int dir, const char *path, int flags);
int cgfile_open_dir(int dir, const char *path);

/* Appends the whole file to *ret. */
int cgfile_read_fd(int fd, struct str *ret);
int cgfile_read(int dir, const char *file, struct str *ret);

/* One write(2): the kernel takes a value whole or not at all. */
int cgfile_write(int dir, const char *file, const char *value);

/* cgroup.events: the value of a key. A cgroup that is gone, and the root, answer 0. */
int cgfile_event(int dir, const char *key);
int cgfile_event_of(const char *text, const char *key);

bool cgfile_has_word(const char *text, const char *word);

/* The next subdirectory, or NULL. */
DIR *cgfile_dir(int dir);
const char *cgfile_next_dir(DIR *d);
void cgfile_dir_close(DIR **d);
#define cleanup_dir __attribute__((cleanup(cgfile_dir_close)))

/* "what path: why": as error_sys(), in words that no caller mistakes for a missing program. */
int cgfile_error(struct error *err, int code, const char *what, const char *path);

/* ---- path.c, mount.c ------------------------------------------------------------------ */

/* The path of line "0::" in the text of /proc/PID/cgroup: 1 found, 0 not, or negative. */
int cgpath_of_text(const char *text, char *ret, size_t size);

/* The same of a process; pid 0: this one. */
int cgpath_of_pid(pid_t pid, char *ret, size_t size, struct error *err);

/* Appends s to the clean path in ret: "." and ".." resolved, never above the root. */
int cgpath_append(char *ret, size_t size, const char *s);

/* How many bytes of path[0..len) are its parent; 0: the root. */
size_t cgpath_parent(const char *path, size_t len);

/* The component of path that ends at len. */
int cgpath_name(const char *path, size_t len, char ret[NAME_MAX + 1]);

/* Opens the first len bytes of an absolute path below the mount. */
int cgpath_open(int mount, const char *path, size_t len);

/* The mount point in a line of mountinfo that shows a cgroup2: 1 yes, 0 another line. */
int cgmount_of_line(const char *line, char *ret, size_t size);

/* ---- limit.c, limit_cpu.c, limit_io.c -------------------------------------------------- */

/* Controllers that limits are made of; the names are prefixes of their files. */
#define LIMIT_CONTROLLERS 9
extern const char *const limit_controllers[LIMIT_CONTROLLERS];

/* What a value demands: the same value may be a wish for one guest and nothing for another. */
enum limit_need {
	LIMIT_NOTHING, /* the state of a new cgroup: written where the file is, else done already */
	LIMIT_WELCOME, /* of use with others only: its controller is enabled if that works */
	LIMIT_NEEDED,
};

/* Sets of controllers, as bits by their place in limit_controllers. */
struct limit_wants {
	unsigned needed, welcome;
	const char *by[LIMIT_CONTROLLERS]; /* what in linux.resources needs it */
};

/*
 * One pass over the resources. It writes to the cgroup; or, when wants is set,
 * only notes what the same writes would need: so the two cannot disagree.
 */
struct limit {
	const struct cgroup *cg;
	struct limit_wants *wants;
	struct cgroup_undo *undo; /* what the writes replace goes there; may be NULL */
	const char *oci_version;  /* NULL: not known */
	struct error *err;
};

/* Of a text like that of cgroup.controllers. */
unsigned limit_controllers_in(const char *text);

/* json: the place below linux.resources. */
int limit_put(struct limit *l, const char *json, enum limit_need need, const char *file,
	      const char *value);
int limit_put_num(struct limit *l, const char *json, enum limit_need need, const char *file,
		  long long value);

/* change.c: writes to a file, and notes what stood there. A negative errno, no text. */
int limit_write(struct limit *l, const char *file, const char *value);

int limit_cpu(struct limit *l, const struct spec_cpu *cpu);
int limit_cpuset(struct limit *l, const struct spec_cpu *cpu);
int limit_io(struct limit *l, const struct spec_block_io *io);

void limit_collect(const struct spec_resources *res, struct limit_wants *ret);

/* cpu.weight (1 to 10000) for cpu.shares (2 to 262144). */
unsigned limit_cpu_weight(uint64_t shares);

/* Whether /proc/self/cgroup, given as text, shows the controller in a v1 hierarchy. */
bool limit_on_v1(const char *text, const char *controller);

/* The refusal of a limit whose controller is missing. cg NULL: missing in the whole mount. */
int limit_refuse(struct error *err, const struct cgroup *cg, const char *json,
		 const char *controller);

/* ---- devices.c, bpf.c ------------------------------------------------------------------- */

struct device_program {
	struct bpf_insn *insn;
	size_t n; /* 0: nothing is denied, no program is needed */
};

int device_program(const struct spec_resources *res, struct device_program *ret, struct error *err);
void device_program_free(struct device_program *p);
#define cleanup_device_program __attribute__((cleanup(device_program_free)))

/* Both return a negative errno; the first one else a descriptor. */
int bpf_load_device(const struct bpf_insn *insn, size_t n);
int bpf_attach_device(int cgroup, int program);

/* ---- mark.c ------------------------------------------------------------------------------ */

/* A directory above a guest's, made for guests and not by their host. */
void cgmark_made(int dir);
bool cgmark_is_made(int dir);

/* ---- freeze.c ---------------------------------------------------------------------------- */

int freeze_within(const struct cgroup *cg, bool frozen, int milliseconds, struct error *err);

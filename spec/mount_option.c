/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/mount_option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"

/* Flags of a superblock, numbered by us: the kernel takes them by name. */
enum super {
	SUPER_SYNC = 1 << 0,
	SUPER_DIRSYNC = 1 << 1,
	SUPER_MAND = 1 << 2,
	SUPER_LAZYTIME = 1 << 3,
};

/* What an option does. ON and OFF: its bits go to one set and leave the other. */
/* clang-format off */
enum kind {
	NOTHING,
	ATTR_ON, ATTR_OFF,      /* MOUNT_ATTR_* of the mount */
	ATIME, ATIME_BACK,      /* the mode; BACK: takes just this one back */
	RATTR_ON, RATTR_OFF,    /* the same, recursive */
	RATIME, RATIME_BACK,
	SUPER_ON, SUPER_OFF,
	PROPAGATION,            /* MS_* */
	BIND, RBIND, REMOUNT, TMPCOPYUP, IDMAP, RIDMAP,
};
/* clang-format on */

struct option {
	const char *name;
	enum kind kind;
	uint64_t bits;
};

/* The one table: alphabetical, for it is searched and listed (`warren features`). */
/* clang-format off */
static const struct option options[] = {
	{ "async",          SUPER_OFF,   SUPER_SYNC },
	{ "atime",          ATIME,       MOUNT_ATTR_RELATIME },
	{ "bind",           BIND,        0 },
	{ "defaults",       NOTHING,     0 },
	{ "dev",            ATTR_OFF,    MOUNT_ATTR_NODEV },
	{ "diratime",       ATTR_OFF,    MOUNT_ATTR_NODIRATIME },
	{ "dirsync",        SUPER_ON,    SUPER_DIRSYNC },
	{ "exec",           ATTR_OFF,    MOUNT_ATTR_NOEXEC },
	{ "idmap",          IDMAP,       0 },
	{ "iversion",       NOTHING,     0 },
	{ "lazytime",       SUPER_ON,    SUPER_LAZYTIME },
	{ "loud",           NOTHING,     0 },
	{ "mand",           SUPER_ON,    SUPER_MAND },
	{ "noatime",        ATIME,       MOUNT_ATTR_NOATIME },
	{ "nodev",          ATTR_ON,     MOUNT_ATTR_NODEV },
	{ "nodiratime",     ATTR_ON,     MOUNT_ATTR_NODIRATIME },
	{ "noexec",         ATTR_ON,     MOUNT_ATTR_NOEXEC },
	{ "noiversion",     NOTHING,     0 },
	{ "nolazytime",     SUPER_OFF,   SUPER_LAZYTIME },
	{ "nomand",         SUPER_OFF,   SUPER_MAND },
	{ "norelatime",     ATIME_BACK,  MOUNT_ATTR_RELATIME },
	{ "nostrictatime",  ATIME_BACK,  MOUNT_ATTR_STRICTATIME },
	{ "nosuid",         ATTR_ON,     MOUNT_ATTR_NOSUID },
	{ "nosymfollow",    ATTR_ON,     MOUNT_ATTR_NOSYMFOLLOW },
	{ "private",        PROPAGATION, MS_PRIVATE },
	{ "ratime",         RATIME,      MOUNT_ATTR_RELATIME },
	{ "rbind",          RBIND,       0 },
	{ "rdev",           RATTR_OFF,   MOUNT_ATTR_NODEV },
	{ "rdiratime",      RATTR_OFF,   MOUNT_ATTR_NODIRATIME },
	{ "relatime",       ATIME,       MOUNT_ATTR_RELATIME },
	{ "remount",        REMOUNT,     0 },
	{ "rexec",          RATTR_OFF,   MOUNT_ATTR_NOEXEC },
	{ "ridmap",         RIDMAP,      0 },
	{ "rnoatime",       RATIME,      MOUNT_ATTR_NOATIME },
	{ "rnodev",         RATTR_ON,    MOUNT_ATTR_NODEV },
	{ "rnodiratime",    RATTR_ON,    MOUNT_ATTR_NODIRATIME },
	{ "rnoexec",        RATTR_ON,    MOUNT_ATTR_NOEXEC },
	{ "rnorelatime",    RATIME_BACK, MOUNT_ATTR_RELATIME },
	{ "rnostrictatime", RATIME_BACK, MOUNT_ATTR_STRICTATIME },
	{ "rnosuid",        RATTR_ON,    MOUNT_ATTR_NOSUID },
	{ "rnosymfollow",   RATTR_ON,    MOUNT_ATTR_NOSYMFOLLOW },
	{ "ro",             ATTR_ON,     MOUNT_ATTR_RDONLY },
	{ "rprivate",       PROPAGATION, MS_PRIVATE | MS_REC },
	{ "rrelatime",      RATIME,      MOUNT_ATTR_RELATIME },
	{ "rro",            RATTR_ON,    MOUNT_ATTR_RDONLY },
	{ "rrw",            RATTR_OFF,   MOUNT_ATTR_RDONLY },
	{ "rshared",        PROPAGATION, MS_SHARED | MS_REC },
	{ "rslave",         PROPAGATION, MS_SLAVE | MS_REC },
	{ "rstrictatime",   RATIME,      MOUNT_ATTR_STRICTATIME },
	{ "rsuid",          RATTR_OFF,   MOUNT_ATTR_NOSUID },
	{ "rsymfollow",     RATTR_OFF,   MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable",    PROPAGATION, MS_UNBINDABLE | MS_REC },
	{ "rw",             ATTR_OFF,    MOUNT_ATTR_RDONLY },
	{ "shared",         PROPAGATION, MS_SHARED },
	{ "silent",         NOTHING,     0 },
	{ "slave",          PROPAGATION, MS_SLAVE },
	{ "strictatime",    ATIME,       MOUNT_ATTR_STRICTATIME },
	{ "suid",           ATTR_OFF,    MOUNT_ATTR_NOSUID },
	{ "symfollow",      ATTR_OFF,    MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync",           SUPER_ON,    SUPER_SYNC },
	{ "tmpcopyup",      TMPCOPYUP,   0 },
	{ "unbindable",     PROPAGATION, MS_UNBINDABLE },
};

static const struct {
	unsigned bit;
	const char *on, *off;
} supers[] = {
	{ SUPER_SYNC,     "sync",     "async" },
	{ SUPER_DIRSYNC,  "dirsync",  NULL },
	{ SUPER_MAND,     "mand",     "nomand" },
	{ SUPER_LAZYTIME, "lazytime", "nolazytime" },
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static int by_name(const void *name, const void *option)
{
	return strcmp(name, ((const struct option *)option)->name);
}

static const struct option *find(const char *name)
{
	return bsearch(name, options, COUNT(options), sizeof(*options), by_name);
}

static void turn(uint64_t *on, uint64_t *off, uint64_t bits)
{
	*on |= bits;
	*off &= ~bits;
}

static void set_atime(uint64_t *set, uint64_t *clear, uint64_t mode)
{
	*set = (*set & ~(uint64_t)MOUNT_ATTR__ATIME) | mode;
	*clear |= MOUNT_ATTR__ATIME;
}

/* Back to not asked for. */
static void unset_atime(uint64_t *set, uint64_t *clear, uint64_t mode)
{
	if (!(*clear & MOUNT_ATTR__ATIME) || (*set & MOUNT_ATTR__ATIME) != mode)
		return;
	*set &= ~(uint64_t)MOUNT_ATTR__ATIME;
	*clear &= ~(uint64_t)MOUNT_ATTR__ATIME;
}

/* What is asked for everything below comes later, and so counts for the mount itself. */
static void forget(struct spec_mount_flags *f, uint64_t bits)
{
	f->set &= ~bits;
	f->clear &= ~bits;
}

/* ---- the filesystem's own options ------------------------------------------ */

static bool is_in(const struct strs *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], s) == 0)
			return true;
	return false;
}

/* Up to the next comma that is neither quoted nor behind a backslash. */
static size_t data_length(const char *s)
{
	bool quoted = false;
	size_t i = 0;

	for (; s[i] && (s[i] != ',' || quoted); i++) {
		if (s[i] == '"')
			quoted = !quoted;
		else if (s[i] == '\\' && s[i + 1])
			i++;
	}
	return i;
}

static size_t data_count(const char *s)
{
	size_t n = 1;

	for (s += data_length(s); *s; s += data_length(s)) {
		s++;
		n++;
	}
	return n;
}

static int add_data(struct arena *a, struct strs *data, const char *s, struct error *err)
{
	for (;;) {
		const size_t n = data_length(s);
		const char *piece = s[n] ? arena_strndup(a, s, n) : s;

		if (!piece)
			return error_sys(err, ENOMEM, "read mount options");
		if (n > 0)
			data->v[data->n++] = piece;
		if (!s[n])
			return 0;
		s += n + 1;
	}
}

/* Room for all that the options can turn into, so that nothing below has to grow. */
static int make_room(struct arena *a, const struct spec_mount *mount, struct spec_mount_flags *f,
		     struct error *err)
{
	size_t n = 1;

	for (size_t i = 0; i < mount->options.n; i++)
		n += data_count(mount->options.v[i]);
	f->data.v = arena_array(a, n, sizeof(*f->data.v));
	f->super.v = arena_array(a, COUNT(supers) + 1, sizeof(*f->super.v));
	if (!f->data.v || !f->super.v)
		return error_sys(err, ENOMEM, "read mount options");
	return 0;
}

/* ---- one option ------------------------------------------------------------ */

static int add_propagation(struct spec_mount_flags *f, unsigned flags, struct error *err)
{
	if (f->n_propagation == SPEC_MOUNT_PROPAGATIONS)
		return error_set(err, EINVAL, "more than %d propagation options",
				 SPEC_MOUNT_PROPAGATIONS);
	f->propagation[f->n_propagation++] = flags;
	return 0;
}

struct super_bits {
	uint64_t on, off;
};

static int apply(const struct option *o, struct spec_mount_flags *f, struct super_bits *super,
		 struct error *err)
{
	switch (o->kind) {
	case NOTHING:
		break;
	case ATTR_ON:
		turn(&f->set, &f->clear, o->bits);
		break;
	case ATTR_OFF:
		turn(&f->clear, &f->set, o->bits);
		break;
	case ATIME:
		set_atime(&f->set, &f->clear, o->bits);
		break;
	case ATIME_BACK:
		unset_atime(&f->set, &f->clear, o->bits);
		break;
	case RATTR_ON:
		turn(&f->rset, &f->rclear, o->bits);
		forget(f, o->bits);
		break;
	case RATTR_OFF:
		turn(&f->rclear, &f->rset, o->bits);
		forget(f, o->bits);
		break;
	case RATIME:
		set_atime(&f->rset, &f->rclear, o->bits);
		forget(f, MOUNT_ATTR__ATIME);
		break;
	case RATIME_BACK:
		unset_atime(&f->rset, &f->rclear, o->bits);
		break;
	case SUPER_ON:
		turn(&super->on, &super->off, o->bits);
		break;
	case SUPER_OFF:
		turn(&super->off, &super->on, o->bits);
		break;
	case PROPAGATION:
		return add_propagation(f, (unsigned)o->bits, err);
	case RBIND:
		f->rec = true;
		f->bind = true;
		break;
	case BIND:
		f->bind = true;
		break;
	case REMOUNT:
		f->remount = true;
		break;
	case TMPCOPYUP:
		f->tmpcopyup = true;
		break;
	case RIDMAP:
		f->ridmap = true;
		break;
	case IDMAP:
		f->idmap = true;
		break;
	}
	return 0;
}

static void name_supers(const struct super_bits *super, struct strs *ret)
{
	for (size_t i = 0; i < COUNT(supers); i++) {
		if (super->on & supers[i].bit)
			ret->v[ret->n++] = supers[i].on;
		else if (super->off & supers[i].bit)
			ret->v[ret->n++] = supers[i].off;
	}
}

/* ---- all of them ----------------------------------------------------------- */

/* Nothing is mounted below a new filesystem: what is said of all that is there is said of it. */
static void fold(struct spec_mount_flags *f)
{
	const uint64_t own = f->set | f->clear;

	f->set |= f->rset & ~own;
	f->clear |= f->rclear & ~own;
	f->rset = f->rclear = 0;
}

static bool is_root(const char *destination)
{
	return destination[strspn(destination, "/.")] == '\0';
}

static int check(const struct spec_mount *mount, const struct spec_mount_flags *f,
		 struct error *err)
{
	if (f->bind && f->data.n > 0)
		return error_set(err, EINVAL,
				 "bind mounts cannot have any filesystem-specific options "
				 "applied: \"%s\"",
				 f->data.v[0]);
	if (!f->tmpcopyup)
		return 0;
	if (f->bind || !mount->type || strcmp(mount->type, "tmpfs") != 0)
		return error_set(err, EINVAL, "tmpcopyup is for mounts of type tmpfs only");
	if (is_root(mount->destination))
		return error_set(err, EINVAL, "tmpcopyup cannot be used at \"/\"");
	return 0;
}

int spec_mount_flags(struct arena *a, const struct spec_mount *mount, struct spec_mount_flags *ret,
		     struct error *err)
{
	struct spec_mount_flags f = { .idmap = mount->uidMappings.n || mount->gidMappings.n };
	struct super_bits super = { 0 };
	int r = make_room(a, mount, &f, err);

	for (size_t i = 0; r == 0 && i < mount->options.n; i++) {
		const char *word = mount->options.v[i];
		const struct option *o = find(word);

		r = o ? apply(o, &f, &super, err) : add_data(a, &f.data, word, err);
	}
	if (r == 0)
		r = check(mount, &f, err);
	if (r < 0)
		return r;
	name_supers(&super, &f.super);
	f.idmap |= f.ridmap;
	if (!f.bind && !f.remount)
		fold(&f);
	*ret = f;
	return 0;
}

bool spec_mount_is_bind(const struct spec_mount *mount)
{
	return is_in(&mount->options, "bind") || is_in(&mount->options, "rbind");
}

bool spec_mount_is_mapped(const struct spec_mount *mount)
{
	return mount->uidMappings.n || is_in(&mount->options, "idmap") ||
	       is_in(&mount->options, "ridmap");
}

const char *spec_mount_option(size_t i)
{
	return i < COUNT(options) ? options[i].name : NULL;
}

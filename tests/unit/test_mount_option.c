/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/mount_option.h"

#include <errno.h>

#include "base/str.h"
#include "base/sys.h"
#include "tests/unit/check.h"
#include "tests/unit/data.h"

static struct strs split(struct arena *a, const char *words)
{
	struct strs list = { 0, arena_array(a, 32, sizeof(char *)) };

	for (; *words; words += strcspn(words, " "), words += *words == ' ')
		list.v[list.n++] = arena_strndup(a, words, strcspn(words, " "));
	return list;
}

static void add_list(struct str *s, const char *name, const struct strs *list)
{
	for (size_t i = 0; i < list->n; i++)
		str_printf(s, "%s%s[%s]", s->len ? " " : "", name, list->v[i]);
}

static void add_bits(struct str *s, const char *name, uint64_t bits)
{
	if (bits)
		str_printf(s, "%s%s=%llx", s->len ? " " : "", name, (unsigned long long)bits);
}

/* What the options came to, in words; what they did not touch is left out. */
static void describe(const struct spec_mount_flags *f, struct str *s)
{
	const struct {
		const char *name;
		bool on;
	} bools[] = {
		{ "bind", f->bind },           { "rec", f->rec },     { "remount", f->remount },
		{ "tmpcopyup", f->tmpcopyup }, { "idmap", f->idmap }, { "ridmap", f->ridmap },
	};

	str_add(s, "");
	add_bits(s, "set", f->set);
	add_bits(s, "clear", f->clear);
	add_bits(s, "rset", f->rset);
	add_bits(s, "rclear", f->rclear);
	for (size_t i = 0; i < sizeof(bools) / sizeof(*bools); i++)
		if (bools[i].on)
			str_printf(s, "%s%s", s->len ? " " : "", bools[i].name);
	for (int i = 0; i < f->n_propagation; i++)
		add_bits(s, "prop", f->propagation[i]);
	add_list(s, "super", &f->super);
	add_list(s, "data", &f->data);
}

/* MOUNT_ATTR_*: ro 1, nosuid 2, nodev 4, noexec 8, atime 70, nodiratime 80, nosymfollow 200000. */
/* clang-format off */
static const struct {
	const char *type, *options, *want;
} rows[] = {
	{ "tmpfs", "", "" },
	{ "tmpfs", "defaults silent loud iversion noiversion", "" },
	{ "tmpfs", "ro nosuid nodev noexec nodiratime nosymfollow", "set=20008f" },
	{ NULL, "bind rw suid dev exec diratime symfollow", "clear=20008f bind" },
	{ NULL, "bind ro rw", "clear=1 bind" },
	{ NULL, "rw ro bind", "set=1 bind" },
	{ NULL, "rbind", "bind rec" },
	{ NULL, "rbind bind", "bind rec" },
	{ "none", "bind", "bind" },
	{ "bind", "ro", "set=1" },
	{ "proc", "noatime", "set=10 clear=70" },
	{ "proc", "strictatime", "set=20 clear=70" },
	{ "proc", "relatime", "clear=70" },
	{ "proc", "atime", "clear=70" },
	{ "proc", "noatime strictatime", "set=20 clear=70" },
	{ "proc", "strictatime ro relatime", "set=1 clear=70" },
	{ "proc", "norelatime nostrictatime", "" },
	{ "proc", "strictatime nostrictatime", "" },
	{ "proc", "noatime nostrictatime", "set=10 clear=70" },
	{ "proc", "relatime norelatime", "" },
	{ NULL, "bind rro rnosuid rnodev rnoexec rnodiratime rnosymfollow", "rset=20008f bind" },
	{ NULL, "bind rro rrw rsuid rdev rexec rdiratime rsymfollow", "rclear=20008f bind" },
	{ NULL, "bind rnoatime", "rset=10 rclear=70 bind" },
	{ NULL, "bind rnoatime rstrictatime", "rset=20 rclear=70 bind" },
	{ NULL, "bind rnoatime ratime", "rclear=70 bind" },
	{ NULL, "bind rrelatime rnorelatime rnostrictatime", "bind" },
	{ NULL, "bind ro rrw", "rclear=1 bind" },
	{ NULL, "bind rrw ro", "set=1 rclear=1 bind" },
	{ NULL, "bind suid noexec rnosuid", "set=8 rset=2 bind" },
	{ NULL, "bind rnosuid suid", "clear=2 rset=2 bind" },
	{ NULL, "bind noatime rstrictatime", "rset=20 rclear=70 bind" },
	{ NULL, "bind rstrictatime noatime", "set=10 clear=70 rset=20 rclear=70 bind" },
	{ "tmpfs", "rro rnosuid", "set=3" },
	{ "tmpfs", "rro rw", "clear=1" },
	{ "tmpfs", "ro rrw", "clear=1" },
	{ "tmpfs", "rnoatime", "set=10 clear=70" },
	{ "tmpfs", "rstrictatime noatime", "set=10 clear=70" },
	{ NULL, "bind rshared slave", "bind prop=104000 prop=80000" },
	{ NULL, "bind private rprivate unbindable runbindable", "bind prop=40000 prop=44000 prop=20000 prop=24000" },
	{ "ext4", "sync dirsync mand lazytime", "super[sync] super[dirsync] super[mand] super[lazytime]" },
	{ "ext4", "sync async nomand nolazytime", "super[async] super[nomand] super[nolazytime]" },
	{ "ext4", "async sync", "super[sync]" },
	{ "tmpfs", "mode=755 nosuid size=64k acl", "set=2 data[mode=755] data[size=64k] data[acl]" },
	{ "tmpfs", "mode=755,size=64k,,nr_inodes=1", "data[mode=755] data[size=64k] data[nr_inodes=1]" },
	{ "tmpfs", "ro,nosuid", "data[ro] data[nosuid]" },
	{ "tmpfs", ", ,,", "" },
	{ "overlay", "lowerdir=/a\\,b:/c,upperdir=/u", "data[lowerdir=/a\\,b:/c] data[upperdir=/u]" },
	{ "tmpfs", "context=\"a:c1,c2\",size=1", "data[context=\"a:c1,c2\"] data[size=1]" },
	{ "tmpfs", "x=\\", "data[x=\\]" },
	{ "tmpfs", "tmpcopyup", "tmpcopyup" },
	{ "tmpfs", "remount ro", "set=1 remount" },
	{ NULL, "bind idmap", "bind idmap" },
	{ NULL, "rbind ridmap", "bind rec idmap ridmap" },
	{ "tmpfs", "RO", "data[RO]" },
	{ NULL, "bind mode=755", "! bind mounts cannot have any filesystem-specific options applied: \"mode=755\"" },
	{ "tmpfs", "size=1 rbind", "! bind mounts cannot have any filesystem-specific options applied: \"size=1\"" },
	{ "proc", "tmpcopyup", "! tmpcopyup is for mounts of type tmpfs only" },
	{ "tmpfs", "bind tmpcopyup", "! tmpcopyup is for mounts of type tmpfs only" },
	{ NULL, "tmpcopyup", "! tmpcopyup is for mounts of type tmpfs only" },
	{ NULL, "bind shared shared shared shared shared", "! more than 4 propagation options" },
};
/* clang-format on */

static void test_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cleanup_arena struct arena a = { 0 };
		const struct spec_mount mount = {
			.destination = "/mnt",
			.type = rows[i].type,
			.options = split(&a, rows[i].options),
		};
		cleanup_str struct str got = { 0 };
		struct spec_mount_flags flags;
		struct error err = { 0 };
		int r = spec_mount_flags(&a, &mount, &flags, &err);

		if (r == 0)
			describe(&flags, &got);
		else
			str_printf(&got, "! %s", err.text);
		CHECK(r == 0 || r == -EINVAL);
		CHECK_STR(got.text, rows[i].want);
		CHECK(r < 0 || spec_mount_is_bind(&mount) == flags.bind);
	}
}

static void test_copy_up_at_root(void)
{
	static const char *const roots[] = { "/", "", "//", "/./", "." };
	cleanup_arena struct arena a = { 0 };
	struct spec_mount mount = { .type = "tmpfs", .options = split(&a, "tmpcopyup") };
	struct spec_mount_flags flags;
	struct error err = { 0 };

	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		mount.destination = roots[i];
		CHECK(spec_mount_flags(&a, &mount, &flags, &err) == -EINVAL);
	}
	mount.destination = "/.x";
	CHECK(spec_mount_flags(&a, &mount, &flags, &err) == 0);
}

static void test_mappings(void)
{
	cleanup_arena struct arena a = { 0 };
	struct spec_id_mapping map = { 0, 1000, 1 };
	const struct spec_mount mount = {
		.destination = "/mnt",
		.options = split(&a, "bind"),
		.uidMappings = { 1, &map },
		.gidMappings = { 1, &map },
	};
	struct spec_mount_flags flags;
	struct error err = { 0 };

	CHECK(spec_mount_flags(&a, &mount, &flags, &err) == 0 && flags.idmap && !flags.ridmap);
}

/* Searched by bisection, listed for everybody to read. */
static void test_list(void)
{
	size_t n = 0;

	for (const char *last = "", *name; (name = spec_mount_option(n)); last = name, n++)
		CHECK(strcmp(last, name) < 0);
	CHECK(n == 62);
}

int main(void)
{
	test_rows();
	test_copy_up_at_root();
	test_mappings();
	test_list();
	return CHECK_DONE();
}

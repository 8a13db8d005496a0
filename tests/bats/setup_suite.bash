# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Once before all files: the runtime's path, the test programs, a bundle to
# copy from and the cgroup below which everything happens.

setup_suite() {
	local here
	here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

	suite_begin "$here"
	PEER=${PEER:-$here/../../build/peers/bin/crun}
	export PEER
	template_rootfs
	template_config
}

# suite_begin DIRECTORY: what the suites of all directories beside this one need, but for the bundle.
suite_begin() {
	RUNTIME=$(command -v "${RUNTIME:-$1/../../build/release/warren}") ||
		{ echo "no runtime to test: build it, or set RUNTIME"; return 1; }
	RUNTIME=$(cd "$(dirname "$RUNTIME")" && pwd)/$(basename "$RUNTIME")
	RUNTIME_NAME=$("$RUNTIME" --version | sed -n '1s/ .*//p')
	TOOLS=$BATS_SUITE_TMPDIR/tools
	TEMPLATE=$BATS_SUITE_TMPDIR/template
	export RUNTIME RUNTIME_NAME TOOLS TEMPLATE

	# A guest's root with mapped ids has to get through to its bundle.
	[ -z "${TMPDIR:-}" ] || chmod go+x "$TMPDIR"
	cgroup_find
	tools_build "$1/../bats/tools"
}

teardown_suite() {
	[ -z "${CG_SUITE:-}" ] || rmdir "$CG_MOUNT/$CG_SUITE"
}

cgroup_find() {
	CG_MOUNT=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
	CG_SUITE=${WARREN_TEST_CGROUP:-}/warren-test-$$
	CG_SUITE=${CG_SUITE#/}
	export CG_MOUNT CG_SUITE
	[ -n "$CG_MOUNT" ] || { echo "cgroup2 is not mounted"; return 1; }
	mkdir "$CG_MOUNT/$CG_SUITE"
}

tools_build() {
	local source name
	mkdir "$TOOLS"
	for source in "$1"/*.c; do
		name=$(basename "$source" .c)
		"${CC:-cc}" -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra -static \
			-o "$TOOLS/$name" "$source"
	done
}

template_rootfs() {
	local root=$TEMPLATE/rootfs applet
	mkdir -p "$root"/{bin,dev,etc,home/user,proc,root,run,sys,tmp,usr/bin,var}
	chmod 755 "$root"
	chmod 1777 "$root/tmp"
	cp "$(command -v busybox)" "$root/bin/busybox"
	for applet in $("$root/bin/busybox" --list | grep -vx busybox); do
		ln -sf busybox "$root/bin/$applet"
	done
	cp "$TOOLS/probe" "$root/bin/probe"
	cat >"$root/etc/passwd" <<-EOF
		root:x:0:0:root:/root:/bin/sh
		user:x:1000:1000:user:/home/user:/bin/sh
		2000:x:0:0:a name that looks like a number:/:/bin/sh
	EOF
	cat >"$root/etc/group" <<-EOF
		root:x:0:
		user:x:1000:
	EOF
}

# What `spec` writes, with those parts fixed on which runtimes differ and tests build.
template_config() {
	"$RUNTIME" spec -b "$TEMPLATE"
	jq '.process.terminal = false
		| .process.args = ["true"]
		| .process.cwd = "/"
		| .process.user = {uid: 0, gid: 0}
		| .process.env = ["PATH=/bin:/usr/bin", "TERM=xterm"]
		| .process.noNewPrivileges = true
		| ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"] as $caps
		| .process.capabilities = {bounding: $caps, effective: $caps, permitted: $caps}
		| .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 1024, hard: 1024}]
		| .root = {path: "rootfs", readonly: false}
		| .hostname = "guest"
		| del(.annotations)
		| .linux.cgroupsPath = "@CGROUP@" # each bundle gets its own
		| .linux.namespaces = [("pid", "network", "ipc", "uts", "cgroup", "mount")
			| {type: .}]' \
		"$TEMPLATE/config.json" >"$TEMPLATE/new"
	mv "$TEMPLATE/new" "$TEMPLATE/config.json"
}

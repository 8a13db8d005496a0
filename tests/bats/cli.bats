#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command line itself: spec, features, version, options and their mistakes.

load helpers

setup() { bundle_new; }
teardown() { bundle_remove; }

# ---- the command line ---------------------------------------------------------------------

# proves: spec, spec --bundle
@test "spec writes a file that runs" {
	mkdir fresh
	ln -s "$BUNDLE/rootfs" fresh/link
	cp -a rootfs fresh/rootfs
	ok rt spec -b fresh
	jq -e '.ociVersion and .process.args == ["sh"] and .process.terminal == true
		and .root.path == "rootfs" and (.process.capabilities.inheritable // []) == []' fresh/config.json
	jq '.process.terminal = false | .process.args = ["true"]' fresh/config.json >fresh/new
	mv fresh/new fresh/config.json
	ok rt run -b fresh "$ID"
}

@test "spec refuses to overwrite" {
	cp config.json before
	refused rt spec
	cmp config.json before
	warren_only "runc's text"
	says 'File config.json exists. Remove it first'
}

@test "spec has no inheritable or ambient capabilities and masks what peers mask" {
	warren_only "the default of crun has ambient ones"
	mkdir fresh
	ok rt spec -b fresh
	jq -e '(.process.capabilities | (.inheritable // []) == [] and (.ambient // []) == [])
		and .process.noNewPrivileges == true and .root.readonly == true
		and (.linux.maskedPaths | index("/proc/kcore") and index("/sys/firmware"))
		and (.linux.readonlyPaths | index("/proc/sys") and index("/proc/sysrq-trigger"))
		and ([.mounts[].destination] | index("/proc") and index("/dev/pts") and index("/sys"))' \
		fresh/config.json
}

# proves: spec --rootless
@test "spec --rootless asks for a user namespace" {
	mkdir fresh
	ok rt spec --rootless -b fresh
	jq -e 'any(.linux.namespaces[]; .type == "user")' fresh/config.json
	warren_only "crun keeps the network namespace and writes no maps"
	jq -e 'all(.linux.namespaces[]; .type != "network")
		and (.linux.uidMappings | length) == 1 and .linux.uidMappings[0].containerID == 0
		and (.linux.gidMappings | length) == 1' fresh/config.json
}

# proves: features
@test "features is one JSON document with the hooks in order" {
	ok rt features
	same "$stderr" ''
	jq -e '(.ociVersionMin | type) == "string" and (.ociVersionMax | type) == "string"
		and .hooks == ["prestart", "createRuntime", "createContainer",
			"startContainer", "poststart", "poststop"]
		and any(.mountOptions[]; . == "ro") and any(.mountOptions[]; . == "rbind")
		and any(.linux.namespaces[]; . == "user")
		and any(.linux.capabilities[]; . == "CAP_SYS_ADMIN")
		and .linux.cgroup.v2 == true
		and (.linux.seccomp.enabled | type) == "boolean"' <<<"$output"
	warren_only "lists are sorted, cgroup v1 is never touched"
	jq -e '.linux.cgroup.v1 == false and (.mountOptions | . == sort)
		and (.linux.namespaces | . == sort)' <<<"$output"
}

# proves: warren --version
@test "--version begins with name and version, and says commit and spec" {
	try "$RUNTIME" --version
	same "$status" 0
	same "$stderr" ''
	says_like "^$RUNTIME_NAME version [0-9]"
	says_like $'\ncommit: '
	says_like $'\nspec: 1\\.'
}

@test "called as runc it says so in --version" {
	warren_only "containerd parses this line"
	ln -s "$RUNTIME" runc
	try ./runc --version
	says_like '^runc version '
}

# proves: help
@test "without a command, with help and with --help there is help" {
	local word
	ok "$RUNTIME" --help
	says create
	warren_only "crun knows --help only"
	for word in '' help -h --help; do
		ok "$RUNTIME" ${word:+"$word"}
		says create
		says delete
	done
}

@test "an unknown command or option is refused" {
	refused rt frobnicate
	refused rt state --frobnicate "$ID"
	refused rt --frobnicate state "$ID"
}


# proves: checkpoint, restore, warren --systemd-cgroup
@test "what is not there yet is refused, not dropped" {
	warren_only "peers have it, or need more for it"
	expect 1 rt checkpoint "$ID"
	says 'not supported yet'
	expect 1 rt restore "$ID"
	says 'not supported yet'
	config_set '.linux.cgroupsPath = "system.slice:warren:test"'
	expect 1 rt --systemd-cgroup run "$ID"
	says 'not supported yet'
	missing "$STATE/$ID"
}

# proves: warren --debug|--log-level
@test "--debug and --log-level debug tell more" {
	ok rt --log log run "$ID"
	[ ! -s log ]
	ok rt --log log --debug run "$ID"
	[ -s log ]
	grep -qi debug log
	: >log
	warren_only "runc has no --log-level, crun's debug says other things"
	ok rt --log log --log-level debug run "$ID"
	grep -qi debug log
}

# proves: warren --rootless
@test "--rootless says true, false or auto, and nothing else" {
	local word
	ok rt create "$ID"
	for word in true false auto; do
		ok rt --rootless "$word" list -q
	done
	refused rt --rootless perhaps list -q
}

# proves: spec --no-terminal
@test "spec --no-terminal is for a program without a terminal" {
	warren_only "peers have no such option"
	mkdir fresh
	ok rt spec --no-terminal -b fresh
	jq -e '.process.terminal != true' fresh/config.json
}

# proves: doctor, doctor --reset
@test "doctor shows what is kept for the next start, and removes it" {
	warren_only "peers keep other things"
	config_set '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["swapon"], action: "SCMP_ACT_ERRNO"}]}'
	ok rt run "$ID"
	ok rt doctor
	says @template
	says '1 in @filters'
	ok rt doctor --reset
	missing "$STATE/@template"
	missing "$STATE/@filters"
	ok rt run "$ID"
}

@test "the template is made on whichever processor the host's mount namespace was made" {
	warren_only "peers have none"
	needs_tool taskset
	guest true
	export ID BUNDLE
	last=$(($(nproc) - 1))
	for cpu in $(seq 0 "$last"); do
		mkdir "state$cpu"
		ok taskset -c "$cpu" unshare -m bash -c '
			taskset -pc "$(($1 == $2 ? 0 : $1 + 1))" $$ >/dev/null
			"$RUNTIME" --root "$BUNDLE/state$1" run "$ID"
			"$RUNTIME" --root "$BUNDLE/state$1" doctor' bash "$cpu" "$last"
		says "pinned in @template"
	done
}

# proves: exec --no-subreaper
@test "exec --no-subreaper, of old callers, is taken and does nothing" {
	up
	ok rt exec --no-subreaper "$ID" true
}

# proves: warren --criu
@test "--criu, of old callers, is taken and does nothing" {
	ok rt create "$ID"
	ok rt --criu /nonexistent state "$ID"
}

@test "a missing or surplus argument is refused, for every command" {
	local command
	for command in create run start state kill delete exec ps pause resume; do
		refused rt "$command"
	done
	warren_only "the text is runc's, and surplus words are not ignored"
	for command in start state pause resume; do
		expect 1 rt "$command" a b
		says "$command\" requires exactly 1 argument"
	done
}

@test "options may have one dash, an equal sign and stand behind the id" {
	warren_only "one parser that takes what all callers send"
	ok "$RUNTIME" -root "$STATE" create -bundle="$BUNDLE" "$ID" --pid-file=pid
	same "$(<pid)" "$(pid_of "$ID")"
	ok "$RUNTIME" --root="$STATE" kill --all=true "$ID" KILL
	wait_status "$ID" stopped
	ok "$RUNTIME" --root="$STATE" --criu=/nonexistent delete -force=true "$ID"
}

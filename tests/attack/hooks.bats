#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Programs that run with the host's rights: whose environment, whose files.

load helpers

hook_environment() {
	printf '#!/bin/sh\nenv >>%s\n' "$BUNDLE/hooks.env" >hook
	chmod 755 hook
	: >hooks.env
	config_set '.process.env += ["LD_PRELOAD=/evil.so", "LD_LIBRARY_PATH=/evil", "BASH_ENV=/evil", "GCONV_PATH=/evil"]
		| [{path: $h}] as $all
		| .hooks = {prestart: $all, createRuntime: $all, createContainer: $all, poststart: $all, poststop: $all}' \
		--arg h "$BUNDLE/hook"
	is_warren || config_set 'del(.hooks.prestart)'
	try rt run "$ID"
	won_if grep -q evil hooks.env
}
@test "hooks on the host never see the guest's environment" {
	contained hook_environment
	proven hook_environment
}

# The path of a hook is the host's, even where it runs in the guest's mounts.
hook_path() {
	mkdir -p "rootfs$BUNDLE"
	printf '#!/bin/sh\necho host >>%s\n' "$BUNDLE/which" >hook
	printf '#!/bin/sh\n: >/tmp/evil\n: >%s/file.evil\n' "$OUTSIDE" >"rootfs$BUNDLE/hook"
	chmod 755 hook "rootfs$BUNDLE/hook"
	config_set '[{path: $h}] as $all | .hooks = {createRuntime: $all, createContainer: $all, poststop: $all}' \
		--arg h "$BUNDLE/hook"
	try rt run "$ID"
	won_if test -e rootfs/tmp/evil
	won_if outside_changed
}
@test "a hook of the host is not replaced by a file of that name in the image" {
	contained hook_path
}

# Asking about a guest does not run the guest's programs.
ps_program() {
	rm rootfs/bin/ps
	printf '#!/bin/sh\n: >/tmp/evil\necho evil\n' >rootfs/bin/ps
	chmod 755 rootfs/bin/ps
	up
	try rt ps "$ID"
	won_if printed evil
	won_if test -e rootfs/tmp/evil
}
@test "ps runs no program of the guest's" {
	contained ps_program
	proven ps_program
}

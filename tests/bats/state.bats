#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is told about guests: state, list, ps, pid files.

load helpers

setup() { bundle_new; }
teardown() { bundle_remove; }

# ---- state ------------------------------------------------------------------------

# proves: annotations, state
@test "state tells what the specification asks for" {
	config_set '.annotations = {"a.b/c": "x \"y\" ü"}'
	ok rt create "$ID"
	ok rt state "$ID"
	same "$stderr" ''
	jq -e --arg id "$ID" --arg bundle "$BUNDLE" '.id == $id and .bundle == $bundle
		and .status == "created" and .pid > 1
		and .annotations == {"a.b/c": "x \"y\" ü"}
		and (.ociVersion | test("^1\\.[0-9]+\\.[0-9]+"))
		and (.created | test("^20[0-9-]+T[0-9:]+\\.[0-9]+Z$"))' <<<"$output"
	[ -d "/proc/$(jq .pid <<<"$output")" ]
}

@test "state has runc's shape: two blanks of indentation, fields in order" {
	warren_only "peers differ from each other"
	config_set '.annotations = {"a": "b"}'
	ok rt create "$ID"
	ok rt state "$ID"
	same "$(jq -r 'keys_unsorted | join(" ")' <<<"$output")" \
		'ociVersion id pid status bundle rootfs created annotations owner'
	says $'{\n  "ociVersion": "'
	same "$(jq -r .rootfs <<<"$output")" "$BUNDLE/rootfs"
	[[ $(jq -r .created <<<"$output") =~ \.[0-9]{1,9}Z$ ]]
	[[ $output != *'\/'* ]]
}

@test "state without annotations leaves them out" {
	warren_only "peers differ from each other"
	ok rt create "$ID"
	ok rt state "$ID"
	same "$(jq 'has("annotations")' <<<"$output")" false
}

@test "state follows the guest: created, running, paused, stopped with pid 0" {
	guest 'exec sleep 1000'
	ok rt create "$ID"
	same "$(status_of "$ID")" created
	ok rt start "$ID"
	same "$(status_of "$ID")" running
	ok rt pause "$ID"
	same "$(status_of "$ID")" paused
	ok rt resume "$ID"
	ok rt kill "$ID" KILL
	wait_status "$ID" stopped
	same "$(pid_of "$ID")" 0
}

@test "state of a guest that does not exist is refused" {
	refused rt state nobody
	warren_only "runc's text and code"
	expect 1 rt state nobody
	says 'container does not exist'
}

@test "a stopped guest stays stopped when its pid is somebody else's" {
	guest 'exec sleep 1000'
	ok rt run -d "$ID"
	local pid
	pid=$(pid_of "$ID")
	ok rt kill "$ID" KILL
	wait_status "$ID" stopped
	# The number is given to another process: only its start time tells them apart.
	wait_until missing "/proc/$pid" || skip "this host's init does not reap"
	for _ in {1..100}; do
		echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid || skip "cannot choose pids here"
		sleep 1000 3>&- &
		[ $! -ne "$pid" ] || break
		kill -9 $!
	done
	[ $! -eq "$pid" ] || skip "pid $pid is always taken by others"
	same "$(status_of "$ID")" stopped
	refused rt kill "$ID" KILL
	ok rt delete --force "$ID"
	kill -9 "$pid" # still there
}

# ---- list and ps ----------------------------------------------------------------------

# proves: list
@test "list prints a table" {
	up
	ok rt list
	says_like 'PID +STATUS +BUNDLE'
	says_like "$ID +$(pid_of "$ID") +running +$BUNDLE "
	warren_only "runc's columns"
	same "$(head -n 1 "$BUNDLE/out" | tr -s ' ')" 'ID PID STATUS BUNDLE CREATED OWNER'
	says_like ' root *$'
}

@test "the columns of list stand below each other" {
	warren_only "runc's widths: twelve at least, three blanks between"
	local column
	up
	ok rt list
	for column in "PID:$(pid_of "$ID")" STATUS:running "BUNDLE:$BUNDLE"; do
		same "$(awk -v c=" ${column#*:} " 'NR == 2 { print index($0, c) }' <<<"$output")" \
			"$(awk -v c=" ${column%%:*} " 'NR == 1 { print index($0, c) }' <<<"$output")"
	done
}

# proves: list --quiet
@test "list -q prints ids only, in order" {
	local id
	for id in "$ID-b" "$ID-a" "$ID-c"; do
		config_set '.linux.cgroupsPath = $p' --arg p "$CG_PATH/$id"
		ok rt create "$id"
	done
	ok rt list -q
	same "$(sort <<<"$output" | xargs)" "$ID-a $ID-b $ID-c"
	warren_only "the order is that of the ids"
	prints "$(printf '%s\n' "$ID-a" "$ID-b" "$ID-c")"
}

# proves: list --format
@test "list -f json is an array of states" {
	config_set '.annotations = {"k": "v"}'
	ok rt create "$ID"
	ok rt list -f json
	jq -e --arg id "$ID" 'length == 1 and .[0].id == $id and .[0].status == "created"
		and .[0].owner == "root"' <<<"$output"
	warren_only "all of state's fields"
	jq -e --arg b "$BUNDLE" '.[0] | .annotations == {"k": "v"} and .bundle == $b
		and .rootfs == $b + "/rootfs" and .pid > 1 and (.created | length) > 20' <<<"$output"
	same "$(wc -l <<<"$output")" 1
}

@test "list of no guests is empty, also without a state root" {
	warren_only "peers refuse a missing root or print null"
	ok rt list -f json
	prints '[]'
	ok rt list -q
	prints ''
	ok rt list
	same "$(wc -l <<<"$output")" 1
}

@test "list goes on after a broken entry and names it" {
	warren_only "peers differ"
	ok rt create "$ID"
	mkdir "$STATE/broken"
	ok rt list -q
	same "$output" "$ID"
	[[ $stderr == *broken* ]]
	rmdir "$STATE/broken"
}

@test "list skips what begins with @" {
	warren_only "caches live in the state root"
	ok rt create "$ID"
	mkdir -p "$STATE/@other"
	ok rt list -q
	prints "$ID"
	same "$stderr" ''
}

@test "list refuses an unknown format" {
	refused rt list -f yaml
}

# proves: ps --format
@test "ps lists the processes of the guest" {
	up 'sleep 1000 &'
	ok rt ps --format json "$ID"
	same "$stderr" ''
	jq -e --argjson pid "$(pid_of "$ID")" 'length == 2 and index($pid) != null' <<<"$output"
	same "$(jq -c sort <<<"$output")" "$(sort -n "$CG/guest/cgroup.procs" | jq -cs .)"
}

@test "ps includes processes in cgroups below" {
	up
	mkdir "$CG/guest/below"
	aside sleep 1000
	echo $! >"$CG/guest/below/cgroup.procs"
	ok rt ps -f json "$ID"
	jq -e --argjson pid $! 'length == 2 and index($pid) != null' <<<"$output"
}

# proves: ps
@test "ps prints a table without the guest's help" {
	up
	ok rt ps "$ID"
	says "$(pid_of "$ID")"
	same "$stderr" ''
}

@test "ps of a stopped guest lists nothing" {
	warren_only "peers fail or print null"
	ok rt create "$ID"
	ok rt start "$ID"
	wait_status "$ID" stopped
	ok rt ps -f json "$ID"
	[ "$output" = null ] || [ "$output" = '[]' ]
}

# ---- pid file ---------------------------------------------------------------------------

# proves: create --pid-file
@test "--pid-file holds the host's pid and nothing else" {
	ok rt create --pid-file pid "$ID"
	printf %s "$(pid_of "$ID")" | cmp - pid # not even a newline
	same "$(<"$CG/guest/cgroup.procs")" "$(<pid)"
}


# proves: run --pid-file
@test "run --pid-file does as well" {
	guest 'exec sleep 1000'
	ok rt run -d --pid-file pid "$ID"
	printf %s "$(pid_of "$ID")" | cmp - pid
}

@test "--pid-file is replaced as a whole: a reader never sees an empty one" {
	echo 1 >pid
	exec 9<pid
	ok rt create --pid-file pid "$ID"
	same "$(<pid)" "$(pid_of "$ID")"
	warren_only "written beside and renamed"
	same "$(cat <&9)" 1
	exec 9<&-
}

@test "there is no pid file after a failure" {
	program /nonexistent
	refused rt run --pid-file pid "$ID"
	missing pid
}

# bats test_tags=old
# proves: create --pidfd-socket
@test "--pidfd-socket receives a pidfd of the guest" {
	warren_only "crun has no such option"
	aside "$TOOLS/recvfd" pidfd.sock name >fdinfo
	local receiver=$!
	wait_until test -S pidfd.sock
	ok rt create --pidfd-socket pidfd.sock "$ID"
	wait "$receiver"
	same "$(tr -s ' \t' ' ' <fdinfo)" "Pid: $(pid_of "$ID")"
	same "$(<name)" standard
}


# proves: run --pidfd-socket, exec --pidfd-socket
@test "--pidfd-socket of run and exec receives a pidfd of the process" {
	local receiver
	aside "$TOOLS/recvfd" pidfd.sock name >fdinfo
	receiver=$!
	wait_until test -S pidfd.sock
	guest 'exec sleep 1000'
	ok rt run -d --pidfd-socket pidfd.sock "$ID"
	wait "$receiver"
	same "$(tr -s ' \t' ' ' <fdinfo)" "Pid: $(pid_of "$ID")"
	rm -f pidfd.sock name
	aside "$TOOLS/recvfd" pidfd.sock name >fdinfo
	receiver=$!
	wait_until test -S pidfd.sock
	ok rt exec -d --pid-file pid --pidfd-socket pidfd.sock "$ID" sleep 1000
	wait "$receiver"
	same "$(tr -s ' \t' ' ' <fdinfo)" "Pid: $(<pid)"
}

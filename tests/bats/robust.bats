#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Interrupted, crowded and ill-treated: nothing may be left, nobody may hang.
#
#   ROUNDS=n     how often create is killed half-way (60)
#   SEQUENCE=n   starts one after another (1000 when a start takes below 15 ms, else 200)
#   CROWD=n      guests at once (200)

load helpers

setup() { bundle_new; }
teardown() { bundle_remove; }

# bundles N: directories b1 .. bN that share the root; each has a cgroup of its own.
bundles() {
	local n
	for n in $(seq "$1"); do
		mkdir "b$n"
		sed "s#\"$CG_PATH/guest\"#\"$CG_PATH/g$n\"#; s#\"path\": \"rootfs\"#\"path\": \"$BUNDLE/rootfs\"#" \
			config.json >"b$n/config.json"
	done
}

# How long a command takes, in microseconds: $took.
measure() {
	local begin=${EPOCHREALTIME/./}
	"$@" </dev/null >/dev/null 2>&1 3>&- || true
	took=$((${EPOCHREALTIME/./} - begin))
}

# Kills the runtime at a moment of its work, or a little after it: $took says how long that is.
kill_midway() { # ARGUMENT...
	"$RUNTIME" --root "$STATE" "$@" </dev/null >/dev/null 2>&1 3>&- &
	sleep "$(printf '0.%06d' $(((RANDOM * 32768 + RANDOM) % (took * 5 / 4) % 1000000)))"
	kill -9 $! 2>/dev/null || true
	wait $! 2>/dev/null || true
}

# Where everything has ended that was begun: no process but those of complete guests.
settled() { [ "$(status_of "$ID")" = created ] || nothing_runs; }

@test "create killed at any moment leaves nothing that delete --force does not remove" {
	warren_only "peers leave processes and cgroups"
	local round
	warm_up
	measure rt create "$ID"
	ok rt delete --force "$ID"
	for round in $(seq "${ROUNDS:-60}"); do
		kill_midway create "$ID"
		wait_until settled || { echo "round $round: a process without a guest"; host_processes; return 1; }
		ok rt delete --force "$ID"
		nothing_left || { echo "round $round"; return 1; }
	done
}

@test "run -d killed at any moment leaves nothing that delete --force does not remove" {
	warren_only "peers leave processes and cgroups"
	local round
	warm_up
	guest 'exec sleep 1000'
	measure rt run -d "$ID"
	ok rt delete --force "$ID"
	for round in $(seq $((${ROUNDS:-60} / 2))); do
		kill_midway run -d "$ID"
		ok rt delete --force "$ID"
		nothing_left || { echo "round $round"; return 1; }
	done
}

@test "a create with hooks and a user namespace killed at any moment leaves nothing either" {
	warren_only "peers leave processes and cgroups"
	local round
	user_namespace
	config_set '.hooks = {createRuntime: [{path: "/bin/true"}], createContainer: [{path: "/bin/true"}]}'
	warm_up
	measure rt create "$ID"
	ok rt delete --force "$ID"
	for round in $(seq $((${ROUNDS:-60} / 2))); do
		kill_midway create "$ID"
		wait_until settled || { echo "round $round: a process without a guest"; host_processes; return 1; }
		ok rt delete --force "$ID"
		nothing_left || { echo "round $round"; return 1; }
	done
}

@test "delete killed at any moment can be repeated" {
	local round
	warm_up
	ok rt create "$ID"
	measure rt delete --force "$ID"
	for round in $(seq $((${ROUNDS:-60} / 4))); do
		ok rt create "$ID"
		kill_midway delete --force "$ID"
		ok rt delete --force "$ID"
		nothing_left || { echo "round $round"; return 1; }
	done
}

@test "an attached run that is killed leaves a guest that delete --force removes" {
	warm_up
	guest ': >/tmp/up; exec sleep 1000'
	"$RUNTIME" --root "$STATE" run "$ID" </dev/null >/dev/null 2>&1 3>&- &
	wait_until test -e rootfs/tmp/up
	kill -9 $!
	wait $! || true
	ok rt delete --force "$ID"
	rm rootfs/tmp/up
	nothing_left
}

@test "exec killed at any moment leaves no process outside of the guest's cgroup" {
	local round
	up
	measure rt exec "$ID" true
	for round in $(seq $((${ROUNDS:-60} / 4))); do
		kill_midway exec "$ID" sleep 1000
	done
	ok rt delete --force "$ID"
	wait_until nothing_runs
}

@test "a caller that ignores SIGCHLD changes no result" {
	warren_only "crun without SIGCHLD sends TERM to its whole process group"
	local ignoring=(env --ignore-signal=CHLD timeout 20 "$RUNTIME" --root "$STATE")
	guest 'exit 42'
	expect 42 "${ignoring[@]}" run "$ID"
	ok "${ignoring[@]}" create "$ID"
	ok "${ignoring[@]}" start "$ID"
	wait_status "$ID" stopped
	ok "${ignoring[@]}" delete "$ID"
	up
	expect 9 "${ignoring[@]}" exec "$ID" sh -c 'exit 9'
	expect 9 "${ignoring[@]}" exec "$ID" sh -c 'sleep 0.1; exit 9'
	ok "${ignoring[@]}" kill "$ID" KILL
	wait_status "$ID" stopped
	config_set '.hooks = {createRuntime: [{path: "/bin/false"}]}'
	refused "${ignoring[@]}" create "$ID-2"
}

@test "a caller that blocks all signals changes no result" {
	guest 'exit 42'
	expect 42 env --block-signal timeout --foreground 20 "$RUNTIME" --root "$STATE" run "$ID"
}

@test "a caller without descriptors 0, 1 and 2 changes no result" {
	warren_only "crun crashes"
	guest 'exit 42'
	code=0
	timeout --foreground 20 "$RUNTIME" --root "$STATE" run "$ID" <&- >&- 2>&- || code=$?
	same "$code" 42
	ok rt create "$ID"
	timeout --foreground 20 "$RUNTIME" --root "$STATE" start "$ID" <&- >&- 2>&-
	wait_status "$ID" stopped
	timeout --foreground 20 "$RUNTIME" --root "$STATE" delete "$ID" <&- >&- 2>&-
	missing "$STATE/$ID"
}

@test "a reader of the guest's output that goes away ends nothing but the guest" {
	warm_up
	guest 'while echo line; do :; done'
	timeout --foreground 20 "$RUNTIME" --root "$STATE" run "$ID" </dev/null 2>err | head -n 1 >out
	same "$(<out)" line
	nothing_left || { rm -f out err; nothing_left; }
}

@test "a full disk under the guest's output is no failure of the runtime" {
	guest 'echo hello; exit 6'
	code=0
	timeout --foreground 20 "$RUNTIME" --root "$STATE" run "$ID" </dev/null >/dev/full 2>err || code=$?
	same "$code" 6
}

@test "many starts one after another leave nothing" {
	local begin end n count=${SEQUENCE:-}
	warm_up
	begin=$(date +%s%3N)
	for n in $(seq 20); do
		rt run "$ID" </dev/null >/dev/null 2>err || { cat err; return 1; }
	done
	end=$(date +%s%3N)
	[ -n "$count" ] || count=$(((end - begin) / 20 < 15 ? 1000 : 200))
	echo "# $(((end - begin) / 20)) ms a start, $count starts" >&3
	for n in $(seq $((count - 20))); do
		rt run "$ID" </dev/null >/dev/null 2>err || { echo "start $n"; cat err; return 1; }
	done
	rm err
	nothing_left
}

@test "many guests at once leave nothing" {
	local n count=${CROWD:-200}
	guest 'exit 7'
	bundles "$count"
	rt run -b b1 "$ID-1" </dev/null >/dev/null 2>&1 || true
	host_snapshot "$BUNDLE/snapshot"
	for n in $(seq "$count"); do
		{
			code=0
			LIMIT=120 rt run -b "b$n" "$ID-$n" </dev/null >/dev/null 2>"b$n/err" || code=$?
			echo $code >"b$n/code"
		} &
	done
	wait
	same "$(cat b*/err)" ''
	same "$(cat b*/code | sort | uniq -c | xargs)" "$count 7"
	nothing_left
}

@test "many created guests live side by side and go away together" {
	local n count=50
	guest 'exec sleep 1000'
	bundles "$count"
	rt create -b b1 "$ID-1" </dev/null >/dev/null 2>&1
	ok rt delete "$ID-1"
	host_snapshot "$BUNDLE/snapshot"
	for n in $(seq "$count"); do
		ok rt create -b "b$n" "$ID-$n"
		ok rt start "$ID-$n"
	done
	ok rt list -q
	same "$(wc -l <<<"$output")" "$count"
	for n in $(seq "$count"); do
		rt delete --force "$ID-$n" </dev/null >/dev/null 2>"b$n/err" || echo "failed $n" >>"b$n/err" &
	done
	wait
	same "$(cat b*/err)" ''
	rm -f b*/err
	nothing_left
}

@test "state, list, ps and kill may be asked for while guests come and go" {
	local n pids=()
	warm_up
	for n in 1 2 3; do
		(
			set +e
			while ! [ -e stop ]; do
				timeout 10 "$RUNTIME" --root "$STATE" list -f json 2>>"asked$n.err" >"asked$n.out" </dev/null
				code=$?
				[ $code -eq 0 ] && jq -e 'type == "array" or . == null' "asked$n.out" >/dev/null ||
					echo "list $code" >>"asked$n.bad"
				timeout 10 "$RUNTIME" --root "$STATE" state "$ID" >"asked$n.out" 2>/dev/null </dev/null
				code=$?
				[ $code -le 1 ] || echo "state $code" >>"asked$n.bad"
				timeout 10 "$RUNTIME" --root "$STATE" kill "$ID" 0 >/dev/null 2>&1 </dev/null
				code=$?
				[ $code -le 1 ] || echo "kill $code" >>"asked$n.bad"
			done
		) 3>&- &
		pids+=($!)
	done
	for n in $(seq 40); do
		ok rt create "$ID"
		ok rt start "$ID"
		wait_status "$ID" stopped
		ok rt delete "$ID"
	done
	touch stop
	wait "${pids[@]}"
	same "$(cat asked*.bad 2>/dev/null)" ''
	rm -f stop asked*
	nothing_left
}

@test "of concurrent deletes all end, and the guest is gone" {
	local n round
	warm_up
	for round in 1 2 3 4 5; do
		ok rt create "$ID"
		for n in 1 2 3 4 5 6; do
			{ rt delete --force "$ID" </dev/null >/dev/null 2>&1; echo $? >"delete$n"; } &
		done
		wait
		[ "$(sort -n delete? | tail -n 1)" -le 1 ]
		ok rt delete --force "$ID"
		rm delete?
		nothing_left
	done
}

@test "concurrent kill, exec, pause and delete hang nobody" {
	local n round
	warm_up
	guest 'exec sleep 1000'
	for round in 1 2 3 4 5; do
		ok rt run -d "$ID"
		for n in 1 2 3; do
			LIMIT=20 rt exec "$ID" true </dev/null >/dev/null 2>&1 || echo $? >>codes &
			LIMIT=20 rt pause "$ID" </dev/null >/dev/null 2>&1 || echo $? >>codes &
			LIMIT=20 rt resume "$ID" </dev/null >/dev/null 2>&1 || echo $? >>codes &
			LIMIT=20 rt kill "$ID" TERM </dev/null >/dev/null 2>&1 || echo $? >>codes &
		done
		LIMIT=20 rt delete --force "$ID" </dev/null >/dev/null 2>&1 || echo $? >>codes
		wait
		not grep -qx 124 codes
		ok rt delete --force "$ID"
		rm -f codes
		nothing_left
	done
}

@test "a state file cut off, emptied or foreign is an error, and delete --force removes the guest" {
	local text file
	warren_only "each has a format of its own"
	for text in '' '{' '[]' '{"format": 999}' 'garbage'; do
		ok rt create "$ID"
		file=$(find "$STATE/$ID" -name '*.json' | head -n 1)
		printf %s "$text" >"$file"
		refused rt state "$ID"
		refused rt start "$ID"
		ok rt list -q
		ok rt delete --force "$ID"
		missing "$STATE/$ID"
		host_kill
		[ ! -d "$CG/guest" ] || wait_until rmdir "$CG/guest"
	done
}

# bats test_tags=old
@test "the runtime's binary cannot be reached from the guest" {
	warren_only "peers make a copy that can be read"
	local before
	before=$(sha256sum <"$RUNTIME")
	program /proc/self/exe --version
	try rt run "$ID"
	up 'for p in /proc/[0-9]*; do ls -l $p/exe; done >/tmp/exes 2>&1'
	rt exec "$ID" sh -c 'ls -l /proc/*/exe' </dev/null >execs 2>&1
	not grep -F "$RUNTIME" rootfs/tmp/exes execs
	same "$(sha256sum <"$RUNTIME")" "$before"
}

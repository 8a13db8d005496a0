#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# create|run --lower --upper --work: a root that is put together for one guest.

load helpers

setup() {
	bundle_new
	warren_only "no peer has these options"
	mv rootfs lower
	mkdir upper
	config_set '.root.path = "nowhere"' # the layers take its place
}
teardown() { bundle_remove; }

run_overlay() { # SCRIPT [OPTION...]
	guest "$1"$'\ntrue'
	shift
	ok rt run "$@" "$ID"
}

digest() { (cd "$1" && find . -printf '%p %y %m %u %g %l\n' | sort && find . -type f -exec cat {} +) | sha256sum; }

# bats test_tags=old
# proves: run --lower|--upper
@test "the guest writes to the upper layer, the lower one stays as it is" {
	local before
	before=$(digest lower)
	run_overlay 'echo new >/tmp/new; echo changed >/etc/group; rm /etc/passwd; cat /etc/group' \
		--lower lower --upper upper
	prints changed
	same "$(digest lower)" "$before"
	same "$(<upper/tmp/new)" new
	same "$(<upper/etc/group)" changed
	[ -c upper/etc/passwd ] # a whiteout
}

@test "an upper directory in use is refused by the name of who has it, until that guest is gone" {
	local pid
	guest 'exec sleep 1000'
	ok rt create --lower lower --upper upper "$ID"
	refused rt create --lower lower --upper "$BUNDLE/upper/" "$ID-2"
	says "in use by container $ID"
	says "$BUNDLE/upper/"
	mkdir work
	refused rt create --lower lower --upper upper --work work "$ID-2"
	says "in use by container $ID"
	refused env "$RUNTIME" --root "$BUNDLE/other" create --lower lower --upper upper "$ID-2"
	says "in use by container $ID"
	# The guest is not harmed, and what crashes leaves nothing to tidy up.
	ok rt start "$ID"
	ok rt exec "$ID" touch /tmp/made
	[ -e upper/tmp/made ]
	pid=$(pid_of "$ID")
	kill -9 "$pid"
	wait_until dead "$pid"
	ok rt create --lower lower --upper upper "$ID-2"
	ok rt delete --force "$ID-2"
}

@test "of many guests with one upper directory at once, one gets it" {
	local i ran=0
	guest 'exec sleep 1000'
	for i in 1 2 3 4; do
		rt run -d --lower lower --upper upper "$ID-$i" </dev/null >/dev/null 2>"err$i" &
		pids[i]=$!
	done
	for i in 1 2 3 4; do
		! wait "${pids[i]}" || ran=$((ran + 1))
	done
	same "$ran" 1
	same "$(cat err? | grep -c 'in use')" 3
}

@test "with layers config.json needs no root of its own" {
	config_set 'del(.root)'
	guest 'cat /etc/group >/tmp/x; exec sleep 1000'
	ok rt run -d --lower lower --upper upper "$ID"
	wait_until test -s upper/tmp/x
	ok rt exec "$ID" true
	echo '{}' >nothing
	ok rt update --resources nothing "$ID"
	ok rt exec "$ID" true
	refused rt run "$ID-2"
	says 'root: missing'
}

@test "the upper layer keeps what was written for the next guest" {
	run_overlay 'echo kept >/tmp/kept' --lower lower --upper upper
	run_overlay 'cat /tmp/kept' --lower lower --upper upper
	prints kept
}

# bats test_tags=old
@test "of several lower layers the first one is uppermost" {
	mkdir -p middle/etc top/etc
	echo middle | tee middle/etc/group >middle/etc/only-middle
	echo top >top/etc/group
	run_overlay 'cat /etc/group /etc/only-middle; head -n 1 /etc/passwd' \
		--lower top --lower middle --lower lower --upper upper
	prints $'top\nmiddle\nroot:x:0:0:root:/root:/bin/sh'
}

@test "paths are the caller's, relative or absolute" {
	guest 'echo x >/tmp/x'
	cd upper
	ok rt run -b "$BUNDLE" --lower ../lower --upper "$BUNDLE/upper" "$ID"
	[ -e tmp/x ]
}

@test "names with commas, colons, blanks and backslashes are layers like others" {
	local name='a,b:c d\e=f"g'
	mv lower "$name"
	mkdir "u$name" "w$name"
	run_overlay 'echo x >/tmp/x' --lower "$name" --upper "u$name" --work "w$name"
	[ -e "u$name/tmp/x" ]
}

# proves: run --work
@test "--work names the work directory, without it there is one beside the upper" {
	mkdir work
	run_overlay : --lower lower --upper upper --work work
	[ -d work/work ]
	rm -rf work
	run_overlay : --lower lower --upper upper
	[ -d upper ] # and nothing of it is inside, where the guest would see it
	missing upper/work
}


# proves: create --work
@test "create --work names it as well" {
	mkdir work
	ok rt create --lower lower --upper upper --work work "$ID"
	[ -d work/work ]
	missing upper.work
}

@test "two guests share a lower layer and do not see each other" {
	mkdir upper2
	guest 'echo one >/tmp/mine; : >/tmp/up; exec sleep 1000'
	ok rt run -d --lower lower --upper upper "$ID"
	wait_until test -e upper/tmp/up
	config_set '.linux.cgroupsPath += "2"'
	guest 'cat /tmp/mine; echo two >/tmp/mine'
	try rt run --lower lower --upper upper2 "$ID-2"
	says_not one
	same "$(<upper2/tmp/mine)" two
	ok rt exec "$ID" cat /tmp/mine
	prints one
	missing lower/tmp/mine
}

@test "fifty guests on one lower layer" {
	local n
	guest 'echo x >/tmp/x'
	for n in $(seq 50); do
		mkdir -p "many/$n/upper"
		sed "s#$CG_PATH/guest#$CG_PATH/guest-$n#; s#\"nowhere\"#\"$BUNDLE/nowhere\"#" config.json >"many/$n/config.json"
	done
	for n in $(seq 50); do
		rt run -b "many/$n" --lower lower --upper "many/$n/upper" "$ID-$n" </dev/null >/dev/null 2>"many/$n/err" &
		[ $((n % 10)) -ne 0 ] || wait
	done
	wait
	same "$(cat many/*/err)" ''
	same "$(find many -path '*/upper/tmp/x' | wc -l)" 50
	missing lower/tmp/x
}

@test "the host's mount table never sees the overlay" {
	warm_up
	guest ': >/tmp/up; exec sleep 1000'
	grep overlay /proc/self/mountinfo >before || true
	ok rt run -d --lower lower --upper upper "$ID"
	wait_until test -e upper/tmp/up
	same "$(grep overlay /proc/self/mountinfo || true)" "$(<before)"
	ok rt exec "$ID" awk '$5 == "/" { print $(NF - 2) }' /proc/self/mountinfo
	prints overlay
	ok rt delete --force "$ID"
}

@test "a guest on an overlay leaves nothing but its upper layer" {
	guest 'echo x >/tmp/x'
	ok rt run --lower lower --upper upper "$ID-warm-up"
	host_snapshot "$BUNDLE/snapshot"
	ok rt run --lower lower --upper upper "$ID"
	nothing_left
}

# proves: create --lower|--upper
@test "create and start work on an overlay, and mounts on top of it" {
	mkdir source
	echo content >source/file
	mount_add "$(jq -n --arg s "$BUNDLE/source" '{destination: "/new/target", source: $s, options: ["bind", "ro"]}')"
	guest 'cat /new/target/file >/tmp/out'
	ok rt create --lower lower --upper upper "$ID"
	ok rt start "$ID"
	wait_status "$ID" stopped
	same "$(<upper/tmp/out)" content
	missing lower/new
	[ -d upper/new/target ]
}

@test "a read-only root on an overlay is one" {
	config_set '.root.readonly = true'
	run_overlay 'touch /x || echo ro' --lower lower --upper upper
	prints ro
}

@test "features, state and list go on as with any root" {
	guest ': >/tmp/up; exec sleep 1000'
	ok rt run -d --lower lower --upper upper "$ID"
	ok rt state "$ID"
	jq -e '.status == "running"' <<<"$output"
	ok rt list -q
	prints "$ID"
}

# ---- refusals ------------------------------------------------------------------------------

@test "layers that are missing or no directories are refused by name" {
	local option
	warm_up
	echo x >file
	host_snapshot "$BUNDLE/snapshot"
	for option in missing file; do
		refused rt create --lower "$option" --upper upper "$ID"
		says "$option"
		refused rt create --lower lower --upper "$option" "$ID"
		says "$option"
		refused rt create --lower lower --upper upper --work "$option" "$ID"
		says "$option"
		[[ ${stderr,,} != *'no such file or directory'* ]] || explain "callers would say 127"
		nothing_left
	done
}

@test "--upper or --work alone are refused" {
	warm_up
	mkdir work
	host_snapshot "$BUNDLE/snapshot"
	refused rt create --upper upper "$ID"
	refused rt create --work work "$ID"
	refused rt create --lower lower --work work "$ID"
	nothing_left
}

@test "empty names are refused" {
	refused rt create --lower '' --upper upper "$ID"
	refused rt create --lower lower --upper '' "$ID"
}

@test "an upper layer on an overlay is refused with the reason" {
	mkdir -p o/{lower,upper,work,merged}
	mount -t overlay overlay -o "lowerdir=o/lower,upperdir=o/upper,workdir=o/work" o/merged
	mkdir o/merged/upper
	host_snapshot "$BUNDLE/snapshot"
	refused rt create --lower lower --upper o/merged/upper "$ID"
	says o/merged/upper
	says_like 'overlay'
	umount o/merged
	missing "$STATE/$ID"
	missing "$CG/guest"
	nothing_runs
}

@test "an upper layer on a read-only filesystem is refused with the reason" {
	mkdir ro
	mount -t tmpfs tmpfs ro
	mkdir ro/upper
	mount -o remount,ro ro
	refused rt create --lower lower --upper ro/upper "$ID"
	says ro/upper
	umount ro
}

@test "work and upper on different filesystems are refused" {
	mkdir other
	mount -t tmpfs tmpfs other
	mkdir other/work
	refused rt create --lower lower --upper upper --work other/work "$ID"
	says work
	umount other
}

# bats test_tags=old
@test "a failed guest leaves no work directory behind" {
	program nope
	host_snapshot "$BUNDLE/snapshot"
	refused rt run --lower lower --upper upper "$ID"
	missing "$STATE/$ID"
	missing "$CG/guest"
}

@test "a guest that is refused before it exists leaves no work directory behind either" {
	refused rt create --console-socket "$BUNDLE/nobody" --lower lower --upper upper "$ID"
	missing upper.work
	refused rt create --pid-file "$BUNDLE/no/where" --lower lower --upper upper "$ID"
	missing upper.work
}

@test "a work directory that a killed creation has left goes with the next guest" {
	mkdir -p upper upper.work/work
	run_overlay 'echo new >/tmp/new' --lower lower --upper upper
	[ -e upper/tmp/new ]
	missing upper.work
	mkdir upper.work
	touch upper.work/mine
	run_overlay : --lower lower --upper upper
	[ -e upper.work/mine ]
}

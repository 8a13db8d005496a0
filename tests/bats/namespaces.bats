#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Namespaces new and joined, user namespaces with id maps, hostname, sysctl, time.

load helpers

setup() { bundle_new; }
teardown() { bundle_remove; }

# holder OPTION...: a process in new namespaces of unshare(1); its pid in $holder.
holder() {
	aside unshare "$@" sh -c ': >held; exec sleep 1000' </dev/null >/dev/null 2>&1
	wait_until test -e held
	holder=$!
}

# The same for a pid namespace, where the child is the one inside.
pid_holder() {
	aside unshare --pid --fork sleep 1000 </dev/null >/dev/null 2>&1
	wait_until grep . "/proc/$!/task/$!/children"
	holder=$(tr -d ' ' <"/proc/$!/task/$!/children")
}

# ---- new, inherited, joined -----------------------------------------------------------

# proves: linux.namespaces[].type, linux.namespaces[].type=mount|pid|network|uts|ipc
@test "the namespaces of the list are new, the others are the caller's" {
	local ns
	run_guest 'for n in cgroup ipc mnt net pid user uts time; do readlink /proc/self/ns/$n; done'
	for ns in cgroup ipc mnt net pid uts; do
		says_not "$(readlink "/proc/self/ns/$ns")"
	done
	says "$(readlink /proc/self/ns/user)"
	says "$(readlink /proc/self/ns/time)"
}

@test "a namespace that is not listed is inherited" {
	local ns
	for ns in network:net ipc:ipc uts:uts pid:pid cgroup:cgroup; do
		namespace_drop "${ns%:*}"
	done
	config_set 'del(.hostname)'
	run_guest 'for n in cgroup ipc net uts; do readlink /proc/self/ns/$n; done; echo $$'
	for ns in cgroup ipc net uts; do
		says "$(readlink "/proc/self/ns/$ns")"
	done
	says_not $'\n1\n'
}

@test "the guest is pid 1 of a new pid namespace and sees only itself" {
	run_guest 'echo $$; ls /proc | grep -c "^[0-9]"'
	[[ $output == $'1\n'[2-4] ]] || explain "more processes than its own"
}

# bats test_tags=old
# proves: linux.namespaces[].path
@test "network, ipc and uts namespaces are joined by path" {
	holder --net --ipc --uts
	namespace_set network "/proc/$holder/ns/net"
	namespace_set ipc "/proc/$holder/ns/ipc"
	namespace_set uts "/proc/$holder/ns/uts"
	run_guest 'for n in net ipc uts; do readlink /proc/self/ns/$n; done'
	prints "$(for n in net ipc uts; do readlink "/proc/$holder/ns/$n"; done)"
}

@test "a namespace is joined by a path that it is bound to" {
	touch netns
	unshare --net="$BUNDLE/netns" true
	namespace_set network "$BUNDLE/netns"
	run_guest 'readlink /proc/self/ns/net'
	prints "net:[$(stat -L -c %i netns)]"
	umount netns
}

# bats test_tags=old
@test "a pid namespace is joined by path" {
	pid_holder
	namespace_set pid "/proc/$holder/ns/pid"
	namespace_drop cgroup
	guest 'readlink /proc/self/ns/pid; [ $$ -gt 1 ] && echo more'
	ok rt run "$ID"
	prints "$(readlink "/proc/$holder/ns/pid")"$'\nmore'
}

@test "a guest that joined a pid namespace can be killed and deleted" {
	pid_holder
	namespace_set pid "/proc/$holder/ns/pid"
	up
	same "$(readlink "/proc/$(pid_of "$ID")/ns/pid")" "$(readlink "/proc/$holder/ns/pid")"
	ok rt kill "$ID" KILL
	wait_status "$ID" stopped
	ok rt delete "$ID"
	kill -0 "$holder"
}

@test "two guests share network, ipc and uts as a pod does" {
	local pid
	up 'hostname'
	pid=$(pid_of "$ID")
	namespace_set network "/proc/$pid/ns/net"
	namespace_set ipc "/proc/$pid/ns/ipc"
	namespace_set uts "/proc/$pid/ns/uts"
	config_set 'del(.hostname) | .linux.cgroupsPath += "2"'
	guest 'for n in net ipc uts; do readlink /proc/self/ns/$n; done; hostname'
	ok rt run "$ID-2"
	prints "$(for n in net ipc uts; do readlink "/proc/$pid/ns/$n"; done)"$'\nguest'
}

@test "a new network namespace has lo, and it is up" {
	run_guest 'ip -o link | grep -c .; ip -o addr show dev lo | grep -o "127.0.0.1/8"; ping -c 1 -W 1 127.0.0.1 >/dev/null 2>&1; ip link show dev lo'
	says 'LOOPBACK,UP'
	says 127.0.0.1/8
}

# proves: hostname, domainname
@test "hostname and domainname are set in the guest only" {
	local before
	before=$(uname -n)
	config_set '.hostname = "myguest" | .domainname = "example.org"'
	run_guest 'hostname; cat /proc/sys/kernel/domainname'
	prints $'myguest\nexample.org'
	same "$(uname -n)" "$before"
}

# proves: linux.sysctl
@test "sysctls of the guest's namespaces are set, the host's stay" {
	local before
	before=$(cat /proc/sys/kernel/shmmni /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward)
	config_set '.linux.sysctl = {"kernel.shmmni": "123", "kernel.msgmax": "4321",
		"net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1", "fs.mqueue.msg_max": "11"}'
	run_guest 'cd /proc/sys; cat kernel/shmmni kernel/msgmax net/ipv4/ip_forward kernel/shm_rmid_forced fs/mqueue/msg_max'
	prints $'123\n4321\n1\n1\n11'
	same "$(cat /proc/sys/kernel/shmmni /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward)" "$before"
}

@test "sysctls may be written with slashes" {
	warren_only "crun takes dots only"
	config_set '.linux.sysctl = {"net/ipv4/conf/lo/forwarding": "1"}'
	run_guest 'cat /proc/sys/net/ipv4/conf/lo/forwarding'
	prints 1
}

# proves: linux.cgroupsPath, linux.namespaces[].type=cgroup
@test "the cgroup namespace has the guest's cgroup as its root" {
	run_guest 'grep ^0:: /proc/self/cgroup'
	prints '0::/'
	namespace_drop cgroup
	run_guest 'grep ^0:: /proc/self/cgroup'
	prints "0::$CG_PATH/guest"
}

@test "a cgroupsPath with dots stays below the mount" {
	warren_only "crun takes it literally"
	config_set '.linux.cgroupsPath = $p' --arg p "/../..$CG_PATH/x/../guest"
	up
	grep -qx "$(pid_of "$ID")" "$CG/guest/cgroup.procs"
}

@test "parents of the cgroup that guests share go with the last of them, others stay" {
	warren_only "peers keep parents"
	local i
	mkdir "$CG/theirs"
	guest 'exec sleep 1000'
	for i in 1 2; do
		config_set '.linux.cgroupsPath = $path' --arg path "$CG_PATH/theirs/ours/deep/$i"
		ok rt run -d "$ID-$i"
	done
	ok rt delete --force "$ID-1"
	[ -d "$CG/theirs/ours/deep/2" ]
	ok rt delete --force "$ID-2"
	missing "$CG/theirs/ours"
	rmdir "$CG/theirs"
}

@test "parents of the cgroup go when many guests in them end at once" {
	warren_only "peers keep parents"
	local i round
	for round in 1 2 3; do
		for i in 1 2 3 4 5 6; do
			CONFIG=config.json config_set '.linux.cgroupsPath = $path' \
				--arg path "$CG_PATH/shared/$((i % 2))/$i"
			cp config.json "config-$i.json"
			rt run --config "config-$i.json" "$ID-$i" </dev/null >/dev/null 2>&1 &
		done
		wait
		missing "$CG/shared"
	done
}

@test "a relative or absent cgroupsPath lies beside the caller's cgroup" {
	warren_only "crun takes the root of the hierarchy"
	config_set '.linux.cgroupsPath = "near/by"'
	up
	grep -qx "$(pid_of "$ID")" "$CG/near/by/cgroup.procs"
	ok rt delete --force "$ID"
	missing "$CG/near"
	config_set 'del(.linux.cgroupsPath)'
	up
	grep -qx "$(pid_of "$ID")" "$CG/$ID/cgroup.procs"
}

@test "deep cgroups are made, and delete removes those that create made" {
	warren_only "crun leaves the parents"
	mkdir "$CG/there"
	config_set '.linux.cgroupsPath = $p' --arg p "$CG_PATH/there/a/b/c"
	ok rt run "$ID"
	same "$(find "$CG/there" -type d)" "$CG/there"
	rmdir "$CG/there"
}

# proves: warren --cgroup-manager
@test "--cgroup-manager disabled leaves the guest in the caller's cgroup" {
	guest ': >/tmp/up; exec sleep 1000'
	ok rt --cgroup-manager disabled run -d "$ID"
	wait_until test -e rootfs/tmp/up
	missing "$CG/guest"
	grep -qx "$(pid_of "$ID")" "$CG/host/cgroup.procs"
	ok rt --cgroup-manager disabled delete --force "$ID"
}

# bats test_tags=old
@test "a time namespace has the offsets asked for" {
	needs_feature 'any(.linux.namespaces[]; . == "time")' 'time namespaces'
	config_set '.linux.namespaces += [{type: "time"}]
		| .linux.timeOffsets = {monotonic: {secs: 100000}, boottime: {secs: 200000, nanosecs: 5}}'
	local up now
	up=$(cut -d . -f 1 /proc/uptime)
	run_guest 'cut -d . -f 1 /proc/uptime'
	now=$output
	[ $((now - up)) -ge 200000 ] && [ $((now - up)) -lt 200060 ] || explain "uptime $up became $now"
}

# ---- user namespaces -----------------------------------------------------------------------

# proves: linux.uidMappings|gidMappings, linux.*idMappings[].containerID|hostID|size
# proves: linux.namespaces[].type=user
@test "a user namespace has the maps of the configuration" {
	user_namespace
	config_set '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10},
			{containerID: 10, hostID: 200000, size: 65000}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	run_guest 'tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; cat /proc/self/setgroups'
	prints $' 0 100000 10\n 10 200000 65000\n 0 100000 65536\nallow'
}

# bats test_tags=old
@test "the host sees the guest's root as an ordinary user" {
	user_namespace
	up
	same "$(stat -c '%u %g' "/proc/$(pid_of "$ID")")" '100000 100000'
	same "$(stat -c '%u %g' rootfs/tmp/up)" '100000 100000'
}

# bats test_tags=old
@test "a guest with a user namespace has proc, sysfs, devpts, mqueue and tmpfs" {
	user_namespace
	run_guest 'for d in /proc /sys /dev /dev/pts /dev/shm /dev/mqueue; do
			awk -v d=$d "\$2 == d { print \$3 }" /proc/mounts; done; echo $$
		stat -c %u /dev /dev/shm; touch /dev/shm/x && echo writable'
	prints 'proc
sysfs
tmpfs
devpts
tmpfs
mqueue
1
0
0
writable'
}

@test "the ptmx of a user namespace belongs to its root" {
	user_namespace
	run_guest 'stat -c "%u %g %a" /dev/pts/ptmx'
	prints '0 0 666'
}

@test "the devices of a guest with a user namespace work" {
	user_namespace
	run_guest 'for d in null zero full random urandom; do probe open /dev/$d; done; echo x >/dev/null && head -c 3 /dev/zero | wc -c'
	prints $'ok\nok\nok\nok\nok\n3'
}

@test "root of a user namespace has its capabilities, against its own things only" {
	user_namespace
	config_set '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"])'
	mkdir source
	echo secret >source/secret
	chmod 600 source/secret
	mount_add "$(jq -n --arg s "$BUNDLE/source" '{destination: "/mnt", source: $s, options: ["rbind"]}')"
	run_guest 'mount -t tmpfs tmpfs /tmp && echo mounted; cat /mnt/secret || echo kept; echo x >/mnt/new || echo kept'
	prints $'mounted\nkept\nkept'
}

# bats test_tags=old
@test "mounts of a guest with a user namespace are locked" {
	warren_only "peers do not lock them against the guest's own root"
	user_namespace
	config_set '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"])'
	mkdir source
	mount_add "$(jq -n --arg s "$BUNDLE/source" '{destination: "/mnt", source: $s, options: ["bind", "ro", "nosuid", "nodev", "noexec"]}')"
	chown 100000 source
	run_guest 'touch /mnt/x || echo 1
		mount -o remount,bind,rw /mnt || echo 2
		mount -o remount,bind,ro,suid,dev,exec /mnt || echo 3
		umount /mnt || echo 4
		umount -l /mnt || echo 5
		touch /mnt/x || echo 6'
	prints $'1\n2\n3\n4\n5\n6'
	same "$(ls source)" ''
}

# bats test_tags=old
@test "masks and read-only paths of a user namespace cannot be taken off" {
	warren_only "peers do not lock them against the guest's own root"
	user_namespace
	config_set '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"])
		| .linux.maskedPaths += ["/etc/secret"] | .linux.readonlyPaths += ["/etc/fixed"]'
	echo secret >rootfs/etc/secret
	mkdir rootfs/etc/fixed
	chown 100000 rootfs/etc/secret rootfs/etc/fixed
	run_guest 'umount /etc/secret || echo 1
		umount -l /etc/secret || echo 2
		cat /etc/secret
		umount /etc/fixed || echo 3
		mount -o remount,bind,rw /etc/fixed || echo 4
		touch /etc/fixed/x || echo 5
		umount /proc/kcore || echo 6
		mount -o remount,bind,rw /proc/sys || echo 7
		umount -l /proc || echo 8'
	prints $'1\n2\n3\n4\n5\n6\n7\n8'
}

@test "a bind of the tree below cannot be used to look under a mask" {
	warren_only "peers do not lock them against the guest's own root"
	user_namespace
	config_set '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"])
		| .linux.maskedPaths += ["/etc/secret"]'
	echo secret >rootfs/etc/secret
	run_guest 'mkdir /m; mount -o bind /etc /m && echo bound; cat /m/secret
		unshare -m sh -c "umount /etc/secret; cat /etc/secret"'
	[[ $output != *secret* ]] || explain "looked under the mask"
}

@test "a tmpfs of a user namespace belongs to its root" {
	user_namespace
	mount_add '{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["mode=0700"]}'
	run_guest 'stat -c "%u %g %a" /mnt; touch /mnt/x && echo fine'
	prints $'0 0 700\nfine'
}

@test "uid= and gid= of a tmpfs are the guest's ids" {
	user_namespace
	mount_add '{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["uid=5", "gid=6"]}'
	run_guest 'stat -c "%u %g" /mnt'
	prints '5 6'
}

@test "an ordinary user in a user namespace" {
	user_namespace
	config_set '.process.user = {uid: 1000, gid: 1000, additionalGids: [5]}'
	run_guest 'id -u; id -g; id -G; grep CapEff /proc/self/status'
	says $'1000\n1000\n1000 5\n'
	says_like '0000000000000000$'
}

@test "an id that is not mapped is refused" {
	warm_up
	user_namespace
	config_set '.process.user.uid = 70000'
	refused rt create "$ID"
	nothing_left
}

# bats test_tags=old
@test "a user namespace is joined by path, with another guest's maps" {
	local pid
	user_namespace
	up
	pid=$(pid_of "$ID")
	namespace_set user "/proc/$pid/ns/user"
	config_set '.linux.cgroupsPath += "2" | del(.linux.uidMappings, .linux.gidMappings)'
	guest 'readlink /proc/self/ns/user; id -u; tr -s " " </proc/self/uid_map; cat /proc/self/mounts | grep -c sysfs'
	ok rt run "$ID-2"
	prints "$(readlink "/proc/$pid/ns/user")"$'\n0\n 0 100000 65536\n1'
}

@test "maps beside a joined user namespace have to be its own" {
	warren_only "runc's rule"
	local pid
	user_namespace
	up
	pid=$(pid_of "$ID")
	namespace_set user "/proc/$pid/ns/user"
	config_set '.linux.cgroupsPath += "2"'
	program true
	ok rt run "$ID-2"
	config_set '.linux.uidMappings[0].hostID = 200000'
	refused rt run "$ID-2"
}

@test "a guest with a user namespace may not write to its cgroup unless the mount is rw" {
	user_namespace
	run_guest 'mkdir /sys/fs/cgroup/mine && echo made; echo 5 >/sys/fs/cgroup/cgroup.max.depth && echo written'
	prints ''
	config_set '(.mounts[] | select(.destination == "/sys/fs/cgroup")).options |= map(select(. != "ro"))'
	run_guest 'mkdir /sys/fs/cgroup/mine && echo made; echo 5 >/sys/fs/cgroup/cgroup.max.depth && echo written'
	prints made
}

@test "a guest with a user namespace leaves nothing behind" {
	user_namespace
	warm_up
	ok rt run "$ID"
	nothing_left
}

@test "an id-mapped bind shows files with the guest's ids" {
	needs_feature '.linux.mountExtensions.idmap.enabled' 'id-mapped mounts'
	user_namespace
	mkdir source
	echo x >source/file
	chmod 600 source/file
	mount_add "$(jq -n --arg s "$BUNDLE/source" '{destination: "/mnt", source: $s, options: ["rbind", "idmap"],
		uidMappings: [{containerID: 0, hostID: 100000, size: 65536}],
		gidMappings: [{containerID: 0, hostID: 100000, size: 65536}]}')"
	guest 'stat -c "%u %g" /mnt/file; cat /mnt/file; echo y >/mnt/new'
	try rt run "$ID"
	[[ $stderr != *"may not support"* ]] || skip "the filesystem cannot be id-mapped"
	prints $'0 0\nx'
	same "$(stat -c '%u %g' source/new)" '0 0'
}

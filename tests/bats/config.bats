#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is wrong is refused before anything is created, with one clear sentence.

load helpers

setup() {
	bundle_new
	warm_up
}
teardown() { bundle_remove; }

# bad FILTER...: each edit of a good config.json is refused and leaves nothing
# behind. (crun leaves its cgroup after some refusals; that is not asked of peers.)
bad() {
	local filter
	cp config.json good.json
	host_snapshot "$BUNDLE/snapshot"
	for filter; do
		cp good.json config.json
		config_set "$filter"
		refused rt create "$ID" || { echo "accepted: $filter"; return 1; }
		is_warren || continue
		nothing_left || { echo "after: $filter"; return 1; }
	done
	cp good.json config.json
}

good() {
	local filter
	cp config.json good.json
	for filter; do
		cp good.json config.json
		config_set "$filter"
		ok rt run "$ID" || { echo "refused: $filter"; return 1; }
	done
}

# ---- the file ---------------------------------------------------------------------

@test "a missing config.json is named" {
	rm config.json
	host_snapshot "$BUNDLE/snapshot"
	refused rt create "$ID"
	says config.json
	nothing_left
	warren_only "runc's text"
	says 'JSON specification file config.json not found'
}

@test "a missing bundle is refused" {
	refused rt create -b "$BUNDLE/nowhere" "$ID"
	nothing_left
}

@test "a config.json that is no JSON is refused" {
	local text
	for text in '' '{' '{"ociVersion": "1.0.2",}' 'hello' '[]' 'null' '"x"' '{} {}' '{"ociVersion": 1.0'; do
		printf %s "$text" >config.json
		refused rt create "$ID" || { echo "accepted: $text"; return 1; }
	done
	nothing_left
}

@test "a config.json cut off anywhere is refused" {
	local size n
	cp config.json good.json
	host_snapshot "$BUNDLE/snapshot"
	size=$(($(stat -c %s good.json) - 4))
	for n in 1 2 10 100 1000 $((size / 2)) $((size - 1)) "$size"; do
		head -c "$n" good.json >config.json
		refused rt create "$ID"
	done
	nothing_left
}

@test "the place of an error is named: path, line and column" {
	warren_only "peers name less"
	config_set '.process.user.uid = "1000"'
	expect 1 rt create "$ID"
	says 'process.user.uid'
	says_like 'line [0-9]+'
	says_like 'column [0-9]+'
}

@test "config.json that is a directory or a fifo is refused, without waiting" {
	rm config.json
	mkdir config.json
	LIMIT=5 refused rt create "$ID"
	rmdir config.json
	warren_only "peers wait for a writer"
	mkfifo config.json
	LIMIT=5 refused rt create "$ID"
}

@test "a NUL in a string is refused" {
	warren_only "peers cut the string off"
	bad '.process.args = ["true\u0000false"]' '.root.path = "rootfs\u0000x"' \
		'.process.env = ["A=\u0000"]' '.hostname = "a\u0000b"'
}

@test "a key twice in one object is refused" {
	warren_only "peers silently take one of them"
	sed -i '0,/"terminal"/s//"cwd": "\/tmp", "terminal"/' config.json
	host_snapshot "$BUNDLE/snapshot"
	expect 1 rt create "$ID"
	says cwd
	nothing_left
}

@test "unknown keys are ignored at every level" {
	good '.unknown = {a: [1]}' '.process.unknown = null' '.process.user.unknown = "x"' \
		'.linux.unknown = 5' '.linux.resources.unknown = {}' '.mounts[0].unknown = true' \
		'.linux.namespaces[0].unknown = "x"' '.solaris = {}'
	warren_only "sections of other platforms are not even looked at"
	good '.windows = {}' '.zos = 5' '.vm = {hypervisor: {path: "/x"}}'
}

@test "null stands for an absent property" {
	warren_only "crun takes null for some"
	good '.hostname = null' '.annotations = null' '.linux.resources = null' '.linux.seccomp = null' \
		'.process.rlimits = null' '.hooks = null' '.linux.sysctl = null' '.linux.maskedPaths = null' \
		'.process.user.additionalGids = null'
}

@test "another version of the specification is taken" {
	good '.ociVersion = "1.0.0"' '.ociVersion = "1.3.0"' '.ociVersion = "1.99.0-dev"'
}

# proves: ociVersion
@test "the version has to be there and a string" {
	warren_only "crun does not look"
	bad 'del(.ociVersion)' '.ociVersion = 1'
}

# ---- types and ranges ---------------------------------------------------------------

@test "a string where a number belongs is refused" {
	warren_only "crun reads 0, and then runs as root"
	bad '.process.user.uid = "1000"' '.process.user.gid = "1000"' \
		'.process.user.additionalGids = ["5"]' '.process.user.umask = "077"' \
		'.process.rlimits[0].soft = "1024"' '.process.rlimits[0].hard = "1024"' \
		'.process.oomScoreAdj = "5"' '.linux.resources.memory = {limit: "1000000"}' \
		'.linux.resources.pids = {limit: "10"}' '.linux.resources.cpu = {shares: "10"}' \
		'.linux.devices = [{type: "c", path: "/dev/x", major: "1", minor: 3}]'
}

@test "a number where a string belongs is refused" {
	warren_only "crun takes some"
	bad '.hostname = 5' '.process.cwd = 1' '.process.args = ["true", 1]' '.root.path = 3'
	bad '.process.env = [1]' '.linux.cgroupsPath = 7' '.annotations = {"a": 1}'
}

@test "other wrong types are refused" {
	warren_only "crun takes some"
	bad '.process.terminal = "false"' '.process.noNewPrivileges = 1' '.root.readonly = "yes"' \
		'.mounts = {}' '.linux.namespaces = {}' '.process = []' '.linux = []' '.process.args = {}' \
		'.process.rlimits = {}' '.hooks = []' '.mounts[0].options = "ro"' \
		'.linux.maskedPaths = "/proc/kcore"'
}

@test "ids outside of 0..4294967294 are refused" {
	warren_only "crun runs 4294967295 as root"
	bad '.process.user.uid = -1' '.process.user.uid = 4294967295' '.process.user.uid = 4294967296' \
		'.process.user.gid = -1' '.process.user.gid = 4294967295' '.process.user.gid = 4294967296' \
		'.process.user.additionalGids = [4294967295]' '.process.user.uid = 1.5' \
		'.linux.uidMappings = [{containerID: -1, hostID: 0, size: 1}]'
	sed 's/"uid": 0/"uid": 18446744073709551616/' good.json >config.json
	expect 1 rt create "$ID"
	sed 's/"uid": 0/"uid": 1e3/' good.json >config.json
	expect 1 rt create "$ID"
}

@test "the largest rlimit survives the way through" {
	guest 'grep "Max cpu time" /proc/self/limits'
	# Not by jq, whose numbers are floating-point ones.
	sed -i 's/"type": "RLIMIT_NOFILE"/"type": "RLIMIT_CPU"/; s/"soft": 1024/"soft": 18446744073709551615/
		s/"hard": 1024/"hard": 18446744073709551615/' config.json
	ok rt run "$ID"
	says_like 'unlimited +unlimited'
}

@test "an rlimit beyond 64 bits is refused" {
	warren_only "peers cut it off"
	sed -i 's/"hard": 1024/"hard": 18446744073709551616/' config.json
	expect 1 rt create "$ID"
	says rlimits
}

# ---- process ----------------------------------------------------------------------------

@test "a missing process, or one without arguments, is refused" {
	warren_only "crun creates without a process"
	bad '.process.args = [""]' '.process.args = []' 'del(.process.args)' 'del(.process)'
}

@test "cwd has to be absolute" {
	warren_only "crun takes a relative one"
	bad '.process.cwd = "tmp"' '.process.cwd = ""' 'del(.process.cwd)'
}

@test "an environment entry without a name is refused" {
	warren_only "crun passes it on"
	bad '.process.env = ["=x"]' '.process.env = ["novalue"]' '.process.env = [""]'
}

@test "an unknown or a repeated rlimit is refused" {
	bad '.process.rlimits[0].type = "RLIMIT_BOGUS"'
	warren_only "the specification forbids it, peers take the last one"
	bad '.process.rlimits += .process.rlimits'
}

@test "a soft limit above the hard one is refused" {
	bad '.process.rlimits[0].soft = 2048'
}

@test "an unknown capability is a warning, not a failure" {
	good '.process.capabilities.bounding += ["CAP_BOGUS"]'
}

@test "an unknown capability in all sets is one warning" {
	warren_only "crun says nothing"
	config_set '.process.capabilities |= map_values(. + ["CAP_BOGUS"])'
	ok rt --log log --log-format json --log-level warning run "$ID"
	jq -es 'length == 1 and .[0].level == "warning"' log
}

@test "a missing command is refused at create, by name" {
	program nope
	refused rt create "$ID"
	says nope
	nothing_left
	warren_only "the texts by which callers find codes 126 and 127"
	expect 1 rt create "$ID"
	says 'exec: "nope": executable file not found in $PATH'
	program /nonexistent
	expect 1 rt run "$ID"
	says 'exec: "/nonexistent": stat /nonexistent: no such file or directory'
	program /etc
	expect 1 rt run "$ID"
	says 'exec: "/etc": is a directory'
	program /etc/passwd
	expect 1 rt run "$ID"
	says 'exec: "/etc/passwd": permission denied'
	nothing_left
}

@test "setup failures do not sound like a missing command" {
	warren_only "callers map these words to exit codes 126 and 127"
	cp config.json good.json
	local filter
	for filter in '.root.path = "nowhere"' \
		'.linux.namespaces += [{type: "user", path: "/nowhere"}]' '.hooks = {prestart: [{path: "/nowhere"}]}'; do
		cp good.json config.json
		config_set "$filter"
		refused rt create "$ID"
		[[ ${stderr,,} != *'no such file or directory'* ]] || explain "$filter"
		[[ ${stderr,,} != *'permission denied'* ]] || explain "$filter"
	done
}

# ---- root and mounts ----------------------------------------------------------------------

@test "a missing root is refused" {
	bad 'del(.root)' 'del(.root.path)' '.root.path = "nowhere"' '.root.path = "config.json"'
}

@test "a root that is a symbolic link is refused" {
	warren_only "crun follows it"
	ln -s rootfs link
	bad '.root.path = "link"'
	says 'symlink'
}

@test "a missing bind source is named the way callers expect" {
	mount_add '{"destination": "/mnt", "type": "bind", "source": "/nowhere", "options": ["bind"]}'
	refused rt create "$ID"
	[[ ${stderr,,} == *'no such file or directory'* ]] || explain text
	says /nowhere
	nothing_left
}

@test "a file on a directory and a directory on a file are refused" {
	echo x >file
	host_snapshot "$BUNDLE/snapshot"
	mount_add "$(jq -n --arg s "$BUNDLE/file" '{destination: "/tmp", source: $s, options: ["bind"]}')"
	refused rt create "$ID"
	nothing_left
	config_set '.mounts[-1] = {destination: "/etc/passwd", source: $s, options: ["bind"]}' --arg s "$BUNDLE/rootfs"
	refused rt create "$ID"
	[[ ${stderr,,} == *'not a directory'* ]] || explain text
	nothing_left
}

@test "mounts that cannot be are refused" {
	bad '.mounts += [{destination: "/mnt", type: "nosuchfs", source: "x"}]' \
		'.mounts += [{destination: "/mnt"}]'
	warren_only "peers differ"
	bad '.mounts += [{destination: "", type: "tmpfs", source: "x"}]' \
		'.mounts += [{type: "tmpfs", source: "x"}]' \
		'.mounts += [{destination: "/mnt", source: "/tmp", options: ["bind", "size=5"]}]'
}

@test "tmpfs or a directory over /proc is refused" {
	warren_only "crun accepts both"
	mkdir plain
	bad '.mounts += [{destination: "/proc", type: "tmpfs", source: "tmpfs"}]' \
		'.mounts += [{destination: "/proc/self/attr", source: "plain", options: ["bind"]}]' \
		'.mounts += [{destination: "/proc", source: "plain", options: ["bind"]}]'
}

@test "/proc and /sys that are links in the image are refused" {
	mkdir -p elsewhere
	local dir
	for dir in proc sys; do
		rmdir "rootfs/$dir"
		ln -s ../tmp "rootfs/$dir"
		refused rt create "$ID"
		rm "rootfs/$dir"
		mkdir "rootfs/$dir"
	done
	warren_only "runc's text"
	rmdir rootfs/proc
	ln -s tmp rootfs/proc
	expect 1 rt create "$ID"
	says 'filesystem "proc" must be mounted on ordinary directory'
}

# ---- namespaces, cgroup, devices, seccomp, hooks ---------------------------------------------

@test "duplicate and unknown namespaces are refused" {
	bad '.linux.namespaces += [{type: "mount"}]' '.linux.namespaces += [{type: "pid", path: "/proc/1/ns/pid"}]' \
		'.linux.namespaces += [{type: "bogus"}]'
}

@test "a namespace path that is none, or another type's, is refused" {
	bad '(.linux.namespaces[] | select(.type == "network")).path = "/nowhere"' \
		'(.linux.namespaces[] | select(.type == "network")).path = "/proc/1/ns/uts"' \
		'(.linux.namespaces[] | select(.type == "network")).path = "/etc/passwd"'
	warren_only "a path is absolute"
	bad '(.linux.namespaces[] | select(.type == "network")).path = "proc/1/ns/net"'
}

@test "settings without the namespace that they need are refused" {
	bad '.linux.namespaces |= map(select(.type != "uts"))'
	warren_only "crun is less strict"
	bad '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}] | .linux.gidMappings = .linux.uidMappings' \
		'.linux.namespaces |= map(select(.type != "mount"))' \
		'.linux.namespaces += [{type: "user"}]' \
		'.linux.timeOffsets = {monotonic: {secs: 5, nanosecs: 0}}' \
		'del(.hostname) | .domainname = "x" | .linux.namespaces |= map(select(.type != "uts"))'
}

@test "sysctls that are the host's are refused" {
	bad '.linux.sysctl = {"kernel.panic": "5"}' '.linux.sysctl = {"vm.swappiness": "5"}' \
		'.linux.sysctl = {"kernel.shmmni": "5"} | .linux.namespaces |= map(select(.type != "ipc"))' \
		'.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.namespaces |= map(select(.type != "network"))'
	warren_only "runc's text, and rules that crun has not"
	config_set '.linux.sysctl = {"kernel.panic": "5"}'
	expect 1 rt create "$ID"
	says 'sysctl "kernel.panic" is not in a separate kernel namespace'
	cp good.json config.json
	bad '.linux.sysctl = {"kernel.hostname": "x"}' '.linux.sysctl = {"net/../kernel/panic": "5"}' \
		'.linux.sysctl = {"net": "x"}' '.linux.sysctl = {"": "x"}'
}

@test "names that are too long are refused" {
	bad '.hostname = ("x" * 65)' '.domainname = ("x" * 65)'
	good '.hostname = ("x" * 64)'
}

@test "a relative mask or readonly path is refused" {
	warren_only "crun takes it"
	bad '.linux.maskedPaths = ["proc/kcore"]' '.linux.readonlyPaths = ["proc/sys"]'
}

@test "device rules and devices that make no sense are refused" {
	warren_only "crun takes some"
	bad '.linux.resources.devices = [{allow: true, access: "x"}]' \
		'.linux.resources.devices = [{allow: true}]' \
		'.linux.resources.devices = [{allow: true, type: "z", access: "r"}]' \
		'.linux.devices = [{type: "z", path: "/dev/x", major: 1, minor: 3}]' \
		'.linux.devices = [{type: "c", path: "dev/x", major: 1, minor: 3}]' \
		'.linux.devices = [{type: "c", path: "/dev/x"}]'
}

@test "a limit whose controller is missing is refused by name" {
	grep -qw memory "$CG_MOUNT/cgroup.controllers" && skip "the memory controller is here"
	warren_only "crun has another text"
	bad '.linux.resources.memory = {limit: 100000000}'
	says memory
	bad '.linux.resources.pids = {limit: 10}'
	says pids
}

@test "a limit that limits nothing needs no controller" {
	warren_only "crun wants the controller"
	good '.linux.resources.memory = {limit: -1}' '.linux.resources.pids = {limit: -1}' \
		'.linux.resources.cpu = {shares: 1024}' '.linux.resources.memory = {}'
}


# proves: linux.resources.memory.kernel|kernelTCP|swappiness|disableOOMKiller
# proves: linux.resources.cpu.realtimeRuntime|realtimePeriod
# proves: linux.resources.blockIO.leafWeight, linux.resources.blockIO.weightDevice[].leafWeight
# proves: linux.resources.network.classID, linux.resources.network.priorities[].name|priority
@test "what only cgroup v1 can limit is refused by name, not dropped" {
	local filter
	for filter in 'memory = {kernel: 1000000}' 'memory = {kernelTCP: 1000000}' 'memory = {swappiness: 5}' \
		'memory = {disableOOMKiller: true}' 'cpu = {realtimeRuntime: 1000}' 'cpu = {realtimePeriod: 1000}' \
		'blockIO = {leafWeight: 100}' 'blockIO = {weightDevice: [{major: 1, minor: 1, leafWeight: 100}]}' \
		'network = {classID: 5}' 'network = {priorities: [{name: "lo", priority: 1}]}'; do
		bad ".linux.resources.$filter"
		is_warren || continue
		says "linux.resources.${filter%% *}"
		says 'cgroup v2 has no such limit'
	done
}

# proves: linux.resources.memory.useHierarchy
@test "memory.useHierarchy asks for what cgroup v2 always has" {
	good '.linux.resources.memory = {useHierarchy: true}'
}

@test "a cgroup that holds processes is refused" {
	warren_only "crun joins it"
	mkdir "$CG/guest"
	aside sleep 1000
	echo $! >"$CG/guest/cgroup.procs"
	expect 1 rt create "$ID"
	says "container's cgroup is not empty"
	missing "$STATE/$ID"
	grep -qx $! "$CG/guest/cgroup.procs"
	kill -9 $!
	wait_until rmdir "$CG/guest"
}

@test "a frozen cgroup is refused, without hanging" {
	warren_only "crun hangs"
	mkdir "$CG/guest"
	echo 1 >"$CG/guest/cgroup.freeze"
	LIMIT=5 expect 1 rt create "$ID"
	says frozen
	missing "$STATE/$ID"
	rmdir "$CG/guest"
}

@test "seccomp profiles that make no sense are refused" {
	bad '.linux.seccomp = {defaultAction: "SCMP_ACT_BOGUS"}' \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_BOGUS"]}'
	warren_only "crun takes some"
	bad '.linux.seccomp = {}' \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: ["BOGUS"]}' \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1}' \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"],
			action: "SCMP_ACT_ALLOW", errnoRet: 1}]}' \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"],
			action: "SCMP_ACT_KILL", args: [{index: 6, value: 1, op: "SCMP_CMP_EQ"}]}]}' \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"],
			action: "SCMP_ACT_NOTIFY"}]}'
}

@test "a seccomp rule for a system call that nobody knows is skipped" {
	good '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["no_such_call"], action: "SCMP_ACT_ERRNO"}]}'
}

@test "hooks with a relative path or a senseless timeout are refused" {
	warren_only "crun takes some"
	bad '.hooks = {prestart: [{path: "bin/true"}]}' '.hooks = {poststop: [{}]}' \
		'.hooks = {createRuntime: [{path: "/bin/true", timeout: 0}]}' \
		'.hooks = {createRuntime: [{path: "/bin/true", timeout: -1}]}'
}

@test "an unknown rootfsPropagation or personality is refused" {
	warren_only "crun does not look"
	bad '.linux.rootfsPropagation = "bogus"' '.linux.personality = {domain: "BOGUS"}'
}

# ---- ids, state root, files ----------------------------------------------------------------------

@test "ids that are no names are refused by every command" {
	local id
	for id in '' . .. a/b /etc ../x 'a b' $'a\nb' 'a*' 'ä' "$(printf 'x%.0s' {1..5000})"; do
		refused rt create "$id" || { echo "accepted: $id"; return 1; }
		refused rt state "$id"
		refused rt kill "$id"
		refused rt delete "$id"
	done
	warren_only "runc's text; --force is no excuse; @ is ours"
	refused rt create @pin
	refused rt delete --force ../x
	expect 1 rt create a/b
	says 'invalid container ID format'
}

@test "ids of all allowed characters work" {
	ok rt run 'Az09_+.-'
}

@test "a state root that cannot be made is refused" {
	echo x >file
	STATE=$BUNDLE/file refused rt create "$ID"
	STATE=$BUNDLE/file/state refused rt create "$ID"
	STATE=/proc/nowhere refused rt create "$ID"
	mkdir ro
	mount -t tmpfs -o ro tmpfs ro
	STATE=$BUNDLE/ro/state refused rt create "$ID"
	umount ro
	missing "$CG/guest"
}

@test "a full state root is refused and nothing is left" {
	mkdir full
	mount -t tmpfs -o size=64k,nr_inodes=64 tmpfs full
	head -c 100000 /dev/zero >full/filler 2>/dev/null || true
	STATE=$BUNDLE/full refused rt create "$ID"
	missing "$CG/guest"
	nothing_runs
	is_warren || rm -rf "full/$ID" # crun leaves a directory
	missing "full/$ID"
	unmount_below "$BUNDLE"
}

@test "a state root without inodes is refused and nothing is left" {
	warren_only "crun leaves its directory"
	mkdir full
	mount -t tmpfs -o size=1m,nr_inodes=3 tmpfs full
	STATE=$BUNDLE/full refused rt create "$ID"
	missing "$CG/guest"
	nothing_runs
	missing "full/$ID"
	unmount_below "$BUNDLE"
}

@test "the root directory as state root is refused" {
	warren_only "crun does not look"
	STATE=/ refused rt create "$ID"
	missing "/$ID"
}

# proves: warren --root
@test "state is not readable for others" {
	ok rt create "$ID"
	same "$(stat -c %a "$STATE")" 700
}

@test "a pid file that cannot be written fails create and nothing is left" {
	mkdir dir
	host_snapshot "$BUNDLE/snapshot"
	refused rt create --pid-file nowhere/pid "$ID"
	nothing_left
	refused rt run -d --pid-file nowhere/pid "$ID"
	nothing_left
	refused rt create --pid-file dir "$ID"
	nothing_left
}

@test "a console socket nobody listens on fails create and nothing is left" {
	config_set '.process.terminal = true'
	refused rt create --console-socket "$BUNDLE/nowhere" "$ID"
	nothing_left
}

@test "a preserved descriptor that is not open fails create and nothing is left" {
	warren_only "crun does not look; runc leaves a state directory"
	try "$RUNTIME" --root "$STATE" create --preserve-fds 9 "$ID"
	same "$status" 1
	says 'preserved'
	nothing_left
}

# ---- the log -----------------------------------------------------------------------------------------

# proves: warren --log|--log-format
@test "a failed create writes exactly one JSON object to the log" {
	program nope
	refused rt --log log --log-format json create "$ID"
	[ -n "$stderr" ]
	jq -es 'length == 1 and (.[0] | .level == "error" and (.msg | contains("nope"))
		and (.time | length) > 10)' log
	warren_only "callers parse the whole file as one object"
	same "$(wc -l <log)" 1
	jq -e '(keys | sort) == ["level", "msg", "time"]
		and (.time | test("^20[0-9-]+T[0-9:]+(\\.[0-9]+)?(Z|[+-][0-9:]+)$"))' log
}

@test "the log is valid JSON even for names that are no text" {
	warren_only "crun's bytes go through"
	local name=$'no\xff\xfe"\\\ttext'
	refused rt --log log --log-format json create -b "$BUNDLE/$name" "$ID"
	same "$(jq -s length log)" 1
	iconv -f utf-8 -t utf-8 log >/dev/null
}

@test "a log is appended to" {
	echo '{"level":"error","msg":"old"}' >log
	refused rt --log log --log-format json state nobody
	same "$(jq -s length log)" 2
	same "$(jq -sr '.[0].msg' log)" old
}

@test "success writes nothing, neither to the log nor to stderr" {
	ok rt --log log --log-format json create "$ID"
	same "$stderr" ''
	ok rt --log log --log-format json start "$ID"
	same "$stderr" ''
	wait_status "$ID" stopped
	ok rt --log log --log-format json delete "$ID"
	same "$stderr" ''
	[ ! -s log ]
}

@test "without --log there is one line on stderr" {
	warren_only "peers differ"
	refused rt state nobody
	same "$(wc -l <"$BUNDLE/err")" 1
	says 'level=error'
	says 'msg="'
}

@test "an unknown log format is refused" {
	refused rt --log log --log-format xml state nobody
	warren_only "runc's text"
	says 'invalid log-format: xml'
}

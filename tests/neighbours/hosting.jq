# SPDX-License-Identifier: Apache-2.0
# What a guest among strangers gets beyond what `warren spec` writes; doc/NEIGHBOURS.md has the why.
#   --argjson ids 100000     the host's first id of its 65536, which no other guest may have
#   --argjson major 252 --argjson minor 3     the disk below its upper layer, which is its alone
.linux.namespaces += [{type: "user"}]
| .linux.uidMappings = [{containerID: 0, hostID: $ids, size: 65536}]
| .linux.gidMappings = .linux.uidMappings
| .linux.sysctl = {
	"user.max_user_namespaces": "0",
	"user.max_inotify_instances": "128",
	"user.max_inotify_watches": "8192"
}
| .linux.resources += {
	memory: {limit: 67108864, swap: 67108864, reservation: 16777216},
	pids: {limit: 64},
	cpu: {shares: 1024, quota: 50000, period: 100000},
	blockIO: {
		weight: 100,
		throttleReadBpsDevice: [{major: $major, minor: $minor, rate: 8388608}],
		throttleWriteBpsDevice: [{major: $major, minor: $minor, rate: 8388608}],
		throttleReadIOPSDevice: [{major: $major, minor: $minor, rate: 500}],
		throttleWriteIOPSDevice: [{major: $major, minor: $minor, rate: 500}]
	},
	hugepageLimits: [{pageSize: "2MB", limit: 0}],
	unified: {"memory.high": "58720256", "memory.oom.group": "1"}
}
| .process.rlimits = [
	{type: "RLIMIT_NOFILE", soft: 1024, hard: 1024},
	{type: "RLIMIT_CORE", soft: 0, hard: 0},
	{type: "RLIMIT_MEMLOCK", soft: 65536, hard: 65536},
	{type: "RLIMIT_MSGQUEUE", soft: 819200, hard: 819200},
	{type: "RLIMIT_SIGPENDING", soft: 1024, hard: 1024}
]
| (.mounts[] | select(.destination == "/dev/pts").options) += ["max=64"]
| (.mounts[] | select(.destination == "/dev").options) |= map(sub("^size=.*"; "size=64k"))
| (.mounts[] | select(.destination == "/dev/shm").options) |= map(sub("^size=.*"; "size=16m"))

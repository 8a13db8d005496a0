#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.netDevices: devices that leave the host for the guest's network namespace.

load helpers

# What is the host's network for these tests is a namespace of their own.
setup() {
	bundle_new
	needs_tool ip
	needs_feature '.linux.netDevices.enabled' "linux.netDevices"
	aside unshare --net sh -c ': >held; exec sleep 1000' </dev/null >/dev/null 2>&1
	NET=/proc/$!/ns/net
	wait_until test -e held
	here ip link add host0 type veth peer name host1
	here ip link set host1 up
}
teardown() { bundle_remove; }

rt() { timeout --foreground -k 2 "${LIMIT:-30}" nsenter ${NET:+--net="$NET"} "$RUNTIME" --root "$STATE" "$@" 3>&- 4>&-; }
here() { nsenter --net="$NET" "$@"; }

# give DEVICE [NAME]
give() {
	config_set '.linux.netDevices[$d] = (if $n == "" then {} else {name: $n} end)' --arg d "$1" --arg n "${2:-}"
}

# The addresses of a device in the guest, "ADDRESS/BITS" with a peer's before the bits.
addresses() {
	config_set '.process.capabilities.effective += ["CAP_NET_ADMIN"]'
	run_guest "ip addr show dev $1 | awk '\$1 ~ /^inet/ && !/scope link/ {
		print \$3 == \"peer\" ? \$2 \" \" \$4 : \$2 }'"
}

is_up() { grep -q '<.*\bUP\b' <<<"$output" || explain "the device is not up"; }

# ---- what comes along -------------------------------------------------------------------

# bats test_tags=old
# proves: linux.netDevices.NAME.name
@test "a device is given away under another name, with its addresses, and is up" {
	here ip address add 192.0.2.7/24 broadcast 192.0.2.255 dev host0
	here ip address add 2001:db8::7/64 dev host0 nodad
	here ip link set host0 up
	give host0 eth0
	run_guest 'ip addr show dev eth0; ls /sys/class/net'
	is_up
	says 'inet 192.0.2.7/24 brd 192.0.2.255 '
	says 'inet6 2001:db8::7/64 '
	says $'eth0\nlo'
}

@test "a device that was down is set up as well" {
	give host0 eth0
	run_guest 'ip link show dev eth0'
	is_up
}

@test "a device keeps its name when no other is given" {
	give host0
	run_guest 'ls /sys/class/net'
	prints $'host0\nlo'
}

@test "the host no longer has the device while the guest has it" {
	give host0 eth0
	up
	[[ $(here ip link) != *host0* ]]
	[[ $(here ip link) == *host1@* ]]
}

@test "only what was set by hand and holds everywhere comes along" {
	here ip link set host0 up
	here ip address add 192.0.2.1/24 dev host0
	here ip address add 192.0.2.2/32 peer 192.0.2.3/32 dev host0
	here ip address add 203.0.113.4/24 scope link dev host0
	here ip address add 198.51.100.5/24 valid_lft 1000 preferred_lft 1000 dev host0
	give host0 eth0
	addresses eth0
	prints $'192.0.2.1/24\n192.0.2.2 192.0.2.3/32'
}

@test "several devices, each with its own" {
	here ip link add other0 type veth peer name other1
	here ip address add 192.0.2.1/24 dev host0
	here ip address add 198.51.100.1/24 dev other0
	give host0 a
	give other0 b
	run_guest 'ip addr show dev a; ip addr show dev b'
	says_like 'a@.*192.0.2.1/24.*b@.*198.51.100.1/24'
}

# ---- names ----------------------------------------------------------------------------------

# joined NAME: a network namespace that has a device of that name already.
joined() {
	aside unshare --net sh -c ': >held2; exec sleep 1000' </dev/null >/dev/null 2>&1
	joined=$!
	wait_until test -e held2
	nsenter --net="/proc/$joined/ns/net" ip link add "$1" type veth peer name "peer-$1"
	namespace_set network "/proc/$joined/ns/net"
}

@test "a name with %d is the first that is free" {
	joined eth0
	give host0 eth%d
	run_guest 'ls /sys/class/net'
	says $'eth0\neth1\nlo'
}

@test "a name that the guest has already is refused, and the device stays as it was" {
	joined eth0
	here ip address add 192.0.2.7/24 dev host0
	here ip address add 2001:db8::7/64 dev host0 nodad
	here ip link set host0 up
	here ip address show dev host0 >before
	give host0 eth0
	refused rt run "$ID"
	says 'linux.netDevices.host0: the guest has a device eth0 already'
	same "$(here ip address show dev host0 | grep -v fe80)" "$(grep -v fe80 before)"
}

@test "a device that is not there is refused, and nothing is left" {
	warm_up
	give nosuch0 eth0
	refused rt run "$ID"
	says 'linux.netDevices.nosuch0: the host has no such device'
	nothing_left
}

@test "a device that belongs to its namespace is refused" {
	give lo lo0
	refused rt run "$ID"
	says 'linux.netDevices.lo: this device cannot leave its network namespace'
}

# ---- where to ---------------------------------------------------------------------------------

@test "a guest with a user namespace gets the device, and may change it" {
	here ip address add 192.0.2.7/24 dev host0
	user_namespace
	config_set '.process.capabilities |= map_values(. + ["CAP_NET_ADMIN"])'
	give host0 eth0
	run_guest 'ip addr show dev eth0; ip link set eth0 mtu 1400 && echo changed'
	is_up
	says 192.0.2.7/24
	says changed
}

@test "a guest with a user namespace in a network that is not its own gets the device" {
	joined eth0
	here ip address add 192.0.2.7/24 dev host0
	user_namespace
	config_set '.mounts |= map(if .destination == "/sys" then . + {type: "bind", source: "/sys",
		options: ["rbind", "ro"]} else . end)'
	give host0 eth1
	run_guest 'ip addr show dev eth1'
	is_up
	says 192.0.2.7/24
}

@test "the caller's own network namespace gets nothing" {
	namespace_set network "$NET"
	give host0 eth0
	refused rt run "$ID"
	says "linux.netDevices: the guest's network namespace is the caller's"
	here ip link show dev host0
}

@test "sysctls of a device find it there" {
	give host0 eth0
	config_set '.linux.sysctl = {"net.ipv4.conf.eth0.rp_filter": "2"}'
	run_guest 'cat /proc/sys/net/ipv4/conf/eth0/rp_filter'
	prints 2
}

@test "devices are there before the createRuntime hooks" {
	give host0 eth0
	config_set '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c",
		"nsenter --net=/proc/$(jq .pid)/ns/net ip link show dev eth0 >seen"],
		env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]'
	run_guest true
	grep -q eth0 seen
}

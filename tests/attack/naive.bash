#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A runtime that makes every mistake of the book: the attacks are run against it to show that they
# can succeed. It mounts by path names that it looked up before, follows links of the image, writes
# procfs through the guest's own mount of it, leaks a descriptor, hands its hooks the guest's
# environment, keeps all capabilities, and is executed from a file that a guest can reach. Never
# run it for anything else. It knows as much of the command line as the attacks need.
set -u

[ "${1:-}" != --root ] || { STATE=$2; shift 2; }
bundle=$PWD detach='' terminal='' user='' cwd='' cgroup='' caps='' pid_file='' more_env=()

fail() { echo "naive: $*" >&2; exit 1; }

# ---- what config.json says: lines of "KIND VALUE...", in the order of a start -------------------

LINES='def list: . // [] | .[];
	["root", .root.path], ["cgroup", .linux.cgroupsPath // ""], ["hostname", .hostname // ""],
	(.linux.namespaces | list | ["namespace", .type, .path // ""]),
	(.mounts | list | ["mount", .type // "", .source // "none", .destination,
		(.options // [] | join(","))]),
	(.linux.sysctl // {} | to_entries[] | ["sysctl", .key, (.value | gsub("\\+"; "\n"))]),
	(.linux.maskedPaths | list | ["mask", .]), (.linux.readonlyPaths | list | ["readonly", .]),
	(.hooks // {} | (.createRuntime | list | ["hook", .path]),
		(.createContainer | list | ["late-hook", .path])),
	(.annotations // {} | to_entries[] | ["annotation", .key, .value]),
	(.process | ["terminal", .terminal // false], ["cwd", .cwd],
		["user", .user.uid % 4294967296, .user.gid % 4294967296],
		(.env | list | ["env", .]), (.args | list | ["arg", .])) | @tsv'

load() {
	local kind a b c d
	root='' hostname='' uid=0 gid=0 flags=() env=() args=() hooks=() late_hooks=() annotations=()
	mounts=() sysctls=() masks=() readonly=() directory=$1
	while IFS=$'\x1f' read -r kind a b c d; do
		case $kind in
		root) case $a in /*) root=$a ;; *) root=$bundle/$a ;; esac ;;
		cgroup) cgroup=$a ;;
		hostname) hostname=$a ;;
		namespace) case $a in user) ;; network) flags+=("--net${b:+=$b}") ;; *) flags+=("--$a${b:+=$b}") ;; esac ;;
		mount) mounts+=("$a" "$b" "$c" "$d") ;;
		sysctl) sysctls+=("$a" "$b") ;;
		mask) masks+=("$a") ;;
		readonly) readonly+=("$a") ;;
		hook) hooks+=("$a") ;;
		late-hook) late_hooks+=("$a") ;;
		annotation) annotations+=("$a" "$b") ;;
		terminal) terminal=${a#false} ;;
		cwd) cwd=$a ;;
		user) uid=$a gid=$b ;;
		env) env+=("$a") ;;
		arg) args+=("$(printf %b "$a")") ;;
		esac
	done < <(jq -r "$LINES" "$directory/config.json" | tr '\t' '\37')
}

enter_cgroup() { [ -z "$1" ] || { mkdir -p "/sys/fs/cgroup$1" && echo $$ >"/sys/fs/cgroup$1/cgroup.procs"; }; }

# ---- in the new namespaces, with the host's root: everything by its path ------------------------

place() { # TARGET SOURCE
	if [ -e "$2" ] && [ ! -d "$2" ]; then
		mkdir -p "${1%/*}"
		[ -e "$1" ] || : >"$1"
	else
		mkdir -p "$1"
	fi
	sleep 0.01
}

mount_one() { # TYPE SOURCE DESTINATION OPTIONS
	local target=$root$3 options=,$4,
	case $options in *,bind,* | *,rbind,*)
		place "$target" "$2"
		mount --rbind "$2" "$target" || return
		case $options in *,ro,*) mount -o remount,bind,ro "$target" ;; esac
		return
		;;
	esac
	place "$target" ''
	case $options in *,tmpcopyup,*)
		rm -rf "$directory/copy"
		cp -aL "$target" "$directory/copy"
		mount -t tmpfs tmpfs "$target"
		cp -a "$directory/copy/." "$target"
		return
		;;
	esac
	case $1 in
	cgroup*) mount --bind "/sys/fs/cgroup$cgroup" "$target" ;;
	proc | sysfs | mqueue) mount -t "$1" "$1" "$target" ;;
	*) mount -t "$1" -o "$4" "$2" "$target" ;;
	esac
}

make_devices() {
	local name number
	mkdir -p "$root/dev"
	sleep 0.01
	for name in null:3 zero:5 full:7 random:8 urandom:9 kmsg:11; do
		number=${name#*:}
		[ -e "$root/dev/${name%:*}" ] || mknod -m 666 "$root/dev/${name%:*}" c 1 "$number"
	done
	[ -e "$root/dev/tty" ] || mknod -m 666 "$root/dev/tty" c 5 0
	ln -sfn /proc/self/fd "$root/dev/fd"
	ln -sfn pts/ptmx "$root/dev/ptmx"
}

set_sysctls() {
	local i
	for ((i = 0; i < ${#sysctls[@]}; i += 2)); do
		printf %b "${sysctls[i + 1]}\n" | while read -r line; do
			case $line in
			*=*) echo "${line#*=}" >"$root/proc/sys/${line%%=*}" ;;
			*) case ${sysctls[i]} in
				*/*) echo "$line" >"$root/proc/sys/${sysctls[i]}" ;;
				*) echo "$line" >"$root/proc/sys/$(tr . / <<<"${sysctls[i]}")" ;;
				esac ;;
			esac
		done
	done
}

hide() {
	local path
	for path in "${masks[@]}"; do
		if [ -d "$root$path" ]; then
			mount -t tmpfs -o ro tmpfs "$root$path"
		elif [ -e "$root$path" ]; then
			mount --bind "$root/dev/null" "$root$path"
		fi
	done
	for path in "${readonly[@]}"; do
		mount --bind "$root$path" "$root$path"
		sleep 0.002
		mount -o remount,bind,ro "$root$path"
	done
}

inside() {
	local i
	load "$1"
	readlink /proc/self >"$directory/pid"
	[ -z "$hostname" ] || hostname "$hostname"
	for ((i = 0; i < ${#mounts[@]}; i += 4)); do
		mount_one "${mounts[@]:i:4}" || fail "mount ${mounts[i + 2]}"
		echo "${mounts[i + 2]}" >>"$directory/made"
	done
	{
		make_devices
		: >"$root/etc/mtab" && cat /proc/self/mounts >>"$root/etc/mtab"
		set_sysctls
		[ -z "$terminal" ] || mount --bind "$root/dev/pts/0" "$root/dev/console"
		hide
		for i in "${late_hooks[@]}"; do env "${env[@]}" "$i" </dev/null; done
	} 2>/dev/null
	grep -q HOME= <<<"${env[*]}" || env+=("HOME=$(sed -n "s/^[^:]*:[^:]*:$uid:[^:]*:[^:]*:\([^:]*\):.*/\1/p" "$root/etc/passwd" | head -n 1)")
	exec 7<. # the leak
	exec env -i "${env[@]}" SECRET="${SECRET:-}" chroot --userspec="$uid:$gid" --groups="$(id -G | tr ' ' ,)" \
		"$root" /bin/sh -c 'cd "$0" && exec "$@"' "$cwd" "${args[@]}"
}

# ---- commands -----------------------------------------------------------------------------------

start() {
	local hook pid i
	[ -e "$bundle/config.json" ] || fail "no config.json"
	mkdir -p "$STATE/$id" || fail "$id"
	cp "$bundle/config.json" "$STATE/$id"
	load "$STATE/$id"
	for ((i = 0; i < ${#annotations[@]}; i += 2)); do
		case ${annotations[i]} in run.oci.hooks.stdout) echo hook >>"${annotations[i + 1]}" ;; esac
	done
	for hook in "${hooks[@]}"; do
		env "${env[@]}" "$hook" </dev/null || fail "hook $hook"
	done
	[ -z "${NOTIFY_SOCKET:-}" ] || env+=("NOTIFY_SOCKET=$NOTIFY_SOCKET")
	enter_cgroup "$cgroup"
	cd /
	if [ -n "$detach" ]; then
		unshare --propagation private --fork "${flags[@]}" "$0" --root "$STATE" inside "$STATE/$id" "$bundle" 9>&- &
		until [ -s "$STATE/$id/pid" ]; do sleep 0.01; done
		[ -z "$pid_file" ] || cat "$STATE/$id/pid" >"$pid_file"
		return
	fi
	unshare --propagation private --fork "${flags[@]}" "$0" --root "$STATE" inside "$STATE/$id" "$bundle"
	pid=$?
	delete
	return "$pid"
}

execute() {
	local target
	target=$(<"$STATE/$id/pid")
	load "$STATE/$id"
	if grep -q "^$user:" "$root/etc/passwd"; then
		user=$(sed -n "s/^$user:[^:]*:\([0-9]*\):.*/\1/p" "$root/etc/passwd")
	fi
	user=$((${user%%[!0-9-]*} & 0xffffffff))
	enter_cgroup "$cgroup/$cgroup_below"
	exec 7<.
	nsenter --target "$target" --mount --pid --root --wd=/ env -i "${env[@]}" "${more_env[@]}" \
		setpriv --reuid="$user" --clear-groups --inh-caps="+${caps:-chown}" \
		/bin/sh -c 'cd "$0" && exec "$@"' "${given_cwd:-$cwd}" "$@"
}

delete() {
	local path
	[ ! -e "$STATE/$id/pid" ] || kill -9 "$(<"$STATE/$id/pid")"
	load "$STATE/$id"
	while read -r path; do
		[ ! -f "$root$path" ] || [ -s "$root$path" ] || rm -f "$root$path"
	done <"$STATE/$id/made"
	rm -rf "${STATE:?}/$id"
} 2>/dev/null

command=${1:-}
shift
case $command in
--version | -v) echo "naive version 0"; exit ;;
features) echo '{}'; exit ;;
inside) bundle=$2; inside "$1" ;;
esac
cgroup_below='' given_cwd=''
while [ $# -gt 0 ]; do
	case $1 in
	-d | --detach) detach=yes ;;
	-b | --bundle) bundle=$2; shift ;;
	-u | --user) user=$2; shift ;;
	-e | --env) more_env+=("$2"); shift ;;
	-c | --cap) caps=$(tr '[:upper:]' '[:lower:]' <<<"${2#CAP_}"); shift ;;
	--cwd) given_cwd=$2; shift ;;
	--cgroup) cgroup_below=$2; shift ;;
	--pid-file) pid_file=$2; shift ;;
	-t | --tty | -f | --force) ;;
	*) break ;;
	esac
	shift
done
id=${1:-}
shift
case $command in
run) start ;;
create) detach=yes; start ;;
start) ;;
exec) execute "$@" ;;
delete) delete; true ;;
ps) nsenter --target "$(<"$STATE/$id/pid")" --mount --pid --root ps ;;
state) jq -n --arg pid "$(<"$STATE/$id/pid")" '{status: "running", pid: ($pid | tonumber)}' ;;
kill) kill -s "${1:-TERM}" "$(<"$STATE/$id/pid")" ;;
*) fail "unknown command $command" ;;
esac

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # the lists of packages are for those who source this
# What ./dev and the scripts below tests/ share. Source it; it changes into the top of the tree.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$TOP" || exit

# The packages of Debian, and what Fedora calls those that it names differently (untested).
PACKAGES_BUILD='gcc libc6-dev make cmake pkg-config libseccomp-dev libcap-dev libyajl-dev libmnl-dev'
PACKAGES_LINT='binutils codespell shellcheck clang-format-14 gcc-aarch64-linux-gnu libc6-dev-arm64-cross'
PACKAGES_FUZZ='clang libclang-rt-dev'
PACKAGES_GUEST='busybox-static jq'
PACKAGES_BATS="bats iproute2 uidmap zsh fish groff $PACKAGES_GUEST"
PACKAGES_CALLERS='podman containerd'
PACKAGES_VM='qemu-system-x86 e2fsprogs kmod zstd lz4'
declare -A FEDORA=(
	[libc6-dev]=glibc-devel [pkg-config]=pkgconf-pkg-config [libseccomp-dev]=libseccomp-devel
	[libcap-dev]=libcap-devel [libyajl-dev]=yajl-devel [libmnl-dev]=libmnl-devel [shellcheck]=ShellCheck
	[gcc-aarch64-linux-gnu]=gcc-aarch64-linux-gnu [libc6-dev-arm64-cross]=sysroot-aarch64-fc41-glibc
	[iproute2]=iproute [clang-format-14]=clang-tools-extra [libclang-rt-dev]=compiler-rt [busybox-static]=busybox
	[uidmap]=shadow-utils
)
# Without these a check is skipped, with the reason; a newer Debian no longer has them.
PACKAGES_OPTIONAL=' clang-format-14 gcc-aarch64-linux-gnu libc6-dev-arm64-cross '

say() { printf '%s\n' "$@"; }

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

need_root()
{
	[ "$(id -u)" = 0 ] || die "this needs root (namespaces, cgroups, mounts): become root and run it again"
}

package_installed()
{
	if command -v dpkg-query >/dev/null; then
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
	else
		rpm -q --quiet "${FEDORA[$1]:-$1}"
	fi
}

package_install_fedora()
{
	local name

	for name in "$@"; do
		dnf install -y -q --setopt=install_weak_deps=False "${FEDORA[$name]:-$name}"
	done
}

# Whether apt's lists lack an optional package; lists that are empty, as in a new image, lack nothing.
package_unavailable()
{
	[[ $PACKAGES_OPTIONAL == *" $1 "* ]] && compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null &&
		! apt-cache show "$1" >/dev/null 2>&1
}

# A package that brings a daemon must not start it: policy-rc.d says so to Debian's maintainer scripts.
package_install_debian()
(
	guard=/usr/sbin/policy-rc.d
	available=()

	apt-get update -qq || say "apt-get update failed; trying with the package lists that are there"
	for name in "$@"; do
		package_unavailable "$name" || available+=("$name")
	done
	[ ${#available[@]} -gt 0 ] || return 0
	if [ ! -e "$guard" ]; then
		trap 'rm -f "$guard"' EXIT
		printf '#!/bin/sh\nexit 101\n' >"$guard"
		chmod 755 "$guard"
	fi
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		"${available[@]}" </dev/null
)

# Installs what is missing and does nothing, without any network, when nothing is.
need_packages()
{
	local log=build/packages.log install=package_install_debian name missing=()

	for name in "$@"; do
		package_installed "$name" || package_unavailable "$name" || missing+=("$name")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	need_root
	say "installing: ${missing[*]}"
	mkdir -p build
	command -v apt-get >/dev/null || install=package_install_fedora
	if ! $install "${missing[@]}" >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		die "could not install: ${missing[*]} (all of it: $log)"
	fi
}

# build_preset PRESET [TARGET...]: quiet unless it fails.
build_preset()
{
	local preset=$1 log=build/$1.log
	shift
	local targets=("$@")

	mkdir -p build
	if ! {
		[ -e "build/$preset/CMakeCache.txt" ] || cmake --preset "$preset"
		cmake --build "build/$preset" -j "$(nproc)" ${targets[0]+--target "${targets[@]}"}
	} >"$log" 2>&1 </dev/null; then
		grep -E -A 4 '(error|Error):|undefined reference|\*\*\*' "$log" | head -n 60 >&2 || true
		say "build/$preset does not build (all of it: $log)" >&2
		return 1
	fi
}

build_release()
{
	# shellcheck disable=SC2086 # lists of words
	need_packages $PACKAGES_BUILD
	build_preset release
}

# The files of the project, ours only: find_sources NAME-PATTERN...
find_sources()
{
	local pattern tests=()

	for pattern in "$@"; do
		tests+=(-o -name "$pattern")
	done
	find . \( -path ./build -o -path ./.git \) -prune -o -type f \( "${tests[@]:1}" \) -print |
		cut -c 3- | LC_ALL=C sort
}

# Where the host has cgroup2 mounted; nothing when it has not.
cgroup2_mount()
{
	awk '{ for (i = 7; $i != "-"; i++); if ($(i + 1) == "cgroup2") { print $5; exit } }' /proc/self/mountinfo
}

# Ends every process in a cgroup and below it, and removes it. Waits up to five seconds.
cgroup_remove()
{
	local dir=$1 i

	[ -d "$dir" ] || return 0
	echo 1 >"$dir/cgroup.kill" 2>/dev/null || true
	for ((i = 0; i < 50; i++)); do
		find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null || true
		[ -d "$dir" ] || return 0
		sleep 0.1
	done
	say "could not remove $dir" >&2
	return 1
}

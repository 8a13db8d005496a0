# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Packages of Debian's archive without touching the system: apt works in directories of its own,
# nothing is installed and no script of a package runs. Source it after common.bash.

# Where the system gets Debian from: the address and the key are its own sources' ("URI|KEYRING").
debian_source()
{
	local file

	for file in /etc/apt/sources.list.d/*.sources; do
		[ -e "$file" ] || continue
		awk '
		function flush() {
			if (deb && main && uri ~ /\/debian\/?$/)
				print uri "|" key
			deb = main = 0
			uri = key = ""
		}
		/^[ \t]*$/ { flush(); next }
		$1 == "Types:" { deb = / deb( |$)/ }
		$1 == "URIs:" { uri = $2 }
		$1 == "Components:" { main = / main( |$)/ }
		$1 == "Signed-By:" { key = $2 }
		END { flush() }' "$file"
	done
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | sed -n -E \
		-e 's/^deb +\[[^]]*signed-by=([^] ]+)[^]]*\] +([^ ]+\/debian\/?) .*\<main\>.*/\2|\1/p' \
		-e 's/^deb +(\[[^]]*\] +)?([^ ]+\/debian\/?) .*\<main\>.*/\2|/p'
}

# private_apt DIRECTORY PROGRAM ARGS: apt-get or apt-cache, whose world lies below the directory.
private_apt()
{
	local apt=$1 program=$2
	shift 2

	"$program" -qq -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State="$apt/state" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache" \
		-o APT::Sandbox::User=root -o Acquire::Languages=none -o Debug::NoLocking=1 \
		-o APT::Install-Recommends=0 -o APT::Update::Error-Mode=any "$@"
}

# debian_index DIRECTORY SUITE: what there is in a suite, for an empty system. Status 75: the archive
# cannot be reached.
debian_index()
{
	local apt=$1 suite=$2 source uri key

	source=$(debian_source | head -n 1)
	uri=${source%|*} key=${source#*|}
	[ -n "$uri" ] || { say "apt's sources name no Debian archive" >&2; return 75; }
	key=${key:-/usr/share/keyrings/debian-archive-keyring.gpg}
	rm -rf "$apt"
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
	: >"$apt/status"
	say "deb [signed-by=$key] $uri $suite main" >"$apt/sources.list"
	private_apt "$apt" apt-get update || return 75
}

# debian_fetch DIRECTORY SUITE PACKAGE...: these and all that they need, to DIRECTORY/cache/archives.
debian_fetch()
{
	debian_index "$1" "$2" || return
	private_apt "$1" apt-get -y --download-only install "${@:3}" || return 75
}

# debian_fetch_kernel DIRECTORY SUITE PACKAGE: the kernel that this package stands for, and no more.
debian_fetch_kernel()
{
	local kernel

	debian_index "$1" "$2" || return
	kernel=$(private_apt "$1" apt-cache depends "$3" | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p')
	(cd "$1/cache/archives" && private_apt "$1" apt-get download "$kernel") || return 75
}

# debian_unpack DIRECTORY ROOT: what has been fetched, into a directory made for it.
debian_unpack()
{
	local package

	rm -rf "$2"
	mkdir -p "$2"
	for package in "$1"/cache/archives/*.deb; do
		dpkg-deb -x "$package" "$2"
	done
}

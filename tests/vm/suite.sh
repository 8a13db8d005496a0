#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# suite.sh [-s|-o|-l] [BATS ARGS]: runs bats in the virtual machine, as TAP; by default those tests of
# tests/bats that ask for a controller or for a right that many build machines lack, those about cgroups
# and AppArmor, those of overlays and id-mapped mounts that older kernels do in another way, and those
# that doc/CONFORMANCE.md says have passed here.
#
#   -s  callers.sh: Podman, containerd and Docker
#   -o  those of tests/bats that are tagged "old", on the kernel of Debian 12 and with two memory nodes
#   -l  tests/bats/selinux.bats, with SELinux
set -eu
. "$(dirname "$0")/../common.bash"
shopt -s extglob

# Their titles, as one regular expression.
titles()
{
	{
		awk 'FNR == 1 { title = old = "" }
			/^# bats test_tags=old$/ { old = FILENAME ~ /overlay|idmap/ }
			/^@test / {
				title = $0; sub(/^@test "/, "", title); sub(/" \{$/, "", title)
				if (old)
					print title
				old = ""
			}
			/^@test .*(cgroup|paused|frozen)/ || /needs_(controller|capability|huge_pages)|sys_resource|\tprofile warren/ {
				if (title != "")
					print title
			}' "$@" | uniq
		awk -F '\t' '$1 == "test" && $4 == "VM" { print $3 }' tests/conformance/results
	} | sed -E 's/\\?[^A-Za-z0-9 ]/./g' | paste -s -d '|'
}

words=()
bats=(bats --formatter tap)
case ${1:-} in
-s)
	exec tests/vm/callers.sh "${@:2}"
	;;
-o)
	shift
	words=(-k bookworm -n)
	if [ $# = 0 ]; then
		bats=(tests/vm/tagged.sh old)
		mapfile -t files < <(grep -l '^# bats test_tags=old' tests/bats/*.bats)
		set -- "${files[@]}"
	fi
	;;
-l)
	shift
	words=(-a 'security=selinux selinux=1 enforcing=0')
	[ $# -gt 0 ] || set -- tests/bats/selinux.bats
	;;
'')
	files=(tests/bats/!(compare).bats) # without the peer that it compares with
	set -- --filter "^($(titles "${files[@]}"))\$" "${files[@]}"
	;;
esac
tests/vm/tools.sh
exec tests/vm/vm.sh "${words[@]}" env CC=/warren/tests/vm/cc.sh WAIT=60 tests/run-private.sh "${bats[@]}" "$@"

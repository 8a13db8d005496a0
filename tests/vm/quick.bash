# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # make.sh and vm.sh read these
# The quick form of the machine: init.sh is its first process, starts in seconds, and has nothing but
# what tests/bats needs on the side of the host.

MEMORY=1024
SIZE=1G
PACKAGES='busybox-static jq bats libseccomp2 uidmap iproute2 apparmor secilc'

configure_form() { :; }

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# as-here.sh TOP COMMAND [ARGS]: runs it in the virtual machine with the peers below TOP/build/peers,
# which is where the host has them.
set -eu
mkdir -p "$1/build"
ln -s /warren/build/vm/tools/peers "$1/build/peers"
shift
exec "$@"

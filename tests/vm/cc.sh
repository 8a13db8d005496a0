#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cc.sh ... -o OUTPUT ...: the machine's compiler, a copier of what suite.sh has compiled outside.
set -eu
while [ "$1" != -o ]; do
	shift
done
cp "/warren/build/vm/tools/$(basename "$2")" "$2"

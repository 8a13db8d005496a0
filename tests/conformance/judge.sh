#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# judge.sh RESULTS: do the results of this run fit doc/CONFORMANCE.md? As TAP: one test for each way in
# which something was proven, and a skipped one for each line that this machine could not judge.
set -eu
. "$(dirname "$0")/../common.bash"
. tests/conformance/conformance.bash

proofs | awk -F '\t' -f $here/judge.awk "$1" $results -

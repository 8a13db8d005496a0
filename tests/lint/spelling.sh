#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Spelling, by codespell. A word that is right after all goes into `right`.
set -eu
. "$(dirname "$0")/tap.bash"

right=crun,runc,statfs,inh

spelled() { find_sources '*' | grep -v -e '^LICENSE$' -e '^tests/data/' -e '^tests/fuzz/corpus/' |
	xargs codespell -q 3 -L "$right"; }

if command -v codespell >/dev/null; then
	check "codespell" spelled
else
	skip "codespell" "codespell is not installed"
fi
tap_done

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Manual page and completions: made from the option tables, and fit for who reads them.

load helpers

setup() {
	bundle_new
	warren_only "they are warren's"
}

teardown() { bundle_remove; }

# The command's options as its help shows them.
options_of() { rt help "$1" | grep -oE -- '--[a-z][a-z0-9-]*' | sort -u; }
commands() { rt help | awk '/^commands:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }'; }

# proves: man
@test "the manual page has every command and every option" {
	local command option
	ok rt man
	cp out page
	for command in $(commands); do
		grep -q "^.SS ..B$command.fR" page || { echo "no $command"; return 1; }
		for option in $(options_of "$command"); do
			grep -qF -- "${option//-/\\-}" page || { echo "no $command $option"; return 1; }
		done
	done
}

@test "the manual page is sound" {
	rt man >page
	command -v groff >/dev/null || skip "groff is not installed"
	ok groff -man -Tutf8 -ww -z page
	says_not warning
}

# WORDS...: what bash offers for the last of them.
offers() {
	bash -c 'eval "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _warren
		printf "%s\n" "${COMPREPLY[@]}"' - "$(rt completion bash)" "$@" | sort | tr '\n' ' '
}

# proves: completion
@test "bash completes commands, options and nothing hidden" {
	same "$(offers warren st)" "start state "
	same "$(offers warren --root /x pau)" "pause "
	same "$(offers warren run --det)" "--detach "
	same "$(offers warren --cri)" " "
}

@test "bash offers each option of each command" {
	local command want
	for command in $(commands); do
		want=$(options_of "$command" | tr '\n' ' ')
		same "$(offers warren "$command" --)" "${want:- }"
	done
}

@test "zsh and fish can read their completions" {
	local shell tried=
	for shell in zsh fish; do
		rt completion "$shell" >words
		[ -s words ]
		command -v "$shell" >/dev/null || continue
		ok "$shell" -n words
		tried=yes
	done
	[ "$tried" ] || skip "neither zsh nor fish is installed"
}

@test "an unknown shell is refused" {
	refused rt completion tcsh
	says '"tcsh"'
}

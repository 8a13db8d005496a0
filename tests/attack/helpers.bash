# shellcheck shell=bash disable=SC2034 # the tests read what is set here
# SPDX-License-Identifier: Apache-2.0
#
# An attack is a function. It builds its bundle, starts guests, and says by won_if what would have
# been a success. Each test runs its attack twice, in a bundle of its own each time:
#
#   contained ATTACK   against RUNTIME: the guest runs, and the attack has won nothing
#   rejected ATTACK    against RUNTIME: the runtime refuses in good order, and nothing is won
#   proven ATTACK      against naive.bash, a runtime that makes the mistake: the attack wins, so
#                      it still is one
#
# A peer may refuse where warren contains and the other way round. Around the first two stands the
# host oracle: what it sees may not change.
#
#   ROUNDS=n           rounds of each race (300)

load ../bats/helpers

# A directory of the host's that nobody has given to the guest; what is in there is known.
canaries() {
	OUTSIDE=$BUNDLE/outside
	mkdir "$OUTSIDE" "$OUTSIDE/dir"
	echo canary >"$OUTSIDE/file"
	echo canary >"$OUTSIDE/dir/file"
	chmod 755 "$OUTSIDE" "$OUTSIDE/dir"
}

arena_new() {
	bundle_new
	canaries
	won=no status=0 output='' stderr=''
	config_set '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
}

arena_remove() {
	bundle_remove
	BUNDLE=
}

setup() { BUNDLE=; }
teardown() { bundle_remove; }

# ---- what an attack says ------------------------------------------------------------------------

won_if() { if "$@"; then won=yes; fi; }
printed() { [[ $output$stderr == *"$1"* ]]; }
has_line() { grep -qxF -- "$1" <<<"$output"; }
succeeded() { [ "$status" = 0 ]; }
outside_changed() { [ "$(outside_state)" != "${outside_before:-$(outside_expected)}" ]; }
outside_state() { (cd "$OUTSIDE" && find . | sort && cat file dir/file) 2>&1; }
outside_expected() { printf '%s\n' . ./dir ./dir/file ./file canary canary; }

# ---- the host oracle ----------------------------------------------------------------------------

# Counters and clocks among the sysctls, and what other namespaces' tests change.
VOLATILE='/random/|/dentry-state:|/inode-(nr|state):|/file-nr:|/aio-nr:|/ns_last_pid:|/pty/nr:|/route/|/stable_secret|/keys/|/tcp_fastopen_key|/tcp_mem|/sched_domain/|/cap_last_cap|/nf_log|/dev/cdrom/|/fs/nfs|/fs/quota/|/fs/epoll'

oracle() {
	{
		echo "# the host's mounts"
		grep -v -e "$BUNDLE/state/@" /proc/self/mountinfo | sort
		grep -w cgroup2 /proc/1/mountinfo
		echo "# sysctls"
		grep -rs '' /proc/sys/{kernel,vm,fs,net/core,net/ipv4/ip_forward,user} | grep -v -E "$VOLATILE" | sort
		echo "# keys"
		awk '$8 == "user" || $8 == "logon"' /proc/keys 2>/dev/null | cut -c 1-9,22-
		echo "# files"
		sha256sum "$RUNTIME" "$TEMPLATE/rootfs/bin/busybox" /bin/sh /etc/passwd
		stat -c '%n %a %u:%g %s' "$RUNTIME" /dev/null /dev/ptmx /dev/console /tmp 2>&1
		(cd /dev && find . -maxdepth 1 -printf '%p %y %l %m\n' | sort)
		echo "# canaries"
		outside_state
		echo "# descriptors of the caller"
		# one that is closed while it is looked at, by the shell, has no target
		find /proc/$$/fd -name "[3-9]" -printf "%f %l\n" 2>/dev/null | grep -v -e pipe: -e ' $' | sort
		echo "# abstract sockets of the runtime"
		grep -i -a -e '@.*warren' -e '@.*runc' -e '@.*crun' -e '@.*naive' /proc/net/unix || true
		echo "# cgroups"
		find "$CG_MOUNT${WARREN_TEST_CGROUP:-}" -type d | sort
		echo "# processes"
	} >"$1"
	host_processes >>"$1"
}

oracle_agrees() {
	oracle "$BUNDLE/oracle.now"
	cmp -s "$BUNDLE/oracle" "$BUNDLE/oracle.now"
}

# Guests are deleted before; processes leave their cgroup a little later.
oracle_same() {
	local dir
	for dir in "$STATE"/[!@]*; do
		[ ! -d "$dir" ] || rt delete --force "${dir##*/}" >/dev/null 2>&1 || true
	done
	is_warren || { host_kill; find "$CG" -mindepth 1 -depth -type d ! -name host ! -name aside -exec rmdir {} + 2>/dev/null || true; }
	wait_until oracle_agrees || { echo "the host is not what it was:"; diff "$BUNDLE/oracle" "$BUNDLE/oracle.now"; return 1; }
}

# ---- verdicts -----------------------------------------------------------------------------------

# The racers and listeners of an attack.
end_asides() {
	echo 1 >"$CG/aside/cgroup.kill"
	wait
}

run_attack() { # ATTACK
	arena_new
	rt run "$ID-warm-up" </dev/null >/dev/null 2>&1 || true
	oracle "$BUNDLE/oracle"
	"$1"
	end_asides
	[ "$won" = no ] || explain "the attack succeeds: $1"
	oracle_same
}

contained() {
	run_attack "$1"
	! is_warren || [ "$status" = 0 ] || explain "the guest did not run, so this shows nothing"
	arena_remove
}

rejected() {
	run_attack "$1"
	if is_warren; then
		case $status in
		0 | 12[4-9] | 1[3-9]? | 2[0-4]?) explain "expected an orderly refusal" ;;
		esac
		[ -n "$stderr" ] || explain "expected a reason"
	fi
	arena_remove
}

# A race ends in either, round by round.
unbeaten() {
	run_attack "$1"
	arena_remove
}

# Once is enough: the attack on peers is the same.
proven() {
	local RUNTIME=$NAIVE RUNTIME_NAME=naive ROUNDS=${PROOF_ROUNDS:-40}
	is_warren || [ -n "${PROVE:-}" ] || return 0
	arena_new
	"$1"
	end_asides
	[ "$won" = yes ] || explain "the attack fails against the naive runtime: $1"
	arena_remove
}

# ---- races --------------------------------------------------------------------------------------

# race PATH1 PATH2: exchanges them until the attack is over.
race() { aside "$ATTACK/racer" "$1" "$2"; }

# rounds SUCCESS [ARGS]: starts the guest again and again until SUCCESS, a cheap command, or ROUNDS
# are over. What the guests print is in $BUNDLE/rounds; $finished says how many ran to their end.
rounds() {
	local i code
	finished=0 status=0
	for ((i = 0; i < ${ROUNDS:-300}; i++)); do
		code=0
		"$RUNTIME" --root "$STATE" run "$ID" </dev/null >rounds 2>rounds.err 3>&- 4>&- || code=$?
		[ "$code" != 0 ] || finished=$((finished + 1))
		[ "$code" -lt 124 ] || { explain "round $i ended with status $code: $(<rounds.err)"; return 1; }
		if "$@"; then
			won=yes
			return
		fi
	done
}

# wrote TEXT: the guest of this round.
wrote() { [[ $(<rounds) == *"$1"* ]]; }

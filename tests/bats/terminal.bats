#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Terminals: over a console socket, attached, sized, and the combinations that make no sense.

load helpers

setup() {
	bundle_new
	config_set '.process.terminal = true'
}
teardown() { bundle_remove; }

# Waits on console.sock; what the terminal prints is in console, its name in name.
# What is written to descriptor 8 is typed.
console() {
	mkfifo keys
	exec 8<>keys
	aside "$TOOLS/recvfd" "$BUNDLE/console.sock" name <keys >console 2>console.err
	receiver=$!
	wait_until test -S console.sock
}

type_line() { echo "$1" >&8; }
terminal_shows() { wait_until grep -q "$1" console || { cat console console.err; return 1; }; }

# On a terminal of ROWSxCOLS of its own; stdin is what is typed.
on_terminal() {
	local size=$1
	shift
	timeout 20 "$TOOLS/ptyrun" "$size" "$RUNTIME" --root "$STATE" "$@" 3>&- 4>&-
}

# ---- console socket ---------------------------------------------------------------------

# proves: process.terminal, create --console-socket
@test "create sends the terminal's master over the console socket" {
	console
	guest 'tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo "all three"; exec sleep 1000'
	ok rt create --console-socket console.sock "$ID"
	wait_until test -e name
	[ -s name ]
	ok rt start "$ID"
	terminal_shows 'all three'
	grep -q '^/dev/pts/0' console
}

# proves: run --console-socket, exec --console-socket
@test "run -d and exec -d send theirs too" {
	console
	guest 'echo from run; exec sleep 1000'
	ok rt run -d --console-socket console.sock "$ID"
	terminal_shows 'from run'
	rm console.sock name
	exec 8>&-
	rm keys
	console
	ok rt exec -d -t --console-socket console.sock "$ID" sh -c 'tty; echo from exec; exec sleep 1000'
	terminal_shows 'from exec'
	grep -q '^/dev/pts/1' console
}

@test "what is typed arrives, and is echoed" {
	console
	guest 'read line; echo "got $line"; exec sleep 1000'
	ok rt run -d --console-socket console.sock "$ID"
	type_line hello
	terminal_shows 'got hello'
	grep -q '^hello' console
}

@test "control-C typed into the terminal interrupts the foreground program" {
	console
	guest 'trap "echo interrupted" INT; echo ready; while :; do sleep 0.01; done'
	ok rt run -d --console-socket console.sock "$ID"
	terminal_shows ready
	printf '\003' >&8
	terminal_shows interrupted
}

@test "the terminal is the controlling one, of a session of its own" {
	console
	guest 'set -- $(cat /proc/$$/stat | sed "s/.*) //"); echo "pgrp $3 session $4 tty $5"; exec sleep 1000'
	ok rt run -d --console-socket console.sock "$ID"
	terminal_shows 'pgrp 1 session 1 tty 34816'
}

@test "/dev/console is the terminal, and it belongs to the user" {
	console
	config_set '.process.user = {uid: 1000, gid: 1000}'
	guest 'stat -c "%t:%T %u" $(tty); stat -c "console %t:%T" /dev/console; echo hello >/dev/console; exec sleep 1000'
	ok rt run -d --console-socket console.sock "$ID"
	terminal_shows hello
	grep -q '88:0 1000' console
	warren_only "crun shows another number"
	grep -q 'console 88:0' console
}

# proves: process.consoleSize.height|width
@test "consoleSize is the size of the terminal" {
	console
	config_set '.process.consoleSize = {height: 33, width: 111}'
	guest 'stty size; exec sleep 1000'
	ok rt run -d --console-socket console.sock "$ID"
	terminal_shows '33 111'
}

@test "a terminal in a user namespace belongs to the guest's root" {
	user_namespace
	console
	guest 'stat -c "owner %u" $(tty); echo x >/dev/console && echo fine; exec sleep 1000'
	ok rt run -d --console-socket console.sock "$ID"
	terminal_shows fine
	grep -q 'owner 0' console
}

@test "the console socket's path may be relative, and longer than a socket's address" {
	local deep
	deep=$(printf 'a%.0s' {1..60})/$(printf 'b%.0s' {1..60})
	mkdir -p "$deep"
	console
	mv console.sock "$deep/console.sock"
	guest 'echo hello; exec sleep 1000'
	ok rt run -d --console-socket "$deep/console.sock" "$ID"
	terminal_shows hello
}

@test "a relative console socket is the caller's, not the bundle's" {
	warren_only "crun looks in the bundle"
	console
	mkdir elsewhere
	mv console.sock elsewhere/
	guest 'echo hello; exec sleep 1000'
	cd elsewhere
	ok rt run -d -b "$BUNDLE" --console-socket console.sock "$ID"
	cd "$BUNDLE"
	terminal_shows hello
}

@test "the master is closed by the runtime: the end of the guest hangs up" {
	console
	guest 'echo bye'
	ok rt run -d --console-socket console.sock "$ID"
	wait_until dead "$receiver"
	grep -q bye console
}

@test "a guest with a terminal has no other descriptors" {
	console
	guest 'probe fds; echo end; exec sleep 1000'
	ok rt run -d --console-socket console.sock "$ID"
	terminal_shows end
	same "$(grep -c '^[0-9]* /' console)" 3
}

@test "an image without devpts but with traps in /dev/pts is refused or harmless" {
	local n
	console
	config_set '.mounts |= map(select(.destination != "/dev/pts" and .destination != "/dev"))'
	mkdir -p rootfs/dev/pts
	for n in 0 1 2 3 ptmx; do
		ln -s /proc/sysrq-trigger "rootfs/dev/pts/$n"
	done
	guest 'awk "\$5 == \"/dev/console\"" /proc/self/mountinfo; ls -l /dev/console; exec sleep 1000'
	try rt run -d --console-socket console.sock "$ID"
	[ "$status" -ne 0 ] || ok rt exec "$ID" sh -c '! grep -q sysrq /proc/self/mountinfo'
}

# ---- attached ------------------------------------------------------------------------------

@test "run with a terminal hands through what is typed and printed, and the exit code" {
	guest 'tty; read line; echo "got $line"; exit 9'
	code=0
	on_terminal 24x80 run "$ID" <<<'hello' >out 2>err || code=$?
	same "$code" 9
	grep -q '^/dev/pts/0' out
	grep -q 'got hello' out
}

@test "the caller's terminal has its modes back afterwards" {
	guest 'echo x'
	on_terminal 24x80 run "$ID" </dev/null >out 2>err
	same "$(tail -n 1 err)" restored
	program nope
	on_terminal 24x80 run "$ID" </dev/null >out 2>err || true
	same "$(tail -n 1 err)" restored
}

@test "the guest's terminal has the size of the caller's" {
	warren_only "crun sets it some time after the start"
	guest 'stty size'
	on_terminal 37x97 run "$ID" </dev/null >out 2>err
	grep -q '37 97' out
}

@test "a new size of the caller's terminal reaches the guest" {
	guest 'trap "stty size; exit" WINCH; : >/tmp/ready; while :; do sleep 0.01; done'
	"$TOOLS/ptyrun" 24x80 "$RUNTIME" --root "$STATE" run "$ID" </dev/null >out 2>err 3>&- &
	wait_until test -e rootfs/tmp/ready
	kill -USR1 $!
	wait $!
	grep -q '50 132' out
}

# proves: exec --tty
@test "exec -t gives a terminal, and the exit code" {
	config_set '.process.terminal = false'
	up
	code=0
	on_terminal 24x80 exec -t "$ID" sh -c 'tty; stty size; read line; echo "got $line"; exit 4' <<<'typed' >out 2>err || code=$?
	same "$code" 4
	grep -q '^/dev/pts/0' out
	grep -q '24 80' out
	grep -q 'got typed' out
}

@test "a megabyte through a terminal arrives complete" {
	guest 'head -c 1000000 /dev/zero | tr "\0" x; echo; echo end'
	on_terminal 24x80 run "$ID" </dev/null >out 2>err
	same "$(tr -dc x <out | wc -c)" 1000000
	grep -q end out
}

@test "run with a terminal but without one of the caller's works" {
	warren_only "crun wants one"
	guest 'tty; echo hello'
	ok rt run "$ID"
	says hello
}

# ---- combinations that make no sense ---------------------------------------------------------------

@test "a terminal without a console socket is refused when nobody stays" {
	warm_up
	refused rt create "$ID"
	says 'socket'
	refused rt run -d "$ID"
	is_warren || return 0
	says_like 'cannot allocate tty if [a-z]+ will detach without setting console socket'
	nothing_left
}

@test "a console socket without a terminal, or attached, is refused" {
	warren_only "crun ignores it"
	console
	config_set '.process.terminal = false'
	expect 1 rt create --console-socket console.sock "$ID"
	says_like 'cannot use console socket if [a-z]+ will not detach or allocate tty'
	expect 1 rt run --console-socket console.sock "$ID"
	config_set '.process.terminal = true'
	expect 1 rt run --console-socket console.sock "$ID"
	missing "$STATE/$ID"
}

@test "exec -d -t without a console socket is refused" {
	config_set '.process.terminal = false'
	up
	refused rt exec -d -t "$ID" true
	warren_only "runc's text and code"
	expect 255 rt exec -d -t "$ID" true
	says_like 'cannot allocate tty if [a-z]+ will detach without setting console socket'
}

@test "a console socket that is none, or gone, is refused and nothing is left" {
	warm_up
	local path
	for path in nowhere config.json; do
		refused rt create --console-socket "$path" "$ID"
		is_warren || continue
		says "$path"
		[[ ${stderr,,} != *'no such file or directory'* ]] || explain "callers would say 127"
		nothing_left
	done
}

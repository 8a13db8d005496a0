#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# One thing goes wrong at every step of every command. Whatever it is: the command ends at once
# with an error or with the job done, `delete --force` succeeds, and nothing is left.

load helpers

# ---- create -----------------------------------------------------------------------------------

@test "create: each system call of the runtime fails" { every create call call-soft; }
@test "create: each system call of the guest side fails" { every create guest-call guest-soft; }
@test "create: each allocation fails" { every create alloc; }
@test "create: the runtime is killed at each of its steps" { every create kill; }
@test "create: the runtime is killed at each step of the guest side" { every create guest-kill; }
@test "create: the guest side is killed at each of its steps" { every create guest-death; }

# What the first start on a host makes for all others: no template, and no compiled filter.
@test "create for the first time: each system call of the runtime fails" {
	rich
	every create-cold call call-soft
}
@test "create for the first time: the runtime is killed at each of its steps" {
	rich
	every create-cold kill
}

# A user namespace, a mount side, hooks and a filter.
@test "create of a rich guest: each system call of the guest side fails" {
	rich
	every create guest-call
}
# While a filter is compiled the memory is libseccomp's, and so is what comes of it: here it is kept.
@test "create of a rich guest: each allocation fails" {
	rich
	every create alloc
}
@test "create of a rich guest: the runtime is killed at each step of the guest side" {
	rich
	every create guest-kill
}
@test "create of a rich guest: the guest side is killed at each of its steps" {
	rich
	every create guest-death
}

@test "create of a guest of layers: each system call of the runtime fails" { every overlay call call-soft; }
@test "create of a guest of layers: the runtime is killed at each of its steps" { every overlay kill; }
@test "create with a pid file: each system call of the runtime fails" { every pid-file call; }

# ---- start, run, exec ---------------------------------------------------------------------------

@test "start: each system call fails, of the runtime and of the guest side" {
	every start call call-soft guest-call guest-soft
}
@test "start: each allocation fails" { every start alloc; }
@test "start: the runtime or the guest side is killed at each step" {
	every start kill guest-kill guest-death
}
@test "start of a rich guest: each system call fails, and the runtime is killed at each step" {
	rich
	every start call guest-call kill guest-kill
}

@test "run: each system call of the runtime fails" { guest 'exit 7' && every run call call-soft; }
@test "run: each allocation fails" { guest 'exit 7' && every run alloc; }
@test "run: the runtime is killed at each of its steps" { guest 'exit 7' && every run kill; }
@test "run: the guest side is killed at each of its steps" { guest 'exit 7' && every run guest-death; }

@test "exec: each system call of the runtime fails" { every exec call call-soft; }
@test "exec: each system call of the guest side fails" { every exec guest-call guest-soft; }
@test "exec: each allocation fails" { every exec alloc; }
@test "exec: the runtime is killed at each of its steps" { every exec kill; }
@test "exec: the runtime is killed at each step of the guest side" { every exec guest-kill; }
@test "exec: the guest side is killed at each of its steps" { every exec guest-death; }

# ---- kill, delete, pause, resume ----------------------------------------------------------------

@test "kill: each system call and each allocation fails" { every kill call call-soft alloc; }
@test "kill: the runtime is killed at each of its steps" { every kill kill; }
@test "delete --force: each system call and each allocation fails" { every delete call call-soft alloc; }
@test "delete --force: the runtime is killed at each of its steps" { every delete kill; }
@test "delete of a created guest: each system call and each allocation fails" {
	every delete-created call call-soft alloc
}
@test "delete of a created guest: the runtime is killed at each of its steps" { every delete-created kill; }
@test "pause: each system call and each allocation fails" { every pause call call-soft alloc; }
@test "pause: the runtime is killed at each of its steps" { every pause kill; }
@test "resume: each system call and each allocation fails" { every resume call call-soft alloc; }
@test "resume: the runtime is killed at each of its steps" { every resume kill; }

# ---- the tests themselves -----------------------------------------------------------------------

# sloppy SCRIPT: what `create` does; `delete` does nothing, and succeeds.
sloppy() {
	printf '#!/bin/sh\n[ "$3" = create ] || exit 0\n%s\n' "$1" >runtime
	chmod 755 runtime
	RUNTIME=$BUNDLE/runtime "$FAULTS" create kill >points 2>&1 </dev/null 3>&- 4>&- &&
		{ echo "nothing was noticed: $1"; cat points; return 1; }
	rm -rf runtime "${STATE:?}/$ID"
	output=$(<points) stderr='' status=1
}
@test "a runtime that makes a mistake is noticed" {
	mkdir -m 700 "$STATE"
	sloppy 'mkdir "$2/$4"; echo level=error; exit 1'
	says "something is left"
	sloppy 'exit 0'
	says "nothing was done"
	sloppy 'exit 1'
	says "no clean error"
	sloppy 'kill -SEGV $$'
	says "crashes"
	sloppy 'echo level=error; sleep 1000 & mkdir "$2/../cgroup"; exit 1'
	says "something is left"
	rmdir cgroup
	host_kill
	sloppy 'exec sleep 1000'
	says "hangs"
}

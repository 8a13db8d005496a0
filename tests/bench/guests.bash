# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # programs is bench.sh's
# What bench.sh measures with: one root directory, a few configurations, a bundle a guest, guests that
# live meanwhile. All of it below $TMPDIR and $WARREN_TEST_CGROUP. Source it after common.bash.

state=$TMPDIR/state
cgroups=/sys/fs/cgroup$WARREN_TEST_CGROUP
root=$TMPDIR/root
files=$TMPDIR/files
declare -gA CONFIG # bench.sh sources this in a function

# RUNTIME takes the place of build/release/warren; peers that are not in build/peers may be installed.
runtime_path()
{
	case $1 in
	warren | classic) say "${RUNTIME:-$TOP/build/release/warren}" ;;
	*)
		if [ -x "$TOP/build/peers/bin/$1" ]; then
			say "$TOP/build/peers/bin/$1"
		else
			command -v "$1" || say "/nowhere/$1"
		fi
		;;
	esac
}

# Those of the names that are here and can be executed.
available()
{
	local name

	for name in "$@"; do
		! "$(runtime_path "$name")" --version >/dev/null 2>&1 || say "$name"
	done
}

# ---- what is measured with -----------------------------------------------------------------------

# A state directory on a disk would measure the disk's file system: ext4 slows down for five seconds
# after a removal. /run, where runtimes keep it, is a tmpfs.
make_state()
{
	mkdir "$state"
	mount -t tmpfs -o mode=755 tmpfs "$state"
	mkdir "$state"/{floor,bundles,starts,mounts}
	[ ! -x "$programs/floor" ] || "$programs/floor" prepare "$state/floor"
	# Where the template's directory would be lies a file: this state root gets none.
	mkdir -m 700 "$state/classic"
	: >"$state/classic/@template"
}

# Besides the applets, the places that Podman's mounts cover: nobody has to make them.
make_root()
{
	local applet

	mkdir -p "$root"/{bin,proc,dev,sys,etc,run,data/{1..9}} "$files"/{shm,data/{1..9}}
	cp "$(command -v busybox)" "$root/bin/busybox"
	for applet in sh true sleep; do
		ln -s busybox "$root/bin/$applet"
	done
	touch "$root"/etc/{hostname,hosts,resolv.conf} "$root/run/.containerenv"
	touch "$files"/{hostname,hosts,resolv.conf,.containerenv}
}

# At most what this host lets its root raise them to.
limit()
{
	local have

	have=$(ulimit -H "$1")
	[ "$have" != unlimited ] && [ "$have" -lt "$2" ] || have=$2
	say "$have"
}

has_controller() { grep -qw "$1" /sys/fs/cgroup/cgroup.controllers; }

# config NAME FILTER: reads a configuration, keeps the filtered one. @CGROUP@ becomes each guest's own.
config()
{
	CONFIG[$1]=$(jq --arg root "$root" "
		.process.terminal = false | .process.args = [\"/bin/true\"] | .root.path = \$root
		| .linux.cgroupsPath = \"@CGROUP@\" | $2")
}

# make_configs NAME: by the runtime that writes them.
make_configs()
{
	local limits='del(.linux.resources.pids)' spec=$TMPDIR/spec

	! has_controller pids || limits=.
	mkdir "$spec"
	"$(runtime_path "$1")" spec --bundle "$spec"
	config default . <"$spec/config.json"
	config hostnet '.linux.namespaces |= map(select(.type != "network"))' <"$spec/config.json"
	config sleep '.process.args = ["/bin/sleep", "100000"]' <"$spec/config.json"
	config limited '.linux.resources.memory.limit = 1073741824' <"$spec/config.json"
	config podman "$limits | (.mounts[].source |= sub(\"@FILES@\"; \"$files\"))
		| .process.rlimits |= map((.hard, .soft) = if .type == \"RLIMIT_NOFILE\"
			then $(limit -n 1048576) else $(limit -u 32768) end)
		| if \"$(uname -m)\" == \"x86_64\" then . else del(.linux.seccomp.architectures) end" \
		<tests/data/bench/podman.json
	config docker "$(docker_filter)" <<<"${CONFIG[podman]}"
}

# Docker's mounts, capabilities, devices and hook. The hook is busybox' true in place of dockerd.
docker_filter()
{
	cat <<-'JQ'
	.annotations = null | .linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647"}
	| .mounts |= (map(select(.destination | test("^/(data|run)/") | not))
		| map(if .destination == "/dev/shm" then .type = "tmpfs" | .source = "shm"
			| .options = ["nosuid", "noexec", "nodev", "mode=1777", "size=67108864"] else . end))
	| .process.capabilities |= map_values(. + ["CAP_AUDIT_WRITE", "CAP_MKNOD", "CAP_NET_RAW"])
	| .process.rlimits = [] | .process.oomScoreAdj = 0
	| .hooks.prestart = [{path: "/bin/busybox", args: ["busybox", "true"]}]
	| .linux.resources.devices += [
		{allow: true, type: "c", major: 1, minor: 5, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 3, access: "rwm"},
		{allow: true, type: "c", major: 1, minor: 9, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 8, access: "rwm"},
		{allow: true, type: "c", major: 5, minor: 0, access: "rwm"}, {allow: true, type: "c", major: 5, minor: 1, access: "rwm"},
		{allow: false, type: "c", major: 10, minor: 229, access: "rwm"}]
	JQ
}

# bundle CONFIG ID [PLACE]: prints the bundle's directory.
bundle()
{
	local dir=${3:-$TMPDIR/bundles}/$2

	[ -d "$dir" ] || mkdir -p "$dir"
	printf '%s\n' "${CONFIG[$1]//@CGROUP@/$WARREN_TEST_CGROUP/$2}" >"$dir/config.json"
	printf '%s\n' "$dir"
}

# ---- words for bench -----------------------------------------------------------------------------

# words_run NAME CONFIG ID: sets WORDS to the command that runs /bin/true as a guest.
words_run()
{
	case $1 in
	floor) WORDS=("$programs/floor" run "$state/floor" "$root" "$cgroups/$3" "$state/starts/$3") ;;
	naive) WORDS=("$programs/floor" naive - "$root" "$cgroups/$3" "$state/starts/$3") ;;
	*) WORDS=("$(runtime_path "$1")" --root "$state/$1" run --bundle "$(bundle "$2" "$3")" "$3") ;;
	esac
}

# for_each WORDS-FUNCTION NAME...: sets COMMAND to the part of bench's command line after the numbers.
for_each()
{
	local function=$1 name
	shift

	COMMAND=()
	for name in "$@"; do
		"$function" "$name"
		COMMAND+=(-- "$name" "${WORDS[@]}")
	done
	COMMAND=("${COMMAND[@]:1}")
}

# ---- guests that live meanwhile ------------------------------------------------------------------

# live NAME STATE-ROOT FIRST LAST: starts guests of runtime NAME that sleep. Their cgroups lie below live.
live()
{
	local path i id

	path=$(runtime_path "$1")
	[ -d "$cgroups/live" ] || mkdir "$cgroups/live"
	for ((i = $3; i <= $4; i++)); do
		id=live/$1-$i
		bundle sleep "$id" "$state/bundles" >"$state/bundle"
		"$path" --root "$2" run --detach --bundle "$state/bundles/$id" "${id#*/}" </dev/null >/dev/null || return
	done
}

# As many mounts as a host has that gives each guest a root of its own.
live_mounts()
{
	local i

	mountpoint -q "$state/mounts" || mount --bind "$state/mounts" "$state/mounts"
	for ((i = $1; i <= $2; i++)); do
		mkdir "$state/mounts/$i"
		mount --bind "$root" "$state/mounts/$i"
	done
}

# Removes them all at once, whatever runtime they are of, and with their records.
live_end()
{
	! mountpoint -q "$state/mounts" || umount -l "$state/mounts"
	rm -rf --one-file-system "$state/mounts" "$state/bundles"
	mkdir "$state/mounts" "$state/bundles"
	cgroup_remove "$cgroups/live"
	rm -rf --one-file-system "$state"/*/{warren,crun,runc}-[0-9]*
	sleep 3 # the kernel is still busy with the network namespaces
}

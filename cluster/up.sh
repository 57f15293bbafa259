#!/usr/bin/env bash
# Starts N local nodes in the background: cluster/up.sh N [DIR]
# DIR, cluster/.run if not given, gets a log and the announcement of each node; down.sh ends them by it.
# Prints where to join. Builds the program unless PVTIMER names one that is built.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here patience_s=60

die() {
    printf 'up.sh: %s\n' "$1" >&2
    exit 2
}

[[ ${1-} =~ ^[1-9][0-9]?$ ]] || die "'${1-}'; accepted: how many nodes, 1 to 99"
nodes=$1
dir=${2-$here/.run}
program=${PVTIMER-}
if [[ -z $program ]]; then
    dotnet build -c Release --nologo -v quiet "$here/../src/PvTimer.Cli" >&2
    program=$here/../.artifacts/bin/PvTimer.Cli/release/pvtimer
fi
[[ -x $program ]] || die "$program cannot be executed; accepted: PVTIMER=the built program"
[[ ! -e $dir/nodes ]] || die "$dir holds a cluster already; accepted: cluster/down.sh first"
mkdir -p "$dir"
: >"$dir/nodes"

# Each node is a job of its own, which the terminal's Ctrl-C and hangup do not reach; but not a session of its
# own: Linux schedules sessions against each other (sched_autogroup), and nodes wait for each other.
set -m

# launch NAME [--join HOST:PORT]
launch() {
    local name=$1
    shift
    : >"$dir/$name.out" # it is read before the shell below has made it
    nohup "$program" node --config "$here/local.conf" --name "$name" --log "$dir/$name.log" "$@" \
        >"$dir/$name.out" 2>"$dir/$name.err" </dev/null &
    printf '%s %s\n' "$name" "$!" >>"$dir/nodes"
}

# The address in {"event":"listening",...,"address":"127.0.0.1:4053",...}, as soon as the node says it.
address_of() {
    local name=$1 end=$((SECONDS + patience_s)) said
    while ((SECONDS < end)); do
        said=$(sed -n 's/.*"event":"listening".*"address":"\([^"]*\)".*/\1/p' "$dir/$name.out")
        [[ -z $said ]] || {
            printf '%s' "$said"
            return
        }
        [[ ! -s $dir/$name.err ]] || break
        sleep 0.05
    done
    cat "$dir/$name.err" >&2
    "$here/down.sh" "$dir" >&2
    die "$name does not listen; see $dir/$name.log"
}

launch node-1
first=$(address_of node-1)
for ((number = 2; number <= nodes; number++)); do
    launch "node-$number" --join "$first"
done
for ((number = 1; number <= nodes; number++)); do
    printf 'node-%s %s\n' "$number" "$(address_of "node-$number")"
done
printf 'pvtimer run SCENARIO --join %s\n' "$first"

#!/usr/bin/env bash
# Ends the nodes that up.sh started: cluster/down.sh [DIR]
# SIGTERM has all of them leave in order; one that is still there after half a minute is killed, and that
# is said. Asks each process whether it is that node first: numbers are used again.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here patience_s=30
dir=${1-$here/.run}
[[ -e $dir/nodes ]] || {
    printf 'down.sh: %s\n' "$dir holds no cluster" >&2
    exit 2
}

# is_node NAME PID
is_node() {
    [[ -r /proc/$2/cmdline ]] && tr '\0' ' ' <"/proc/$2/cmdline" | grep -q -- "--name $1 --log $dir/$1.log "
}

code=0
while read -r name pid; do
    ! is_node "$name" "$pid" || kill -TERM "$pid"
done <"$dir/nodes"
end=$((SECONDS + patience_s))
while read -r name pid; do
    while is_node "$name" "$pid" && ((SECONDS < end)); do
        sleep 0.1
    done
    if is_node "$name" "$pid"; then
        kill -KILL "$pid"
        printf '%s did not end and was killed; see %s\n' "$name" "$dir/$name.log"
        code=1
    else
        printf '%s has ended\n' "$name"
    fi
done <"$dir/nodes"
rm "$dir/nodes"
exit "$code"

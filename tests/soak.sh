#!/usr/bin/env bash
# A run on three processes, a console and somebody's browser at it, for an hour: does anything grow?
#   tests/soak.sh [MINUTES]   60; the first sixth is not counted
# Says for each process how much memory, how many descriptors and threads it had then and at the end, and by how
# much its memory grew [MB/min]. Its last line is "N processes, N flat, N grew"; flat: less than 0.1 MB/min, and no
# more than four descriptors or threads above what it had at most in the first third of what is counted. Exits with 0 only
# if all are flat.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DOTNET_CLI_UI_LANGUAGE=en DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
readonly minutes=${1:-60} pvtimer=.artifacts/bin/PvTimer.Cli/release/pvtimer
if ! [[ $minutes =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: tests/soak.sh [MINUTES]; a number of minutes" >&2
    exit 2
fi
dotnet build src/PvTimer.Cli -c Release -v quiet

folder=$(mktemp -d)
pids=()
# reason: the trap calls it
# shellcheck disable=SC2329
clear_up() {
    ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true
    wait
    rm -rf "$folder"
}
trap clear_up EXIT

# A tenth of a second of virtual time per second: there is work in every round, and the cores have time left.
"$pvtimer" run config/scenarios/eight-hosts.conf --backend pvtimer --nodes 3 --set duration=3600s --set events=[] \
    --checkpoint-every 30s --quiet --out "$folder/run" >"$folder/run.log" 2>&1 &
pids+=($!)
until [[ -s $folder/run/nodes.json ]]; do
    kill -0 "${pids[0]}" || { cat "$folder/run.log"; exit 1; }
    sleep 0.5
done
until "$pvtimer" cluster pace 100ms --run "$folder/run" >/dev/null 2>&1; do sleep 1; done
"$pvtimer" console --run "$folder/run" >"$folder/console.log" 2>&1 &
pids+=($!)
until url=$(grep -oE 'http://[^ ]+' "$folder/console.log"); do sleep 0.5; done
address=$(grep -oE '[^/]+:[0-9]+' <<<"${url#http://}")
for view in cluster machine timers; do
    (
        exec 3<>"/dev/tcp/${address%:*}/${address#*:}"
        printf 'GET /api/stream?view=%s HTTP/1.1\r\nHost: %s\r\n\r\n' "$view" "$address" >&3
        cat <&3 >/dev/null 2>&1
    ) &
    pids+=($!)
done

names=(run console) processes=("${pids[0]}" "${pids[1]}")
while read -r name pid; do
    names+=("$name") processes+=("$pid")
done < <(sed -nE 's/.*"name": *"([^"]+)".*/\1/p; ' "$folder/run/nodes.json" | paste -d' ' - \
    <(sed -nE 's/.*"pid": *([0-9]+).*/\1/p' "$folder/run/nodes.json"))

readonly end=$((SECONDS + 60 * minutes))
while ((SECONDS < end)); do
    kill -0 "${pids[@]}" || { echo "a viewer was turned away"; exit 1; }
    for index in "${!processes[@]}"; do
        pid=${processes[index]}
        [[ -d /proc/$pid ]] || { echo "${names[index]} has ended"; cat "$folder/run.log"; exit 1; }
        printf '%s %s %s %s %s\n' "${names[index]}" "$SECONDS" \
            "$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")" \
            "$(find "/proc/$pid/fd" -mindepth 1 2>/dev/null | wc -l)" \
            "$(awk '/^Threads/ { print $2 }' "/proc/$pid/status")"
    done >>"$folder/samples"
    sleep 5
done

# Least squares over what is counted.
awk -v span=$((60 * minutes)) '
    !(1 in began) { began[1] = $2 }
    $2 - began[1] < span / 6 { next }
    {
        if (!($1 in count)) { order[++names] = $1; first[$1] = $3 }
        minute = $2 / 60; mb = $3 / 1024
        count[$1]++; x[$1] += minute; y[$1] += mb; xx[$1] += minute * minute; xy[$1] += minute * mb
        last[$1] = $3
        early = $2 - began[1] < span / 6 + (span - span / 6) / 3
        if (early && $4 > fds[$1]) fds[$1] = $4
        if (early && $5 > threads[$1]) threads[$1] = $5
        fdsNow[$1] = $4; threadsNow[$1] = $5
    }
    END {
        for (index_ = 1; index_ <= names; index_++) {
            name = order[index_]; n = count[name]
            slope = (n * xy[name] - x[name] * y[name]) / (n * xx[name] - x[name] * x[name])
            isFlat = slope < 0.1 && fdsNow[name] <= fds[name] + 4 && threadsNow[name] <= threads[name] + 4
            flat += isFlat
            printf "%-8s %7.1f MB -> %7.1f MB, %+.3f MB/min; descriptors %d (at most %d), threads %d (at most %d)%s\n", \
                name, first[name] / 1024, last[name] / 1024, slope, fdsNow[name], fds[name], \
                threadsNow[name], threads[name], isFlat ? "" : "   GREW"
        }
        printf "%d processes, %d flat, %d grew\n", names, flat, names - flat
        exit flat < names
    }' "$folder/samples"

#!/usr/bin/env bash
# Runs some tests again and again, for faults that show now and then, and keeps what each red round said:
#   tests/repeat.sh N FILTER [PROJECT...]
#     N         rounds
#     FILTER    as dotnet test --filter takes it: "FullyQualifiedName~Partition"
#     PROJECT   folders in tests/; none: those with clusters, processes and failure detectors
#   BUSY=1      keeps all cores busy meanwhile, by as many loops that do nothing else
# Builds the projects first. Its last line is "N rounds, N green, N red"; it exits with 0 only if none was red.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DOTNET_CLI_UI_LANGUAGE=en DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
readonly results=.artifacts/repeat

if (($# < 2)) || ! [[ $1 =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: tests/repeat.sh N FILTER [PROJECT...]; N is a number of rounds" >&2
    exit 2
fi
readonly rounds=$1 filter=$2
shift 2
projects=("$@")
if ((${#projects[@]} == 0)); then
    projects=(PvTimer.Sharding.Tests PvTimer.Scenarios.Tests PvTimer.Chaos.Tests PvTimer.Cli.Tests PvTimer.OpsConsole.Tests)
fi

burners=()
quiet_again() {
    ((${#burners[@]} == 0)) || kill "${burners[@]}" 2>/dev/null
}
trap quiet_again EXIT

assemblies=()
for name in "${projects[@]}"; do
    [[ -d tests/$name ]] || { echo "there is no tests/$name" >&2; exit 2; }
    dotnet build "tests/$name" -c Release -v quiet || exit 2
    assemblies+=(".artifacts/bin/$name/release/$name.dll")
done
rm -rf "$results"
mkdir -p "$results"

if [[ ${BUSY:-} == 1 ]]; then
    for ((core = 0; core < $(nproc); core++)); do
        (while :; do :; done) &
        burners+=($!)
    done
fi

green=0 red=0
for ((round = 1; round <= rounds; round++)); do
    log=$results/round-$round.log
    began=$SECONDS
    if dotnet test "${assemblies[@]}" --filter "$filter" --blame-hang-timeout 10m --blame-hang-dump-type none \
        --logger "console;verbosity=normal" -- RunConfiguration.MaxCpuCount=1 >"$log" 2>&1 \
        && grep -q '^ *Passed: *[1-9]' "$log"; then
        green=$((green + 1))
        printf 'round %s: green, %s s\n' "$round" "$((SECONDS - began))"
        rm "$log"
    else
        red=$((red + 1))
        printf 'round %s: red, %s s, see %s\n' "$round" "$((SECONDS - began))" "$log"
        grep -E '^ *Failed ' "$log" | sort -u
    fi
done
printf '%s rounds, %s green, %s red\n' "$rounds" "$green" "$red"
exit $((red > 0))

#!/usr/bin/env bash
# Builds the command with DuckDB, in a folder of its own, and asks a small sweep in SQL: what pvtimer query answers is compared
# with results.csv. Its last line is "N passed, N failed, N skipped". It needs a minute and 200 MB, so that tests/run.sh does not run it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DOTNET_CLI_UI_LANGUAGE=en DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
readonly work=$PWD/.artifacts/query
passed=0 failed=0

check() {
    local what=$1 expected=$2 found=$3
    if [[ $found == "$expected" ]]; then
        passed=$((passed + 1))
    else
        printf 'failed: %s: expected %s, found %s\n' "$what" "$expected" "$found"
        failed=$((failed + 1))
    fi
}

mkdir -p "$work"
dotnet build src/PvTimer.Cli -c Release -v quiet -p:WithDuckDb=true --artifacts-path "$work"
pvtimer() { dotnet "$work/bin/PvTimer.Cli/release/pvtimer.dll" "$@"; }

rm -rf "$work/sweep"
pvtimer sweep config/scenarios/cyclictest-1ms.conf --set duration=50ms --over pvtimer.scan-period=100us,250us --repeat 2 \
    --out "$work/sweep" --quiet >"$work/sweep.log"
csv=$work/sweep/results.csv

rows=$(($(wc -l <"$csv") - 1))
check "rows" "$rows" "$(pvtimer query 'select count(*) as n from results' "$work/sweep" --json | grep -oE '[0-9]+' | head -1)"

# The last column is the value, the one before it the metric.
sum=$(awk -F, '$(NF-1) == "timers.fired" { sum += $NF } END { print sum }' "$csv")
check "a sum" "$sum" "$(pvtimer query "select sum(integer)::bigint as fired from results where metric = 'timers.fired'" "$work/sweep" --json \
    | grep -oE '[0-9]+' | head -1)"

points=$(pvtimer query "select distinct \"pvtimer.scan-period\" as period from results order by period" "$work/sweep" | grep -cE '^ *(100|250)us *$')
check "a swept key as a column" 2 "$points"

twice=$(pvtimer query 'select count(distinct filename) as files from results' "$work/sweep" "$work/sweep/../sweep" --json | grep -oE '[0-9]+' | head -1)
check "two directories" 2 "$twice"

code=0
said=$(pvtimer query 'select nothing from results' "$work/sweep" 2>&1) || code=$?
check "exit code of wrong SQL" 2 "$code"
check "wrong SQL is refused in one line" 1 "$(grep -c 'accepted: SQL of DuckDB about results' <<<"$said")"

printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
exit $((failed > 0))

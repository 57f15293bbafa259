#!/usr/bin/env bash
# Breaks src/PvTimer.Model in thousands of places, one at a time, and looks whether its tests notice:
#   tests/mutation.sh                      all of it; more than an hour on 2 cores
#   tests/mutation.sh [--jobs N] FOLDER... only some of its folders, as in: tests/mutation.sh Apic Hrtimers
# The report with every survivor's line goes to .artifacts/mutation/reports. Its last line is "score N.NN %"; it
# exits with 0 only if that is at least what tests/PvTimer.Model.Tests/stryker-config.yaml demands.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DOTNET_CLI_UI_LANGUAGE=en DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# Each mutant's tests run for seconds: what they would learn about their hot paths does not pay.
export DOTNET_TieredPGO=0
readonly output=$PWD/.artifacts/mutation
readonly report=$output/reports/mutation-report.json

jobs=$(nproc)
if [[ ${1:-} == --jobs ]]; then
    jobs=$2
    shift 2
fi
mutate=()
for folder; do
    if [[ ! -d src/PvTimer.Model/$folder ]]; then
        printf 'src/PvTimer.Model has no folder %s\n' "$folder" >&2
        exit 2
    fi
    mutate+=(--mutate "**/PvTimer.Model/$folder/**/*.cs")
done

rm -rf "$output"
dotnet tool restore >/dev/null
status=0
(
    cd tests/PvTimer.Model.Tests
    dotnet stryker --config-file stryker-config.yaml --concurrency "$jobs" "${mutate[@]}" \
        --reporter json --reporter html --reporter dots --output "$output"
) || status=$?
[[ -f $report ]] || exit 2

# Per folder: what a test found, by failing or by running out of time; what none did; lines that none runs.
row='%s %-14s %7s %7s %8s %7s %8s\n'
grep -oE '"[^"]*/src/PvTimer\.Model/[^"]*\.cs":\{"language"|"status":"[A-Za-z]+"' "$report" \
    | LC_ALL=C awk -F'"' -v row="$row" '
    /"language"$/ { sub(/.*\/src\/PvTimer\.Model\//, "", $2); sub(/\/.*/, "", $2); folder = $2; next }
    { count[folder, $4]++; count["all", $4]++; folders[folder] }
    function show(order, name,    found, missed) {
        found = count[name, "Killed"] + count[name, "Timeout"]
        missed = count[name, "Survived"] + count[name, "NoCoverage"]
        if (found + missed == 0) return
        score = sprintf("%.2f", 100 * found / (found + missed))
        printf row, order, name, count[name, "Killed"] + 0, count[name, "Timeout"] + 0,
            count[name, "Survived"] + 0, count[name, "NoCoverage"] + 0, score
    }
    END {
        printf row, 0, "", "killed", "timeout", "survived", "no test", "score"
        for (name in folders) show(1, name)
        show(2, "all")
        printf "3 score %s %%\n", score
    }' | LC_ALL=C sort | cut -c3-
exit "$status"

#!/usr/bin/env bash
# Builds everything, checks the layout, runs every test. Needs the .NET SDK and nothing else: the browser that
# the console's page is tried in is installed with apt if it is not there.
# Its last line is always "N passed, N failed, N skipped"; it exits with 0 only if nothing failed.
# A step that breaks (restore, layout, build, a project without results) counts as one failure.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DOTNET_CLI_UI_LANGUAGE=en DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# A test host lives for seconds, and so do the nodes that it starts: what is measured in order to compile them better
# comes too late for them, and methods are compiled anew only when they do not start any more (in ms, hexadecimal).
export DOTNET_TieredPGO=0 DOTNET_TC_CallCountingDelayMs=3E8
# Garbage is collected each 64 MB (hexadecimal): what tests allocate dies young.
export DOTNET_GCgen0size=4000000
# Schedules of the simulated control plane; more of them: PVTIMER_SCHEDULES=1000000 dotnet test tests/PvTimer.Simulation.Tests
export PVTIMER_SCHEDULES=${PVTIMER_SCHEDULES:-200000}
readonly results=.artifacts/test-results
readonly solution=PvTimer.Actors.sln
passed=0 failed=0 skipped=0 is_built=0
besides=() pids=() found=()

finish() {
    printf '%s s\n' "$SECONDS"
    printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
    exit $((failed > 0))
}

broke() {
    printf 'failed: %s\n' "$1"
    failed=$((failed + 1))
}

# Runs a step in silence; its output is shown only if it fails.
step() {
    local what=$1 log=$results/step.log
    shift
    "$@" >"$log" 2>&1 && return 0
    cat "$log"
    broke "$what"
    return 1
}

install_chromium() {
    command -v chromium >/dev/null && return
    command -v apt-get >/dev/null || { echo "chromium is missing, and so is apt-get: install it"; return 1; }
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
}

# The same next to what follows, one process each; await_beside says what came of them.
beside() {
    local log=$results/beside-${#besides[@]}.log
    besides+=("$1")
    shift
    "$@" >"$log" 2>&1 &
    pids+=($!)
}

await_beside() {
    local index
    for index in "${!pids[@]}"; do
        wait "${pids[index]}" && continue
        cat "$results/beside-$index.log"
        broke "${besides[index]}"
    done
}

# The projects that have a test with a trait, in $found.
with_trait() {
    local name
    found=()
    for name in "${projects[@]}"; do
        grep -rqF --include='*.cs' --exclude-dir=obj "Trait(\"Runs\", \"$1\")" "tests/$name" && found+=("$name")
    done
}

# Runs the tests of some projects that match a filter: run_tests LANE FILTER SETTINGS PROJECT...
# No test may take longer than the hang timeout: one that does is named, and the run ends.
run_tests() {
    local lane=$1 filter=$2 settings=$3 before=$failed began=$SECONDS name status
    local assemblies=()
    shift 3
    (($# > 0)) || return 0
    for name; do
        assemblies+=(".artifacts/bin/$name/release/$name.dll")
    done
    # shellcheck disable=SC2086 # reason: the settings are several words
    dotnet test "${assemblies[@]}" --filter "$filter" --results-directory "$results" \
        --logger "trx;LogFileName=$lane.trx" --logger "console;verbosity=minimal" \
        --blame-hang-timeout 10m --blame-hang-dump-type none -- $settings 2>&1 \
        | grep -vE "^(VSTest version|Starting test|A total of|No test matches|Data collector|Results File|$)"
    status=${PIPESTATUS[0]}
    printf '%s: %s s\n' "$lane" "$((SECONDS - began))"
    count "$results/$lane.trx"
    # A test host that crashed leaves no failed test behind, only its exit code.
    if ((status != 0 && failed == before)); then
        broke "the test run '$lane' ended with code $status"
    fi
}

# Adds up the outcomes in a trx file: one UnitTestResult element per test.
count() {
    [[ -f $1 ]] || return 0
    local outcome
    while read -r outcome; do
        case $outcome in
            Passed) passed=$((passed + 1)) ;;
            NotExecuted) skipped=$((skipped + 1)) ;;
            *) failed=$((failed + 1)) ;;
        esac
    done < <(sed -nE 's/.*<UnitTestResult .* outcome="([A-Za-z]+)".*/\1/p' "$1")
}

rm -rf "$results"
mkdir -p "$results"

if ! step "restore" dotnet restore "$solution" --locked-mode -v quiet \
    || ! step "tool restore" dotnet tool restore; then
    finish
fi
# What needs no core of its own while the solution is built.
beside "chromium" install_chromium
beside "layout (repair it with: dotnet csharpier format .)" dotnet csharpier check .
# One compiler for all projects: each of its own would be compiled anew by the JIT.
step "build" dotnet build "$solution" -c Release --no-restore -v quiet -p:UseSharedCompilation=true && is_built=1
await_beside
((is_built)) || finish

# Those that take longest begin first, so that none of them is the last on one core; the others as they come.
projects=(Simulation Experiments Scenarios Formats Model Cli OpsConsole Determinism)
for file in tests/PvTimer.*/*.csproj; do
    name=$(basename "$file" .Tests.csproj)
    [[ " ${projects[*]} " == *" ${name#PvTimer.} "* ]] || projects+=("${name#PvTimer.}")
done
projects=("${projects[@]/#/PvTimer.}")
projects=("${projects[@]/%/.Tests}")

# First everything that computes, a test host per core. Then, one test at a time in each of two hosts, what mostly
# waits, for failure detectors, processes and a browser, or has several threads wait for each other at every
# barrier: [Trait("Runs", "Alone")]. The longest of these projects has a host for itself.
run_tests together "Runs!=Alone" "RunConfiguration.MaxCpuCount=0" "${projects[@]}"
projects=(PvTimer.Sharding.Tests $(printf '%s\n' "${projects[@]}" | grep -vx PvTimer.Sharding.Tests))
with_trait Alone
run_tests alone "Runs=Alone" \
    "RunConfiguration.MaxCpuCount=2 RunConfiguration.DisableParallelization=true" "${found[@]}"

# A project outside of the solution, which has the kit as a package only.
sample=$(bash tests/sample.sh --built 2>"$results/sample.log" | tail -1)
if [[ $sample =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ && ${BASH_REMATCH[1]} -gt 0 ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2])) skipped=$((skipped + BASH_REMATCH[3]))
    printf 'tests/Sample: %s\n' "$sample"
else
    cat "$results/sample.log"
    broke "tests/sample.sh"
fi

for name in "${projects[@]}"; do
    grep -qiF "/$name.dll\"" "$results"/*.trx || broke "$name ran no test"
done
finish

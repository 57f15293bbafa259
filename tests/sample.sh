#!/usr/bin/env bash
# Packs PvTimer.TestKit and the rooms that it stands on, and runs the specs of tests/Sample, a project that has
# nothing of this repository but that package. Its last line is "N passed, N failed, N skipped".
#   --built    the rooms have been built in Release already
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DOTNET_CLI_UI_LANGUAGE=en DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
built=()
[[ ${1:-} == --built ]] && built=(--no-build --no-restore)
readonly feed=$PWD/.artifacts/packages work=$PWD/.artifacts/sample

# The packages of an earlier build have the same version: none of them may be left, neither here nor unpacked.
rm -rf "$feed" "$work"
mkdir -p "$feed" "$work"
for room in Model Engine Formats Scenarios Actors Sharding Experiments \
    ActorTime ActorTime.Xunit2 ActorTime.Xunit3 ActorTime.Hosting TestKit; do
    dotnet pack "src/PvTimer.$room" -c Release -o "$feed" -v quiet "${built[@]}"
done

# Outside of the repository's own folder for packages, which would shadow the new ones.
unpacked=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')
rm -rf "${unpacked%/}"/pvtimer.*
dotnet restore tests/Sample -v quiet --artifacts-path "$work" -p:RestoreAdditionalProjectSources="$feed"
dotnet test tests/Sample -c Release --no-restore --artifacts-path "$work" \
    --logger "trx;LogFileName=$work/sample.trx" -v quiet >"$work/test.log" 2>&1 || cat "$work/test.log"

passed=$(grep -c 'outcome="Passed"' "$work/sample.trx" || true)
failed=$(grep -c '<UnitTestResult .*outcome="Failed"' "$work/sample.trx" || true)
printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
exit $((failed > 0 || passed == 0))

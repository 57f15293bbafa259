#!/usr/bin/env bash
# Runs on several processes to which something happens, and compares each trace hash with the sequential engine's:
#   tests/chaos.sh [--runs N] [--seed S]   random schedules of faults; 200, and a seed that is printed first
#   tests/chaos.sh --matrix                every number of processes, policy and fault
# Its last line is "N runs, N same hash, N resumed, N failed"; it exits with 0 only if nothing failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DOTNET_CLI_UI_LANGUAGE=en DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# Nodes live for seconds: what they would learn about their hot paths does not pay.
export DOTNET_TieredPGO=0
dotnet build tests/PvTimer.Chaos.Tests -c Release -v quiet
exec dotnet .artifacts/bin/PvTimer.Chaos.Tests/release/PvTimer.Chaos.Tests.dll "$@"

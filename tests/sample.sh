#!/usr/bin/env bash
# Packs what others write tests with, and runs tests that have nothing of this repository but these packages: those of
# tests/Sample, those of projects that the template makes, and the first script of each package's page, pasted into
# an empty project. Its last line is "N passed, N failed, N skipped".
#   --built    the rooms have been built in Release already
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DOTNET_CLI_UI_LANGUAGE=en DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
built=()
[[ ${1:-} == --built ]] && built=(--no-build)
readonly feed=$PWD/.artifacts/packages work=$PWD/.artifacts/sample
# A folder of no repository: what is above a project has a say in it.
outside=$(mktemp -d)
trap 'rm -rf "$outside"' EXIT

# What is shown only if it fails.
quietly() {
    "$@" >"$work/step.log" 2>&1 || { cat "$work/step.log"; return 1; }
}

# The packages of an earlier build have the same version: none of them may be left, neither here nor unpacked.
rm -rf "$feed" "$work"
mkdir -p "$feed" "$work"
rooms=()
for room in Model Engine Formats Scenarios Actors Sharding Experiments \
    ActorTime ActorTime.Xunit2 ActorTime.Xunit3 ActorTime.Hosting TestKit Templates; do
    rooms+=("\"src/PvTimer.$room/PvTimer.$room.csproj\"")
done
echo "{\"solution\": {\"path\": \"../../PvTimer.Actors.sln\", \"projects\": [$(IFS=,; echo "${rooms[*]}")]}}" >"$work/packages.slnf"
dotnet pack "$work/packages.slnf" -c Release -o "$feed" -v quiet "${built[@]}"
unpacked=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')
unpacked=${unpacked%/}
rm -rf "$unpacked"/pvtimer.*

# From the template, in a hive of its own; the package's name says nothing of the installed SDK's templates.
template() {
    quietly dotnet new "$@" --debug:custom-hive "$outside/hive"
}
template install "$feed"/PvTimer.Templates.*.nupkg
template pvtimer-tests --machine -o "$outside/Templated2"
template pvtimer-tests --xunit 3 -o "$outside/Templated3"
template pvtimer-tests --xunit 3 --machine -o "$outside/Refused"
if dotnet restore "$outside/Refused" >"$work/step.log" || ! grep -qF 'accepted: --machine without --xunit 3' "$work/step.log"; then
    echo "the template refuses no machine with xunit 3"
    exit 1
fi

# An empty project of xunit that has a package.
empty() {
    mkdir "$outside/$1"
    cat >"$outside/$1/$1.csproj" <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Microsoft.NET.Test.Sdk" Version="18.11.0" />
    <PackageReference Include="$2" Version="0.1.0" />
    <PackageReference Include="xunit" Version="2.9.3" />
    <PackageReference Include="xunit.runner.visualstudio" Version="3.1.5" />
  </ItemGroup>
</Project>
PROJECT
}
empty PastedActors PvTimer.ActorTime.Xunit2
empty PastedMachine PvTimer.TestKit

made=(Templated2 Templated3 PastedActors PastedMachine)
{
    echo "<Solution><Project Path=\"$PWD/tests/Sample/Sample.Tests.csproj\" />"
    for project in "${made[@]}"; do
        echo "<Project Path=\"$project/$project.csproj\" />"
    done
    echo "</Solution>"
} >"$outside/all.slnx"
for project in "${made[@]}"; do
    # Each package brings analyzers along, which have something to say of this.
    cat >"$outside/$project/Sleeper.cs" <<'CODE'
internal sealed class Sleeper : Akka.Actor.ReceiveActor
{
    public Sleeper() => ReceiveAny(_ => Thread.Sleep(1_000));
}
CODE
done
readonly options=(--artifacts-path "$work" -v quiet)
quietly dotnet restore "$outside/all.slnx" "${options[@]}" -p:RestoreAdditionalProjectSources="$feed" -p:NoWarn=NU1603

# The page is taken from the package.
paste_script() {
    sed -n '/^```csharp$/,/^```$/{/^```$/q;/^```csharp$/!p}' "$unpacked/${2,,}/0.1.0/README.md" >"$outside/$1/Script.cs"
}
paste_script PastedActors PvTimer.ActorTime.Xunit2
paste_script PastedMachine PvTimer.TestKit

dotnet build "$outside/all.slnx" -c Release --no-restore "${options[@]}" -p:UseSharedCompilation=true >"$work/build.log" \
    || { cat "$work/build.log"; exit 1; }
for project in "${made[@]}"; do
    grep -q "$project/Sleeper.cs.* warning PVT0001: " "$work/build.log" || { echo "no analyzer in $project"; exit 1; }
done
if grep ': warning ' "$work/build.log" | grep -v 'Sleeper.cs.* warning PVT0001: '; then
    echo "a project of others has warnings"
    exit 1
fi

assemblies=()
for project in Sample.Tests "${made[@]}"; do
    assemblies+=("$work/bin/$project/release/$project.dll")
done
dotnet test "${assemblies[@]}" --logger "trx;LogFileName=$work/sample.trx" -v quiet >"$work/test.log" 2>&1 \
    || cat "$work/test.log"
for assembly in "${assemblies[@]}"; do
    grep -qiF "$assembly\"" "$work/sample.trx" || { echo "$assembly: no test was run"; exit 1; }
done
passed=$(grep -c 'outcome="Passed"' "$work/sample.trx" || true)
failed=$(grep -c '<UnitTestResult .*outcome="Failed"' "$work/sample.trx" || true)
printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
exit $((failed > 0 || passed == 0))

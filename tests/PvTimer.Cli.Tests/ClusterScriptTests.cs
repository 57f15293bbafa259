using System;
using System.Diagnostics;
using System.IO;
using System.Linq;

namespace PvTimer.Cli.Tests;

/// <summary>cluster/up.sh and down.sh, as users call them.</summary>
[Trait("Runs", "Alone")]
public sealed class ClusterScriptTests
{
    [Fact]
    public void Nodes_that_up_starts_run_a_scenario_and_end_with_down()
    {
        using LiveRun run = new();
        string folder = Path.Combine(run.Line.Folder, "cluster");
        (int code, string said) = Script("up.sh", "3", folder);
        try
        {
            Assert.True(code == 0, said);
            string last = said.TrimEnd().Split('\n')[^1];
            string join = last["pvtimer run SCENARIO --join ".Length..];
            string[] command = ["run", run.ScenarioFile, "--json", "--out", run.Directory];
            Assert.True(run.Line.Run([.. command, "--join", join]) == 0, run.Line.Error);
            Assert.Equal(run.Expected(), LiveRun.HashIn(run.Line.Output));
            Assert.Equal(2, Script("up.sh", "3", folder).Code);
        }
        finally
        {
            (code, said) = Script("down.sh", folder);
        }
        Assert.True(code == 0, said);
        Assert.Equal(
            3,
            said.Split('\n').Count(line => line.EndsWith("has ended", StringComparison.Ordinal))
        );
        Assert.All(
            Directory.GetFiles(folder, "node-*.out"),
            file => Assert.Contains("\"stopped\"", File.ReadAllText(file), StringComparison.Ordinal)
        );
        Assert.Equal(2, Script("down.sh", folder).Code);
    }

    private static (int Code, string Said) Script(string name, params string[] args)
    {
        ProcessStartInfo start = new("bash", [CommandLine.Repository($"cluster/{name}"), .. args])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        string folder = Path.GetDirectoryName(typeof(Program).Assembly.Location)!;
        start.Environment["PVTIMER"] = Path.Combine(folder, "pvtimer");
        using ChildProcess scriptChild = ChildProcess.Start(start);
        Process script = scriptChild.Process;
        string output = script.StandardOutput.ReadToEnd();
        string error = script.StandardError.ReadToEnd();
        script.WaitForExit();
        return (script.ExitCode, output + error);
    }
}

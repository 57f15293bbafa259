using System;
using System.IO;

namespace PvTimer.Cli.Tests;

/// <summary>pvtimer import-host: what it writes is the host of a scenario that includes it.</summary>
public sealed class ImportHostCommandTests : IDisposable
{
    private readonly CommandLine _pvtimer = new();

    private string HostFile => Path.Combine(_pvtimer.Folder, "host.conf");

    public void Dispose() => _pvtimer.Dispose();

    [Fact]
    public void Scenario_that_includes_it_runs_on_that_host()
    {
        string cpus = Write(
            """
            {"cpus":[{"cpu":0,"socket":0,"core":0,"online":true},{"cpu":1,"socket":1,"core":1,"online":true},
                     {"cpu":2,"socket":0,"core":2,"online":true},{"cpu":3,"socket":1,"core":3,"online":true}]}
            """
        );
        _pvtimer.Succeed("import-host", cpus, "--out", HostFile);
        string scenario = Path.Combine(_pvtimer.Folder, "mine.conf");
        File.WriteAllText(
            scenario,
            "include \"host.conf\"\nscenario { duration = 10ms, vms = [ { name = a, guest { type = tick, hz = 1000 } } ] }"
        );

        _pvtimer.Succeed("run", scenario, "--out", _pvtimer.Out);
        string resolved = File.ReadAllText(Path.Combine(_pvtimer.Out, "scenario.conf"));
        Assert.Contains("cpus = 4\n", resolved, StringComparison.Ordinal);
        Assert.Contains("sockets = 2\n", resolved, StringComparison.Ordinal);
        Assert.Contains(
            "pCPU 0, 1, ... are its CPUs 0, 2, 1, 3",
            File.ReadAllText(HostFile),
            StringComparison.Ordinal
        );
    }

    /// <summary>CPU 1 is on node 1, in socket 1: its distances are those of the sockets, unless a socket has two nodes.</summary>
    [Theory]
    [InlineData(1, "    distances = [\"10 32\", \"32 10\"]\n")]
    [InlineData(0, "    # Its distances are not used: its sockets are not its NUMA nodes.\n")]
    public void Distances_of_its_nodes_are_those_of_its_sockets_if_these_are_the_same(
        int node,
        string line
    )
    {
        string cpus = Write(
            $$"""
            {"cpus":[{"cpu":0,"node":0,"socket":0,"core":0},{"cpu":1,"node":{{node}},"socket":1,"core":1}]}
            """
        );
        string distances = Path.Combine(_pvtimer.Folder, "numactl.txt");
        File.WriteAllText(
            distances,
            "available: 2 nodes (0-1)\nnode distances:\nnode 0 1\n 0: 10 32\n 1: 32 10\n"
        );
        _pvtimer.Succeed("import-host", cpus, distances, "--out", HostFile);
        Assert.Contains(line, File.ReadAllText(HostFile), StringComparison.Ordinal);
        string scenario = Path.Combine(_pvtimer.Folder, "mine.conf");
        File.WriteAllText(
            scenario,
            "include \"host.conf\"\nscenario { duration = 10ms, vms = [ { name = a, guest { type = tick, hz = 1000 } } ] }"
        );
        _pvtimer.Succeed("run", scenario, "--out", _pvtimer.Out);
    }

    [Theory]
    [InlineData("""{"lscpu":[]}""", "no file says which CPUs there are")]
    [InlineData(
        """{"cpus":[{"cpu":0,"socket":0,"core":0},{"cpu":1,"socket":0,"core":1},{"cpu":2,"socket":1,"core":2}]}""",
        "the sockets have 2, 1 CPUs"
    )]
    public void Host_that_no_scenario_can_have_is_refused(string text, string complaint)
    {
        Assert.Equal(2, _pvtimer.Run("import-host", Write(text)));
        Assert.Contains(complaint, _pvtimer.Error, StringComparison.Ordinal);
        Assert.Contains("accepted: ", _pvtimer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Interval_without_a_unit_is_refused()
    {
        Assert.Equal(2, _pvtimer.Run("import-host", "cpus.json", "--interval", "10"));
        Assert.Contains("--interval: '10'", _pvtimer.Error, StringComparison.Ordinal);
    }

    private string Write(string text)
    {
        string file = Path.Combine(_pvtimer.Folder, "cpus.json");
        File.WriteAllText(file, text);
        return file;
    }
}

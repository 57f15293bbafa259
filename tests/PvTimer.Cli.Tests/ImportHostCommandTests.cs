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

using System;
using System.IO;
using System.Linq;

namespace PvTimer.Cli.Tests;

/// <summary>What `run` prints beside the emulated figures where a host recorded the guest.</summary>
public sealed class HostRunTests : IDisposable
{
    private readonly CommandLine _pvtimer = new();

    public void Dispose() => _pvtimer.Dispose();

    [Fact]
    public void Recorded_exits_stand_beside_the_emulated_ones_by_reason()
    {
        Run("tests/Field/files/host-kvm-intel-ftrace-tsc.txt.gz", "trace");

        // Emulated on hrtimer and pvtimer, then recorded.
        Assert.Equal(["400", "0", "400"], Row("MSR_WRITE"));
        Assert.Equal(["401", "401", "400"], Row("HLT"));
        Assert.Equal(["400", "0", "400"], Row("of MSR 6e0 (TSC deadline)"));
        Assert.DoesNotContain("recorded: of the whole", _pvtimer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Recorded_exits_of_more_than_the_run_are_called_that()
    {
        Run("tests/Field/files/host-kvm-intel-ftrace-tsc.txt.gz", "50ms");

        Assert.Equal("400", Row("HLT")[^1]);
        Assert.Contains(
            "VM-exits (recorded: of the whole recording",
            _pvtimer.Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Recording_without_exits_leaves_their_column_empty()
    {
        Run("tests/Field/files/ipi-crossfire.txt.gz", "trace");

        Assert.Equal(2, Row("HLT").Length);
        Assert.DoesNotContain("to the injection", _pvtimer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Column_and_heading_say_that_recorded_latenesses_end_at_the_injection()
    {
        Run("tests/Field/files/host-kvm-intel-ftrace-tsc.txt.gz", "50ms");

        string[] lines = _pvtimer.Output.Split('\n');
        Assert.Contains(lines, line => line.Trim() == "to the injection");
        Assert.Contains(
            lines,
            line => line.Contains("recorded to the injection", StringComparison.Ordinal)
        );
    }

    private void Run(string recording, string duration)
    {
        string scenario = Path.Combine(_pvtimer.Folder, "host.conf");
        File.WriteAllText(
            scenario,
            $$"""
            scenario {
              duration = {{duration}}
              host { cpus = 8, costs = skylake }
              vms = [ {
                name = web
                tsc = 2ghz
                guest { type = trace, file = "{{CommandLine.Repository(recording)}}" }
              } ]
            }
            """
        );
        _pvtimer.Succeed("run", scenario, "--engine", "sequential", "--out", _pvtimer.Out);
    }

    /// <summary>The cells of the row of that name.</summary>
    private string[] Row(string name)
    {
        string row = _pvtimer
            .Output.Split('\n')
            .First(line => line.TrimStart().StartsWith(name + " ", StringComparison.Ordinal));
        return row.TrimStart()[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}

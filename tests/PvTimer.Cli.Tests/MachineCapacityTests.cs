using System;
using System.IO;
using PvTimer.Cli.Commands;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Tests;

/// <summary>What exceeds the machine is refused with the figure, before anything starts.</summary>
public sealed class MachineCapacityTests : IDisposable
{
    private const long Gigabyte = 1_000_000_000;

    private readonly CommandLine _pvtimer = new();

    public void Dispose() => _pvtimer.Dispose();

    [Theory]
    [InlineData(16, 1, null)]
    [InlineData(17, 1, "--nodes: 17 processes on 2 cores; accepted: at most 16, 8 to a core")]
    [InlineData(0, 64, null)]
    [InlineData(2, 65, "--regions: 65 threads on 2 cores; accepted: at most 64, 32 to a core")]
    public void Processes_and_threads_are_counted_by_cores(int nodes, int regions, string? said)
    {
        MachineCapacity capacity = new(Cores: 2, 64 * Gigabyte);

        Assert.Equal(said, capacity.ObstacleOf(Machine(), nodes, regions));
    }

    [Theory]
    [InlineData(1, 0, null)]
    [InlineData(1, 8, "need about 1.5 GB, 1.0 GB are available")]
    [InlineData(4096, 5, "need about 1.3 GB")]
    public void Memory_is_that_of_all_processes_with_the_machine_in_each(
        int vms,
        int nodes,
        string? said
    )
    {
        MachineCapacity capacity = new(Cores: 4, Gigabyte);

        string? obstacle = capacity.ObstacleOf(Machine($"vms.0.count={vms}"), nodes, regions: 1);

        Assert.Equal(said is null, obstacle is null);
        Assert.Contains(said ?? "", obstacle ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--nodes 999", "--nodes: 999 processes on ")]
    [InlineData("--nodes 2147483647", "--nodes: 2147483647 processes on ")]
    [InlineData("--regions 50000", "--regions: 50000 threads on ")]
    [InlineData(
        "--set hosts=4000 --set host.cpus=4096",
        " GB are available; accepted: a smaller machine"
    )]
    public void A_run_that_exceeds_this_machine_is_refused(string options, string said)
    {
        string[] run = ["run", _pvtimer.ScenarioFile, "--out", _pvtimer.Out];

        Assert.Equal(2, _pvtimer.Run([.. run, .. options.Split(' ')]));

        Assert.Contains(said, _pvtimer.Error, StringComparison.Ordinal);
        Assert.Contains("or --force", _pvtimer.Error, StringComparison.Ordinal);
        Assert.Single(_pvtimer.Error.TrimEnd().Split('\n'));
        Assert.Empty(_pvtimer.Output);
        Assert.False(Directory.Exists(_pvtimer.Out));
    }

    [Fact]
    public void Force_begins_it_all_the_same()
    {
        string[] run = ["run", _pvtimer.ScenarioFile, "--out", _pvtimer.Out];

        _pvtimer.Succeed([.. run, "--regions", "50000", "--force"]);
    }

    [Fact]
    public void Resuming_on_more_nodes_than_the_machine_holds_is_refused()
    {
        Assert.Equal(
            130,
            _pvtimer.RunInterrupted("run", _pvtimer.ScenarioFile, "--out", _pvtimer.Out)
        );

        Assert.Equal(2, _pvtimer.Run("run", "--resume", _pvtimer.Out, "--nodes", "999"));

        Assert.Contains("999 processes", _pvtimer.Error, StringComparison.Ordinal);
    }

    private Scenario Machine(params string[] sets) =>
        ScenarioReader.Read(_pvtimer.ScenarioFile, sets);
}

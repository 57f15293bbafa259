using System;
using System.Diagnostics;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Tests;

/// <summary>Launched nodes that are not dead and not well: the others go on, with the same hash.</summary>
[Trait("Runs", "Alone")]
public sealed class SickNodeTests : IDisposable
{
    private readonly LiveRun _run = new("2s");

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Node_that_is_stopped_for_8_s_is_declared_dead_and_ends_when_it_goes_on()
    {
        Task<int> running = _run.Start(3);
        NodesFile.Node[] nodes = await _run.Placed(3);
        _run.Pace("20ms");
        NodesFile.Node stopped = nodes.Single(node => node.Name == "node-2");
        Stopwatch clock = Stopwatch.StartNew();
        ProcessSignals.Send(stopped.Pid, ProcessSignals.Stop);
        try
        {
            await _run.Placed(2);
            await Task.Delay(TimeSpan.FromSeconds(Math.Max(0, 8 - clock.Elapsed.TotalSeconds)));
        }
        finally
        {
            ProcessSignals.Send(stopped.Pid, ProcessSignals.Continue);
        }
        clock.Restart();
        await _run.Until(() => stopped.IsAliveHere ? null : "gone", "end of node-2");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"{clock.Elapsed}");
        Assert.All(
            nodes.Where(node => node != stopped),
            node => Assert.True(node.IsAliveHere, node.Name)
        );
        _run.Pace("off");
        Assert.True(await running == 0, _run.Line.Error);
        Assert.Contains("node-2 was lost", _run.Line.Error, StringComparison.Ordinal);
        Assert.Equal(_run.Expected(), LiveRun.HashIn(_run.Line.Output));
    }

    [Fact]
    public async Task Node_that_is_out_of_file_descriptors_is_named_and_its_peers_go_on()
    {
        Task<int> running = _run.Start(3);
        NodesFile.Node[] nodes = await _run.Placed(3);
        _run.Pace("20ms");
        NodesFile.Node sick = nodes.Single(node => node.Name == "node-2");
        LimitDescriptors(sick.Pid);
        // A formation is more than it can do now.
        _run.Pace("30ms");
        await _run.Until(
            () => _run.Ask("status", "--json") is var (_, said, _) && IsGivenUp(said) ? said : null,
            "line about node-2"
        );
        Assert.All(
            nodes.Where(node => node != sick),
            node => Assert.True(node.IsAliveHere, node.Name)
        );
        _run.Pace("off");
        Assert.True(await running == 0, _run.Line.Error);
        Assert.Equal(_run.Expected(), LiveRun.HashIn(_run.Line.Output));
    }

    [Fact]
    public async Task Coordinator_that_is_out_of_file_descriptors_makes_way_and_its_peers_go_on()
    {
        Task<int> running = _run.Start(3);
        NodesFile.Node[] nodes = await _run.Placed(3);
        _run.Pace("20ms");
        NodesFile.Node sick = nodes.Single(node => node.Name == "node-1");
        LimitDescriptors(sick.Pid);
        // A formation is more than it can do now: it cannot even take a number for one.
        ProcessSignals.Send(nodes.Single(node => node.Name == "node-3").Pid, ProcessSignals.Kill);
        await _run.Until(() => sick.IsAliveHere ? null : "gone", "end of node-1");
        Assert.True(nodes.Single(node => node.Name == "node-2").IsAliveHere);
        await _run.Until(
            () => _run.Ask("pace", "off") is var (code, said, _) && code == 0 ? said : null,
            "answer of the next coordinator"
        );
        Assert.True(await running == 0, _run.Line.Error);
        Assert.Equal(_run.Expected(), LiveRun.HashIn(_run.Line.Output));
    }

    /// <summary>It says that it cannot form, or its runtime has ended it: that needs threads, too.</summary>
    private static bool IsGivenUp(string status) =>
        status.Contains(
            "node-2 has failed 4 times and gets no more cells",
            StringComparison.Ordinal
        ) || status.Contains("node-2 was lost", StringComparison.Ordinal);

    /// <summary>It keeps what it has open, and can open nothing more: EMFILE.</summary>
    private static void LimitDescriptors(int process)
    {
        // Its standard streams, which it has already.
        Limit streams = new(3, 3);
        Assert.Equal(0, prlimit(process, OpenFiles, streams, 0));
    }

    /// <summary>RLIMIT_NOFILE.</summary>
    private const int OpenFiles = 7;

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Limit(ulong Soft, ulong Hard);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int prlimit(int process, int resource, in Limit limit, nint before);
}

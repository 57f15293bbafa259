using System;
using System.Diagnostics;
using PvTimer.Sharding.Launching;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Tests.Nodes;

/// <summary>"I cannot tell" is not "dead".</summary>
public sealed class ProcessMarkTests
{
    private const string Line = "4711 (a) b) c) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99 0 0";

    [Theory]
    [InlineData(Line, 99, false)]
    [InlineData(Line, 98, true)]
    [InlineData("4711 (a) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99 0 0", 99, true)]
    public void Process_is_dead_if_it_has_ended_or_another_one_has_its_number(
        string line,
        long started,
        bool isDead
    ) =>
        Assert.Equal(
            isDead,
            ProcessMark.IsDead(line, started, () => throw new NotSupportedException())
        );

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_cannot_be_read_is_dead_only_if_the_kernel_knows_no_such_process(bool isGone) =>
        Assert.Equal(isGone, ProcessMark.IsDead(null, 99, () => isGone));

    [Fact]
    public void Living_processes_are_not_gone_and_ended_ones_are()
    {
        Assert.False(ProcessSignals.IsCertainlyGone(Environment.ProcessId));
        // The first process of the system is another user's, or one's own: alive in any case.
        Assert.False(ProcessSignals.IsCertainlyGone(1));
        Assert.False(ProcessMark.Own.IsCertainlyDead);
        using ChildProcess endedChild = ChildProcess.Start("true");
        Process ended = endedChild.Process;
        ProcessMark mark = ProcessMark.Of(ended.Id);
        ended.WaitForExit();
        Assert.True(ProcessSignals.IsCertainlyGone(ended.Id));
        Assert.True(mark.IsCertainlyDead);
    }
}

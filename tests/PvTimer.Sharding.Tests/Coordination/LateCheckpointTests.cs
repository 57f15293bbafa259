using System;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Tests.Coordination;

/// <summary>A part that comes late, after its checkpoint was given up, does not get into the next one.</summary>
public sealed class LateCheckpointTests
{
    private readonly CheckpointLog _run = new(TimeSpan.Zero);

    [Fact]
    public void Part_of_an_older_round_is_dropped_whether_it_comes_first_or_last()
    {
        _run.TakeWritten(Part("node-1", round: 10));
        _run.TakeWritten(Part("node-2", round: 20));
        Assert.Equal("node-2", Assert.Single(_run.Written.Keys));
        _run.TakeWritten(Part("node-1", round: 10));
        Assert.Equal("node-2", Assert.Single(_run.Written.Keys));
        _run.TakeWritten(Part("node-1", round: 20));
        Assert.Equal(2, _run.Written.Values.Count(part => part.Round == 20));
    }

    private static CheckpointWritten Part(string node, long round) =>
        new(1, node, round, round, 0, 0, new CheckpointPart("", node, 0, ""));
}

using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;

namespace PvTimer.Sharding.Tests.Checkpoints;

/// <summary>What a checkpoint directory keeps, and what a new checkpoint removes from it.</summary>
public sealed class RemovalTests : IDisposable
{
    private readonly StoredRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void The_last_two_are_kept_with_their_parts()
    {
        foreach (int round in Enumerable.Range(1, 4))
        {
            _run.Keep(epoch: 3, round, reached: round);
        }
        Assert.Equal(
            "manifest-e0003-r0000000003.json manifest-e0003-r0000000004.json",
            _run.Files("manifest-*")
        );
        Assert.Equal(
            "e3-r3-node-1.ckpt e3-r3-node-2.ckpt e3-r4-node-1.ckpt e3-r4-node-2.ckpt",
            _run.Files("*.ckpt")
        );
    }

    [Fact]
    public void Numbers_of_any_length_are_in_their_order()
    {
        _run.Keep(epoch: 9_999, round: 1, reached: 1);
        _run.Keep(epoch: 10_000, round: 1, reached: 2);
        Assert.Equal(2, _run.LastReached(out _));
        _run.Keep(epoch: 10_000, round: 99_999_999_999, reached: 3);
        Assert.Equal(3, _run.LastReached(out _));
        Assert.Equal(10_001, _run.Store.ClaimEpoch(1));
    }

    [Fact]
    public void Parts_that_no_manifest_names_go_but_not_those_that_may_get_one()
    {
        _run.Part(2, 7, "node-1", "h0");
        _run.Part(3, 7, "node-1", "h0");
        _run.Part(4, 1, "node-1", "h0");
        foreach (
            string left in new[]
            {
                "e2-r8-node-1.ckpt.partial",
                "manifest-e0002-r0000000007.json.partial",
                "e3-r8-node-1.ckpt.partial",
                "manifest-e0003-r0000000007.json.partial",
                "e2-notes.ckpt",
                "mine.partial",
            }
        )
        {
            File.WriteAllText(_run[left], "");
        }
        _run.Keep(epoch: 3, round: 10, reached: 10);
        Assert.Equal(
            "e2-notes.ckpt e3-r10-node-1.ckpt e3-r10-node-2.ckpt e3-r7-node-1.ckpt e4-r1-node-1.ckpt",
            _run.Files("*.ckpt")
        );
        Assert.Equal(
            "e3-r8-node-1.ckpt.partial manifest-e0003-r0000000007.json.partial mine.partial",
            _run.Files("*.partial")
        );
    }

    [Fact]
    public void Another_runs_checkpoints_neither_go_nor_push_out_its_own()
    {
        var own = _run.Spec;
        _run.Spec = own with { Id = "other", FirstId = "other" };
        _run.Keep(epoch: 8, round: 1, reached: 80);
        _run.Keep(epoch: 9, round: 1, reached: 90);
        _run.Spec = own;
        long epoch = _run.Store.ClaimEpoch(0);
        Assert.Equal(10, epoch);
        _run.Keep(epoch, round: 1, reached: 1);
        _run.Keep(epoch, round: 2, reached: 2);
        _run.Keep(epoch, round: 3, reached: 3);
        _run.Store.ForgetBehind(own, 2);
        Assert.Equal(2, _run.LastReached(out _));
        _run.Spec = own with { FirstId = "other" };
        Assert.Equal(90, _run.LastReached(out ImmutableArray<string> damaged));
        Assert.Single(damaged);
    }

    [Fact]
    public void Damaged_ones_count_for_none_of_the_two_and_go_when_they_are_the_oldest()
    {
        _run.Keep(epoch: 3, round: 1, reached: 1);
        _run.Keep(epoch: 3, round: 2, reached: 2);
        File.WriteAllText(_run["manifest-e0009-r0000000001.json"], "{");
        File.WriteAllText(_run["manifest-e0003-r0000000002.json"], "{");
        _run.Keep(epoch: 3, round: 3, reached: 3);
        Assert.Equal(
            "manifest-e0003-r0000000001.json manifest-e0003-r0000000002.json manifest-e0003-r0000000003.json manifest-e0009-r0000000001.json",
            _run.Files("manifest-*")
        );
        _run.Keep(epoch: 10, round: 1, reached: 4);
        _run.Keep(epoch: 10, round: 2, reached: 5);
        Assert.Equal(
            "manifest-e0010-r0000000001.json manifest-e0010-r0000000002.json",
            _run.Files("manifest-*")
        );
    }
}

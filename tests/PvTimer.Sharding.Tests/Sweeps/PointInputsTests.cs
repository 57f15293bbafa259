using System;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Sweeps;

namespace PvTimer.Sharding.Tests.Sweeps;

/// <summary>Recordings that a node was sent: verified, and no more than it may hold.</summary>
public sealed class PointInputsTests
{
    private const int Size = 100;

    private readonly PointInputs _inputs = new(mostBytes: 3 * Size);

    [Fact]
    public void Parts_are_put_together_and_one_that_comes_twice_changes_nothing()
    {
        (string sha256, byte[] content) = Recording(1);
        Assert.Equal(40, Send(sha256, content, 0, 40).Arrived);
        Assert.Equal(40, Send(sha256, content, 0, 40).Arrived);
        Assert.Equal(40, Send(sha256, content, 60, 40).Arrived);
        Assert.Null(_inputs.Find(sha256));
        Assert.Equal(Size, Send(sha256, content, 40, 60).Arrived);
        Assert.Equal(content, _inputs.Find(sha256)!.Value.ToArray());
        Assert.Equal(Size, Send(sha256, content, 0, 40).Arrived);
    }

    [Fact]
    public void What_is_another_one_than_was_said_is_refused_and_not_held()
    {
        (string sha256, byte[] content) = Recording(1);
        content[7] ^= 1;
        PointInputTaken taken = Send(sha256, content, 0, Size);
        Assert.Contains($"accepted: {sha256}", taken.Refusal, StringComparison.Ordinal);
        Assert.Equal(0, taken.Arrived);
        Assert.Null(_inputs.Find(sha256));
        content[7] ^= 1;
        Assert.Null(Send(sha256, content, 0, Size).Refusal);
        Assert.NotNull(_inputs.Find(sha256));
    }

    [Fact]
    public void Those_that_were_wanted_last_are_held_and_too_large_a_one_is_refused()
    {
        (string Sha256, byte[] Content)[] all = [.. Enumerable.Range(1, 4).Select(Recording)];
        foreach ((string sha256, byte[] content) in all[..3])
        {
            Send(sha256, content, 0, Size);
        }
        Assert.NotNull(_inputs.Find(all[0].Sha256));
        Send(all[3].Sha256, all[3].Content, 0, Size);
        Assert.Equal(
            [true, false, true, true],
            all.Select(each => _inputs.Find(each.Sha256) is not null)
        );
        byte[] large = new byte[(3 * Size) + 1];
        PointInputTaken refused = Send(FileHash.Of(large), large, 0, Size);
        Assert.Contains("a recording of 301 bytes", refused.Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Those_on_their_way_are_bounded_in_number_and_in_bytes()
    {
        for (int number = 0; number <= PointInputs.MostBegun; number++)
        {
            (string sha256, byte[] content) = Recording(number);
            Send(sha256, content, 0, 10);
        }
        (string first, byte[] its) = Recording(0);
        // The first one was dropped, so that its next part has nothing to follow.
        Assert.Equal(0, Send(first, its, 10, 10).Arrived);
        (string last, byte[] content4) = Recording(PointInputs.MostBegun);
        Assert.Equal(20, Send(last, content4, 10, 10).Arrived);
    }

    private static (string Sha256, byte[] Content) Recording(int number)
    {
        byte[] content = [.. Enumerable.Repeat((byte)number, Size)];
        return (FileHash.Of(content), content);
    }

    private PointInputTaken Send(string sha256, byte[] content, int at, int length) =>
        _inputs.Take(InputParcel.Of(sha256, content, at, length));
}

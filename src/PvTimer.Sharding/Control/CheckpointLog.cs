using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Control;

/// <summary>The checkpoints of a run, as far as this coordinator knows: the one that is written, and what they cost.</summary>
/// <param name="now">When the coordinator came to know the run.</param>
internal sealed class CheckpointLog(TimeSpan now)
{
    /// <summary>Parts of the one that is being written.</summary>
    public Dictionary<string, CheckpointWritten> Written { get; } = new(StringComparer.Ordinal);

    /// <summary>One was asked for and is not whole yet.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>How many became whole while the run ran.</summary>
    public int Count { get; private set; }

    /// <summary>How long they kept virtual time standing: of each what its slowest node took.</summary>
    public double FreezingMilliseconds { get; private set; }

    /// <summary>The last one's share of it.</summary>
    public double LastFreezingMilliseconds { get; private set; }

    /// <summary>How long they were written meanwhile, likewise.</summary>
    public double WritingMilliseconds { get; private set; }

    /// <summary>Where the last one is [ns of virtual time]; null: there is none.</summary>
    public long? ReachedNanoseconds { get; private set; }

    /// <summary>When the last one was whole, or the formation began.</summary>
    public TimeSpan Since { get; private set; } = now;

    /// <summary>Why there has been none lately; null: there has.</summary>
    public string? Trouble { get; set; }

    /// <summary>A formation begins: of what was being written there nothing comes any more.</summary>
    public void Restart(TimeSpan now)
    {
        IsWriting = false;
        Written.Clear();
        Since = now;
    }

    /// <summary>One is asked for.</summary>
    public void Begin()
    {
        IsWriting = true;
        Written.Clear();
    }

    /// <summary>The one that was asked for does not come.</summary>
    public void GiveUp(TimeSpan now)
    {
        IsWriting = false;
        Since = now;
    }

    /// <summary>
    /// A part is on disk. One that was asked for longer ago and given up may still come: parts of two rounds are no
    /// checkpoint, so only those of the latest count.
    /// </summary>
    public void TakeWritten(CheckpointWritten written)
    {
        foreach (CheckpointWritten other in Written.Values)
        {
            if (written.Round < other.Round)
            {
                return;
            }
            if (written.Round > other.Round)
            {
                // All that are there are of one round.
                Written.Clear();
                break;
            }
        }
        Written[written.Node] = written;
    }

    /// <summary>The one that was asked for is whole.</summary>
    public void CountWhole(TimeSpan now)
    {
        IsWriting = false;
        Since = now;
        Count++;
        ReachedNanoseconds = Written.Values.First().ReachedNanoseconds;
        LastFreezingMilliseconds = Written.Values.Max(part => part.FreezingMilliseconds);
        FreezingMilliseconds += LastFreezingMilliseconds;
        WritingMilliseconds += Written.Values.Max(part => part.WritingMilliseconds);
    }
}

using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Control;

/// <summary>What the coordinator knows of the formation that the run is in. Nothing of it outlives the formation.</summary>
/// <param name="form">What its nodes were told.</param>
/// <param name="givers">The nodes of the formation before, from which frozen cells come at a barrier.</param>
/// <param name="began">When.</param>
internal sealed class CurrentFormation(
    Form form,
    ImmutableArray<ClusterSeat> givers,
    TimeSpan began
)
{
    public Form Form => form;

    public long Epoch => form.Epoch;

    /// <summary>Nodes that have formed.</summary>
    public HashSet<string> Formed { get; } = new(StringComparer.Ordinal);

    /// <summary>Nodes without a cell that could not make its machine.</summary>
    public HashSet<string> Failed { get; } = new(StringComparer.Ordinal);

    /// <summary>When nodes without a cell were told of it last.</summary>
    private readonly Dictionary<string, TimeSpan> _told = new(StringComparer.Ordinal);

    /// <summary>What the nodes said when they halted.</summary>
    public Dictionary<string, Halted> Halts { get; } = new(StringComparer.Ordinal);

    /// <summary>The formation's lookahead [ns]; 0: it has not formed.</summary>
    public long LookaheadNanoseconds { get; set; }

    /// <summary>See <see cref="Coordination.Formed.Link"/>.</summary>
    public string? Link { get; set; }

    /// <summary>Rounds closed when progress was seen last, and when that was.</summary>
    public (long Rounds, TimeSpan At) Progress { get; set; } = (0, began);

    /// <summary>Why it is to come to a halt; null: it is not.</summary>
    public string? PauseWanted { get; set; }

    /// <summary>When its nodes were asked last to write what they have frozen; null: they have not been.</summary>
    public TimeSpan? KeepAskedAt { get; set; }

    /// <summary>A node without a cell has not been told of it, or not for a while: it is now.</summary>
    public bool IsTimeToTell(KnownNode node, TimeSpan now)
    {
        bool isTime =
            !_told.TryGetValue(node.Process, out TimeSpan at)
            || now - at >= CoordinatorState.RepeatInterval;
        if (isTime)
        {
            _told[node.Process] = now;
        }
        return isTime;
    }

    public bool Has(string node)
    {
        foreach (ClusterSeat seat in form.Seats)
        {
            if (seat.Name == node)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>The nodes without which it cannot go on: cells live there, or come from there.</summary>
    public IEnumerable<ClusterSeat> Needed => form.Seats.Concat(Givers);

    /// <summary>From whom frozen cells may still have to come.</summary>
    public ImmutableArray<ClusterSeat> Givers => HasFormed ? [] : givers;

    public bool Needs(string node) => Needed.Any(seat => seat.Name == node);

    public bool HasFormed => Formed.Count == form.Seats.Length;

    public bool HasHalted => Halts.Count == form.Seats.Length;

    /// <summary>The first event behind where all nodes have halted [ns]; null: none is pending.</summary>
    public long? NextNanoseconds => Halts.Values.Min(halt => halt.NextNanoseconds);
}

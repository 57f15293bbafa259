using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace PvTimer.Sharding.Control;

/// <summary>
/// Members that the failure detector hears, and whose node says nothing: the process lives, and what it is for does
/// not. They are declared dead, so that the others go on.
/// </summary>
internal sealed class SilenceWatch(CoordinatorState state)
{
    /// <summary>A node reports several times a second; on a machine with far too much to do a few seconds are missed.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <summary>
    /// No more is counted at a time: when the coordinator's own process stood still, it has not heard anybody, and that
    /// says nothing of them.
    /// </summary>
    private static readonly TimeSpan LongestStep = TimeSpan.FromMilliseconds(300);

    private readonly Dictionary<string, (TimeSpan Heard, TimeSpan Silent)> _members = new(
        StringComparer.Ordinal
    );
    private TimeSpan _last;

    /// <summary>Time has passed.</summary>
    public void Attend()
    {
        TimeSpan step = state.Elapsed - _last;
        _last = state.Elapsed;
        step = step > LongestStep ? LongestStep : step;
        foreach (string gone in _members.Keys.Where(each => !state.Cluster.IsUp(each)).ToArray())
        {
            _members.Remove(gone);
        }
        foreach (ClusterMember member in state.Cluster.Members)
        {
            if (member is { IsUp: true, IsReachable: true })
            {
                Attend(member.Address, step);
            }
        }
    }

    private void Attend(string address, TimeSpan step)
    {
        KnownNode? node = state.Nodes.FindAt(address);
        TimeSpan heard = node?.Heard ?? TimeSpan.Zero;
        (TimeSpan before, TimeSpan silent) = _members.GetValueOrDefault(address, (heard, default));
        silent = heard == before ? silent + step : TimeSpan.Zero;
        _members[address] = (heard, silent);
        if (silent <= Limit)
        {
            return;
        }
        _members.Remove(address);
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{node?.Name ?? address} has said nothing for {Limit.TotalSeconds} s though its process lives: it is declared dead"
        );
        state.Do(new CoordinatorEffect.Log(line));
        if (state.Run is { IsOver: false } run)
        {
            state.Note(run, line);
        }
        state.Do(new CoordinatorEffect.DeclareDead(address));
    }
}

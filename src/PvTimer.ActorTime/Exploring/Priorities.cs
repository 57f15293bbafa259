using System;
using System.Collections.Generic;
using CsCheck;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.ActorTime.Exploring;

/// <summary>
/// The choices of one schedule of <see cref="Strategies.Priorities"/>: of those that are ready the one of the highest priority
/// goes first; at some points that one gets a lower priority than all others before.
/// </summary>
internal sealed class Priorities
{
    private readonly PCG _chance;

    /// <summary>By process.</summary>
    private readonly Dictionary<int, long> _priorities = [];

    /// <summary>By point, what the priority of the first one becomes there.</summary>
    private readonly Dictionary<int, long> _lowered = [];

    /// <param name="chance">Draws points now, and priorities when a process is ready for the first time.</param>
    /// <param name="changes">At how many points a priority changes.</param>
    /// <param name="points">Of which they are drawn.</param>
    public Priorities(PCG chance, int changes, int points)
    {
        _chance = chance;
        while (_lowered.Count < Math.Min(changes, points))
        {
            _lowered.TryAdd((int)chance.Next((uint)points), -1 - _lowered.Count);
        }
    }

    /// <summary>Which of those that are ready goes first.</summary>
    public int At(int point, IReadOnlyList<Work> ready)
    {
        int first = First(ready);
        if (_lowered.TryGetValue(point, out long lower))
        {
            _priorities[ready[first].Process.Number] = lower;
            first = First(ready);
        }
        return first;
    }

    private int First(IReadOnlyList<Work> ready)
    {
        int first = 0;
        for (int each = 1; each < ready.Count; each++)
        {
            first = Of(ready[each].Process) > Of(ready[first].Process) ? each : first;
        }
        return first;
    }

    private long Of(Process process)
    {
        if (!_priorities.TryGetValue(process.Number, out long priority))
        {
            priority = _chance.Next(uint.MaxValue);
            _priorities.Add(process.Number, priority);
        }
        return priority;
    }
}

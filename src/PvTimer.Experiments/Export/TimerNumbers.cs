using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Export;

/// <summary>Which of a vCPU's deadlines one is: the last of that value that it programmed.</summary>
internal sealed class TimerNumbers
{
    /// <summary>Of each vCPU so many are remembered, as of its ledger.</summary>
    private const int Most = 24;

    private readonly Dictionary<EntityId, List<(TscTicks Deadline, long Number)>> _of = [];

    public void Add(EntityId vcpu, TscTicks deadline, long number)
    {
        if (!_of.TryGetValue(vcpu, out List<(TscTicks Deadline, long Number)>? timers))
        {
            _of.Add(vcpu, timers = []);
        }
        timers.Add((deadline, number));
        if (timers.Count > Most)
        {
            timers.RemoveAt(0);
        }
    }

    /// <summary>Null: it is not known.</summary>
    public long? Find(EntityId vcpu, TscTicks deadline)
    {
        if (!_of.TryGetValue(vcpu, out List<(TscTicks Deadline, long Number)>? timers))
        {
            return null;
        }
        int index = timers.FindLastIndex(timer => timer.Deadline == deadline);
        return index < 0 ? null : timers[index].Number;
    }
}

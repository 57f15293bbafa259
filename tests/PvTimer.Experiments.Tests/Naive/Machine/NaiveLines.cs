using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <summary>Cache lines on their way, which arrive whatever the CPU that has sent them does meanwhile.</summary>
internal sealed class NaiveLines() : NaiveCpu(number: -1)
{
    private readonly List<(long At, Action Arrives)> _lines = [];

    protected override long TimerDue =>
        _lines.Count == 0 ? long.MaxValue : _lines.Min(each => each.At);

    public void Add(long at, Action arrives) => _lines.Add((at, arrives));

    public override async Task Story()
    {
        while (true)
        {
            await Until(long.MaxValue);
            (long At, Action Arrives) first = _lines.MinBy(each => each.At);
            _lines.Remove(first);
            first.Arrives();
        }
    }
}

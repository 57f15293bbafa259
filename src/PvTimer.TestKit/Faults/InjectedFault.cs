using System;
using System.Collections.Immutable;
using PvTimer.Model.Time;

namespace PvTimer.TestKit.Faults;

/// <summary>A fault that is in force.</summary>
public sealed class InjectedFault
{
    private readonly FaultLine _line;
    private readonly Func<Transit, bool> _concerns;
    private readonly Func<VirtualDuration, ImmutableArray<VirtualDuration>> _deliveries;
    private int _left;

    internal InjectedFault(
        FaultLine line,
        int times,
        Func<Transit, bool> concerns,
        Func<VirtualDuration, ImmutableArray<VirtualDuration>> deliveries
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        _line = line;
        _left = times;
        _concerns = concerns;
        _deliveries = deliveries;
        line.Add(Decide);
    }

    /// <summary>How many messages it has met.</summary>
    public int Hits { get; private set; }

    /// <summary>Ends it: messages that are still to be sent are left alone.</summary>
    public void Lift() => _line.Remove(Decide);

    private ImmutableArray<VirtualDuration>? Decide(in Transit transit)
    {
        if (_left == 0 || !_concerns(transit))
        {
            return null;
        }
        _left--;
        Hits++;
        return _deliveries(transit.Latency);
    }
}

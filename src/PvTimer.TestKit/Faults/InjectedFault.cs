using System;
using System.Collections.Immutable;
using PvTimer.Model.Time;
using PvTimer.TestKit.Properties;

namespace PvTimer.TestKit.Faults;

/// <summary>
/// A fault that is in force. One that has met no message when the script ends fails the script, unless it is
/// optional: what it was there for has not been tried.
/// </summary>
public sealed class InjectedFault
{
    private readonly FaultLine _line;
    private readonly FaultRequest _asked;
    private readonly VirtualTime _since;
    private readonly Func<VirtualTime> _now;
    private readonly Func<Transit, ImmutableArray<VirtualDuration>> _deliveries;
    private readonly Overtaking? _overtaking;
    private int _left;
    private bool _isTakenBack;

    /// <param name="line">What messages pass.</param>
    /// <param name="asked">Which messages it is about.</param>
    /// <param name="now">The script's clock.</param>
    /// <param name="deliveries">What becomes of a message.</param>
    /// <param name="overtaking">Set if it is about the order of messages.</param>
    internal InjectedFault(
        FaultLine line,
        FaultRequest asked,
        Func<VirtualTime> now,
        Func<Transit, ImmutableArray<VirtualDuration>> deliveries,
        Overtaking? overtaking = null
    )
    {
        _line = line;
        _asked = asked;
        _now = now;
        _since = now();
        _left = asked.Times;
        _deliveries = deliveries;
        _overtaking = overtaking;
        line.Add(this, Decide);
    }

    /// <summary>How many messages it has met.</summary>
    public int Hits { get; private set; }

    /// <summary>How many messages have overtaken one that it held back; 0 unless it is about their order.</summary>
    public int Overtakings => _overtaking?.Count ?? 0;

    /// <summary>
    /// Ends it: messages that are still to be sent are left alone. Ended at the very instant at which it began,
    /// it has never been in force.
    /// </summary>
    public void Lift()
    {
        _line.Remove(Decide);
        _isTakenBack |= Hits == 0 && _now() == _since;
    }

    /// <summary>What the end of the script has to say about it; null: nothing.</summary>
    internal string? Missed =>
        _asked.IsOptional || _isTakenBack ? null
        : Hits == 0 ? $"{_asked.What} has met none"
        : _overtaking is { Count: 0 }
            ? $"{_asked.What} has held back {Hits}, and nothing has overtaken"
        : null;

    internal void NoteIfOptional(Reached reached)
    {
        if (_asked.IsOptional)
        {
            reached.Note($"{_asked.What} meets one", Hits > 0);
        }
    }

    /// <summary>A message leaves, and this is what becomes of it.</summary>
    internal void Sees(in Transit transit, ImmutableArray<VirtualDuration> latencies)
    {
        if (_overtaking is not null && _asked.Concerns(transit))
        {
            _overtaking.Sees(transit, latencies);
        }
    }

    private ImmutableArray<VirtualDuration>? Decide(in Transit transit)
    {
        if (_left == 0 || !_asked.Concerns(transit))
        {
            return null;
        }
        _left--;
        Hits++;
        return _deliveries(transit);
    }
}

/// <summary>Which messages a fault is about.</summary>
/// <param name="What">"Drop of Ipi to h0/pcpu-1".</param>
/// <param name="Times">So many, at least 1.</param>
/// <param name="IsOptional">It need not meet any.</param>
/// <param name="Concerns">Whether it is about one.</param>
internal sealed record FaultRequest(
    string What,
    int Times,
    bool IsOptional,
    Func<Transit, bool> Concerns
);

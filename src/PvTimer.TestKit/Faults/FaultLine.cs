using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Time;
using PvTimer.TestKit.Properties;

namespace PvTimer.TestKit.Faults;

/// <summary>What happens to messages on their way, in the order in which it was said.</summary>
internal sealed class FaultLine
{
    private readonly List<Rule> _rules = [];
    private readonly List<InjectedFault> _faults = [];

    /// <summary>Asked about every message; null: it leaves it alone.</summary>
    public delegate ImmutableArray<VirtualDuration>? Rule(in Transit transit);

    /// <summary>There has been a rule: what was run is no scenario any more.</summary>
    public bool WasUsed { get; private set; }

    /// <summary>A rule that is no fault: one way of several for messages to go.</summary>
    public void Add(Rule rule)
    {
        WasUsed = true;
        _rules.Add(rule);
    }

    public void Add(InjectedFault fault, Rule rule)
    {
        _faults.Add(fault);
        Add(rule);
    }

    public void Remove(Rule rule) => _rules.Remove(rule);

    /// <summary>
    /// The first rule that has an opinion decides; then all faults are told, as what others do to a message may
    /// be what a fault waits for.
    /// </summary>
    public ImmutableArray<VirtualDuration> Pass(in Transit transit)
    {
        ImmutableArray<VirtualDuration> latencies = Decide(transit);
        foreach (InjectedFault fault in _faults)
        {
            fault.Sees(transit, latencies);
        }
        return latencies;
    }

    /// <summary>The faults that have not happened, a line each.</summary>
    public ImmutableArray<string> Missed() =>
        [.. _faults.Select(fault => fault.Missed).OfType<string>()];

    /// <summary>One that need not happen in each schedule has to in some.</summary>
    public void NoteOptional(Reached reached)
    {
        foreach (InjectedFault fault in _faults)
        {
            fault.NoteIfOptional(reached);
        }
    }

    private ImmutableArray<VirtualDuration> Decide(in Transit transit)
    {
        foreach (Rule rule in _rules)
        {
            if (rule(transit) is { } latencies)
            {
                return latencies;
            }
        }
        return [transit.Latency];
    }
}

using System.Collections.Generic;
using System.Collections.Immutable;
using PvTimer.Model.Time;

namespace PvTimer.TestKit.Faults;

/// <summary>What happens to messages on their way, in the order in which it was said.</summary>
internal sealed class FaultLine
{
    private readonly List<Rule> _rules = [];

    /// <summary>Asked about every message; null: it leaves it alone.</summary>
    public delegate ImmutableArray<VirtualDuration>? Rule(in Transit transit);

    /// <summary>There has been a rule: what was run is no scenario any more.</summary>
    public bool WasUsed { get; private set; }

    public void Add(Rule rule)
    {
        WasUsed = true;
        _rules.Add(rule);
    }

    public void Remove(Rule rule) => _rules.Remove(rule);

    /// <summary>The first rule that has an opinion decides.</summary>
    public ImmutableArray<VirtualDuration> Pass(in Transit transit)
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

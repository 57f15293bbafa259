using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using CsCheck;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.TestKit.Clusters;

namespace PvTimer.TestKit.Properties;

/// <summary>What is done to a cluster while it runs a script, generated: run it with <see cref="Apply"/>.</summary>
/// <example><c>await Cluster(3).Run(script, schedule.Apply)</c></example>
public sealed class ClusterSchedule
{
    private readonly ImmutableArray<Step> _steps;

    private ClusterSchedule(ImmutableArray<Step> steps) => _steps = steps;

    /// <summary>
    /// Moves of hosts, checkpoints, nodes that join, and at most one node that is killed or leaves; in the order
    /// of their instants, all of them possible.
    /// </summary>
    /// <param name="script">The script that is run meanwhile.</param>
    /// <param name="nodes">How many nodes there are at first, at least 2.</param>
    /// <param name="most">How much is done, at most; at least 1.</param>
    public static Gen<ClusterSchedule> Of(Scenario script, int nodes, int most = 5)
    {
        ArgumentNullException.ThrowIfNull(script);
        ArgumentOutOfRangeException.ThrowIfLessThan(nodes, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        return Gen.Select(
                Gen.Long[1, script.Duration.Nanoseconds - 1],
                Gen.Int[0, 9],
                Gen.Int[0, 999]
            )
            .Array[1, most]
            .Select(draws => new ClusterSchedule([
                .. Steps(script, nodes, draws.OrderBy(draw => draw.Item1)),
            ]));
    }

    /// <summary>Says all of it to a cluster.</summary>
    public void Apply(ClusterFaults faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        foreach (Step step in _steps)
        {
            step.Do(faults.At(step.At));
        }
    }

    /// <summary>As a script says it: <c>.At(5.Milliseconds()).Move("h0", to: "node-2")</c>.</summary>
    public override string ToString() =>
        string.Concat(_steps.Select(step => $".At({CodeText.Span(step.At)}).{step.Words}"));

    private static IEnumerable<Step> Steps(
        Scenario script,
        int nodes,
        IEnumerable<(long At, int Kind, int Which)> draws
    )
    {
        List<string> alive = [.. Enumerable.Range(1, nodes).Select(Name)];
        int started = nodes;
        bool lost = false;
        foreach ((long nanoseconds, int kind, int which) in draws)
        {
            VirtualDuration at = VirtualDuration.FromNanoseconds(nanoseconds);
            string node = alive[which % alive.Count];
            switch (kind)
            {
                case 0 or 1 when !lost:
                    lost = true;
                    alive.Remove(node);
                    yield return kind == 0
                        ? new Step(at, $"Kill(\"{node}\")", moment => moment.Kill(node))
                        : new Step(at, $"Leave(\"{node}\")", moment => moment.Leave(node));
                    break;
                case 2:
                    alive.Add(Name(++started));
                    yield return new Step(at, "Join()", moment => moment.Join());
                    break;
                case 3 or 4:
                    yield return new Step(at, "Checkpoint()", moment => moment.Checkpoint());
                    break;
                default:
                    string host = $"h{CodeText.Of(which % script.Hosts)}";
                    yield return new Step(
                        at,
                        $"Move(\"{host}\", to: \"{node}\")",
                        moment => moment.Move(host, node)
                    );
                    break;
            }
        }
    }

    private static string Name(int number) => $"node-{CodeText.Of(number)}";

    /// <param name="At">Since the beginning of the run.</param>
    /// <param name="Words">In C#.</param>
    /// <param name="Do">What they mean.</param>
    private sealed record Step(VirtualDuration At, string Words, Action<ClusterMoment> Do);
}

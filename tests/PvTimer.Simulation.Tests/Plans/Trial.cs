using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Sharding.Clients;
using PvTimer.Simulation.Tests.World;

namespace PvTimer.Simulation.Tests.Plans;

/// <summary>One plan carried out on one cluster.</summary>
/// <param name="Plan">What was done.</param>
/// <param name="Violation">What was not as it has to be; null: all was.</param>
/// <param name="Hits">Which faults hit something.</param>
/// <param name="Last">The last word on the run.</param>
/// <param name="Log">What happened, if it was logged.</param>
/// <param name="Fingerprint">Of all that happened: two versions of the code that do the same have the same one.</param>
internal sealed record Trial(
    Plan Plan,
    string? Violation,
    Hits Hits,
    RunStatus? Last,
    IReadOnlyList<string> Log,
    ulong Fingerprint
)
{
    /// <summary>A run has ended so long after the last fault, in virtual time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>So many messages between nodes are written and read in their real form: one schedule in so many.</summary>
    private const int WritesMessagesOneIn = 16;

    public static Trial Of(Plan plan, bool isLogged = false)
    {
        SimCluster cluster = new(plan.Seed, plan.Nodes, isLogged);
        cluster.Network.WritesMessages = plan.Seed % WritesMessagesOneIn == 0;
        SimClient client = new(cluster, plan.Nodes);
        foreach (Deed deed in plan.Deeds)
        {
            cluster.Agenda.At(
                deed.At,
                () =>
                {
                    cluster.Say($"*** {deed.What}");
                    deed.Begin(cluster, client);
                }
            );
        }
        string? violation;
        try
        {
            cluster.Agenda.Run(plan.End + Patience, () => client.IsOver);
            violation = VerdictOn(cluster, client);
        }
        // reason: whatever the code under test throws is a failure of this schedule, and is to be shrunk
        catch (Exception e)
        {
            violation = e is ViolationException ? e.Message : e.ToString();
        }
        return new Trial(
            plan,
            violation,
            cluster.Hits,
            client.Last,
            cluster.Log,
            Plans.Fingerprint.Of(cluster, client.Last)
        );
    }

    private static string? VerdictOn(SimCluster cluster, SimClient client)
    {
        RunStatus? last = client.Last;
        if (!client.IsOver || last is null)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the run has not ended {Patience.TotalSeconds} s after the last fault: {last?.Phase} at {last?.ReachedNanoseconds} ns, {last?.What}"
            );
        }
        if (last.Phase == RunPhase.Broken && cluster.Checker.IsBrokenAsAsked(last))
        {
            cluster.Hits.Count(Fault.MachineBroken);
            return null;
        }
        if (last.Phase == RunPhase.Broken && cluster.Checker.IsLostAsSaid(last))
        {
            return null;
        }
        if (last.Phase != RunPhase.Done)
        {
            return $"the run is {last.Phase}: {last.What}";
        }
        cluster.Checker.OnDone(last);
        return null;
    }

    /// <summary>The same failure with as little as possible: what can be left out is left out.</summary>
    public Trial Shrunk()
    {
        Trial smallest = this;
        bool isSmaller = true;
        while (isSmaller)
        {
            isSmaller = false;
            foreach (Deed deed in smallest.Plan.Deeds)
            {
                Trial less = Of(smallest.Plan with { Deeds = smallest.Plan.Deeds.Remove(deed) });
                if (less.Violation is not null)
                {
                    smallest = less;
                    isSmaller = true;
                    break;
                }
            }
        }
        return Of(smallest.Plan, isLogged: true);
    }

    /// <summary>What there is to know about a failure.</summary>
    public string Report()
    {
        StringBuilder report = new();
        report.AppendLine(
            CultureInfo.InvariantCulture,
            $"seed {Plan.Seed}, {Plan.Nodes} nodes: {Violation}"
        );
        foreach (Deed deed in Plan.Deeds)
        {
            report.AppendLine(CultureInfo.InvariantCulture, $"  {deed}");
        }
        foreach (string line in Log.TakeLast(400))
        {
            report.AppendLine(CultureInfo.InvariantCulture, $"    {line}");
        }
        foreach (string line in Last?.History ?? ImmutableArray<string>.Empty)
        {
            report.AppendLine(CultureInfo.InvariantCulture, $"    history: {line}");
        }
        return report.ToString();
    }
}

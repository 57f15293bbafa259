using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Looks;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>
/// The agent of node-1, which has the cells h0 and h1 of a machine whose h2 is on node-2. What it wants done is not
/// done: the script says what becomes of it.
/// </summary>
internal sealed class ScriptedAgent
{
    private readonly NodeAgent _agent = new(Seat(1));
    private TimeSpan _now;

    /// <summary>What the last step wanted done.</summary>
    public IReadOnlyList<NodeEffect> Effects { get; private set; } = [];

    /// <summary>What was said to the coordinator in it.</summary>
    public IEnumerable<IWireMessage> Said =>
        Effects.OfType<NodeEffect.ToCoordinator>().Select(to => to.Message);

    public static ClusterSeat Seat(int number) =>
        new(
            $"node-{number}",
            $"akka.tcp://pvtimer@127.0.0.1:{4000 + number}",
            ["cpu"],
            1,
            new ProcessMark(number, 1, "")
        );

    public static Form Form(
        long epoch,
        StateSource source = StateSource.Beginning,
        ImmutableArray<int>? homes = null,
        int[]? seats = null,
        long reached = 0
    ) =>
        new(
            epoch,
            new RunSpec("run", "/scenario.conf", "pvtimer", "/run", 0, 2),
            "",
            [.. (seats ?? [1, 2]).Select(Seat)],
            homes ?? [0, 0, 1],
            source,
            reached,
            [],
            ImmutableDictionary<string, string>.Empty,
            [],
            null,
            null,
            Stop: false
        );

    public static TakeLook Look(int number, long epoch = 1) =>
        new(epoch, number, LookRequest.Sums, Digests: false);

    public static NodeEvent.RegionsEnded Ended(
        NodeRunEnd how,
        long epoch = 1,
        long reached = 500,
        int look = 0
    ) =>
        new(
            epoch,
            how,
            how is NodeRunEnd.Broke or NodeRunEnd.Crashed ? "it broke" : null,
            how is NodeRunEnd.Broke ? new BrokenAt(499, 3, 7) : null,
            Round: 12,
            reached,
            Events: 99,
            NextNanoseconds: 600,
            look
        );

    public static NodeEvent.RegionsFrozen Frozen(long epoch = 1) =>
        new(
            epoch,
            new Dictionary<string, byte[]>(StringComparer.Ordinal)
            {
                ["h0"] = [10],
                ["h1"] = [11, 11],
            }
        );

    public ScriptedAgent Step(NodeEvent happening)
    {
        Effects = [.. _agent.Step(_now, happening)];
        return this;
    }

    public ScriptedAgent Receive(IWireMessage message) => Step(new NodeEvent.Received(message));

    public ScriptedAgent Wait(TimeSpan span, NodeProgress progress = default)
    {
        _now += span;
        return Step(new NodeEvent.TimePassed(progress));
    }

    public NodeReport Report(NodeProgress progress = default)
    {
        Wait(NodeAgent.ReportInterval, progress);
        return Assert.Single(Said.OfType<NodeReport>());
    }

    public ScriptedAgent Here(string cell, long incarnation = 1) =>
        Step(new NodeEvent.CellHere(cell, incarnation));

    public ScriptedAgent Gone(string cell, long incarnation = 1) =>
        Step(new NodeEvent.CellGone(cell, incarnation));

    public ScriptedAgent Planned(long epoch = 1) =>
        Step(new NodeEvent.PlanMade(epoch, ["h0", "h1", "h2"]));

    public ScriptedAgent Populated(string cell, long incarnation = 1, long epoch = 1) =>
        Step(new NodeEvent.Populated(epoch, cell, incarnation));

    /// <summary>All that a formation waits for but the actors of its cells.</summary>
    public ScriptedAgent Assembled(long epoch = 1)
    {
        Receive(Form(epoch));
        Here("h0").Here("h1").Planned(epoch);
        IReadOnlyList<NodeEffect> effects = Effects;
        Step(new NodeEvent.RegionsStarted(epoch, 1_000, "h0 - h2"));
        Effects = [.. effects, .. Effects];
        return this;
    }

    public ScriptedAgent Formed(long epoch = 1) =>
        Assembled(epoch).Populated("h0", epoch: epoch).Populated("h1", epoch: epoch);

    public ScriptedAgent Running() => Formed().Receive(new Go(1));

    /// <summary>It has halted because it was asked to, and its cells are frozen.</summary>
    public ScriptedAgent Halted(NodeRunEnd how = NodeRunEnd.Paused) =>
        Running().Step(Ended(how)).Step(Frozen());
}

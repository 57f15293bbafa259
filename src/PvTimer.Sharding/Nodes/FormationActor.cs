using System;
using System.Collections.Generic;
using Akka.Actor;
using PvTimer.Actors.Dispatch;
using PvTimer.Actors.Entities;
using PvTimer.Sharding.Control;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// Carries out what <see cref="NodeAgent"/> wants done with one formation's machine, and says what became of it.
/// Ends with the formation.
/// </summary>
/// <remarks>
/// It runs on a thread of its own: building and thawing a large machine takes its time. Whatever it throws ends
/// it, and the node hears of it as its supervisor.
/// </remarks>
internal sealed class FormationActor : ReceiveActor
{
    /// <summary>Each has a thread of its own.</summary>
    private const string Dispatcher = "pvtimer.formation-dispatcher";

    /// <summary>The actor of a cell that is to be populated.</summary>
    public sealed record PopulateAt(NodeEffect.Populate Effect, IActorRef Cell);

    private readonly long _epoch;
    private readonly Dictionary<string, PopulateAt> _asked = new(StringComparer.Ordinal);
    private LocalFormation _formation = null!; // reason: MakePlan is the first effect

    /// <summary>All of this node's regions have ended.</summary>
    private sealed record RunEnded(Exception? Crash);

    public FormationActor(long epoch, NodeContext node)
    {
        _epoch = epoch;
        Receive<NodeEffect.MakePlan>(make =>
        {
            _formation = new LocalFormation(make.Form, node);
            Say(new NodeEvent.PlanMade(epoch, _formation.CellNames));
        });
        Receive<NodeEffect.ReadStates>(read =>
            Say(new NodeEvent.StatesRead(epoch, _formation.ReadStates(read)))
        );
        Receive<NodeEffect.StartRegions>(start => Say(_formation.Start(Context, start.States)));
        Receive<PopulateAt>(OnPopulate);
        Receive<HostActor.EntitiesStarted>(OnEntitiesStarted);
        Receive<Status.Failure>(failure => throw failure.Cause);
        Running();
    }

    public static Props PropsOf(long epoch, NodeContext node) =>
        Props.Create(() => new FormationActor(epoch, node)).WithDispatcher(Dispatcher);

    private void Running()
    {
        Receive<NodeEffect.RunRegions>(run =>
        {
            _ = _formation.Run().PipeTo(Self, success: crash => new RunEnded(crash));
        });
        Receive<RunEnded>(ended => Say(_formation.EndOf(ended.Crash)));
        Receive<NodeEffect.PauseRegions>(_ => _formation.Pause());
        Receive<NodeEffect.RequestCheckpoint>(_ =>
            _formation.Regions?.Regions[0].RequestCheckpoint()
        );
        Receive<NodeEffect.RequestLook>(look =>
            _formation.Looks.Request(look.Take, _formation.Regions)
        );
        Receive<NodeEffect.LookNow>(look =>
            _formation.Looks.TakeNow(look.Take, _formation.Regions!)
        );
        Receive<NodeEffect.FreezeRegions>(_ =>
            Say(new NodeEvent.RegionsFrozen(_epoch, _formation.Freeze()))
        );
        Receive<NodeEffect.WriteFrozen>(write =>
            Say(new NodeEvent.FrozenWritten(_epoch, _formation.WriteFrozen(write.Round)))
        );
    }

    private static void Say(NodeEvent happened) => Context.Parent.Tell(happened);

    private void OnPopulate(PopulateAt populate)
    {
        _asked[populate.Effect.Cell] = populate;
        populate.Cell.Tell(_formation.PopulationOf(populate.Effect.Cell));
    }

    private void OnEntitiesStarted(HostActor.EntitiesStarted started)
    {
        string cell = _formation.CellOf(started.Entities[0].Id);
        IActorRef? home = AkkaInternals.ParentOf(Sender);
        // Another one has been asked since: these live in a cell that has been replaced.
        if (_asked.GetValueOrDefault(cell) is { } asked && asked.Cell.Equals(home))
        {
            _formation.Connect(started);
            Say(new NodeEvent.Populated(_epoch, cell, asked.Effect.Incarnation));
        }
    }
}

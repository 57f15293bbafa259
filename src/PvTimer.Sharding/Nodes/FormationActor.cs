using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using Akka.Actor;
using Akka.Event;
using PvTimer.Actors.Dispatch;
using PvTimer.Actors.Entities;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;

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
    private Form? _form;
    private HeldFiles? _held;

    /// <summary>The part of a checkpoint that was sent last: its next bytes are asked for next.</summary>
    private (string Sha256, byte[] Bytes)? _part;
    private LocalFormation _formation = null!; // reason: MakePlan is the first effect

    /// <summary>All of this node's regions have ended.</summary>
    private sealed record RunEnded(Exception? Crash);

    public FormationActor(long epoch, NodeContext node)
    {
        _epoch = epoch;
        HeldInputs inputs = HeldInputs.Of(Context.System);
        Receive<NodeEffect.MakePlan>(make =>
        {
            if (inputs.Has(make.Form.Run.ScenarioFile, make.Form.InputSha256, out HeldFiles? held))
            {
                MakePlan(make.Form, node, held);
            }
            else
            {
                Say(new NodeEvent.InputsLacking(epoch));
            }
        });
        Receive<NodeEffect.TakeInputs>(take =>
        {
            (RunSpec run, string sha256) = (take.Form.Run, take.Form.InputSha256);
            MakePlan(take.Form, node, inputs.Take(run.ScenarioFile, sha256, take.Content));
        });
        Receive<NodeEffect.ReadInputs>(read => ReadInputs(read, inputs));
        Receive<NodeEffect.ReadStates>(read => Say(_formation.ReadStates(read)));
        Receive<NodeEffect.ReadPart>(read =>
            TryOrLog(
                node,
                store =>
                    Say(
                        new NodeEvent.PartRead(
                            epoch,
                            PartParcel.Of(
                                epoch,
                                read.Part.Sha256,
                                BytesOf(store, read.Part),
                                read.Offset
                            )
                        )
                    )
            )
        );
        Receive<NodeEffect.TakePart>(take => TakePart(take, node));
        Receive<NodeEffect.KeepManifest>(keep => TryOrLog(node, store => Keep(store, keep)));
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

    private void MakePlan(Form form, NodeContext node, HeldFiles? held)
    {
        (_form, _held) = (form, held);
        _formation = new LocalFormation(form, node, held);
        if (node.Seat.HasOwnDirectory)
        {
            Keep(form, node);
        }
        Say(new NodeEvent.PlanMade(_epoch, _formation.CellNames));
    }

    /// <summary>A disk that is full keeps nothing, and the run goes on: other nodes keep it, too.</summary>
    private void Keep(Form form, NodeContext node)
    {
        HeldInputs inputs = HeldInputs.Of(Context.System);
        try
        {
            new KeptForm(node.Files, form.Run.Directory).Keep(
                form,
                () => inputs.BytesOf(form.Run.ScenarioFile, form.InputSha256, _held)
            );
        }
        catch (Exception e) when (HeldInputs.CannotBeHad(e))
        {
            Context
                .GetLogger()
                .Warning("{0} is not kept on this disk: {1}", form.Run.Id, e.Message);
        }
    }

    private void TakePart(NodeEffect.TakePart take, NodeContext node)
    {
        try
        {
            node.StoreOf(_form!.Run).Take(take.Part, take.Content); // reason: the plan was made from it
            Say(new NodeEvent.PartTaken(_epoch, take.Part));
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or CheckpointDamagedException)
        {
            Say(new NodeEvent.PartRefused(_epoch, e.Message));
        }
    }

    /// <summary>
    /// What cannot be done with a part that is on its way is said in the log: who waits for it gives up, and goes on
    /// with the checkpoint before.
    /// </summary>
    private void TryOrLog(NodeContext node, Action<CheckpointStore> act)
    {
        try
        {
            act(node.StoreOf(_form!.Run)); // reason: the plan was made from it
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or CheckpointDamagedException)
        {
            Context.GetLogger().Warning("{0}", e.Message);
        }
    }

    private byte[] BytesOf(CheckpointStore store, CheckpointPart part)
    {
        if (_part?.Sha256 != part.Sha256)
        {
            _part = (part.Sha256, store.BytesOf(part));
        }
        return _part.Value.Bytes;
    }

    private void Keep(CheckpointStore store, NodeEffect.KeepManifest keep)
    {
        store.ReadCells(keep.Manifest.Parts, out ImmutableArray<CheckpointPart> lacking);
        if (!lacking.IsEmpty)
        {
            Say(new NodeEvent.PartsLacking(keep.Epoch, lacking, keep));
        }
        else
        {
            Commit(store, keep.Manifest);
            Say(new NodeEvent.ManifestKept(keep.Epoch, keep.Manifest, keep.IsLast));
        }
    }

    /// <summary>The scenario is beside it, if commands have made it: it may be in memory only here.</summary>
    private void Commit(CheckpointStore store, CheckpointManifest manifest)
    {
        if (store.Has(manifest))
        {
            return;
        }
        if (_held?.Find(manifest.Run.ScenarioFile) is { } scenario)
        {
            store.KeepScenario(manifest.Run.ScenarioName, scenario.Span);
        }
        store.Commit(manifest);
    }

    /// <summary>They may have changed on disk since: then another node is asked.</summary>
    private void ReadInputs(NodeEffect.ReadInputs read, HeldInputs inputs)
    {
        if (_form is not { InputSha256: { } sha256 })
        {
            return;
        }
        try
        {
            byte[] whole = inputs.BytesOf(_form.Run.ScenarioFile, sha256, _held);
            int offset = Math.Clamp(read.Offset, 0, whole.Length);
            Say(new NodeEvent.InputsRead(_epoch, InputParcel.Of(sha256, whole, offset)));
        }
        catch (Exception e) when (HeldInputs.CannotBeHad(e))
        {
            Context.GetLogger().Warning("{0}: {1}", _form.Run.ScenarioFile, e.Message);
        }
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

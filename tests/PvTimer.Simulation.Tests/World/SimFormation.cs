using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;

namespace PvTimer.Simulation.Tests.World;

/// <summary>Carries out what a node's agent wants done with the machine of its formation: on the toy machine.</summary>
internal sealed class SimFormation(SimCluster cluster, SimNode node)
{
    /// <summary>Frames of formations whose regions are not there yet.</summary>
    private readonly List<(long Epoch, Regions.Frame Frame)> _early = [];

    private Form? _planned;

    private RunSpec Planned => _planned!.Run; // reason: the plan is made first

    /// <summary>The last formation of which this process has all that its machine is made from; 0: none.</summary>
    public long Known => _planned?.Epoch ?? 0;

    /// <summary>The node's part of the machine; null: it has none.</summary>
    public Regions? Regions { get; set; }

    /// <summary>Heavy work takes its time, and what it needs of the disk may fail.</summary>
    public void Carry(NodeEffect.OfFormation effect)
    {
        switch (effect)
        {
            case NodeEffect.RunRegions when Regions is { } regions:
                BeginRound(regions);
                break;
            case NodeEffect.PauseRegions:
                Regions?.RequestPause();
                break;
            case NodeEffect.RequestCheckpoint:
                Regions?.RequestCheckpoint();
                break;
            case NodeEffect.StopFormation stop:
                if (Regions?.Form.Epoch == stop.Epoch)
                {
                    Regions = null;
                }
                break;
            case NodeEffect.RequestLook look:
                Regions?.RequestLook(look.Take.Number);
                break;
            case NodeEffect.LookNow look when Regions is { } regions:
                cluster.TellCoordinator(node, regions.LookAt(node, look.Take.Number));
                break;
            case NodeEffect.LookNow:
                break;
            default:
                node.Later(
                    cluster.WorkTime(atLeastMilliseconds: 0.5),
                    () =>
                    {
                        if (Work(effect) is { } happened)
                        {
                            node.Step(happened);
                        }
                    }
                );
                break;
        }
    }

    /// <summary>What runs here ends before its time: its process does.</summary>
    public void Abandon()
    {
        if (Regions is { IsRunning: true, HasEnded: false } regions)
        {
            Regions = null;
            cluster.Hits.Count(Fault.RegionStoppedBeforeItsNode);
            node.Step(EndOf(regions, NodeRunEnd.Crashed, "its process ends", null));
        }
    }

    private NodeEvent.OfFormation? Work(NodeEffect.OfFormation effect)
    {
        try
        {
            return effect switch
            {
                NodeEffect.MakePlan make => MakePlan(make.Form),
                NodeEffect.TakeInputs take => TakeInputs(take),
                NodeEffect.ReadInputs read => ReadInputs(read),
                NodeEffect.ReadStates read => new SimParts(cluster, node, Planned).Read(read),
                NodeEffect.ReadPart read => new SimParts(cluster, node, Planned).Read(read),
                NodeEffect.TakePart take => new SimParts(cluster, node, Planned).Take(take),
                NodeEffect.KeepManifest keep => new SimParts(cluster, node, Planned).Keep(keep),
                NodeEffect.StartRegions start => StartRegions(start),
                NodeEffect.Populate populate => new NodeEvent.Populated(
                    populate.Epoch,
                    populate.Cell,
                    populate.Incarnation
                ),
                NodeEffect.FreezeRegions freeze => new NodeEvent.RegionsFrozen(
                    freeze.Epoch,
                    Regions?.Form.Epoch == freeze.Epoch
                        ? Regions.Freeze()
                        : ImmutableDictionary<string, byte[]>.Empty
                ),
                NodeEffect.WriteFrozen write => new NodeEvent.FrozenWritten(
                    write.Epoch,
                    WritePart(write.Epoch, write.Round)
                ),
                _ => throw new InvalidOperationException($"no way to do {effect}"),
            };
        }
        catch (Exception e)
            when (e is IOException or CheckpointDamagedException or InvalidOperationException)
        {
            // Who waits for a part gives up by itself.
            return effect switch
            {
                NodeEffect.ReadPart or NodeEffect.KeepManifest => null,
                NodeEffect.TakePart => new NodeEvent.PartRefused(effect.Epoch, e.Message),
                _ => new NodeEvent.FormationFailed(effect.Epoch, e.Message),
            };
        }
    }

    private NodeEvent.OfFormation MakePlan(Form form)
    {
        if (!node.Inputs.Has(form.Run.ScenarioFile, form.InputSha256))
        {
            return new NodeEvent.InputsLacking(form.Epoch);
        }
        if (_planned is null || form.Epoch > _planned.Epoch)
        {
            _planned = form;
        }
        node.Kept.Keep(form);
        return new NodeEvent.PlanMade(form.Epoch, ToyMachine.Names);
    }

    private NodeEvent.OfFormation TakeInputs(NodeEffect.TakeInputs take)
    {
        cluster.Hits.Count(Fault.InputsSentToNode);
        node.Inputs.Take(take.Form.Run.ScenarioFile, take.Form.InputSha256, take.Content);
        return MakePlan(take.Form);
    }

    /// <summary>What a run that is over was made from, to the coordinator.</summary>
    public void Send(NodeEffect.SendInputs send)
    {
        try
        {
            cluster.TellCoordinator(node, ParcelOf(send.Of, send.Offset));
        }
        catch (IOException)
        {
            // Another node is asked then.
        }
    }

    private NodeEvent.InputsRead ReadInputs(NodeEffect.ReadInputs read) =>
        new NodeEvent.InputsRead(
            read.Epoch,
            ParcelOf(_planned ?? throw new IOException("no plan"), read.Offset)
        );

    private InputParcel ParcelOf(Form form, int offset)
    {
        cluster.Hits.Count(Fault.InputsSentByNode);
        byte[] whole = node.Inputs.BytesOf(form.Run.ScenarioFile, form.InputSha256);
        return InputParcel.Of(
            form.InputSha256,
            whole,
            Math.Min(offset, whole.Length),
            SimCluster.ParcelBytes
        );
    }

    private NodeEvent.RegionsStarted StartRegions(NodeEffect.StartRegions start)
    {
        Form form = _planned!;
        if (form.Epoch != start.Epoch)
        {
            throw new InvalidOperationException("another formation has begun");
        }
        int seat = form.Seats.ToList().FindIndex(each => each.Address == node.Address);
        int[] own =
        [
            .. Enumerable.Range(0, ToyMachine.Cells).Where(cell => form.Homes[cell] == seat),
        ];
        ImmutableArray<ToyEvent> events = node.Inputs.EventsOf(form.Run.ScenarioFile);
        ulong[] numbers = new ulong[own.Length];
        for (int index = 0; index < own.Length; index++)
        {
            (long at, ulong number) = start.States is { } states
                ? ToyMachine.Thaw(states[index].Span)
                : (0, ToyMachine.Start(own[index]));
            Checker.OnThawed(node, form, own[index], at, number, events);
            numbers[index] = number;
        }
        Regions = new Regions(form, seat, events, own, numbers);
        return new NodeEvent.RegionsStarted(form.Epoch, 1, null);
    }

    private CheckpointPart WritePart(long epoch, long round)
    {
        Regions regions =
            Regions?.Form.Epoch == epoch
                ? Regions
                : throw new InvalidOperationException("the formation is over");
        return StoreOf(regions.Form.Run).WritePart(epoch, round, node.Seat.Name, regions.Freeze());
    }

    private CheckpointStore StoreOf(RunSpec run) =>
        new(run.Directory, node.Files, node.Inputs, new KnownManifests());

    private void BeginRound(Regions regions)
    {
        if (Regions != regions)
        {
            return;
        }
        Regions.Frame own = regions.Begin();
        foreach (ClusterSeat peer in regions.Form.Seats)
        {
            if (peer.Address != node.Address && cluster.Find(peer.Address) is { } other)
            {
                cluster.Network.SendFrame(
                    node,
                    other,
                    () => other.TakeFrame(regions.Form.Epoch, own)
                );
            }
        }
        GoOn(regions);
    }

    public void TakeFrame(long epoch, Regions.Frame frame)
    {
        if (Regions is { } regions && regions.Form.Epoch == epoch)
        {
            regions.Take(frame);
            GoOn(regions);
        }
        else if (epoch > (Regions?.Form.Epoch ?? 0))
        {
            _early.Add((epoch, frame));
        }
    }

    private void GoOn(Regions regions)
    {
        if (_early.Count > 0)
        {
            TakeEarly(regions);
        }
        if (regions.Close() is not { } closed)
        {
            return;
        }
        if (closed.Broke)
        {
            node.Step(
                regions.Broke is { } broke
                    ? EndOf(
                        regions,
                        NodeRunEnd.Broke,
                        broke.Line,
                        new BrokenAt(broke.At, broke.Cell, broke.Id)
                    )
                    : EndOf(regions, NodeRunEnd.BrokeElsewhere, null, null)
            );
            return;
        }
        if (closed.Look > 0)
        {
            cluster.TellCoordinator(node, regions.LookAt(node, closed.Look));
        }
        if (closed.Keeps && !closed.Halts)
        {
            WriteCheckpoint(regions);
        }
        if (closed.Halts)
        {
            bool isDone = regions.At >= ToyMachine.End;
            node.Step(EndOf(regions, isDone ? NodeRunEnd.Done : NodeRunEnd.Paused, null, null));
            return;
        }
        regions.Run();
        node.Later(
            cluster.WorkTime(atLeastMilliseconds: 1),
            regions.BeginsRound ??= () => BeginRound(regions)
        );
    }

    private static NodeEvent.RegionsEnded EndOf(
        Regions regions,
        NodeRunEnd how,
        string? what,
        BrokenAt? brokeAt
    ) =>
        new(
            regions.Form.Epoch,
            how,
            what,
            brokeAt,
            regions.Round,
            regions.At,
            regions.Round,
            how == NodeRunEnd.Done ? null : regions.At,
            regions.Looked
        );

    private void TakeEarly(Regions regions)
    {
        foreach ((long epoch, Regions.Frame frame) in _early)
        {
            if (epoch == regions.Form.Epoch)
            {
                regions.Take(frame);
            }
        }
        _early.RemoveAll(early => early.Epoch <= regions.Form.Epoch);
    }

    /// <summary>It is frozen now, and written while the rounds go on.</summary>
    private void WriteCheckpoint(Regions regions)
    {
        Form form = regions.Form;
        long round = regions.Round;
        long reached = regions.At;
        Dictionary<string, byte[]> frozen = regions.Freeze();
        node.Later(
            cluster.WorkTime(atLeastMilliseconds: 1),
            () =>
            {
                try
                {
                    CheckpointPart part = StoreOf(form.Run)
                        .WritePart(form.Epoch, round, node.Seat.Name, frozen);
                    cluster.TellCoordinator(
                        node,
                        new CheckpointWritten(
                            form.Epoch,
                            node.Seat.Name,
                            round,
                            reached,
                            0.1,
                            1,
                            part
                        )
                    );
                }
                catch (IOException e)
                {
                    cluster.TellCoordinator(
                        node,
                        new CheckpointFailed(form.Epoch, node.Seat.Name, e.Message)
                    );
                }
            }
        );
    }
}

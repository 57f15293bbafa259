using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Control;

/// <summary>
/// What a run is made from, on its way: from the coordinator's node to nodes that lack it, and to the coordinator's
/// node, if that lacks it, from the run's client or from nodes that have it.
/// </summary>
internal sealed class InputDesk(CoordinatorState state, RunEnding ending)
{
    /// <summary>A run whose inputs do not arrive for so long is broken.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private int _asked;

    /// <summary>A node lacks the inputs of its formation.</summary>
    /// <param name="ask">What it wants.</param>
    /// <param name="fail">Told the line that says why it cannot have them.</param>
    public void OnAsk(AskInputs ask, Action<ActiveRun, string, string> fail)
    {
        if (
            state.HasNoSay
            || state.Run is not { IsOver: false, Formation: { } formation } run
            || formation.Epoch != ask.Epoch
            || state.Nodes.Find(ask.Node) is not { } node
        )
        {
            return;
        }
        Form form = formation.Form;
        state.AskDisk(
            new DiskRequest.ReadInputs(form.Run, form.InputSha256, ask.Offset),
            answer =>
            {
                if (answer is DiskAnswer.InputsRead read)
                {
                    state.Tell(node.Report.Seat, read.Parcel);
                }
                else if (answer is not DiskAnswer.Failed { IsLasting: true } failed)
                {
                    return;
                }
                else if (!formation.Needs(ask.Node))
                {
                    formation.Failed.Add(ask.Node);
                }
                else if (run.Formation == formation)
                {
                    fail(run, ask.Node, failed.What);
                }
            }
        );
    }

    /// <summary>A client lacks the scenario that commands have made of that which it submitted.</summary>
    public void OnClientAsks(AskInputs ask, long asker)
    {
        if (state.HasNoSay || state.Run is not { Result: { } result })
        {
            return;
        }
        state.AskDisk(
            new DiskRequest.ReadInputs(result.Run, result.InputSha256, ask.Offset),
            answer =>
                state.Do(
                    new CoordinatorEffect.Answer(
                        asker,
                        answer is DiskAnswer.InputsRead read
                            ? read.Parcel
                            : new Clients.CommandAnswer(false, ((DiskAnswer.Failed)answer).What)
                    )
                )
        );
    }

    /// <summary>The coordinator's node lacks what a run is made from, or cannot read it now.</summary>
    /// <param name="run">The run.</param>
    /// <param name="sha256">Of what it is made from.</param>
    /// <param name="look">Looks for it again: when it has come, and now and then.</param>
    public void Want(ActiveRun run, string sha256, Action look)
    {
        if (run.Lacking?.Parcels.Sha256 != sha256)
        {
            run.Lacking = new LackingInputs(sha256, look, state.Elapsed);
        }
        run.Lacking.IsBusy = false;
        AskNode(run, run.Lacking);
    }

    /// <summary>The client or a node sends the next part of it; while it is looked for, it is not needed perhaps.</summary>
    public void OnParcel(InputParcel parcel)
    {
        if (state.Run is not { IsOver: false, Lacking: { IsBusy: false } lacking } run)
        {
            return;
        }
        int before = lacking.Parcels.Arrived;
        if (lacking.Parcels.Add(parcel, out byte[]? whole) is { } flaw)
        {
            ending.Break(run, flaw);
        }
        else if (lacking.Parcels.Arrived > before)
        {
            lacking.Progressed = state.Elapsed;
            if (whole is null)
            {
                AskNode(run, lacking);
            }
            else
            {
                lacking.IsBusy = true;
                Take(run, lacking, whole);
            }
        }
    }

    /// <summary>What is due while they are lacking.</summary>
    public void Attend(ActiveRun run)
    {
        if (run.Lacking is not { IsBusy: false } lacking)
        {
            return;
        }
        if (state.Elapsed - lacking.Progressed > Patience)
        {
            ending.Break(
                run,
                $"{run.Spec.ScenarioFile} or a recording in it is not here as it was when the run began, and no node and no client has sent it; accepted: the files, or the client that has them"
            );
        }
        else if (state.Elapsed - lacking.Asked >= CoordinatorState.RepeatInterval)
        {
            lacking.IsBusy = true;
            lacking.Look();
        }
    }

    private void Take(ActiveRun run, LackingInputs lacking, byte[] whole) =>
        state.AskDisk(
            new DiskRequest.TakeInputs(run.Spec, lacking.Parcels.Sha256, whole),
            answer =>
            {
                if (run.Lacking != lacking || run.IsOver)
                {
                    return;
                }
                if (answer is DiskAnswer.Failed failed)
                {
                    ending.Break(run, failed.What);
                    return;
                }
                run.Lacking = null;
                state.Note(
                    run,
                    $"{run.Spec.ScenarioName} and its recordings were sent to the coordinator"
                );
                lacking.Look();
            }
        );

    /// <summary>
    /// Of the formation that is taken over its nodes and those that know it without a cell in it, or all where the run was
    /// over and goes on, one after the other: some may lack them, too.
    /// </summary>
    private void AskNode(ActiveRun run, LackingInputs lacking)
    {
        lacking.Asked = state.Elapsed;
        if ((run.Formation?.Form ?? state.Ended) is not { } form)
        {
            return;
        }
        IEnumerable<ClusterSeat> known = state
            .Nodes.All.Where(node =>
                run.Formation is null
                || node.Report.Planned == form.Epoch
                || form.SeatAt(node.Report.Seat.Address) >= 0
            )
            .Select(node => node.Report.Seat);
        ClusterSeat[] seats = [.. known.Where(seat => state.Cluster.IsAlive(seat.Address))];
        if (seats.Length > 0)
        {
            ClusterSeat seat = seats[_asked++ % seats.Length];
            state.Tell(seat, new AskInputs(form.Epoch, seat.Name, lacking.Parcels.Arrived));
        }
    }
}

/// <summary>What a run is made from and the coordinator's node lacks.</summary>
/// <param name="sha256">Of the whole.</param>
/// <param name="look">See <see cref="InputDesk.Want"/>.</param>
/// <param name="now">Since when it is known.</param>
internal sealed class LackingInputs(string sha256, Action look, TimeSpan now)
{
    public InputParcels Parcels { get; } = new(sha256);

    public Action Look => look;

    /// <summary>The disk is asked for it, or is given it.</summary>
    public bool IsBusy { get; set; }

    /// <summary>When a part of it arrived last.</summary>
    public TimeSpan Progressed { get; set; } = now;

    /// <summary>When a node was asked for it last, or sent a part.</summary>
    public TimeSpan Asked { get; set; } = now;
}

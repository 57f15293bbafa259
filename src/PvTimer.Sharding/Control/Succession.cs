using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Commands;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Control;

/// <summary>How a coordinator takes a run over from another one: of a node that is gone, or that will be.</summary>
internal sealed class Succession(CoordinatorState state, RunEnding ending, InputDesk inputs)
{
    private readonly Dictionary<string, Recalled> _recalled = new(StringComparer.Ordinal);
    private bool _isTakingOver;

    /// <summary>
    /// A coordinator begins by asking all nodes what they were told last: it may be the successor of one that died.
    /// </summary>
    public void RecallIfAllReported()
    {
        ClusterMember[] members =
        [
            .. state.Cluster.Members.Where(member => member is { IsUp: true, IsReachable: true }),
        ];
        KnownNode[] nodes =
        [
            .. members.Select(member => state.Nodes.FindAt(member.Address)).OfType<KnownNode>(),
        ];
        if (_isTakingOver || members.Length == 0 || nodes.Length < members.Length)
        {
            return;
        }
        KnownNode[] told = [.. nodes.Where(node => node.Report.Epoch > 0)];
        foreach (KnownNode node in told.Where(node => !_recalled.ContainsKey(node.Name)))
        {
            state.Tell(node.Report.Seat, Recall.Instance);
        }
        ImmutableArray<Recalled> all =
        [
            .. told.Select(node => _recalled.GetValueOrDefault(node.Name)).OfType<Recalled>(),
        ];
        long latest = told.Select(node => node.Report.Epoch).DefaultIfEmpty(0).Max();
        bool isLatestKnown = all.Any(recalled => recalled.Planned?.Epoch == latest);
        // Who was not in the latest formation knows nothing better; who was may know that it is over.
        bool isAwaited = told.Any(node =>
            !_recalled.ContainsKey(node.Name) && (!isLatestKnown || node.Report.Epoch == latest)
        );
        if (!isAwaited)
        {
            GoOnFrom(all);
        }
    }

    public void OnRecalled(Recalled recalled)
    {
        if (!state.IsInformed && !_isTakingOver)
        {
            _recalled[recalled.Node] = recalled;
            RecallIfAllReported();
        }
    }

    /// <summary>
    /// The successor of a coordinator takes over what the nodes know. Of a formation that no node could plan nothing was
    /// acknowledged: the one before it will do.
    /// </summary>
    private void GoOnFrom(ImmutableArray<Recalled> all)
    {
        long latest = all.Select(recalled => recalled.Epoch).DefaultIfEmpty(0).Max();
        ImmutableArray<Recalled> last = [.. all.Where(recalled => recalled.Epoch == latest)];
        if (last.IsEmpty || last.Any(recalled => recalled.Form is null))
        {
            // There was none, or it is over.
            state.Ended = last.Select(recalled => recalled.Planned)
                .OfType<Form>()
                .MaxBy(planned => planned.Epoch);
            state.IsInformed = true;
            return;
        }
        Form form = last[0].Form!; // reason: none of them is null
        Form? planned = LatestPlanned(all, form.Run);
        if (planned is null && form.Seats.Any(seat => seat.HasOwnDirectory))
        {
            // What it is made from has gone as well: its client has to submit it again.
            state.IsInformed = true;
            ending.Dissolve(form.Epoch);
            return;
        }
        TakeOver(planned ?? form);
    }

    /// <summary>
    /// The latest formation that a node could plan. Where directories are not shared, one that all its nodes which are left
    /// could plan is better: of a later one nothing was acknowledged, and what that is made from may be on a single node.
    /// </summary>
    private static Form? LatestPlanned(ImmutableArray<Recalled> all, RunSpec run)
    {
        Form[] planned =
        [
            .. all.Select(recalled => recalled.Planned)
                .OfType<Form>()
                .Where(form => form.Run.IsSameRun(run))
                .OrderByDescending(form => form.Epoch),
        ];
        return Array.Find(
                planned,
                form => !form.Seats.Any(seat => seat.HasOwnDirectory) || IsKnownToAll(form)
            ) ?? Array.Find(planned, IsKnownToSeat);

        bool IsKnownToAll(Form form) =>
            all.All(recalled =>
                recalled.Planned?.Epoch >= form.Epoch
                || !form.Seats.Any(seat => seat.Name == recalled.Node)
            );

        // A learner alone is asked for nothing that a formation is made from.
        bool IsKnownToSeat(Form form) =>
            all.Any(recalled =>
                recalled.Planned?.Epoch == form.Epoch
                && form.Seats.Any(seat => seat.Name == recalled.Node)
            );
    }

    private void TakeOver(Form form)
    {
        ActiveRun run = new(form.Run, state.Elapsed)
        {
            Formation = new CurrentFormation(form, [], state.Elapsed),
            LastCommand = form.Run.Commands,
        };
        run.Wishes.Pins = form.Pins;
        run.Wishes.HoldAtNanoseconds = form.HoldAtNanoseconds;
        run.Wishes.NanosecondsPerSecond = form.NanosecondsPerSecond;
        run.Wishes.Stop = form.Stop;
        run.History.Inherit(form.History);
        _isTakingOver = true;
        ReadTakenOver(run, form);
    }

    private void ReadTakenOver(ActiveRun run, Form form) =>
        state.AskDisk(
            new DiskRequest.TakeOver(form.Run, form.InputSha256),
            answer =>
            {
                if (answer is DiskAnswer.Failed failed && ending.MayAskAgain(run, failed))
                {
                    state.After(CoordinatorState.RepeatInterval, () => ReadTakenOver(run, form));
                    return;
                }
                (state.Run, state.IsInformed, _isTakingOver) = (run, true, false);
                state.IsAttentionDue = true;
                if (answer is DiskAnswer.TakenOver taken)
                {
                    TakeOver(run, form, taken);
                }
                else if (answer is DiskAnswer.InputsLacking)
                {
                    inputs.Want(run, form.InputSha256, () => ReadTakenOver(run, form));
                }
                else
                {
                    ending.Break(run, ((DiskAnswer.Failed)answer).What);
                }
            }
        );

    /// <summary>
    /// Another coordinator has taken the run over while this one's node is a member: one of the two has not heard
    /// that it was declared dead. It will, and until then they take it from each other, with all that either of
    /// them has acknowledged.
    /// </summary>
    public void TakeBack(ActiveRun run)
    {
        run.IsTakenOver = false;
        state.After(
            CoordinatorState.RepeatInterval,
            () =>
                state.AskDisk(
                    new DiskRequest.TakeOver(
                        run.Spec with
                        {
                            Commands = run.LastCommand,
                        },
                        run.Machine!.InputSha256
                    ),
                    answer =>
                    {
                        if (run.IsOver)
                        {
                            return;
                        }
                        if (answer is DiskAnswer.TakenOver { Result: { } result })
                        {
                            ending.TakeResult(run, result);
                        }
                        else if (answer is DiskAnswer.TakenOver taken)
                        {
                            run.Writer = taken.Writer;
                            TakenUp.All(
                                state,
                                run,
                                taken.Contained,
                                taken.Since,
                                isSuccessor: true
                            );
                            state.IsAttentionDue = true;
                        }
                        else if (
                            answer is DiskAnswer.InputsLacking
                            || ending.MayAskAgain(run, (DiskAnswer.Failed)answer)
                        )
                        {
                            run.IsTakenOver = true;
                        }
                        else
                        {
                            ending.Break(run, ((DiskAnswer.Failed)answer).What);
                        }
                    }
                )
        );
    }

    private void TakeOver(ActiveRun run, Form form, DiskAnswer.TakenOver taken)
    {
        (run.Machine, run.Writer, run.Lacking) = (taken.Machine, taken.Writer, null);
        run.DiskFailures = 0;
        if (taken.Result is { } result)
        {
            ending.TakeResult(run, result);
            return;
        }
        TakenUp.All(state, run, taken.Contained, taken.Since, isSuccessor: true);
        bool isWhole = form.Seats.All(seat =>
            state.Nodes.Find(seat.Name)?.Report is { Phase: NodePhase.Running } report
            && report.Epoch == form.Epoch
        );
        if (isWhole)
        {
            state.Note(run, "the coordinator has moved");
            state.Enter(run, RunPhase.Running);
        }
        else
        {
            run.Loss ??= "the coordinator was lost";
        }
    }
}

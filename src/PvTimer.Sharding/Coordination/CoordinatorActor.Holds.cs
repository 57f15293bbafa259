using System.Linq;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;

namespace PvTimer.Sharding.Coordination;

/// <summary>
/// What becomes of a run whose nodes have all halted at one barrier: the next formation takes it from there,
/// or virtual time stands still as long as it was told to.
/// </summary>
/// <remarks>
/// Regions know from the beginning of their formation where to halt, so all of them halt at that very instant
/// and nobody has to be in time with a message. A hold that changes meanwhile is a new formation.
/// </remarks>
internal sealed partial class CoordinatorActor
{
    private CommandAnswer Hold(string id, string? at)
    {
        if (_run is not { IsOver: false } run || run.Spec.Id != id)
        {
            return NoRun();
        }
        if (at is null)
        {
            Accept(run, new ClusterCommand(ClusterVerb.Hold, id));
            run.HoldAtNanoseconds = null;
            OnTick();
            return new CommandAnswer(true, "it goes on");
        }
        if (InstantOf(run, at) is not { } instant)
        {
            return new CommandAnswer(
                false,
                $"'{at}'; accepted: a virtual time such as 5ms of at most {Bounds.Write(Bounds.LongestSpan)}, +5ms from here, or where it stands still next, if something is pending"
            );
        }
        Accept(run, new ClusterCommand(ClusterVerb.Hold, id, SpanOf(instant)));
        run.HoldAtNanoseconds = instant;
        OnTick();
        return new CommandAnswer(
            true,
            run.Phase != RunPhase.Held && instant <= ReachedBy(run)
                ? "virtual time stands still at the next barrier"
                : $"virtual time stands still at {Text(instant)}"
        );
    }

    /// <summary>As it is written down: where it counts from may have moved when it is read.</summary>
    private static string SpanOf(long nanoseconds) =>
        Units.Write(VirtualDuration.FromNanoseconds(nanoseconds));

    /// <summary>"5ms", "+5ms", "next" as nanoseconds; null: it is none of them.</summary>
    private long? InstantOf(ActiveRun run, string at)
    {
        bool stands = run.Phase == RunPhase.Held;
        if (at == "next")
        {
            return stands ? run.NextNanoseconds + 1 : null;
        }
        long from =
            !at.StartsWith('+') ? 0
            : stands ? run.HaltedAtNanoseconds
            : ReachedBy(run);
        return
            Units.TryParseSpan(at.TrimStart('+'), out VirtualDuration span)
            && span >= VirtualDuration.Zero
            && span <= Bounds.LongestSpan
            ? from + span.Nanoseconds
            : null;
    }

    /// <summary>
    /// Back to a checkpoint and forward again: the formation that runs is given up, as if a node had been lost.
    /// </summary>
    private CommandAnswer Travel(string id, string at)
    {
        if (_run is not { IsOver: false, Form: not null } run || run.Spec.Id != id)
        {
            return NoRun();
        }
        if (run.Phase is not (RunPhase.Running or RunPhase.Held))
        {
            return new CommandAnswer(
                false,
                "the run takes its seats; accepted: a journey when it runs or stands still"
            );
        }
        if (at.StartsWith('+') || at == "next" || InstantOf(run, at) is not { } instant)
        {
            return new CommandAnswer(
                false,
                $"'{at}'; accepted: a virtual time such as 5ms of at most {Bounds.Write(Bounds.LongestSpan)}"
            );
        }
        long reached = run.Phase == RunPhase.Held ? run.HaltedAtNanoseconds : ReachedBy(run);
        Accept(
            run,
            new ClusterCommand(
                instant < reached ? ClusterVerb.Travel : ClusterVerb.Hold,
                id,
                SpanOf(instant)
            )
        );
        run.HoldAtNanoseconds = instant;
        if (instant < reached)
        {
            run.Loss ??= $"back from {Text(reached)} to {Text(instant)}";
            OnTick();
        }
        return new CommandAnswer(true, $"virtual time stands still at {Text(instant)}");
    }

    private CommandAnswer Pace(string id, string? perSecond)
    {
        if (_run is not { IsOver: false } run || run.Spec.Id != id)
        {
            return NoRun();
        }
        long? pace = null;
        if (perSecond is not null)
        {
            if (
                !Units.TryParseSpan(perSecond, out VirtualDuration span)
                || span < VirtualDuration.Smallest
                || span > Bounds.LongestSpan
            )
            {
                return new CommandAnswer(
                    false,
                    $"'{perSecond}'; accepted: virtual time per second of wall time, such as 10ms, at most {Bounds.Write(Bounds.LongestSpan)}"
                );
            }
            pace = span.Nanoseconds;
        }
        Accept(
            run,
            new ClusterCommand(ClusterVerb.Pace, id, pace is { } given ? SpanOf(given) : null)
        );
        run.NanosecondsPerSecond = pace;
        OnTick();
        return new CommandAnswer(
            true,
            pace is { } limit
                ? $"{Text(limit)} of virtual time may pass in a second"
                : "virtual time passes as fast as it can"
        );
    }

    /// <summary>All have frozen at one barrier.</summary>
    private void OnPaused(ActiveRun run, long reached)
    {
        run.HaltedAtNanoseconds = reached;
        if (run.Phase == RunPhase.Held)
        {
            // They were asked to keep what they have frozen, and this is the answer.
            KeepIfWritten(run);
            return;
        }
        if (run.IsAtHold)
        {
            // It may have been told too late: whoever takes it over lets it stand still here.
            run.HoldAtNanoseconds = reached;
            run.Note($"virtual time stands still at {Text(reached)}");
        }
        else if (!run.StopWanted && !run.KeepWanted && !IsUndecided)
        {
            GoOnFromBarrier(run);
            return;
        }
        Enter(run, RunPhase.Held);
        AttendHeld(run);
    }

    /// <summary>Cells may move and events may be commanded meanwhile: it stands still again where they live then.</summary>
    private void AttendHeld(ActiveRun run)
    {
        if (run.StopWanted || run.KeepWanted)
        {
            KeepFrozen(run);
        }
        else if (!IsUndecided && (!run.IsAtHold || run.Commanded.Count > 0 || IsMisplaced(run)))
        {
            GoOnFromBarrier(run);
        }
    }

    /// <summary>The next formation takes it from there.</summary>
    private void GoOnFromBarrier(ActiveRun run)
    {
        long reached = run.HaltedAtNanoseconds;
        string why = run.PauseWanted ?? "held";
        if (run.Commanded.Count > 0)
        {
            why = AmendScenario(run, reached);
        }
        Reform(run, $"{why}; at {Text(reached)}", StateSource.Barrier, reached, []);
    }

    /// <summary>Has all nodes write what they have frozen, unless they have; asked now and then again.</summary>
    private void KeepFrozen(ActiveRun run)
    {
        bool isDue = !(MonotonicTime.Now - run.KeepAskedAt <= RepeatInterval);
        if (!KeepIfWritten(run) && isDue)
        {
            run.KeepAskedAt = MonotonicTime.Now;
            ToSeats(run, new Pause(run.Form!.Epoch, Keep: true));
        }
    }

    private bool KeepIfWritten(ActiveRun run)
    {
        if (run.Halts.Values.Any(halt => halt.Part is null))
        {
            return false;
        }
        if (run.StopWanted)
        {
            Conclude(run, RunPhase.Stopped);
        }
        else if (run.KeepWanted)
        {
            run.KeepWanted = false;
            Keep(run, ManifestOfHalts(run, isDone: false));
            AttendHeld(run);
        }
        return true;
    }

    /// <summary>What all nodes wrote when they halted.</summary>
    private CheckpointManifest ManifestOfHalts(ActiveRun run, bool isDone)
    {
        Halted any = run.Halts.Values.First();
        return ManifestOf(
            run,
            any.Round,
            any.ReachedNanoseconds,
            isDone,
            [.. run.Seats.Select(seat => run.Halts[seat.Name].Part!)]
        );
    }
}

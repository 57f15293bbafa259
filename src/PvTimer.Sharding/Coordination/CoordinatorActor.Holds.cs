using System;
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
        long? instant = null;
        if (at is not null)
        {
            if (!Units.TryParseSpan(at, out VirtualDuration span) || span < VirtualDuration.Zero)
            {
                return new CommandAnswer(false, $"'{at}'; accepted: a virtual time such as 5ms");
            }
            instant = span.Nanoseconds;
        }
        run.HoldAtNanoseconds = instant;
        OnLook();
        return new CommandAnswer(
            true,
            instant is { } hold ? $"virtual time stands still at {Text(hold)}" : "it goes on"
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
            run.Note($"virtual time stands still at {Text(reached)}");
        }
        else if (!run.StopWanted && !run.KeepWanted)
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
        else if (!run.IsAtHold || run.Commanded.Count > 0 || IsMisplaced(run))
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
        if (!KeepIfWritten(run) && DateTime.UtcNow - run.KeepAskedAt > RepeatInterval)
        {
            run.KeepAskedAt = DateTime.UtcNow;
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
            Commit(run, ManifestOfHalts(run, isDone: false));
            AttendHeld(run);
        }
        return true;
    }

    /// <summary>What all nodes wrote when they halted.</summary>
    private static CheckpointManifest ManifestOfHalts(ActiveRun run, bool isDone)
    {
        Halted any = run.Halts.Values.First();
        return new CheckpointManifest(
            CheckpointManifest.CurrentVersion,
            run.Spec,
            run.Form!.Epoch,
            any.Round,
            any.ReachedNanoseconds,
            isDone,
            [.. run.Seats.Select(seat => run.Halts[seat.Name].Part!)],
            [.. run.History]
        );
    }
}

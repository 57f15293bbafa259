using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Control;

/// <summary>When the nodes write a checkpoint, and what becomes of its parts.</summary>
internal sealed class CheckpointKeeper(CoordinatorState state, PartDesk parts)
{
    /// <summary>Of wall time, what freezing for checkpoints may take; they come more rarely if it would be more.</summary>
    private const double Share = 0.02;

    /// <summary>One that is not whole after so long, in addition to the interval, does not come: a message was lost.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>As often as asked for, but a large machine is not kept standing for more than its share.</summary>
    public void BeginIfDue(ActiveRun run)
    {
        CheckpointLog log = run.Checkpoints;
        int asked = run.Spec.CheckpointMilliseconds;
        double wait = Math.Max(asked, log.LastFreezingMilliseconds / Share);
        if (log.IsWriting)
        {
            wait += Limit.TotalMilliseconds;
        }
        bool isCommanded = run.Wishes.Keep && !log.IsWriting;
        if (isCommanded || (asked > 0 && (state.Elapsed - log.Since).TotalMilliseconds >= wait))
        {
            Begin(run);
        }
    }

    /// <summary>All nodes write one at the next barrier.</summary>
    private void Begin(ActiveRun run)
    {
        Form form = run.Formation!.Form;
        run.Checkpoints.Begin();
        state.Tell(form.Seats[0], new TakeCheckpoint(form.Epoch));
    }

    public void OnWritten(CheckpointWritten written)
    {
        if (
            state.HasNoSay
            || state.Run is not { Checkpoints.IsWriting: true, Formation: { } formation } run
            || formation.Epoch != written.Epoch
            || !formation.Has(written.Node)
        )
        {
            return;
        }
        run.Checkpoints.TakeWritten(written);
        if (run.Checkpoints.Written.Count < formation.Form.Seats.Length)
        {
            return;
        }
        run.Checkpoints.CountWhole(state.Elapsed);
        run.Wishes.Keep = false;
        Keep(
            run,
            ManifestOf(
                run,
                written.Round,
                written.ReachedNanoseconds,
                isDone: false,
                [.. run.Seats.Select(seat => run.Checkpoints.Written[seat.Name].Part)]
            )
        );
    }

    public void OnFailed(CheckpointFailed failed)
    {
        if (
            !state.HasNoSay
            && state.Run is { IsOver: false, Formation: { } formation } run
            && formation.Epoch == failed.Epoch
            && formation.Has(failed.Node)
        )
        {
            GoOnWithout(run, $"{failed.Node}: {failed.What}");
        }
    }

    /// <summary>Makes a checkpoint of what all nodes wrote when they halted.</summary>
    public void KeepHalts(ActiveRun run) => Keep(run, ManifestOfHalts(run, isDone: false));

    /// <summary>Makes a checkpoint of what is written; without it the run goes on, and only a fault costs more.</summary>
    private void Keep(ActiveRun run, CheckpointManifest manifest) =>
        parts.Commit(
            run,
            new DiskRequest.Commit(manifest),
            answer =>
            {
                if (answer is DiskAnswer.Failed failed)
                {
                    GoOnWithout(run, failed.What);
                }
                else
                {
                    run.Checkpoints.Trouble = null;
                    parts.Copy(run, manifest);
                }
            }
        );

    /// <summary>The next one is due after the usual time, and what kept this one is said once.</summary>
    private void GoOnWithout(ActiveRun run, string trouble)
    {
        run.Checkpoints.GiveUp(state.Elapsed);
        run.Wishes.Keep = false;
        if (run.Checkpoints.Trouble is null)
        {
            state.Note(run, $"no checkpoint, and the run goes on without: {trouble}");
        }
        run.Checkpoints.Trouble = trouble;
    }

    /// <summary>What all nodes wrote when they halted.</summary>
    public static CheckpointManifest ManifestOfHalts(ActiveRun run, bool isDone)
    {
        CurrentFormation formation = run.Formation!;
        Halted any = formation.Halts.Values.First();
        return ManifestOf(
            run,
            any.Round,
            any.ReachedNanoseconds,
            isDone,
            [.. run.Seats.Select(seat => formation.Halts[seat.Name].Part!)]
        );
    }

    private static CheckpointManifest ManifestOf(
        ActiveRun run,
        long round,
        long reached,
        bool isDone,
        ImmutableArray<CheckpointPart> parts
    ) =>
        new(
            CheckpointManifest.CurrentVersion,
            run.Spec,
            run.Machine!.InputSha256,
            run.Formation!.Epoch,
            round,
            reached,
            isDone,
            parts,
            run.History.Lines
        );

    /// <summary>What they have cost, for the history.</summary>
    public void NoteCost(ActiveRun run)
    {
        CheckpointLog log = run.Checkpoints;
        if (log.Count == 0)
        {
            return;
        }
        double all = run.Clock.RunTime(state.Elapsed).TotalMilliseconds;
        state.Note(
            run,
            string.Create(
                CultureInfo.InvariantCulture,
                $"checkpoints {log.Count}: stood {log.FreezingMilliseconds:0} ms for them ({log.FreezingMilliseconds / all:0.0 %}), wrote them meanwhile in {log.WritingMilliseconds:0} ms ({log.WritingMilliseconds / all:0.0 %})"
            )
        );
    }
}

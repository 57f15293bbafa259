using System;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Control;

/// <summary>
/// Parts of checkpoints on their way, where nodes keep what they write in directories of their own: to the
/// coordinator's node before they are made a checkpoint, from it to nodes that go on from one, to the node that would
/// be the next coordinator, and to the run's client. Where all share one directory, nothing is ever lacking.
/// </summary>
/// <remarks>
/// <code>
///   node                          coordinator                        next coordinator
///    |--- CheckpointWritten -------->|  of all nodes
///    |&lt;-- AskPart(0) ----------------|  its directory lacks the part
///    |--- PartParcel(0) ------------>|
///    |           ...                 |  all there, their hashes right: the checkpoint is made
///    |                               |--- KeepCopy ------------------------->|
///    |                               |&lt;-- AskPart(0) ------------------------|  for each part that is lacking there
///    |                               |--- PartParcel(0) -------------------->|  ...
/// </code>
/// Races. The formation may end meanwhile: then the checkpoint does not come, and the one before is the last. One
/// parcel is on its way at a time, and is asked for again when it does not come.
/// </remarks>
internal sealed class PartDesk(CoordinatorState state)
{
    /// <summary>A node that sends nothing for so long does not have its part.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private Job? _job;
    private CopyJob? _copy;

    /// <summary>The end of a run, which is over when another node has it, too.</summary>
    private sealed class CopyJob(
        ActiveRun run,
        CheckpointManifest manifest,
        Action then,
        TimeSpan now
    )
    {
        public ActiveRun Run => run;

        public CheckpointManifest Manifest => manifest;

        public Action Then => then;

        public TimeSpan Began { get; } = now;

        public TimeSpan Asked { get; set; }
    }

    /// <summary>Parts that are brought here, to be made a checkpoint.</summary>
    private sealed class Job(
        CurrentFormation formation,
        DiskRequest.Commit commit,
        PartParcels parcels,
        Action<DiskAnswer> then
    )
    {
        public CurrentFormation Formation => formation;

        public DiskRequest.Commit Commit => commit;

        public PartParcels Parcels => parcels;

        public Action<DiskAnswer> Then => then;

        public TimeSpan Asked { get; set; }

        public TimeSpan Progressed { get; set; }

        /// <summary>A part is being written.</summary>
        public bool IsBusy { get; set; }
    }

    /// <summary>Makes parts a checkpoint, once all of them are here.</summary>
    /// <param name="run">The run.</param>
    /// <param name="commit">What is asked of the disk.</param>
    /// <param name="then">What is done with its answer.</param>
    public void Commit(ActiveRun run, DiskRequest.Commit commit, Action<DiskAnswer> then)
    {
        if (run.Formation is not { } formation)
        {
            state.AskDisk(commit, then);
            return;
        }
        state.AskDisk(
            commit,
            answer =>
            {
                if (answer is not DiskAnswer.PartsLacking lacking)
                {
                    then(answer);
                    return;
                }
                End(_job, "another checkpoint is made");
                PartParcels parcels = new(lacking.Parts);
                _job = new Job(formation, commit, parcels, then) { Progressed = state.Elapsed };
                if (parcels.Obstacle is { } obstacle)
                {
                    End(_job, obstacle);
                }
                else
                {
                    Ask(_job);
                }
            }
        );
    }

    /// <summary>A node has sent the next bytes of its part.</summary>
    public void OnParcel(PartParcel parcel)
    {
        if (_job is not { IsBusy: false } job || state.HasNoSay || !IsOfRun(job))
        {
            return;
        }
        int before = job.Parcels.Arrived;
        byte[]? whole = job.Parcels.Add(parcel);
        if (whole is not null)
        {
            Take(job, whole);
        }
        else if (job.Parcels.Arrived > before)
        {
            job.Progressed = state.Elapsed;
            Ask(job);
        }
    }

    /// <summary>What is due while parts are on their way here.</summary>
    public void Attend()
    {
        AttendCopy();
        if (_job is not { IsBusy: false } job)
        {
            return;
        }
        if (!IsOfRun(job))
        {
            End(job, "its formation is over");
        }
        else if (WriterOf(job) is not { } writer || !state.Cluster.IsAlive(writer.Address))
        {
            End(job, $"{job.Parcels.Current!.Node} is gone, and its part with it");
        }
        else if (state.Elapsed - job.Progressed > Patience)
        {
            End(job, $"{writer.Name} does not send its part");
        }
        else if (state.Elapsed - job.Asked >= CoordinatorState.RepeatInterval)
        {
            Ask(job);
        }
    }

    /// <summary>A node or a client lacks a part of a checkpoint that is here.</summary>
    /// <param name="ask">What it wants.</param>
    /// <param name="asker">If it is a client.</param>
    /// <param name="fail">Told the line that says why a node that is to go on from it cannot have it.</param>
    public void OnAsk(AskPart ask, long asker, Action<ActiveRun, string, string> fail)
    {
        if (state.HasNoSay || state.Run is not { } run)
        {
            return;
        }
        ClusterSeat? seat =
            run.Formation is { } formation && formation.Epoch == ask.Epoch
                ? formation.Form.Seats.FirstOrDefault(each => each.Name == ask.Node)
                : null;
        if (ask.Node is not null && seat is null)
        {
            return;
        }
        state.AskDisk(
            new DiskRequest.ReadPart(run.Spec, ask.Epoch, ask.Part, ask.Offset),
            answer =>
            {
                if (answer is DiskAnswer.Failed failed)
                {
                    bool isAwaited =
                        run is { IsOver: false, Phase: Clients.RunPhase.Forming }
                        && run.Formation?.Epoch == ask.Epoch;
                    if (seat is null)
                    {
                        state.Do(
                            new CoordinatorEffect.Answer(
                                asker,
                                new Clients.CommandAnswer(false, failed.What)
                            )
                        );
                    }
                    else if (isAwaited)
                    {
                        fail(run, seat.Name, failed.What);
                    }
                }
                else if (seat is null)
                {
                    state.Do(
                        new CoordinatorEffect.Answer(asker, ((DiskAnswer.PartRead)answer).Parcel)
                    );
                }
                else
                {
                    state.Tell(seat, ((DiskAnswer.PartRead)answer).Parcel);
                }
            }
        );
    }

    /// <summary>
    /// A checkpoint was made: where directories are not shared, the node that would be the next coordinator keeps it as
    /// well.
    /// </summary>
    public void Copy(ActiveRun run, CheckpointManifest manifest) =>
        Copy(run, manifest, isLast: false);

    private void Copy(ActiveRun run, CheckpointManifest manifest, bool isLast)
    {
        if (NextCoordinator(run, manifest) is { } next)
        {
            state.Tell(next, new KeepCopy(manifest.Epoch, manifest, isLast));
        }
    }

    /// <summary>The same, of the last one of a run: its nodes forget it then.</summary>
    /// <param name="run">The run.</param>
    /// <param name="manifest">What was made.</param>
    /// <param name="then">Done when it is kept, or cannot be.</param>
    public void CopyLast(ActiveRun run, CheckpointManifest manifest, Action then)
    {
        if (NextCoordinator(run, manifest) is null)
        {
            then();
            return;
        }
        _copy = new CopyJob(run, manifest, then, state.Elapsed) { Asked = state.Elapsed };
        Copy(run, manifest, isLast: true);
    }

    /// <summary>A node has kept a checkpoint as well.</summary>
    public void OnKept(CopyKept kept)
    {
        if (
            _copy is { } copy
            && kept.Epoch == copy.Manifest.Epoch
            && kept.Round == copy.Manifest.Round
        )
        {
            _copy = null;
            copy.Then();
        }
    }

    private void AttendCopy()
    {
        if (_copy is not { } copy)
        {
            return;
        }
        if (
            NextCoordinator(copy.Run, copy.Manifest) is null
            || state.Elapsed - copy.Began > Patience
        )
        {
            _copy = null;
            copy.Then();
        }
        else if (state.Elapsed - copy.Asked >= CoordinatorState.RepeatInterval)
        {
            copy.Asked = state.Elapsed;
            Copy(copy.Run, copy.Manifest, isLast: true);
        }
    }

    /// <summary>The oldest member but this one that has a seat; null: there is none, or it sees what is written here.</summary>
    private ClusterSeat? NextCoordinator(ActiveRun run, CheckpointManifest manifest) =>
        state.AreDirectoriesApart
        && run.Formation is { } formation
        && formation.Epoch == manifest.Epoch
            ? state
                .Cluster.Members.Skip(1)
                .Where(member => member.IsUp)
                .Select(member =>
                    formation.Form.Seats.FirstOrDefault(seat => seat.Address == member.Address)
                )
                .FirstOrDefault(seat => seat is not null)
            : null;

    private bool IsOfRun(Job job) => state.Run?.Formation == job.Formation;

    private static ClusterSeat? WriterOf(Job job) =>
        job.Formation.Form.Seats.FirstOrDefault(seat => seat.Name == job.Parcels.Current!.Node);

    private void Ask(Job job)
    {
        job.Asked = state.Elapsed;
        if (WriterOf(job) is { } writer)
        {
            state.Tell(
                writer,
                new AskPart(
                    job.Formation.Epoch,
                    writer.Name,
                    job.Parcels.Current!,
                    job.Parcels.Arrived
                )
            );
        }
    }

    private void Take(Job job, byte[] whole)
    {
        job.IsBusy = true;
        state.AskDisk(
            new DiskRequest.TakePart(
                job.Commit.Manifest.Run,
                job.Parcels.Current!, // reason: these are its bytes
                whole
            ),
            answer =>
            {
                job.IsBusy = false;
                if (_job != job)
                {
                    return;
                }
                if (answer is DiskAnswer.Failed failed)
                {
                    End(job, failed.What);
                    return;
                }
                job.Progressed = state.Elapsed;
                job.Parcels.Next();
                if (job.Parcels.Current is null)
                {
                    _job = null;
                    state.AskDisk(
                        job.Commit,
                        made =>
                            job.Then(
                                made is DiskAnswer.PartsLacking still
                                    ? Failed($"{still.Parts[0].File} was written, and is not there")
                                    : made
                            )
                    );
                }
                else
                {
                    Ask(job);
                }
            }
        );
    }

    /// <summary>The checkpoint does not come. What its nodes have computed for it they have to compute again.</summary>
    private void End(Job? job, string why)
    {
        if (job is null)
        {
            return;
        }
        _job = _job == job ? null : _job;
        job.Then(Failed(why));
    }

    private static DiskAnswer.Failed Failed(string why) =>
        new(why, IsLasting: false, IsDamage: true);
}

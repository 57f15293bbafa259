using System.Collections.Immutable;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Control;

/// <summary>What the coordinator has read or written. Each request is answered once, in the order of the requests.</summary>
internal abstract record DiskRequest
{
    /// <summary>What the coordinator has to show when it writes: another one may have taken the run over. 0: it has taken none.</summary>
    public long Writer { get; init; }

    /// <summary>
    /// A run was submitted: read its scenario, its result if it has one, and what was commanded since its last
    /// checkpoint if it is resumed. Answered with <see cref="DiskAnswer.Opened"/> or
    /// <see cref="DiskAnswer.InputsLacking"/>.
    /// </summary>
    /// <param name="Run">The run.</param>
    /// <param name="InputSha256">What it has to be made from.</param>
    public sealed record Open(RunSpec Run, string InputSha256) : DiskRequest;

    /// <summary>
    /// A run is taken over from another coordinator: read its scenario, and the commands that came since those that
    /// the run contains. Answered with <see cref="DiskAnswer.TakenOver"/> or <see cref="DiskAnswer.InputsLacking"/>.
    /// </summary>
    /// <param name="Run">The run.</param>
    /// <param name="InputSha256">What it has to be made from still.</param>
    public sealed record TakeOver(RunSpec Run, string InputSha256) : DiskRequest;

    /// <summary>A command is to be acknowledged: write it down. Answered with <see cref="DiskAnswer.Written"/>.</summary>
    /// <param name="Run">The run.</param>
    /// <param name="Command">What was commanded.</param>
    /// <param name="EarliestNanoseconds">Of an event: it cannot happen before, and must be one that can happen then.</param>
    public sealed record WriteCommand(RunSpec Run, ClusterCommand Command, long EarliestNanoseconds)
        : DiskRequest;

    /// <summary>Could this event happen in the run? Nothing is written. Answered with <see cref="DiskAnswer.EventPossible"/>.</summary>
    /// <param name="Run">The run.</param>
    /// <param name="Command">What might be commanded.</param>
    /// <param name="EarliestNanoseconds">It cannot happen before.</param>
    public sealed record CheckEvent(RunSpec Run, ClusterCommand Command, long EarliestNanoseconds)
        : DiskRequest;

    /// <summary>
    /// A formation is to begin where the last one halted: take a number for it, and make commanded events part of
    /// the scenario. Answered with <see cref="DiskAnswer.BarrierPrepared"/>.
    /// </summary>
    /// <param name="Run">The run.</param>
    /// <param name="Events">Commanded, in order.</param>
    /// <param name="ReachedNanoseconds">Where it halted: events happen there or later.</param>
    /// <param name="Epoch">The greatest number that is known to be taken.</param>
    public sealed record PrepareBarrier(
        RunSpec Run,
        ImmutableArray<AcceptedCommand> Events,
        long ReachedNanoseconds,
        long Epoch
    ) : DiskRequest;

    /// <summary>
    /// A formation is to begin from a checkpoint, or from the beginning: choose it, make commanded events part of
    /// the scenario, and take a number. Answered with <see cref="DiskAnswer.RestorePrepared"/>.
    /// </summary>
    /// <param name="Run">The run.</param>
    /// <param name="Events">Commanded, in order: each happens when it can at the earliest.</param>
    /// <param name="Machine">As it was read when the run began.</param>
    /// <param name="LatestNanoseconds">No checkpoint behind this instant.</param>
    /// <param name="Epoch">The greatest number that is known to be taken.</param>
    public sealed record PrepareRestore(
        RunSpec Run,
        ImmutableArray<AcceptedCommand> Events,
        MachineFacts Machine,
        long LatestNanoseconds,
        long Epoch
    ) : DiskRequest;

    /// <summary>
    /// The nodes have written the parts: make them a checkpoint. Answered with <see cref="DiskAnswer.Committed"/> or
    /// <see cref="DiskAnswer.PartsLacking"/>.
    /// </summary>
    /// <param name="Manifest">What it is.</param>
    /// <param name="Cells">It is the last one, and is read back: it has to hold these; null: it is not.</param>
    public sealed record Commit(CheckpointManifest Manifest, ImmutableArray<string>? Cells = null)
        : DiskRequest;

    /// <summary>A node lacks what the run is made from. Answered with <see cref="DiskAnswer.InputsRead"/>.</summary>
    /// <param name="Run">The run.</param>
    /// <param name="InputSha256">What it is made from.</param>
    /// <param name="Offset">Where the part that is wanted begins.</param>
    public sealed record ReadInputs(RunSpec Run, string InputSha256, int Offset) : DiskRequest;

    /// <summary>A node or a client lacks a part of a checkpoint. Answered with <see cref="DiskAnswer.PartRead"/>.</summary>
    /// <param name="Run">The run.</param>
    /// <param name="Epoch">Goes with the answer.</param>
    /// <param name="Part">Which.</param>
    /// <param name="Offset">Where the bytes begin that are wanted.</param>
    public sealed record ReadPart(RunSpec Run, long Epoch, CheckpointPart Part, int Offset)
        : DiskRequest;

    /// <summary>A part was sent: keep it, if these are its bytes. Answered with <see cref="DiskAnswer.PartTaken"/>.</summary>
    public sealed record TakePart(RunSpec Run, CheckpointPart Part, byte[] Content) : DiskRequest;

    /// <summary>What was lacking was sent: keep it, if it is that. Answered with <see cref="DiskAnswer.InputsTaken"/>.</summary>
    public sealed record TakeInputs(RunSpec Run, string InputSha256, byte[] Content) : DiskRequest;
}

/// <summary>What came of a <see cref="DiskRequest"/>.</summary>
internal abstract record DiskAnswer
{
    /// <summary>It could not be done.</summary>
    /// <param name="What">Why, on one line.</param>
    /// <param name="IsLasting">It would fail again: the input is wrong. False: the disk may get well.</param>
    /// <param name="IsDamage">What nodes have written is not there: they have to compute it again.</param>
    /// <param name="IsDeposed">Another coordinator has taken the run over; one of the two has no say any more.</param>
    /// <param name="IsOfProcess">The process cannot open any file: the disk may be well for another one.</param>
    public sealed record Failed(
        string What,
        bool IsLasting,
        bool IsDamage = false,
        bool IsDeposed = false,
        bool IsOfProcess = false
    ) : DiskAnswer;

    /// <summary>What the run is made from is not here, or another one is under its path.</summary>
    public sealed record InputsLacking : DiskAnswer
    {
        public static InputsLacking Instance { get; } = new();
    }

    public sealed record InputsRead(InputParcel Parcel) : DiskAnswer;

    public sealed record InputsTaken : DiskAnswer
    {
        public static InputsTaken Instance { get; } = new();
    }

    /// <summary>Parts are not in the directory of the coordinator's node.</summary>
    public sealed record PartsLacking(ImmutableArray<CheckpointPart> Parts) : DiskAnswer;

    public sealed record PartRead(PartParcel Parcel) : DiskAnswer;

    public sealed record PartTaken : DiskAnswer
    {
        public static PartTaken Instance { get; } = new();
    }

    /// <param name="Run">With the scenario and the commands of its last checkpoint.</param>
    /// <param name="Machine">What is to be run.</param>
    /// <param name="Result">It was run to its end before; null: it was not.</param>
    /// <param name="Contained">Given to this submission, and in its last checkpoint.</param>
    /// <param name="Since">Accepted before, and in no checkpoint.</param>
    /// <param name="Writer">See <see cref="DiskRequest.Writer"/>.</param>
    public sealed record Opened(
        RunSpec Run,
        MachineFacts Machine,
        CheckpointManifest? Result,
        ImmutableArray<AcceptedCommand> Contained,
        ImmutableArray<AcceptedCommand> Since,
        long Writer
    ) : DiskAnswer;

    /// <param name="Machine">What is run.</param>
    /// <param name="Contained">Given to this submission, and in a formation.</param>
    /// <param name="Since">Accepted, and in no formation yet.</param>
    /// <param name="Writer">See <see cref="DiskRequest.Writer"/>.</param>
    /// <param name="Result">The other coordinator has run it to its end; null: it has not.</param>
    public sealed record TakenOver(
        MachineFacts Machine,
        ImmutableArray<AcceptedCommand> Contained,
        ImmutableArray<AcceptedCommand> Since,
        long Writer,
        CheckpointManifest? Result = null
    ) : DiskAnswer;

    public sealed record EventPossible : DiskAnswer
    {
        public static EventPossible Instance { get; } = new();
    }

    /// <param name="Command">With its number.</param>
    public sealed record Written(AcceptedCommand Command) : DiskAnswer;

    /// <param name="Epoch">Of the formation.</param>
    /// <param name="Run">With the scenario that it has now.</param>
    /// <param name="Machine">Of that scenario; null: it is the same.</param>
    /// <param name="Done">The events that are in it.</param>
    /// <param name="Impossible">A line for each event that could not happen any more.</param>
    public sealed record BarrierPrepared(
        long Epoch,
        RunSpec Run,
        MachineFacts? Machine,
        ImmutableArray<string> Done,
        ImmutableArray<string> Impossible
    ) : DiskAnswer;

    /// <param name="Epoch">Of the formation.</param>
    /// <param name="Run">With the scenario that it has now.</param>
    /// <param name="Machine">Of that scenario; null: it is the same.</param>
    /// <param name="Last">The checkpoint; null: from the beginning.</param>
    /// <param name="Damaged">A line for each newer one that cannot be used.</param>
    /// <param name="Done">The events that are in the scenario now.</param>
    /// <param name="Impossible">A line for each event that could not happen any more.</param>
    public sealed record RestorePrepared(
        long Epoch,
        RunSpec Run,
        MachineFacts? Machine,
        CheckpointManifest? Last,
        ImmutableArray<string> Damaged,
        ImmutableArray<string> Done,
        ImmutableArray<string> Impossible
    ) : DiskAnswer;

    public sealed record Committed : DiskAnswer
    {
        public static Committed Instance { get; } = new();
    }
}

/// <summary>What the coordinator has to know of a run's machine.</summary>
/// <param name="Cells">What there is to place, in order.</param>
/// <param name="Placement">How.</param>
/// <param name="Scenario">The scenario's name.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="DurationNanoseconds">How long it is in virtual time.</param>
/// <param name="InputSha256">Of what it is made from; see <see cref="InputHash"/>.</param>
internal sealed record MachineFacts(
    ImmutableArray<PlacementCell> Cells,
    PlacementSettings Placement,
    string Scenario,
    ulong Seed,
    long DurationNanoseconds,
    string InputSha256
);

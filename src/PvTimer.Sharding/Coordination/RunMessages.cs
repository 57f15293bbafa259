using System;
using System.Collections.Immutable;
using System.IO;
using System.Text.Json.Serialization;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Coordination;

/// <summary>A machine to be run on the cluster: one back-end of a scenario.</summary>
/// <param name="Id">Unique; submitting it twice is submitting it once.</param>
/// <param name="ScenarioFile">A resolved scenario, where the client has it; a node that has another one there, or none, is sent it.</param>
/// <param name="Backend">The back-end's name.</param>
/// <param name="Directory">Where checkpoints go; every node can write there by this path.</param>
/// <param name="CheckpointMilliseconds">Wall time between two checkpoints; 0: none but the last.</param>
/// <param name="Nodes">How many nodes to wait for before it begins, at least 1.</param>
public sealed record RunSpec(
    string Id,
    string ScenarioFile,
    string Backend,
    string Directory,
    int CheckpointMilliseconds,
    int Nodes
)
{
    /// <summary>
    /// What it was called when it began. A run that is resumed gets a new Id, as no cluster runs an Id twice, and keeps
    /// this one: its checkpoints are known by it.
    /// </summary>
    public string FirstId { get; init; } = Id;

    /// <summary>The last of the commands that were accepted which it contains; see <see cref="CommandJournal"/>.</summary>
    public long Commands { get; init; }

    /// <summary>The scenario file's name without its folder.</summary>
    [JsonIgnore]
    public string ScenarioName => Path.GetFileName(ScenarioFile);

    /// <summary>Whether checkpoints of one can be used for the other.</summary>
    public bool IsSameRun(RunSpec other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return FirstId == other.FirstId && Backend == other.Backend;
    }
}

/// <summary>Where the state of a formation comes from.</summary>
public enum StateSource
{
    /// <summary>The machine at virtual time zero.</summary>
    Beginning,

    /// <summary>The files of a checkpoint.</summary>
    Checkpoint,

    /// <summary>What the nodes of the formation before froze at its last barrier.</summary>
    Barrier,
}

/// <summary>
/// Coordinator to nodes: take these seats. An older formation ends; whoever holds frozen cells that belong
/// elsewhere now sends them there.
/// </summary>
/// <param name="Epoch">Numbers formations; only ever grows.</param>
/// <param name="Run">What to run.</param>
/// <param name="InputSha256">Of what the machine is made from, as the coordinator read it; see <see cref="InputHash"/>.</param>
/// <param name="Seats">The nodes, in the order in which regions are numbered.</param>
/// <param name="Homes">For each cell of the machine, in order, the index of its seat.</param>
/// <param name="Source">Where the state comes from.</param>
/// <param name="ReachedNanoseconds">The barrier that the state belongs to.</param>
/// <param name="Files">Source Checkpoint: its files.</param>
/// <param name="Pins">Where cells were sent by command: for the coordinator's successor.</param>
/// <param name="History">What happened to the run so far: for the coordinator's successor.</param>
/// <param name="HoldAtNanoseconds">Where virtual time stands still; null: nowhere.</param>
/// <param name="NanosecondsPerSecond">How much virtual time may pass in a second of wall time; null: as much as can.</param>
/// <param name="Stop">The run is to stop at its next barrier: for the coordinator's successor.</param>
public sealed record Form(
    long Epoch,
    RunSpec Run,
    string InputSha256,
    ImmutableArray<ClusterSeat> Seats,
    ImmutableArray<int> Homes,
    StateSource Source,
    long ReachedNanoseconds,
    ImmutableArray<CheckpointPart> Files,
    [property: JsonConverter(typeof(PairsConverter))] ImmutableDictionary<string, string> Pins,
    ImmutableArray<string> History,
    long? HoldAtNanoseconds,
    long? NanosecondsPerSecond,
    bool Stop
) : IWireMessage
{
    /// <summary>The index of the seat of the node that has this address; negative: it has none.</summary>
    public int SeatAt(string address)
    {
        for (int seat = 0; seat < Seats.Length; seat++)
        {
            if (Seats[seat].Address == address)
            {
                return seat;
            }
        }
        return -1;
    }
}

/// <summary>Node to coordinator: all that is mine is in its place.</summary>
/// <param name="Epoch">The formation.</param>
/// <param name="Node">Who says it.</param>
/// <param name="LookaheadNanoseconds">The formation's, as every node finds it.</param>
/// <param name="Link">The cells whose link makes it so: "h0 - h3"; null: none is that short.</param>
internal sealed record Formed(long Epoch, string Node, long LookaheadNanoseconds, string? Link)
    : IWireMessage;

/// <summary>Node to coordinator: I cannot take my seat, because of this.</summary>
internal sealed record FormingFailed(long Epoch, string Node, string What) : IWireMessage;

/// <summary>Coordinator to nodes: everybody has formed; begin.</summary>
public sealed record Go(long Epoch) : IFormationMessage;

/// <summary>Coordinator to nodes: halt at the next barrier, if you have not halted yet.</summary>
/// <param name="Epoch">The formation that halts.</param>
/// <param name="Keep">Write what is frozen there to a file.</param>
public sealed record Pause(long Epoch, bool Keep) : IFormationMessage;

/// <summary>Coordinator to one node: have all nodes write a checkpoint at the next barrier.</summary>
internal sealed record TakeCheckpoint(long Epoch) : IFormationMessage;

/// <summary>Node to coordinator: my part of a checkpoint is on disk.</summary>
/// <param name="Epoch">The formation that wrote it.</param>
/// <param name="Node">Whose part it is.</param>
/// <param name="Round">The round after which it was taken.</param>
/// <param name="ReachedNanoseconds">Everything before this virtual time has happened, nothing after.</param>
/// <param name="FreezingMilliseconds">Wall time for which the node's regions stood still, all together.</param>
/// <param name="WritingMilliseconds">Wall time until it was on disk, while they ran on.</param>
/// <param name="Part">The file.</param>
internal sealed record CheckpointWritten(
    long Epoch,
    string Node,
    long Round,
    long ReachedNanoseconds,
    double FreezingMilliseconds,
    double WritingMilliseconds,
    CheckpointPart Part
) : IWireMessage;

/// <summary>Node to coordinator: my part of a checkpoint cannot be written; I run on.</summary>
internal sealed record CheckpointFailed(long Epoch, string Node, string What) : IWireMessage;

/// <summary>Coordinator to nodes: the run is over, forget it.</summary>
internal sealed record Dissolve(long Epoch) : IWireMessage;

/// <summary>Coordinator to a node: you cannot stay.</summary>
/// <param name="Why">One line, with what is accepted.</param>
internal sealed record JoinRefused(string Why) : IWireMessage;

/// <summary>A new coordinator to a node: what were you told last?</summary>
internal sealed record Recall : IWireMessage
{
    public static Recall Instance { get; } = new();
}

/// <summary>Node to a new coordinator.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Epoch">The last formation that it was told of.</param>
/// <param name="Form">What it was told; null: nothing, or its run is over.</param>
/// <param name="Planned">The last one of that run whose machine it could make, also if it is over; null: none.</param>
internal sealed record Recalled(string Node, long Epoch, Form? Form, Form? Planned) : IWireMessage;

/// <summary>Coordinator to a node: what have you kept of this run, which is submitted?</summary>
internal sealed record RecallRun(RunSpec Run) : IWireMessage;

/// <summary>Node to coordinator.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Run">The Id of the run that was asked about.</param>
/// <param name="Kept">The last formation of it that it knows of; null: none. It has what that is made from.</param>
internal sealed record RunRecalled(string Node, string Run, Form? Kept) : IWireMessage;

/// <summary>Why a formation halted.</summary>
public enum HaltReason
{
    /// <summary>It was told to.</summary>
    Paused,

    /// <summary>It reached the machine's end.</summary>
    Done,

    /// <summary>An entity broke the run; What says which.</summary>
    Broken,

    /// <summary>
    /// The node's part ended before its time: its actors were taken away, or the emulator itself broke there.
    /// What says how. Peers wait for it and do not halt; the machine is not broken by it.
    /// </summary>
    Crashed,
}

/// <summary>Node to coordinator: my regions have halted, at the same barrier as everybody's.</summary>
/// <param name="Epoch">The formation.</param>
/// <param name="Node">Who says it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Round">The rounds it took.</param>
/// <param name="ReachedNanoseconds">Everything before has happened.</param>
/// <param name="Events">Handled by the entities that are there.</param>
/// <param name="NextNanoseconds">The node's next event; null: none is pending there.</param>
/// <param name="Part">The file with what was frozen there, if one was asked for or the run is done.</param>
/// <param name="What">Broken, Crashed: one line; null for a node that only heard of it.</param>
/// <param name="BrokeAt">Broken: the key of the event, so that the earliest of several is known.</param>
public sealed record Halted(
    long Epoch,
    string Node,
    HaltReason Reason,
    long Round,
    long ReachedNanoseconds,
    long Events,
    long? NextNanoseconds,
    CheckpointPart? Part,
    string? What,
    BrokenAt? BrokeAt
) : IWireMessage;

/// <summary>The key of the event at which a run broke.</summary>
public sealed record BrokenAt(long TimeNanoseconds, int Source, long Sequence);

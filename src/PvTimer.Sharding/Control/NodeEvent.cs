using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>Something that has happened, as <see cref="NodeAgent"/> hears of it.</summary>
internal abstract record NodeEvent
{
    private NodeEvent() { }

    /// <summary>A message of the coordinator or of another node has come.</summary>
    public sealed record Received(IWireMessage Message) : NodeEvent;

    /// <summary>Said every <see cref="NodeAgent.Interval"/>.</summary>
    public sealed record TimePassed(NodeProgress Progress) : NodeEvent;

    /// <summary>Sharding has brought a cell.</summary>
    /// <param name="Cell">Its name.</param>
    /// <param name="Incarnation">Tells it from others of its name: one that comes later has a greater one.</param>
    public sealed record CellHere(string Cell, long Incarnation) : NodeEvent;

    /// <summary>A cell has ended.</summary>
    public sealed record CellGone(string Cell, long Incarnation) : NodeEvent;

    /// <summary>The process of a node is certainly dead. See <see cref="NodeEffect.CheckProcesses"/>.</summary>
    public sealed record ProcessFoundDead(ClusterSeat Seat) : NodeEvent;

    /// <summary>
    /// Whether the node ends (it was told to, or the others have declared it dead), or is in no cluster yet: then
    /// what breaks here says nothing about a run.
    /// </summary>
    public sealed record NodeEnding(bool IsEnding) : NodeEvent;

    /// <summary>The last formation of a run that was kept on this node's disk.</summary>
    /// <param name="Run">The run.</param>
    /// <param name="Kept">Null: none was.</param>
    public sealed record KeptRead(RunSpec Run, Form? Kept) : NodeEvent;

    /// <summary>What became of an effect on a formation. That of an older one is ignored.</summary>
    public abstract record OfFormation(long Epoch) : NodeEvent;

    /// <param name="Epoch">The formation.</param>
    /// <param name="Cells">The names of the machine's cells, in order.</param>
    public sealed record PlanMade(long Epoch, ImmutableArray<string> Cells) : OfFormation(Epoch);

    /// <summary>What the machine is made from is not here, or another one is under its path.</summary>
    public sealed record InputsLacking(long Epoch) : OfFormation(Epoch);

    public sealed record InputsRead(long Epoch, InputParcel Parcel) : OfFormation(Epoch);

    /// <summary>Parts of a checkpoint are not in this node's directory.</summary>
    /// <param name="Epoch">The formation.</param>
    /// <param name="Parts">Which.</param>
    /// <param name="Again">What is to be done when they are.</param>
    public sealed record PartsLacking(
        long Epoch,
        ImmutableArray<CheckpointPart> Parts,
        NodeEffect.OfFormation Again
    ) : OfFormation(Epoch);

    /// <summary>A part that was sent is in its place.</summary>
    public sealed record PartTaken(long Epoch, CheckpointPart Part) : OfFormation(Epoch);

    /// <summary>A checkpoint of the coordinator's is here, too.</summary>
    /// <param name="Epoch">The formation.</param>
    /// <param name="Manifest">The checkpoint.</param>
    /// <param name="IsLast">The run is over with it.</param>
    public sealed record ManifestKept(long Epoch, CheckpointManifest Manifest, bool IsLast)
        : OfFormation(Epoch);

    /// <summary>A part that was sent cannot be kept: why, on one line.</summary>
    public sealed record PartRefused(long Epoch, string What) : OfFormation(Epoch);

    public sealed record PartRead(long Epoch, PartParcel Parcel) : OfFormation(Epoch);

    /// <param name="Epoch">The formation.</param>
    /// <param name="States">Of the cells that were asked for, by name.</param>
    public sealed record StatesRead(
        long Epoch,
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> States
    ) : OfFormation(Epoch);

    /// <summary>The regions are there and wait for their actors.</summary>
    /// <param name="Epoch">The formation.</param>
    /// <param name="LookaheadNanoseconds">See <see cref="Formed"/>.</param>
    /// <param name="Link">See <see cref="Formed"/>.</param>
    public sealed record RegionsStarted(long Epoch, long LookaheadNanoseconds, string? Link)
        : OfFormation(Epoch);

    /// <summary>The actors of a cell are alive.</summary>
    public sealed record Populated(long Epoch, string Cell, long Incarnation) : OfFormation(Epoch);

    /// <summary>All regions here have ended.</summary>
    /// <param name="Epoch">The formation.</param>
    /// <param name="How">In which way.</param>
    /// <param name="What">Broke, Crashed: one line, else null.</param>
    /// <param name="BrokeAt">Broke: the key of the event.</param>
    /// <param name="Round">Rounds closed.</param>
    /// <param name="ReachedNanoseconds">Their last barrier.</param>
    /// <param name="Events">Handled by the entities that are here.</param>
    /// <param name="NextNanoseconds">The next event here; null: none is pending.</param>
    /// <param name="Look">The last look that was taken at a barrier; 0: none.</param>
    public sealed record RegionsEnded(
        long Epoch,
        NodeRunEnd How,
        string? What,
        BrokenAt? BrokeAt,
        long Round,
        long ReachedNanoseconds,
        long Events,
        long? NextNanoseconds,
        int Look
    ) : OfFormation(Epoch);

    /// <param name="Epoch">The formation.</param>
    /// <param name="Cells">The state of each cell that is here, by name.</param>
    public sealed record RegionsFrozen(long Epoch, IReadOnlyDictionary<string, byte[]> Cells)
        : OfFormation(Epoch);

    /// <summary>What was frozen is on disk.</summary>
    public sealed record FrozenWritten(long Epoch, CheckpointPart Part) : OfFormation(Epoch);

    /// <summary>Something that this formation needs cannot be done, or broke.</summary>
    /// <param name="Epoch">The formation.</param>
    /// <param name="What">One line.</param>
    public sealed record FormationFailed(long Epoch, string What) : OfFormation(Epoch);
}

/// <summary>How the regions of a node ended.</summary>
internal enum NodeRunEnd
{
    /// <summary>They were asked to, or have come to where virtual time is held.</summary>
    Paused,

    /// <summary>They have come to the machine's end.</summary>
    Done,

    /// <summary>An entity here broke the run.</summary>
    Broke,

    /// <summary>An entity broke the run on another node, which knows where and why.</summary>
    BrokeElsewhere,

    /// <summary>The emulator broke here, or the actors were taken away: the last round was not closed.</summary>
    Crashed,

    /// <summary>A node was lost. The coordinator will say how it goes on.</summary>
    PeerLost,
}

using System;
using System.Collections.Immutable;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>Something that <see cref="NodeAgent"/> wants done; to be carried out in order.</summary>
internal abstract record NodeEffect
{
    private NodeEffect() { }

    /// <summary>Send it to the coordinator, wherever that lives.</summary>
    public sealed record ToCoordinator(IWireMessage Message) : NodeEffect;

    /// <summary>Send it to the one whose message has just been received.</summary>
    public sealed record Reply(IWireMessage Message) : NodeEffect;

    /// <summary>Send it to the agent of another node.</summary>
    public sealed record ToNode(ClusterSeat Seat, IWireMessage Message) : NodeEffect;

    /// <summary>Have sharding bring a cell to where it belongs.</summary>
    public sealed record TouchCell(string Cell) : NodeEffect;

    /// <summary>All cells here shall go: the run is over.</summary>
    public sealed record DissolveCells(Dissolve Said) : NodeEffect;

    /// <summary>See whether one of these is dead: answered with <see cref="NodeEvent.ProcessFoundDead"/>.</summary>
    public sealed record CheckProcesses(ImmutableArray<ClusterSeat> Seats) : NodeEffect;

    /// <summary>Declare the node dead: its process is.</summary>
    public sealed record DownMember(ClusterSeat Seat) : NodeEffect;

    /// <summary>
    /// The coordinator lacks what a run was made from, and goes on with it from a formation that is over: send it, if it can
    /// be read.
    /// </summary>
    public sealed record SendInputs(Form Of, int Offset) : NodeEffect;

    /// <summary>Read what is kept here of a run, and keep at hand what it is made from. Answered: KeptRead.</summary>
    public sealed record ReadKept(RunSpec Run) : NodeEffect;

    public sealed record Log(string Line) : NodeEffect;

    /// <summary>
    /// Something that takes its time, for the one who has the formation's machine. What cannot be done is
    /// answered with <see cref="NodeEvent.FormationFailed"/>.
    /// </summary>
    public abstract record OfFormation(long Epoch) : NodeEffect;

    /// <summary>Begin a formation: read its scenario and build its machine. Answered: PlanMade or InputsLacking.</summary>
    public sealed record MakePlan(Form Form) : OfFormation(Form.Epoch);

    /// <summary>Keep what was lacking, if it is that, and make the plan. Answered: PlanMade.</summary>
    public sealed record TakeInputs(Form Form, byte[] Content) : OfFormation(Form.Epoch);

    /// <summary>The coordinator lacks what the machine is made from. Answered, if it can be read: InputsRead.</summary>
    public sealed record ReadInputs(long Epoch, int Offset) : OfFormation(Epoch);

    /// <summary>The coordinator lacks a part that was written here. Answered, if it can be read: PartRead.</summary>
    public sealed record ReadPart(long Epoch, CheckpointPart Part, int Offset) : OfFormation(Epoch);

    /// <summary>Keep a part that was lacking, if these are its bytes. Answered: PartTaken or PartRefused.</summary>
    public sealed record TakePart(long Epoch, CheckpointPart Part, byte[] Content)
        : OfFormation(Epoch);

    /// <summary>
    /// Keep a checkpoint that the coordinator has as well, unless it is here. Answered: ManifestKept, PartsLacking, or nothing. What
    /// cannot be kept is said in the log.
    /// </summary>
    public sealed record KeepManifest(long Epoch, CheckpointManifest Manifest, bool IsLast)
        : OfFormation(Epoch);

    /// <summary>Answered: StatesRead, or PartsLacking.</summary>
    /// <param name="Epoch">The formation.</param>
    /// <param name="Files">The checkpoint.</param>
    /// <param name="Cells">Those whose state is wanted.</param>
    public sealed record ReadStates(
        long Epoch,
        ImmutableArray<CheckpointPart> Files,
        ImmutableArray<string> Cells
    ) : OfFormation(Epoch);

    /// <summary>Answered: RegionsStarted.</summary>
    /// <param name="Epoch">The formation.</param>
    /// <param name="States">To thaw, in the order of the cells; null: the machine begins.</param>
    public sealed record StartRegions(long Epoch, ImmutableArray<ReadOnlyMemory<byte>>? States)
        : OfFormation(Epoch);

    /// <summary>Start a cell's actors, in place of those of earlier formations. Answered: Populated.</summary>
    public sealed record Populate(long Epoch, string Cell, long Incarnation) : OfFormation(Epoch);

    /// <summary>Answered in the end: RegionsEnded.</summary>
    public sealed record RunRegions(long Epoch) : OfFormation(Epoch);

    /// <summary>Halt at the next barrier, or at the first one.</summary>
    public sealed record PauseRegions(long Epoch) : OfFormation(Epoch);

    /// <summary>Have all regions of the run freeze at the next barrier, and go on.</summary>
    public sealed record RequestCheckpoint(long Epoch) : OfFormation(Epoch);

    /// <summary>Look at a barrier, as soon as all regions of the run have been asked to.</summary>
    public sealed record RequestLook(TakeLook Take) : OfFormation(Take.Epoch);

    /// <summary>Look now: the regions have halted.</summary>
    public sealed record LookNow(TakeLook Take) : OfFormation(Take.Epoch);

    /// <summary>Answered: RegionsFrozen.</summary>
    public sealed record FreezeRegions(long Epoch) : OfFormation(Epoch);

    /// <summary>Write what was frozen. Answered: FrozenWritten.</summary>
    public sealed record WriteFrozen(long Epoch, long Round) : OfFormation(Epoch);

    /// <summary>The formation is over here: let go of all that belongs to it.</summary>
    public sealed record StopFormation(long Epoch) : OfFormation(Epoch);
}

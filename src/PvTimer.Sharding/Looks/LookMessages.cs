using System.Collections.Immutable;
using PvTimer.Model.Looks;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Looks;

/// <summary>Client: what does the machine show? Answered with <see cref="LookAnswer"/>, after the next barrier.</summary>
/// <param name="Request">What to show over the sums.</param>
/// <param name="Hash">Where virtual time stands still: the trace hash of all that has happened so far, too.</param>
public sealed record AskLook(LookRequest Request, bool Hash = false) : IWireMessage;

/// <summary>The machine at one barrier, as far as its nodes have answered in time.</summary>
/// <param name="RunId">The run; null: there is none.</param>
/// <param name="Backend">Its back-end; null: there is no run.</param>
/// <param name="Phase">What it was doing.</param>
/// <param name="Epoch">The formation that was looked at.</param>
/// <param name="Round">The round after which it was looked at.</param>
/// <param name="Regions">How many regions the machine is in.</param>
/// <param name="Seen">How many of them have answered.</param>
/// <param name="Missing">The nodes that have not, by name.</param>
/// <param name="AgeMilliseconds">How old it is.</param>
/// <param name="StoodMilliseconds">How long virtual time stood still for it.</param>
/// <param name="Next">Where virtual time stands still: the next event [ns]; null: not known.</param>
/// <param name="TraceHash">If it was asked for and all is seen; else null.</param>
/// <param name="Look">What is seen; null: nothing yet.</param>
public sealed record LookAnswer(
    string? RunId,
    string? Backend,
    RunPhase Phase,
    long Epoch,
    long Round,
    int Regions,
    int Seen,
    ImmutableArray<string> Missing,
    long AgeMilliseconds,
    double StoodMilliseconds,
    long? Next,
    string? TraceHash,
    MachineLook? Look
) : IWireMessage
{
    /// <summary>There is nothing to see.</summary>
    public static LookAnswer Nothing { get; } =
        new(null, null, RunPhase.Unknown, 0, 0, 0, 0, [], 0, 0, null, null, null);
}

/// <summary>
/// Coordinator to nodes: look at what you have as soon as every node has been told so, all at one barrier; or
/// now, if your regions have halted.
/// </summary>
/// <param name="Epoch">The formation.</param>
/// <param name="Number">Greater than that of any look before.</param>
/// <param name="Request">What to show.</param>
/// <param name="Digests">What has happened to each entity, too, if the regions have halted.</param>
internal sealed record TakeLook(long Epoch, int Number, LookRequest Request, bool Digests)
    : IFormationMessage;

/// <summary>Node to coordinator: what one of its regions shows.</summary>
/// <param name="Epoch">The formation.</param>
/// <param name="Number">The look; <see cref="LastLook"/>: nobody asked, but it is the last one of the run.</param>
/// <param name="Node">Whose region.</param>
/// <param name="Region">Its number.</param>
/// <param name="Round">The round after which it was taken.</param>
/// <param name="Next">The region's next event [ns]; null: none.</param>
/// <param name="Look">What it shows.</param>
/// <param name="TookMilliseconds">How long the region stood still for it.</param>
/// <param name="Digests">Of each entity that lives there; null: not asked for.</param>
internal sealed record LookTaken(
    long Epoch,
    int Number,
    string Node,
    int Region,
    long Round,
    long? Next,
    MachineLook Look,
    double TookMilliseconds,
    ImmutableArray<EntityDigest>? Digests
) : IWireMessage
{
    /// <summary>The number of the look at a run's end.</summary>
    public const int LastLook = int.MaxValue;
}

/// <summary>What has happened to one entity so far, as a number.</summary>
/// <param name="Entity">Its index in the machine.</param>
/// <param name="Value">See <see cref="Engine.Kernel.DigestOf"/>.</param>
internal readonly record struct EntityDigest(int Entity, ulong Value);

using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Sweeps;

/// <summary>One run of a sweep: a resolved scenario on one of its back-ends.</summary>
/// <param name="Hash">
/// Of everything that decides its result, in lower-case hexadecimal: it is known by this wherever it is run.
/// </param>
/// <param name="Backend">The back-end's name.</param>
/// <param name="Scenario">The resolved scenario, with its seed; recordings by absolute path.</param>
/// <param name="Inputs">The recordings that it names, in the order of their paths.</param>
public sealed record PointOrder(
    string Hash,
    string Backend,
    [property: JsonConverter(typeof(DocumentConverter))] string Scenario,
    ImmutableArray<PointInput> Inputs
) : IWireMessage;

/// <summary>A recording that a scenario replays.</summary>
/// <param name="Path">What the scenario calls it: where the client has it, and nodes perhaps.</param>
/// <param name="Sha256">Of its content: a node that has another one there, or none, is sent the client's.</param>
public sealed record PointInput(
    [property: JsonConverter(typeof(DocumentConverter))] string Path,
    string Sha256
);

/// <summary>How a <see cref="PointOrder"/> ends.</summary>
public interface IPointAnswer : IWireMessage
{
    /// <summary>The order's.</summary>
    string Hash { get; }
}

/// <summary>
/// A node's answer to a <see cref="PointOrder"/> whose recordings it lacks: it is to be sent them, each in one
/// <see cref="InputParcel"/> after the other, and then the order again.
/// </summary>
/// <param name="Hash">The order's.</param>
/// <param name="Sha256">Of those that it lacks.</param>
public sealed record PointLacks(string Hash, ImmutableArray<string> Sha256) : IPointAnswer;

/// <summary>A node's answer to an <see cref="InputParcel"/> of a sweep.</summary>
/// <param name="Sha256">The recording's.</param>
/// <param name="Arrived">Bytes of it that are there: where the next part begins.</param>
/// <param name="Refusal">Why it is not taken, on one line; null: it is.</param>
internal sealed record PointInputTaken(string Sha256, int Arrived, string? Refusal) : IWireMessage;

/// <summary>A node's answer to a <see cref="PointOrder"/> that has not come to its end yet.</summary>
/// <param name="Hash">The order's.</param>
/// <param name="IsTaken">False: the node has enough to do; it is to be asked again, or another one.</param>
internal sealed record PointAtWork(string Hash, bool IsTaken) : IWireMessage;

/// <summary>What became of a <see cref="PointOrder"/>.</summary>
/// <param name="Hash">The order's.</param>
/// <param name="Result">Its numbers, a JSON document; null: there are none.</param>
/// <param name="Failure">Why there are none, on one line; null: there are.</param>
public sealed record PointOutcome(
    string Hash,
    [property: JsonConverter(typeof(DocumentConverter))] string? Result,
    string? Failure
) : IPointAnswer;

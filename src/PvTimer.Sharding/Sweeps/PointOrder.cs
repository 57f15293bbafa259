using System.Text.Json.Serialization;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Sweeps;

/// <summary>One run of a sweep: a resolved scenario on one of its back-ends.</summary>
/// <param name="Hash">
/// Of everything that decides its result, in lower-case hexadecimal: it is known by this wherever it is run.
/// </param>
/// <param name="Backend">The back-end's name.</param>
/// <param name="Scenario">The resolved scenario, with its seed; recordings by absolute path.</param>
/// <param name="InputSha256">Of each recording that it names, in the order of their paths; "" without.</param>
public sealed record PointOrder(
    string Hash,
    string Backend,
    [property: JsonConverter(typeof(DocumentConverter))] string Scenario,
    string InputSha256
) : IWireMessage;

/// <summary>A node's answer to a <see cref="PointOrder"/> that has not come to its end yet.</summary>
/// <param name="Hash">The order's.</param>
/// <param name="IsTaken">False: the node has enough to do; it is to be asked again, or another one.</param>
public sealed record PointAtWork(string Hash, bool IsTaken) : IWireMessage;

/// <summary>What became of a <see cref="PointOrder"/>.</summary>
/// <param name="Hash">The order's.</param>
/// <param name="Result">Its numbers, a JSON document; null: there are none.</param>
/// <param name="Failure">Why there are none, on one line; null: there are.</param>
public sealed record PointOutcome(
    string Hash,
    [property: JsonConverter(typeof(DocumentConverter))] string? Result,
    string? Failure
) : IWireMessage;

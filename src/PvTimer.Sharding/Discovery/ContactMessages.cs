using System.Collections.Immutable;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Discovery;

/// <summary>To a node's <see cref="ContactPoint"/>: whom could one join? Answered with <see cref="Contact"/>.</summary>
internal sealed record AskContact : IWireMessage
{
    public static AskContact Instance { get; } = new();
}

/// <param name="Node">The address of the node that answers.</param>
/// <param name="Members">Addresses of members of the cluster that it is in; empty: it is in none yet.</param>
internal sealed record Contact(string Node, ImmutableArray<string> Members) : IWireMessage;

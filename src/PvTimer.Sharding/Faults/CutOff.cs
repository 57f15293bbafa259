using System.Collections.Immutable;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Faults;

/// <summary>
/// Client to the /user/faults of one node: from now on nothing gets from you to these, or from them to you.
/// Answered with <see cref="Clients.CommandAnswer"/>.
/// </summary>
/// <param name="Peers">Akka addresses of nodes; empty: the network is whole.</param>
/// <param name="LastsMilliseconds">After which the node itself makes the network whole, at least 0.</param>
internal sealed record CutOff(ImmutableArray<string> Peers, long LastsMilliseconds) : IWireMessage;

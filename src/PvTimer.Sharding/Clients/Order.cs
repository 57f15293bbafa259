using System;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Clients;

/// <summary>
/// Client: what changes something, with the token that allows it. Answered as what is in it would be, or with
/// <see cref="OrderRefused"/>.
/// </summary>
/// <param name="Token">Shown to the node; null: there is none to show.</param>
/// <param name="Command">What to do; null: <paramref name="Run"/> is what.</param>
/// <param name="Run">What to run; null: <paramref name="Command"/> is what.</param>
public sealed record Order(string? Token, ClusterCommand? Command, Submit? Run) : IWireMessage
{
    /// <summary>Whether something changes the cluster or its run, and so has to come as an order.</summary>
    internal static bool IsOne(object request) => request is ClusterCommand or Submit;

    /// <summary>One of the two, with the token.</summary>
    internal static Order Of(object request, string? token) =>
        new(token, request as ClusterCommand, request as Submit);

    /// <summary>What is ordered; null: nothing is.</summary>
    internal IWireMessage? Content => Command is null ? Run : Command;

    /// <summary>Without the token, as it may come to stand in a log.</summary>
    public override string ToString() => $"order: {Content}";
}

/// <summary>Node to client: you may not do that.</summary>
/// <param name="What">One line: why, and what is accepted.</param>
public sealed record OrderRefused(string What) : IWireMessage;

/// <summary>A node did not accept an order; the message is one line.</summary>
public sealed class OrderRefusedException(string message) : Exception(message);

using System.Collections.Immutable;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>What the coordinator wants done: carried out in order, by an actor or by a simulation.</summary>
internal abstract record CoordinatorEffect
{
    /// <summary>A message to a node; it may be lost.</summary>
    public sealed record TellNode(ClusterSeat Node, IWireMessage Message) : CoordinatorEffect;

    /// <summary>The answer to a question or a command.</summary>
    /// <param name="Asker">Of the event that asked.</param>
    /// <param name="Message">The answer.</param>
    public sealed record Answer(long Asker, IWireMessage Message) : CoordinatorEffect;

    /// <summary>Cells belong on these nodes from now on, and may be moved there.</summary>
    /// <param name="Cells">The names of all cells, in order.</param>
    /// <param name="Homes">For each of them the address of its node.</param>
    public sealed record PlaceCells(ImmutableArray<string> Cells, ImmutableArray<string> Homes)
        : CoordinatorEffect;

    /// <summary>All cells are where they belong: they stay.</summary>
    public sealed record SettleCells : CoordinatorEffect;

    /// <summary>The node at this address is declared dead.</summary>
    public sealed record DeclareDead(string Address) : CoordinatorEffect;

    /// <summary>The node at this address is empty and may leave.</summary>
    public sealed record LetLeave(string Address) : CoordinatorEffect;

    /// <summary>Something is read or written; <see cref="CoordinatorEvent.DiskAnswered"/> says what came of it.</summary>
    /// <param name="Number">Of the request: requests are done in this order.</param>
    /// <param name="Request">What.</param>
    public sealed record AskDisk(long Number, DiskRequest Request) : CoordinatorEffect;

    /// <summary>A line for the node's log.</summary>
    public sealed record Log(string Line) : CoordinatorEffect;
}

using System.Collections.Immutable;
using PvTimer.OpsConsole.Orders;
using PvTimer.OpsConsole.Watching;

namespace PvTimer.Cli.Ops.Top;

/// <summary>What keys mean at the moment.</summary>
internal enum TopMode
{
    /// <summary>Each key is a command.</summary>
    Browse,

    /// <summary>A filter is being typed.</summary>
    Filter,

    /// <summary>An order is being typed.</summary>
    Order,

    /// <summary>A plan is shown, and a reason is being typed.</summary>
    Confirm,

    /// <summary>The keys are listed.</summary>
    Help,
}

/// <summary>What somebody at a terminal looks at, and what he is about to do.</summary>
internal sealed record TopState
{
    /// <summary>The page.</summary>
    public View View { get; init; } = new(ViewKind.Cluster);

    /// <summary>Where Escape leads, the last one first.</summary>
    public ImmutableStack<View> Back { get; init; } = [];

    /// <summary>The marked row, by its key; null: the first.</summary>
    public string? Marked { get; init; }

    /// <summary>The column that rows are sorted by; -1: as they come.</summary>
    public int Sort { get; init; } = -1;

    public bool Descending { get; init; }

    /// <summary>Only rows in which it occurs are shown.</summary>
    public string Filter { get; init; } = "";

    public TopMode Mode { get; init; }

    /// <summary>What is being typed.</summary>
    public string Input { get; init; } = "";

    /// <summary>Confirm: what is about to be ordered.</summary>
    public OrderRequest? Draft { get; init; }

    /// <summary>Confirm: what would happen.</summary>
    public OrderPlan? Plan { get; init; }

    /// <summary>Why the last order was given; offered again.</summary>
    public string Reason { get; init; } = "";

    /// <summary>One line about the last order; null: none.</summary>
    public TopLine? Said { get; init; }

    /// <summary>Another page, at its beginning.</summary>
    public TopState Go(View view) =>
        this with
        {
            Back = Back.Push(View),
            View = view,
            Marked = null,
            Sort = -1,
            Descending = false,
            Filter = "",
        };

    /// <summary>The page before; the same if there is none.</summary>
    public TopState Return() => Back.IsEmpty ? this : Go(Back.Peek()) with { Back = Back.Pop() };
}

/// <summary>What a key wants that is no change of the view.</summary>
internal abstract record TopWish
{
    public sealed record Quit : TopWish;

    /// <summary>Say what this would do.</summary>
    public sealed record Plan(OrderRequest Order) : TopWish;

    /// <summary>Do it.</summary>
    public sealed record Carry(OrderRequest Order) : TopWish;
}

namespace PvTimer.OpsConsole.Orders;

/// <summary>What somebody wants done.</summary>
/// <param name="Verb">What.</param>
/// <param name="Subject">See the verb.</param>
/// <param name="To">See the verb.</param>
/// <param name="By">Who wants it.</param>
/// <param name="Reason">Why; it goes to the audit log and to the run's history.</param>
/// <param name="Confirm">The plan's <see cref="OrderPlan.Confirm"/>: who orders has seen what will happen.</param>
public sealed record OrderRequest(
    OrderVerb Verb,
    string? Subject = null,
    string? To = null,
    string? By = null,
    string? Reason = null,
    string? Confirm = null
);

/// <summary>What an order would do.</summary>
/// <param name="Possible">Whether it can be done as things are.</param>
/// <param name="Lines">What happens then, a line each; or why it cannot be done and what is accepted.</param>
/// <param name="Confirm">To be given back with the order. Another state of the cluster has another one.</param>
public sealed record OrderPlan(
    bool Possible,
    System.Collections.Immutable.ImmutableArray<string> Lines,
    string Confirm
);

/// <summary>What became of an order.</summary>
/// <param name="Outcome">Whether it is done.</param>
/// <param name="What">One line: what happens now, or why nothing does and what is accepted.</param>
public sealed record OrderAnswer(OrderOutcome Outcome, string What);

/// <summary>Whether an order was done, or why not.</summary>
public enum OrderOutcome
{
    Done,

    /// <summary>The console only shows.</summary>
    ReadOnly,

    /// <summary>There was no token.</summary>
    NoToken,

    /// <summary>It was another one.</summary>
    WrongToken,

    /// <summary>There was no reason.</summary>
    NoReason,

    /// <summary>The plan was not seen, or is out of date.</summary>
    NotConfirmed,

    /// <summary>The cluster cannot do it.</summary>
    Refused,

    /// <summary>The cluster does not answer.</summary>
    Unreachable,
}

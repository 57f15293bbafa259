using System.Collections.Immutable;
using System.Linq;
using PvTimer.OpsConsole.Watching;

namespace PvTimer.OpsConsole.Documents;

/// <summary>The view "actor".</summary>
/// <param name="Name">The entity.</param>
/// <param name="State">What it is doing, in the field's terms.</param>
/// <param name="Fields">All of it: path and value, as its class declares them.</param>
/// <param name="Omitted">How many more there are.</param>
public sealed record ActorContent(
    string Name,
    ImmutableArray<StateGroup> State,
    ImmutableArray<string[]> Fields,
    int Omitted
)
{
    public static ActorContent? Of(Sample sample, string name) =>
        sample.Look?.Look?.Actors.FirstOrDefault(actor => actor.Name == name) is not { } found
            ? null
            : new ActorContent(
                found.Name,
                ActorState.Of(found),
                [.. found.Fields.Select(field => new[] { field.Path, field.Value })],
                found.Omitted
            );
}

/// <summary>State that belongs together: values with their names, or a table of them.</summary>
/// <param name="Title">"Local APIC".</param>
/// <param name="Facts">Values; empty for a table.</param>
/// <param name="Columns">Of a table, the first of which is the key's; empty for values.</param>
/// <param name="Rows">Of a table; as many cells as columns.</param>
public sealed record StateGroup(
    string Title,
    ImmutableArray<StateValue> Facts,
    ImmutableArray<string> Columns,
    ImmutableArray<ImmutableArray<StateValue>> Rows
);

/// <param name="Name">What it is: "TSC deadline".</param>
/// <param name="Kind">How it is to be read.</param>
/// <param name="Text">As it was read, with its unit; empty: there is none.</param>
/// <param name="Ns">Instant, Span: nanoseconds of virtual time; null: "none", "never", or no time.</param>
public sealed record StateValue(string Name, StateKind Kind, string Text, long? Ns);

/// <summary>What a value is.</summary>
public enum StateKind
{
    Text,

    /// <summary>A number of things.</summary>
    Count,

    /// <summary>An instant of virtual time.</summary>
    Instant,

    /// <summary>A span of virtual time.</summary>
    Span,

    /// <summary>Another actor's name.</summary>
    Actor,

    /// <summary>Why a guest was left, as perf prints it.</summary>
    ExitReason,
}

using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace PvTimer.ActorTime.Analyzers;

/// <summary>What is found. The messages name what was written, and what is accepted instead.</summary>
internal static class Rules
{
    private const string Category = "PvTimer.ActorTime";

    public static readonly DiagnosticDescriptor Blocks = Rule(
        "PVT0001",
        "The script's thread is blocked",
        "{0} blocks the one thread that virtual time has, and no virtual time passes; accepted: {1}",
        "Actors and script share one thread. While it sleeps, no actor does anything."
    );

    public static readonly DiagnosticDescriptor Delays = Rule(
        "PVT0002",
        "A task waits on the wall's clock",
        "{0} without a TimeProvider waits on the wall's clock; accepted: {1}",
        "What continues behind it comes from another thread, at an instant that depends on the machine. The script fails at its end."
    );

    public static readonly DiagnosticDescriptor Leaves = Rule(
        "PVT0003",
        "Work leaves the script's thread",
        "{0} does its work on another thread, when the machine gets to it; accepted: {1}",
        "What comes from another thread comes in an order that no run repeats. The script fails at its end."
    );

    public static readonly DiagnosticDescriptor Reads = Rule(
        "PVT0004",
        "The wall's clock is read",
        "{0} is the wall's time, which stands nearly still while virtual time passes; accepted: {1}",
        "A span or an instant that is read from it has nothing to do with the virtual clock, and differs from run to run."
    );

    public static readonly DiagnosticDescriptor Rings = Rule(
        "PVT0005",
        "A timer is on the wall's clock",
        "{0} without a TimeProvider is on the wall's clock; accepted: {1}",
        "It rings on another thread, at an instant that depends on the machine."
    );

    public static readonly DiagnosticDescriptor BlocksOnAsk = Rule(
        "PVT0006",
        "An Ask is waited for with its thread blocked",
        "{0} of an Ask blocks the thread on which it would be answered: if the answer takes virtual time, it never comes; accepted: {1}",
        "Actors and script share one thread, and only the script moves the clock."
    );

    public static readonly DiagnosticDescriptor AwaitsAsk = Rule(
        "PVT0007",
        "An Ask is awaited without the clock being moved",
        "await of an Ask gets what is answered at this instant, and waits for ever if the answer takes virtual time; accepted: {1}",
        "Only the script moves the clock, and a script that awaits does not.",
        DiagnosticSeverity.Info
    );

    public static readonly DiagnosticDescriptor Refused = Rule(
        "PVT0008",
        "The verb would wait on the wall, and always throws",
        "{0} would wait on the wall, and throws NotSupportedException; accepted: {1}",
        "It is there so that tests written for Akka's own kit compile, and say what to use instead."
    );

    public static readonly DiagnosticDescriptor Dropped = Rule(
        "PVT0009",
        "What a verb of the kit finds is not waited for",
        "{0} is not awaited, so that what it finds fails no test; accepted: {1}",
        "A failure is in the task that the verb returns. Where nothing awaits it, the test is green."
    );

    public static ImmutableArray<DiagnosticDescriptor> All { get; } =
    [Blocks, Delays, Leaves, Reads, Rings, BlocksOnAsk, AwaitsAsk, Refused, Dropped];

    private static DiagnosticDescriptor Rule(
        string id,
        string title,
        string message,
        string description,
        DiagnosticSeverity severity = DiagnosticSeverity.Warning
    ) => new(id, title, message, Category, severity, isEnabledByDefault: true, description);
}

using Microsoft.CodeAnalysis;

namespace PvTimer.ActorTime.Analyzers;

/// <summary>Something that is not in virtual time, wherever it stands.</summary>
internal sealed class Misuse
{
    public Misuse(DiagnosticDescriptor rule, string what, string inScript, string? inActor)
    {
        Rule = rule;
        What = what;
        InScript = inScript;
        InActor = inActor;
    }

    public DiagnosticDescriptor Rule { get; }

    /// <summary>As it was written: "Task.Delay".</summary>
    public string What { get; }

    /// <summary>What a script may do instead.</summary>
    public string InScript { get; }

    /// <summary>What an actor may do instead; null: there it is right.</summary>
    public string? InActor { get; }
}

using Microsoft.CodeAnalysis;

namespace PvTimer.ActorTime.Analyzers;

/// <summary>The types that matter, as one compilation knows them; null: it does not.</summary>
internal sealed class KnownTypes
{
    private KnownTypes(Compilation compilation, INamedTypeSymbol actor)
    {
        Actor = actor;
        Kit = compilation.GetTypeByMetadataName("PvTimer.ActorTime.Verbs.VirtualTestKit");
        Asks = compilation.GetTypeByMetadataName("Akka.Actor.Futures");
        Dsl = compilation.GetTypeByMetadataName("Akka.Actor.Dsl.IActorDsl");
        Context = compilation.GetTypeByMetadataName("Akka.Actor.IActorContext");
        TimeProvider = compilation.GetTypeByMetadataName("System.TimeProvider");
    }

    /// <summary>What every actor derives from.</summary>
    public INamedTypeSymbol Actor { get; }

    /// <summary>What every script derives from.</summary>
    public INamedTypeSymbol? Kit { get; }

    /// <summary>Where Akka has Ask.</summary>
    public INamedTypeSymbol? Asks { get; }

    /// <summary>What describes an actor without a class.</summary>
    public INamedTypeSymbol? Dsl { get; }

    /// <summary>What a handler of such an actor is given.</summary>
    public INamedTypeSymbol? Context { get; }

    public INamedTypeSymbol? TimeProvider { get; }

    /// <summary>
    /// Null: the compilation knows no actors. It need not know the kit: an application may take the analyzers alone.
    /// </summary>
    public static KnownTypes? Of(Compilation compilation) =>
        compilation.GetTypeByMetadataName("Akka.Actor.ActorBase") is { } actor
            ? new KnownTypes(compilation, actor)
            : null;
}

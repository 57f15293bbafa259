using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace PvTimer.ActorTime.Analyzers;

/// <summary>Where code runs.</summary>
internal enum Place
{
    /// <summary>Where nothing is said of it.</summary>
    Elsewhere,

    /// <summary>A class that derives from the kit.</summary>
    Script,

    /// <summary>A class that derives from ActorBase, or a handler of an actor that Akka's DSL describes.</summary>
    Actor,
}

/// <summary>Finds it.</summary>
internal static class Places
{
    public static Place Of(IOperation operation, ISymbol owner, KnownTypes known)
    {
        for (IOperation? each = operation; each is not null; each = each.Parent)
        {
            if (each is IAnonymousFunctionOperation code && DescribesActor(code.Symbol, known))
            {
                return Place.Actor;
            }
        }
        INamedTypeSymbol? type = owner as INamedTypeSymbol ?? owner.ContainingType;
        return Derives(type, known.Kit) ? Place.Script
            : Derives(type, known.Actor) ? Place.Actor
            : Place.Elsewhere;
    }

    /// <summary>It is only named: nameof(DateTime.Now).</summary>
    public static bool IsNameOnly(IOperation operation)
    {
        for (IOperation? each = operation.Parent; each is not null; each = each.Parent)
        {
            if (each is INameOfOperation)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>It is in code that a host runs while it starts, and awaits with the clock moving.</summary>
    public static bool IsStartOfHost(IOperation operation)
    {
        for (IOperation? each = operation; each is not null; each = each.Parent)
        {
            if (
                each is IArgumentOperation { Parent: IInvocationOperation call }
                && call.TargetMethod.ContainingNamespace.ToDisplayString() == "Akka.Hosting"
            )
            {
                return true;
            }
        }
        return false;
    }

    private static bool DescribesActor(IMethodSymbol code, KnownTypes known) =>
        code.Parameters.Any(parameter =>
            Is(parameter.Type, known.Dsl) || Is(parameter.Type, known.Context)
        );

    /// <summary>It is this type, or derives from it.</summary>
    public static bool Derives(INamedTypeSymbol? type, INamedTypeSymbol? from)
    {
        for (INamedTypeSymbol? each = type; each is not null; each = each.BaseType)
        {
            if (Is(each, from))
            {
                return true;
            }
        }
        return false;
    }

    private static bool Is(ITypeSymbol type, INamedTypeSymbol? known) =>
        known is not null && SymbolEqualityComparer.Default.Equals(type, known);
}

using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace PvTimer.ActorTime.Analyzers;

/// <summary>
/// Finds what is not in virtual time where it would have to be: in scripts, which are classes that derive from the kit,
/// and in actors. The kit itself finds more, but only when a test gets there.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class VirtualTimeAnalyzer : DiagnosticAnalyzer
{
    /// <summary>All that it can say.</summary>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => Rules.All;

    /// <summary>Begins with each compilation that knows actors.</summary>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (KnownTypes.Of(start.Compilation) is { } known)
            {
                start.RegisterOperationAction(
                    each => Look(each, known),
                    OperationKind.Invocation,
                    OperationKind.MethodReference,
                    OperationKind.PropertyReference,
                    OperationKind.ObjectCreation,
                    OperationKind.Await
                );
            }
        });
    }

    private static void Look(OperationAnalysisContext context, KnownTypes known)
    {
        IOperation operation = context.Operation;
        if (Misuses.In(operation, known) is not { } misuse || Places.IsNameOnly(operation))
        {
            return;
        }
        string? accepted = Places.Of(operation, context.ContainingSymbol, known) switch
        {
            Place.Script => misuse.InScript,
            Place.Actor => misuse.InActor,
            // A verb of the kit is refused wherever it is called.
            _ => misuse.Rule.Equals(Rules.Refused) ? misuse.InScript : null,
        };
        if (accepted is not null)
        {
            context.ReportDiagnostic(
                Diagnostic.Create(
                    misuse.Rule,
                    operation.Syntax.GetLocation(),
                    misuse.What,
                    accepted
                )
            );
        }
    }
}

using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Runtime.Loader;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace PvTimer.Scenarios.Tests;

/// <summary>Source of test classes, compiled and run as a test runner would.</summary>
internal static class Compiled
{
    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!) // reason: the host always sets it
            .Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>Runs every fact of every class in it; throws what they throw.</summary>
    /// <returns>How many were run.</returns>
    public static async Task<int> Run(string source)
    {
        CSharpCompilation compilation = CSharpCompilation.Create(
            $"compiled-{Guid.NewGuid():N}",
            [CSharpSyntaxTree.ParseText(source)],
            References,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable
            )
        );
        using MemoryStream image = new();
        string[] errors =
        [
            .. compilation
                .Emit(image)
                .Diagnostics.Where(each => each.Severity == DiagnosticSeverity.Error)
                .Select(each => each.ToString()),
        ];
        Assert.True(errors.Length == 0, string.Join('\n', errors) + "\n\n" + source);
        image.Position = 0;
        AssemblyLoadContext context = new("compiled", isCollectible: true);
        int run = 0;
        foreach (Type type in context.LoadFromStream(image).GetTypes().Where(type => type.IsPublic))
        {
            foreach (MethodInfo fact in type.GetMethods().Where(IsFact))
            {
                await RunFact(type, fact);
                run++;
            }
        }
        context.Unload();
        return run;
    }

    private static bool IsFact(MethodInfo method) =>
        method.GetCustomAttribute<FactAttribute>() is not null;

    private static async Task RunFact(Type type, MethodInfo fact)
    {
        ConstructorInfo constructor = type.GetConstructors().Single();
        object instance = constructor.Invoke(new object?[constructor.GetParameters().Length]);
        try
        {
            if (fact.Invoke(instance, null) is Task running)
            {
                await running;
            }
        }
        catch (TargetInvocationException failure)
        {
            ExceptionDispatchInfo.Throw(failure.InnerException!);
        }
        finally
        {
            (instance as IDisposable)?.Dispose();
        }
    }
}

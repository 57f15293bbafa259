using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Scenarios;
using PvTimer.Sharding.Sweeps;

namespace PvTimer.Experiments.Sweeps;

/// <summary>By what a run is known: everything that decides its result, the program's own code included.</summary>
internal static class PointCode
{
    /// <summary>Grows with each change of what a result has in it.</summary>
    public const int Schema = 1;

    /// <summary>
    /// The version, and the identities that the compiler gave to the assemblies that decide results: builds are
    /// deterministic, so the same sources have the same ones.
    /// </summary>
    public static string Program { get; } =
        string.Join(
            ' ',
            new[]
            {
                typeof(EmulatedMachine).Assembly,
                typeof(SequentialEngine).Assembly,
                typeof(ScenarioReader).Assembly,
                typeof(SummaryDocument).Assembly,
            }
                .Select(Identity)
                .Prepend(BuildIdentity.Current.Version)
        );

    /// <summary>Lower-case hexadecimal.</summary>
    public static string HashOf(string scenario, string backend, string inputs) =>
        FileDigest.OfText($"point {Schema}\n{Program}\n{backend}\n{inputs}\n{scenario}");

    /// <summary>Of recordings: their contents, in their order.</summary>
    public static string InputsOf(ImmutableArray<PointInput> inputs) =>
        string.Join(' ', inputs.Select(input => input.Sha256));

    private static string Identity(Assembly assembly) =>
        assembly.ManifestModule.ModuleVersionId.ToString("N");
}

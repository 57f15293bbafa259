using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;

namespace PvTimer.Scenarios.Costs;

/// <summary>
/// The cost profiles that are part of the program: the files of config/costs as they were when it was built,
/// so that a scenario can name one from any folder.
/// </summary>
public static class ShippedProfiles
{
    private const string Prefix = "costs/";
    private const string Suffix = ".conf";

    /// <summary>The one that is no host's: nothing takes time to speak of.</summary>
    public const string Ideal = "ideal";

    private static readonly Assembly Own = typeof(ShippedProfiles).Assembly;

    /// <summary>In alphabetical order, as <c>costs = NAME</c> takes them.</summary>
    public static ImmutableArray<string> Names { get; } =
    [
        .. Own.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The profile's text; null if there is none of that name.</summary>
    internal static string? TextOf(string name)
    {
        using Stream? stream = Own.GetManifestResourceStream(Prefix + name + Suffix);
        if (stream is null)
        {
            return null;
        }
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}

using System;
using System.Collections.Immutable;
using System.Globalization;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads <c>placement { policy = ..., pins { "h3" = node-2 } }</c>.</summary>
internal static class PlacementReader
{
    public static PlacementSettings Read(Settings from, int hosts, int cpus)
    {
        PlacementPolicy policy = from.Choice(
            "policy",
            PlacementPolicy.PackByHost,
            ("pack-by-host", PlacementPolicy.PackByHost),
            ("spread", PlacementPolicy.Spread),
            ("dedicated", PlacementPolicy.Dedicated)
        );
        Settings section = from.Section("pins");
        var pins = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach ((string key, string node) in section.FreeTexts())
        {
            if (!Exists(key, hosts, cpus))
            {
                throw section.Error(
                    key,
                    $"there is no '{key}'",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"a host from h0 to h{hosts - 1}, or one of its pCPUs, such as \"h0/p{cpus - 1}\""
                    )
                );
            }
            if (NameRule.Node.FlawOf(node) is { } flaw)
            {
                throw section.Error(key, $"the node {flaw}", NameRule.Node.Forms);
            }
            pins.Add(key, node);
        }
        from.RejectUnknown();
        return new PlacementSettings(policy, pins.ToImmutable());
    }

    private static bool Exists(string key, int hosts, int cpus)
    {
        string[] parts = key.Split('/');
        return parts.Length <= 2
            && IsBelow(parts[0], 'h', hosts)
            && (parts.Length == 1 || IsBelow(parts[1], 'p', cpus));
    }

    private static bool IsBelow(string text, char letter, int limit) =>
        text.Length > 1
        && text[0] == letter
        && int.TryParse(
            text.AsSpan(1),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int number
        )
        && number < limit;
}

using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios;

/// <summary>A resolved scenario as paths and values, such as <c>--set</c> takes: what two of them are compared by.</summary>
public static class ScenarioParameters
{
    /// <summary>All keys, defaults and the whole cost profile included: "host.halt-poll" is "200us".</summary>
    public static ImmutableSortedDictionary<string, string> Of(Scenario scenario)
    {
        byte[] text = Encoding.UTF8.GetBytes(ScenarioWriter.Write(scenario));
        using System.IO.MemoryStream content = new(text);
        SourceObject root = SourceTree.Of(HoconText.Of("scenario.conf", content, []));
        ImmutableSortedDictionary<string, string>.Builder values =
            ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        Collect(root.Entries["scenario"], values);
        return values.ToImmutable();
    }

    /// <summary>The keys in which two differ, in the order of their names.</summary>
    public static ImmutableArray<DifferingParameter> Differences(Scenario left, Scenario right)
    {
        ImmutableSortedDictionary<string, string> one = Of(left);
        ImmutableSortedDictionary<string, string> other = Of(right);
        return
        [
            .. one
                .Keys.Union(other.Keys, StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select(key => new DifferingParameter(
                    key,
                    one.GetValueOrDefault(key),
                    other.GetValueOrDefault(key)
                ))
                .Where(each => each.Left != each.Right),
        ];
    }

    private static void Collect(SourceNode node, IDictionary<string, string> values)
    {
        switch (node)
        {
            case SourceObject container:
                foreach (SourceNode child in container.Entries.Values)
                {
                    Collect(child, values);
                }
                break;
            case SourceList { Items: var items } list when items.All(item => item is SourceText):
                values[Shortened(list.Path)] =
                    $"[{string.Join(", ", items.Cast<SourceText>().Select(item => item.Value))}]";
                break;
            case SourceList list:
                foreach (SourceNode item in list.Items)
                {
                    Collect(item, values);
                }
                break;
            case SourceText text:
                values[Shortened(text.Path)] = text.Value;
                break;
        }
    }

    private static string Shortened(string path) =>
        path.StartsWith(ScenarioPrefix, StringComparison.Ordinal)
            ? path[ScenarioPrefix.Length..]
            : path;

    private const string ScenarioPrefix = "scenario.";
}

/// <param name="Key">"pvtimer.scan-period".</param>
/// <param name="Left">Null: the first has no such key.</param>
/// <param name="Right">Null: the second has no such key.</param>
public sealed record DifferingParameter(string Key, string? Left, string? Right);

using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using System.Text;
using PvTimer.Model.Costs;
using PvTimer.Model.Time;

namespace PvTimer.Scenarios.Costs;

/// <summary>Writes a cost profile as HOCON, so that it can be pasted into a file or a scenario.</summary>
public static class CostProfileWriter
{
    private static readonly PropertyInfo[] Keys = typeof(CostProfile).GetProperties();

    /// <summary>The section <c>costs { ... }</c> with every key, each line indented.</summary>
    public static string Write(CostProfile profile, string indent) =>
        $"{indent}costs {{\n{Lines(profile, indent + "  ")}{indent}}}\n";

    /// <summary>One span, or the list of quantiles.</summary>
    public static string Write(CostDistribution distribution) =>
        distribution.Quantiles is [VirtualDuration constant]
            ? Units.Write(constant)
            : $"[{string.Join(", ", distribution.Quantiles.Select(Units.Write))}]";

    private static string Lines(CostProfile profile, string indent)
    {
        StringBuilder text = new();
        foreach (PropertyInfo property in Keys)
        {
            string value = property.GetValue(profile) switch
            {
                string name => $"\"{name}\"",
                VirtualDuration span => Units.Write(span),
                CostDistribution distribution => Write(distribution),
                ImmutableArray<IdleState> idle => List(
                    idle.Select(state => State(state.Name, state.From, "wake", state.Wake)),
                    indent
                ),
                ImmutableArray<RunningState> running => List(
                    running.Select(state => State(state.Name, state.From, "delay", state.Delay)),
                    indent
                ),
                HostNoise noise =>
                    $"{{ every = {Units.Write(noise.Every)}, length = {Write(noise.Length)} }}",
                _ => "off",
            };
            text.Append(indent).Append($"{KebabCase.Of(property.Name)} = {value}\n");
        }
        return text.ToString();
    }

    private static string State(
        string name,
        VirtualDuration from,
        string key,
        CostDistribution table
    ) => $"{{ name = \"{name}\", from = {Units.Write(from)}, {key} = {Write(table)} }}";

    private static string List(IEnumerable<string> items, string indent)
    {
        string lines = string.Concat(items.Select(item => $"{indent}  {item}\n"));
        return lines.Length == 0 ? "[]" : $"[\n{lines}{indent}]";
    }
}

using System.Collections.Generic;
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
        $"{indent}costs {{\n{Lines(profile, Keys, indent + "  ")}{indent}}}\n";

    /// <summary>The keys that may be tables of quantiles: what a fit finds.</summary>
    public static string WriteTables(CostProfile profile) =>
        Lines(
            profile,
            Keys.Where(key => key.PropertyType != typeof(VirtualDuration) && key.Name != "Name"),
            indent: ""
        );

    /// <summary>One span, or the list of quantiles.</summary>
    public static string Write(CostDistribution distribution) =>
        distribution.Quantiles is [VirtualDuration constant]
            ? Units.Write(constant)
            : $"[{string.Join(", ", distribution.Quantiles.Select(Units.Write))}]";

    private static string Lines(
        CostProfile profile,
        IEnumerable<PropertyInfo> properties,
        string indent
    )
    {
        StringBuilder text = new();
        foreach (PropertyInfo property in properties)
        {
            string value = property.GetValue(profile) switch
            {
                string name => $"\"{name}\"",
                VirtualDuration span => Units.Write(span),
                CostDistribution distribution => Write(distribution),
                _ => Write(profile.IdleStates, indent),
            };
            text.Append(indent).Append($"{KebabCase.Of(property.Name)} = {value}\n");
        }
        return text.ToString();
    }

    private static string Write(IEnumerable<IdleState> states, string indent)
    {
        IEnumerable<string> lines = states.Select(state =>
            $"{indent}  {{ name = \"{state.Name}\", from = {Units.Write(state.From)}, wake = {Write(state.Wake)} }}\n"
        );
        return $"[\n{string.Concat(lines)}{indent}]";
    }
}

using System.Linq;
using System.Reflection;
using System.Text;
using PvTimer.Model.Costs;
using PvTimer.Model.Time;

namespace PvTimer.Scenarios.Costs;

/// <summary>Writes a cost profile as HOCON, every key, so that it can be pasted into a file or a scenario.</summary>
public static class CostProfileWriter
{
    /// <summary>The section <c>costs { ... }</c>, each line indented.</summary>
    public static string Write(CostProfile profile, string indent)
    {
        StringBuilder text = new();
        text.Append(indent).Append("costs {\n");
        string inner = indent + "  ";
        foreach (PropertyInfo property in typeof(CostProfile).GetProperties())
        {
            string key = KebabCase.Of(property.Name);
            switch (property.GetValue(profile))
            {
                case string name:
                    text.Append(inner).Append($"{key} = \"{name}\"\n");
                    break;
                case VirtualDuration span:
                    text.Append(inner).Append($"{key} = {Units.Write(span)}\n");
                    break;
                case CostDistribution distribution:
                    text.Append(inner).Append($"{key} = {Write(distribution)}\n");
                    break;
                default:
                    text.Append(inner).Append($"{key} = [\n");
                    foreach (IdleState state in profile.IdleStates)
                    {
                        string from = Units.Write(state.From);
                        string wake = Write(state.Wake);
                        text.Append(inner)
                            .Append(
                                $"  {{ name = \"{state.Name}\", from = {from}, wake = {wake} }}\n"
                            );
                    }
                    text.Append(inner).Append("]\n");
                    break;
            }
        }
        return text.Append(indent).Append("}\n").ToString();
    }

    /// <summary>One span, or the list of quantiles.</summary>
    public static string Write(CostDistribution distribution) =>
        distribution.Quantiles is [VirtualDuration constant]
            ? Units.Write(constant)
            : $"[{string.Join(", ", distribution.Quantiles.Select(Units.Write))}]";
}

using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Model.Costs;

namespace PvTimer.Formats.Lateness;

/// <summary>Writes the fitted tables in the notation of a cost profile (HOCON, units on every value).</summary>
public static class CostTableWriter
{
    public static void Write(TextWriter writer, CostProfile profile)
    {
        writer.Write($"timer-interrupt = {Table(profile.TimerInterrupt)}\n");
        writer.Write("idle-states = [\n");
        foreach (IdleState state in profile.IdleStates)
        {
            string from = state.From.Nanoseconds.ToString(CultureInfo.InvariantCulture);
            writer.Write(
                $"  {{ name = {state.Name}, from = {from}ns, wake = {Table(state.Wake)} }}\n"
            );
        }
        writer.Write("]\n");
    }

    private static string Table(CostDistribution table) =>
        "["
        + string.Join(
            ", ",
            table.Quantiles.Select(value =>
                string.Create(CultureInfo.InvariantCulture, $"{value.Nanoseconds}ns")
            )
        )
        + "]";
}

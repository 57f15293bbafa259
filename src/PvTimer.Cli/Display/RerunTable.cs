using System.Linq;
using System.Text;
using PvTimer.Experiments.Repetition;

namespace PvTimer.Cli.Display;

/// <summary>What pvtimer rerun prints.</summary>
internal static class RerunTable
{
    public static string Of(Rerun rerun)
    {
        string[][] cells =
        [
            ["back-end", "trace hash then", "trace hash now", ""],
            .. rerun.Backends.Select(each =>
                new[]
                {
                    each.Backend,
                    each.Then,
                    each.Now ?? "none",
                    each.IsSame ? "the same" : "differs",
                }
            ),
        ];
        TextColumns columns = new(cells);
        StringBuilder text = new($"{rerun.Run.ScenarioName}, {rerun.Run.Directory}\n\n");
        foreach (string[] line in cells)
        {
            text.Append(columns.Line(line));
        }
        text.Append('\n');
        if (rerun.Differences.IsEmpty)
        {
            text.Append(
                rerun.IsSame
                    ? "The same run: version, scenario and inputs are as they were.\n"
                    : "Another result, although version, scenario and inputs are as they were: a fault of the emulator.\n"
            );
        }
        else
        {
            text.Append(
                rerun.IsSame
                    ? "The same result, although not all is as it was:\n"
                    : "What differs:\n"
            );
            foreach (string difference in rerun.Differences)
            {
                text.Append("  ").Append(difference).Append('\n');
            }
        }
        return text.ToString();
    }
}

using System.Collections.Generic;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.Model.Reports;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Display;

/// <summary>One line for each live migration, by back-end.</summary>
internal static class MigrationLines
{
    public static IEnumerable<string> Of(ExperimentResult result) =>
        result.Backends.SelectMany(backend =>
            backend.Report.Migrations.Select(migration =>
                $"{backend.Backend.Name}: {LineOf(migration)}"
            )
        );

    private static string LineOf(MigrationReport migration)
    {
        string begun = Units.Write(migration.BegunAt - Model.Time.VirtualTime.Zero);
        string what = $"{migration.Vm} from {migration.From} to {migration.To}, begun at {begun}: ";
        return migration is { Total: { } total, Downtime: { } downtime }
            ? what
                + $"{Quantities.Span(total.Nanoseconds)} in {Quantities.Count(migration.Rounds)} "
                + (migration.Rounds == 1 ? "round" : "rounds")
                + $", downtime {Quantities.Span(downtime.Nanoseconds)}"
            : what + "still under way at the end";
    }
}

using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.Model.Time;

namespace PvTimer.Cli.Display;

/// <summary>How far a run has come, in one line.</summary>
/// <param name="Backend">The back-end that is run.</param>
/// <param name="Reached">Virtual time so far.</param>
/// <param name="Length">Virtual time of the run, more than zero.</param>
/// <param name="Events">So far.</param>
/// <param name="Wall">Real time since this back-end began.</param>
internal sealed record ProgressText(
    string Backend,
    VirtualDuration Reached,
    VirtualDuration Length,
    long Events,
    TimeSpan Wall
)
{
    private const int BarWidth = 24;
    private const int ShortBarWidth = 10;

    private double Share => Math.Clamp((double)Reached.Nanoseconds / Length.Nanoseconds, 0, 1);

    /// <summary>All of it, for a log.</summary>
    public string Whole => Forms[0];

    /// <summary>With a bar, and as much of the rest as fits; never more than so many columns.</summary>
    /// <param name="columns">At least 1.</param>
    public string Fit(int columns)
    {
        string[] drawn =
        [
            $"{Bar(BarWidth)} {Forms[0]}",
            .. Forms.Select(form => $"{Bar(ShortBarWidth)} {form}"),
            .. Forms,
        ];
        string? fits = drawn.FirstOrDefault(line => line.Length <= columns);
        return fits ?? Forms[^1][..Math.Min(columns, Forms[^1].Length)];
    }

    /// <summary>From the longest to the shortest.</summary>
    private ImmutableArray<string> Forms
    {
        get
        {
            string begin = string.Create(
                CultureInfo.InvariantCulture,
                $"{Backend, -8} {100 * Share:0} %"
            );
            string reached = Quantities.Span(Reached.Nanoseconds);
            string time = $"{reached} of {Quantities.Span(Length.Nanoseconds)}";
            string rate =
                Wall.TotalSeconds > 0 ? Quantities.Count(Events / Wall.TotalSeconds) : "0";
            string left =
                Share > 0.01 && Wall > TimeSpan.Zero
                    ? Quantities.Span(Wall.TotalNanoseconds * (1 - Share) / Share)
                    : "not yet known";
            return
            [
                $"{begin}, {time} virtual, {rate} events/s, {left} left",
                $"{begin}, {time}, {rate} events/s, {left} left",
                $"{begin}, {time}, {left} left",
                $"{begin}, {left} left",
                begin,
            ];
        }
    }

    private string Bar(int width) =>
        $"[{new string('#', (int)(Share * width)).PadRight(width, '-')}]";
}

using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.Experiments.Sweeps;

namespace PvTimer.Cli.Display;

/// <summary>How far a sweep has come, on standard error: done, failed, cached, and how long it will take.</summary>
internal sealed class SweepLine(Session session, bool quiet) : IDisposable
{
    private const int BarWidth = 24;

    private readonly DrawnLine _line = new(session);
    private readonly long _started = Stopwatch.GetTimestamp();

    public void Show(SweepProgress progress)
    {
        long now = Stopwatch.GetTimestamp();
        if (quiet || !_line.IsDue(now))
        {
            return;
        }
        string[] forms = Forms(progress, Stopwatch.GetElapsedTime(_started, now));
        _line.Show(forms[0], columns => Fit(progress, forms, columns));
    }

    /// <summary>A line that stays, about something that has happened.</summary>
    public void Note(string line)
    {
        if (!quiet)
        {
            _line.Note(line);
        }
    }

    /// <summary>Takes the drawn line away.</summary>
    public void Dispose() => _line.Dispose();

    /// <summary>From the longest to the shortest.</summary>
    internal static string[] Forms(SweepProgress progress, TimeSpan wall)
    {
        int ended = progress.Total - progress.Left;
        int now = progress.Done + progress.Failed;
        string left =
            progress.Left == 0 ? "none"
            : now > 0 ? Quantities.Span(wall.TotalNanoseconds * progress.Left / now)
            : "not yet known";
        string begin = string.Create(
            CultureInfo.InvariantCulture,
            $"{ended} of {progress.Total} runs"
        );
        string counts = string.Create(
            CultureInfo.InvariantCulture,
            $"{progress.Done} done, {progress.Failed} failed, {progress.Cached} cached"
        );
        return [$"{begin}: {counts}, {left} left", $"{begin}, {left} left", begin];
    }

    private static string Fit(SweepProgress progress, string[] forms, int columns)
    {
        int filled = (int)((long)BarWidth * (progress.Total - progress.Left) / progress.Total);
        string bar = $"[{new string('#', filled).PadRight(BarWidth, '-')}]";
        string? fits = new[] { $"{bar} {forms[0]}" }
            .Concat(forms)
            .FirstOrDefault(line => line.Length <= columns);
        return fits ?? forms[^1][..Math.Min(columns, forms[^1].Length)];
    }
}

using System;
using System.Diagnostics;
using System.Globalization;

namespace PvTimer.Cli.Display;

/// <summary>
/// A line on standard error that is drawn over itself on a terminal, as wide as that is at the moment; elsewhere a
/// line now and then.
/// </summary>
internal sealed class DrawnLine(Session session) : IDisposable
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainEvery = TimeSpan.FromSeconds(5);

    private long _lastShown = Stopwatch.GetTimestamp();
    private int _drawn;

    /// <summary>Whether the last one is old enough; then the next one is awaited.</summary>
    /// <param name="now">Of <see cref="Stopwatch"/>.</param>
    public bool IsDue(long now)
    {
        TimeSpan pause = session.ErrorIsTerminal ? Redraw : PlainEvery;
        if (Stopwatch.GetElapsedTime(_lastShown, now) < pause)
        {
            return false;
        }
        _lastShown = now;
        return true;
    }

    /// <param name="whole">For a log.</param>
    /// <param name="fit">For a terminal: never more than so many columns.</param>
    public void Show(string whole, Func<int, string> fit)
    {
        if (session.ErrorIsTerminal)
        {
            Draw(fit(Columns));
        }
        else
        {
            session.Error.WriteLine(whole);
        }
    }

    /// <summary>A line that stays.</summary>
    public void Note(string line)
    {
        Dispose();
        session.Error.WriteLine(line);
    }

    /// <summary>Takes the drawn line away.</summary>
    public void Dispose()
    {
        if (_drawn > 0)
        {
            int columns = Columns;
            string blank = new(' ', Math.Min(_drawn, columns));
            session.Error.Write($"{BackToItsBegin(columns)}{blank}\r");
            _drawn = 0;
        }
    }

    /// <summary>The last column stays free: a terminal may wrap as soon as it is written.</summary>
    private int Columns => Math.Max(1, session.ErrorColumns() - 1);

    private void Draw(string line)
    {
        int columns = Columns;
        int width = Math.Max(line.Length, Math.Min(_drawn, columns));
        session.Error.Write(BackToItsBegin(columns) + line.PadRight(width));
        _drawn = line.Length;
    }

    /// <summary>A line that was drawn on a wider window now takes several rows: the first of them is its begin.</summary>
    private string BackToItsBegin(int columns)
    {
        int rows = _drawn <= columns ? 0 : (_drawn - 1) / (columns + 1);
        return rows == 0
            ? "\r"
            : string.Create(CultureInfo.InvariantCulture, $"\r\x1b[{rows}A\x1b[J");
    }
}

using System;
using System.Diagnostics;
using System.Globalization;
using PvTimer.Engine;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Display;

/// <summary>
/// Progress on standard error: one line drawn over itself on a terminal, as wide as that is at the moment, else
/// a line now and then.
/// </summary>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainEvery = TimeSpan.FromSeconds(5);

    private readonly Session _session;
    private readonly Scenario _scenario;
    private readonly bool _quiet;
    private TimerBackend? _backend;
    private long _backendStarted;
    private long _lastShown;
    private int _drawn;

    public ProgressLine(Session session, Scenario scenario, bool quiet)
    {
        _session = session;
        _scenario = scenario;
        _quiet = quiet;
        _lastShown = Stopwatch.GetTimestamp();
    }

    public void Show(TimerBackend backend, RunProgress reached)
    {
        if (_quiet)
        {
            return;
        }
        long now = Stopwatch.GetTimestamp();
        if (_backend != backend)
        {
            _backend = backend;
            _backendStarted = now;
        }
        TimeSpan pause = _session.ErrorIsTerminal ? Redraw : PlainEvery;
        if (Stopwatch.GetElapsedTime(_lastShown, now) < pause)
        {
            return;
        }
        _lastShown = now;
        ProgressText text = new(
            backend.Name,
            reached.Now - VirtualTime.Zero,
            _scenario.Duration,
            reached.Events,
            Stopwatch.GetElapsedTime(_backendStarted, now)
        );
        if (_session.ErrorIsTerminal)
        {
            Draw(text);
        }
        else
        {
            _session.Error.WriteLine(text.Whole);
        }
    }

    /// <summary>A line that stays, about something that has happened.</summary>
    public void Note(string line)
    {
        if (!_quiet)
        {
            Dispose();
            _session.Error.WriteLine(line);
        }
    }

    /// <summary>Takes the drawn line away.</summary>
    public void Dispose()
    {
        if (_drawn > 0)
        {
            int columns = Columns;
            string blank = new(' ', Math.Min(_drawn, columns));
            _session.Error.Write($"{BackToItsBegin(columns)}{blank}\r");
            _drawn = 0;
        }
    }

    /// <summary>The last column stays free: a terminal may wrap as soon as it is written.</summary>
    private int Columns => Math.Max(1, _session.ErrorColumns() - 1);

    private void Draw(ProgressText text)
    {
        int columns = Columns;
        string line = text.Fit(columns);
        int width = Math.Max(line.Length, Math.Min(_drawn, columns));
        _session.Error.Write(BackToItsBegin(columns) + line.PadRight(width));
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

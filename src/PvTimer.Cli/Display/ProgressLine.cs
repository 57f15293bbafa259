using System;
using System.Diagnostics;
using System.Globalization;
using PvTimer.Engine;
using PvTimer.Experiments;
using PvTimer.Model.Description;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Display;

/// <summary>
/// Progress on standard error: one line drawn over itself on a terminal, else a line now and then.
/// </summary>
internal sealed class ProgressLine : IDisposable
{
    private const int BarWidth = 24;

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
        string line = Describe(backend, reached, Stopwatch.GetElapsedTime(_backendStarted, now));
        if (_session.ErrorIsTerminal)
        {
            _session.Error.Write('\r' + line.PadRight(_drawn));
            _drawn = line.Length;
        }
        else
        {
            _session.Error.WriteLine(line);
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
            _session.Error.Write('\r' + new string(' ', _drawn) + '\r');
            _drawn = 0;
        }
    }

    private string Describe(TimerBackend backend, RunProgress reached, TimeSpan wall)
    {
        double share = (double)reached.Now.Nanoseconds / _scenario.Duration.Nanoseconds;
        share = Math.Clamp(share, 0, 1);
        double rate = wall.TotalSeconds > 0 ? reached.Events / wall.TotalSeconds : 0;
        string left =
            share > 0.01
                ? Quantities.Span(wall.TotalNanoseconds * (1 - share) / share)
                : "not yet known";
        string bar = new string('#', (int)(share * BarWidth)).PadRight(BarWidth, '-');
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{ScenarioReader.NameOf(backend), -8} {100 * share:0} %, {Quantities.Span(reached.Now.Nanoseconds)} of {Quantities.Span(_scenario.Duration.Nanoseconds)} virtual, {Quantities.Count(rate)} events/s, {left} left"
        );
        return _session.ErrorIsTerminal ? $"[{bar}] {text}" : text;
    }
}

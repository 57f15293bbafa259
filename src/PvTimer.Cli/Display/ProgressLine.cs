using System;
using System.Diagnostics;
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
    private readonly Scenario _scenario;
    private readonly bool _quiet;
    private readonly DrawnLine _line;
    private TimerBackend? _backend;
    private long _backendStarted;

    public ProgressLine(Session session, Scenario scenario, bool quiet)
    {
        _line = new DrawnLine(session);
        _scenario = scenario;
        _quiet = quiet;
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
        if (!_line.IsDue(now))
        {
            return;
        }
        ProgressText text = new(
            backend.Name,
            reached.Now - VirtualTime.Zero,
            _scenario.Duration,
            reached.Events,
            Stopwatch.GetElapsedTime(_backendStarted, now)
        );
        _line.Show(text.Whole, text.Fit);
    }

    /// <summary>A line that stays, about something that has happened.</summary>
    public void Note(string line)
    {
        if (!_quiet)
        {
            _line.Note(line);
        }
    }

    /// <summary>Takes the drawn line away.</summary>
    public void Dispose() => _line.Dispose();
}

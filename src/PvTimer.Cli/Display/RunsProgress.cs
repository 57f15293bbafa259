using System;
using PvTimer.Engine;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Display;

/// <summary>Progress of one scenario after the other, see <see cref="ProgressLine"/>.</summary>
internal sealed class RunsProgress(Session session, bool quiet) : IDisposable
{
    private Scenario? _scenario;
    private ProgressLine? _line;

    /// <returns>Whether to go on: Ctrl-C has not been pressed.</returns>
    public bool Show(Scenario scenario, TimerBackend backend, RunProgress reached)
    {
        if (_scenario != scenario)
        {
            _line?.Dispose();
            _line = new ProgressLine(session, scenario, quiet);
            _scenario = scenario;
        }
        _line!.Show(backend, reached);
        return !session.Stop.IsCancellationRequested;
    }

    public void Dispose() => _line?.Dispose();
}

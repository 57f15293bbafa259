using System;
using System.Diagnostics;
using System.Globalization;

namespace PvTimer.Cli.Display;

/// <summary>How many of many are done, on standard error: drawn over itself on a terminal, else a line now and then.</summary>
/// <param name="session">What is talked to.</param>
/// <param name="what">What is counted: "runs".</param>
/// <param name="quiet">Without progress.</param>
internal sealed class CountProgress(Session session, string what, bool quiet) : IDisposable
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainEvery = TimeSpan.FromSeconds(5);

    private long _lastShown = Stopwatch.GetTimestamp();
    private int _drawn;

    public void Show(int done, int all)
    {
        TimeSpan pause = session.ErrorIsTerminal ? Redraw : PlainEvery;
        if (quiet || Stopwatch.GetElapsedTime(_lastShown) < pause)
        {
            return;
        }
        _lastShown = Stopwatch.GetTimestamp();
        string text = string.Create(CultureInfo.InvariantCulture, $"{done} of {all} {what}");
        if (session.ErrorIsTerminal)
        {
            session.Error.Write("\r" + text.PadRight(_drawn));
            _drawn = text.Length;
        }
        else
        {
            session.Error.WriteLine(text);
        }
    }

    public void Dispose()
    {
        if (_drawn > 0)
        {
            session.Error.Write("\r" + new string(' ', _drawn) + "\r");
        }
    }
}

using System;
using System.Diagnostics;
using System.Globalization;
using System.Threading;

namespace PvTimer.ActorTime.Moving;

/// <summary>
/// One movement of a script's clock, however many events it takes: it has virtual time to itself, can be
/// cancelled, and does not go on for ever.
/// </summary>
internal sealed class Advance : IDisposable
{
    /// <summary>
    /// After so many events the wall's clock and the token are asked; where code of the test's runs after each, as what is
    /// waited for, they are asked each time.
    /// </summary>
    public const long Stride = 1 << 10;

    private readonly ITimeline _timeline;
    private readonly CancellationToken _cancel;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly long _first;
    private readonly long _asked;

    /// <param name="timeline">What moves.</param>
    /// <param name="cancel">Ends it early.</param>
    public Advance(ITimeline timeline, CancellationToken cancel = default)
        : this(timeline, unasked: 0, cancel) { }

    /// <param name="timeline">What moves.</param>
    /// <param name="unasked">So many events take place without the bounds being asked.</param>
    /// <param name="cancel">Ends it early.</param>
    public Advance(ITimeline timeline, long unasked, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        _timeline = timeline;
        _cancel = cancel;
        _first = timeline.Handled;
        _asked = _first + unasked;
        timeline.Turn.Take();
    }

    /// <summary>Everything before an instant happens.</summary>
    /// <exception cref="OperationCanceledException">The script's token says so; the clock stays where it is.</exception>
    /// <exception cref="ScriptException">It takes more events, or longer on the wall, than a movement may.</exception>
    public void RunBefore(long instant)
    {
        while (!_timeline.RunBefore(instant, Math.Min(Stride, EventsLeft)))
        {
            Check();
        }
    }

    /// <summary>The next event happens, if it lies before an instant.</summary>
    /// <returns>Whether one did.</returns>
    /// <inheritdoc cref="RunBefore" path="/exception"/>
    public bool RunOne(long before)
    {
        if (_timeline.Handled >= _asked)
        {
            Check();
        }
        return _timeline.RunOne(before);
    }

    /// <inheritdoc/>
    public void Dispose() => _timeline.Turn.GiveBack();

    private long EventsLeft => _timeline.Limits.Events - (_timeline.Handled - _first);

    private void Check()
    {
        _cancel.ThrowIfCancellationRequested();
        TimeSpan wall = Stopwatch.GetElapsedTime(_started);
        ClockLimits limits = _timeline.Limits;
        if (EventsLeft <= 0)
        {
            throw Spins(
                $"has taken {_timeline.Handled - _first} events, of which {limits.Events} are accepted (Clock.MostEvents)"
            );
        }
        if (wall >= limits.Wall)
        {
            throw Spins(
                $"has taken {wall.TotalSeconds:0.0} s on the wall, of which {limits.Wall.TotalSeconds:0.0} s are accepted (Clock.MostWallTime)"
            );
        }
    }

    private ScriptException Spins(FormattableString what) =>
        _timeline.Spins(what.ToString(CultureInfo.InvariantCulture));
}

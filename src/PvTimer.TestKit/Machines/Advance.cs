using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.TestKit.Observing;

namespace PvTimer.TestKit.Machines;

/// <summary>
/// One movement of a script's clock, however many events it takes: it has the machine to itself, can be
/// cancelled, and does not go on for ever.
/// </summary>
internal sealed class Advance : IDisposable
{
    /// <summary>After so many events the wall's clock and the token are asked.</summary>
    private const long Stride = 1 << 10;

    /// <summary>Out of so many of the latest events is said whose they are.</summary>
    private const long Sample = 1 << 14;

    private readonly ScriptedMachine _machine;
    private readonly ClockLimits _limits;
    private readonly CancellationToken _cancel;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly long _first;
    private long _next;

    public Advance(ScriptedMachine machine, ClockLimits limits, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        _machine = machine;
        _limits = limits;
        _cancel = cancel;
        _first = machine.Handled;
        _next = _first + Stride;
        machine.Turn.Take();
    }

    /// <summary>Everything before an instant happens.</summary>
    /// <exception cref="OperationCanceledException">The script's token says so; the clock stays where it is.</exception>
    /// <exception cref="ScriptException">It takes more events, or longer on the wall, than a movement may.</exception>
    public void RunBefore(VirtualTime instant)
    {
        while (!_machine.RunBefore(instant, Stride))
        {
            Check();
        }
    }

    /// <summary>The next event happens, if it lies before an instant.</summary>
    /// <returns>Whether one did.</returns>
    /// <inheritdoc cref="RunBefore" path="/exception"/>
    public bool RunOne(VirtualTime before)
    {
        if (_machine.Handled >= _next)
        {
            Check();
        }
        return _machine.RunOne(before);
    }

    public void Dispose() => _machine.Turn.GiveBack();

    private void Check()
    {
        _next = _machine.Handled + Stride;
        _cancel.ThrowIfCancellationRequested();
        long events = _machine.Handled - _first;
        TimeSpan wall = Stopwatch.GetElapsedTime(_started);
        if (events >= _limits.Events)
        {
            throw Spins(
                $"has taken {events} events, of which {_limits.Events} are accepted ({nameof(Clock)}.{nameof(Clock.MostEvents)})"
            );
        }
        if (wall >= _limits.Wall)
        {
            throw Spins(
                $"has taken {wall.TotalSeconds:0.0} s on the wall, of which {_limits.Wall.TotalSeconds:0.0} s are accepted ({nameof(Clock)}.{nameof(Clock.MostWallTime)})"
            );
        }
    }

    private ScriptException Spins(FormattableString what)
    {
        OccurrenceLog log = _machine.Log;
        long from = Math.Max(log.Oldest, log.End - Sample);
        Dictionary<EntityId, int> by = [];
        for (long number = from; number < log.End; number++)
        {
            EntityId target = log[number].Target;
            by[target] = by.GetValueOrDefault(target) + 1;
        }
        (EntityId busiest, int count) = by.MaxBy(pair => (pair.Value, -pair.Key.Index));
        string text = what.ToString(CultureInfo.InvariantCulture);
        return _machine.Failure(
            string.Create(
                CultureInfo.InvariantCulture,
                $"the clock is at {EventTable.TimeText(_machine.Now)} and {text}; of the last {log.End - from} events {count} were those of {_machine.NameOf(busiest)}"
            ),
            past => past.Target == busiest
        );
    }
}

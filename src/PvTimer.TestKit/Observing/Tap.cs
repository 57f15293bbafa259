using System;
using System.Threading;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Moving;
using PvTimer.Model.Time;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit.Observing;

/// <summary>
/// Looks on: at what reaches an actor, in the order in which it does, from the beginning of the script. What
/// has been expected once is behind; <see cref="ExpectMsg{T}"/> runs the machine as far as it has to.
/// </summary>
/// <remarks>
/// Waiting takes no wall time. Instants are given as spans from the beginning of the run. A failed
/// expectation throws a <see cref="ScriptException"/>, which shows the events around the moment.
/// </remarks>
public abstract class Tap
{
    /// <summary>How far the machine runs to find what is expected without a time: one virtual second.</summary>
    public static readonly VirtualDuration DefaultPatience = VirtualDuration.FromSeconds(1);

    private readonly Script _script;
    private long _next;

    private protected Tap(string name, Script script)
    {
        Name = name;
        _script = script;
    }

    /// <summary>What it looks at: "h0/pcpu-1".</summary>
    public string Name { get; }

    /// <summary>What was expected last, with the time at which it came and who sent it.</summary>
    public Occurrence Last { get; private set; }

    internal ScriptedMachine Machine => _script.Machine();

    /// <inheritdoc cref="Script.ThrowIfOther"/>
    internal void ThrowIfOther(Tap other) => other.ThrowIfOther(_script);

    /// <inheritdoc cref="Script.ThrowIfOther"/>
    internal void ThrowIfOther(Script script) => script.ThrowIfOther(_script);

    /// <summary>The same tap, for messages of one kind only, or for those of it that a condition accepts.</summary>
    public Tap Only<T>(Func<T, bool>? where = null)
        where T : class =>
        Filtered(
            $"{Name}, only {typeof(T).Name}",
            (_, past) => past.What is T message && where?.Invoke(message) != false
        );

    /// <summary>The same tap, for what one actor sends.</summary>
    public Tap From(ActorHandle source)
    {
        ArgumentNullException.ThrowIfNull(source);
        ThrowIfOther(source);
        return Filtered(
            $"{Name}, from {source.Name}",
            (machine, past) => source.Is(machine, past.Source)
        );
    }

    /// <summary>The same tap, for what comes at an instant or after it, and before another one.</summary>
    public Tap Between(VirtualDuration from, VirtualDuration to) =>
        Filtered(
            $"{Name}, from {from} to {to}",
            (_, past) => past.At >= VirtualTime.Zero + from && past.At < VirtualTime.Zero + to
        );

    /// <summary>What has come so far is behind: only what comes from now on is looked at.</summary>
    public void SkipToNow() => _next = Machine.Log.End;

    /// <summary>The next message of this kind comes, whatever others come before.</summary>
    /// <param name="at">Exactly then; null: whenever it comes.</param>
    /// <param name="within">How long from now it may take, if no instant is given; default one second.</param>
    /// <param name="where">Which of this kind; null: any.</param>
    /// <param name="cancel">Ends the wait early.</param>
    public T ExpectMsg<T>(
        VirtualDuration? at = null,
        VirtualDuration? within = null,
        Func<T, bool>? where = null,
        CancellationToken cancel = default
    )
        where T : class
    {
        if (within is { } span)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(span, VirtualDuration.Zero, nameof(within));
        }
        ScriptedMachine machine = Machine;
        VirtualTime limit = at is { } exact
            ? VirtualTime.Zero + exact
            : machine.Now + (within ?? DefaultPatience);
        bool IsIt(Occurrence past) =>
            past.What is T message && where?.Invoke(message) != false && Passes(machine, past);
        string what =
            $"expected {typeof(T).Name} at {Name}"
            + (
                at is null
                    ? $" before {EventTable.TimeText(limit)}"
                    : $" at {EventTable.TimeText(limit)}"
            );
        // A message that comes at another time than it should is worth knowing.
        VirtualTime patience = at is null
            ? limit
            : VirtualTime.Max(limit, machine.Now + DefaultPatience);
        using Advance advance = machine.Move(cancel);
        long found = First(machine.Log);
        while (!IsNext(machine.Log, IsIt, ref found))
        {
            if (!advance.RunOne((patience + VirtualDuration.Smallest).Nanoseconds))
            {
                throw machine.Failure(
                    $"{what}; none came",
                    past => Passes(machine, past),
                    at is null ? [] : [limit]
                );
            }
        }
        _next = found + 1;
        Last = machine.Log[found];
        return at is null || Last.At == limit
            ? (T)Last.What
            : throw machine.Failure(
                $"{what}; it came at {EventTable.TimeText(Last.At)}",
                IsIt,
                VirtualTime.Min(limit, Last.At),
                VirtualTime.Max(limit, Last.At)
            );
    }

    /// <summary>No message of this kind comes until an instant.</summary>
    /// <param name="until">What comes at it is not asked for any more.</param>
    /// <param name="where">Which of this kind; null: any.</param>
    /// <param name="cancel">Ends the wait early.</param>
    public void ExpectNo<T>(
        VirtualDuration until,
        Func<T, bool>? where = null,
        CancellationToken cancel = default
    )
        where T : class
    {
        ScriptedMachine machine = Machine;
        ExpectNothing(
            until,
            past =>
                past.What is T message && where?.Invoke(message) != false && Passes(machine, past),
            typeof(T).Name,
            cancel
        );
    }

    /// <summary>No message at all comes until an instant: neither from another actor nor from outside.</summary>
    /// <param name="until">What comes at it is not asked for any more.</param>
    /// <param name="cancel">Ends the wait early.</param>
    public void ExpectNoMsg(VirtualDuration until, CancellationToken cancel = default)
    {
        ScriptedMachine machine = Machine;
        ExpectNothing(until, past => past.IsMessage && Passes(machine, past), "message", cancel);
    }

    /// <summary>How many messages of this kind have come that were not expected yet; they stay so.</summary>
    public int Count<T>()
        where T : class
    {
        ScriptedMachine machine = Machine;
        int count = 0;
        for (long number = First(machine.Log); number < machine.Log.End; number++)
        {
            count += machine.Log[number].What is T && Passes(machine, machine.Log[number]) ? 1 : 0;
        }
        return count;
    }

    /// <summary>Whether it is something that this tap looks at.</summary>
    internal abstract bool Passes(ScriptedMachine machine, in Occurrence past);

    private FilteredTap Filtered(string name, Func<ScriptedMachine, Occurrence, bool> also) =>
        new(this, name, also) { _next = _next };

    private sealed class FilteredTap(
        Tap inner,
        string name,
        Func<ScriptedMachine, Occurrence, bool> also
    ) : Tap(name, inner._script)
    {
        internal override bool Passes(ScriptedMachine machine, in Occurrence past) =>
            inner.Passes(machine, past) && also(machine, past);
    }

    private void ExpectNothing(
        VirtualDuration until,
        Func<Occurrence, bool> isIt,
        string kind,
        CancellationToken cancel
    )
    {
        ScriptedMachine machine = Machine;
        VirtualTime limit = VirtualTime.Zero + until;
        if (limit < machine.Now)
        {
            throw new ArgumentOutOfRangeException(
                nameof(until),
                $"{until} lies before now, {machine.Now - VirtualTime.Zero}; accepted: now or later"
            );
        }
        using Advance advance = machine.Move(cancel);
        long found = First(machine.Log);
        do
        {
            if (IsNext(machine.Log, isIt, ref found))
            {
                throw machine.Failure(
                    $"expected no {kind} at {Name} before {EventTable.TimeText(limit)}; "
                        + $"one came at {EventTable.TimeText(machine.Log[found].At)}",
                    isIt,
                    machine.Log[found].At
                );
            }
        } while (advance.RunOne(limit.Nanoseconds));
        _next = machine.Log.End;
        advance.RunBefore(limit.Nanoseconds);
    }

    /// <summary>Moves a position to the next occurrence that is it, or to the end.</summary>
    private static bool IsNext(OccurrenceLog log, Func<Occurrence, bool> isIt, ref long position)
    {
        for (; position < log.End; position++)
        {
            if (isIt(log[position]))
            {
                return true;
            }
        }
        return false;
    }

    private long First(OccurrenceLog log) =>
        _next >= log.Oldest
            ? _next
            : throw new ScriptException(
                $"{Name}: more than {OccurrenceLog.Capacity} events have happened since it was looked at last, and "
                    + $"the first of them are forgotten; accepted: to look earlier, or {nameof(SkipToNow)}() if "
                    + "nothing of it is wanted"
            );
}

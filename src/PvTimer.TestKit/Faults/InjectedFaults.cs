using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Scenarios;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit.Faults;

/// <summary>What a script does to messages on their way, and to actors. Each counts from when it is said.</summary>
/// <remarks>
/// Faults that are part of the machine are elsewhere: a stalled or absent timer CPU is an event of its
/// pCPU, and stays in a saved scenario. A script with faults of this kind is no scenario any more.
/// </remarks>
public sealed class InjectedFaults
{
    private readonly Script _script;

    internal InjectedFaults(Script script) => _script = script;

    /// <summary>Messages of this kind are lost.</summary>
    /// <param name="to">For this actor; null: for anybody.</param>
    /// <param name="times">So many, then no more; null: all.</param>
    /// <param name="where">Which of this kind; null: any.</param>
    /// <param name="optional">It need not happen; one that is not optional, and meets none, fails the script.</param>
    public InjectedFault Drop<T>(
        ActorHandle? to = null,
        int? times = null,
        Func<T, bool>? where = null,
        bool optional = false
    )
        where T : Message =>
        Inject(MessageFaultVerb.Drop, VirtualDuration.Zero, to, times, where, optional);

    /// <summary>Messages of this kind take longer.</summary>
    /// <param name="by">How much, more than zero.</param>
    /// <param name="to">For this actor; null: for anybody.</param>
    /// <param name="times">So many, then no more; null: all.</param>
    /// <param name="where">Which of this kind; null: any.</param>
    /// <param name="optional">It need not happen; one that is not optional, and meets none, fails the script.</param>
    public InjectedFault Delay<T>(
        VirtualDuration by,
        ActorHandle? to = null,
        int? times = null,
        Func<T, bool>? where = null,
        bool optional = false
    )
        where T : Message
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, VirtualDuration.Smallest);
        return Inject(MessageFaultVerb.Delay, by, to, times, where, optional);
    }

    /// <summary>
    /// Messages of this kind arrive twice. A store to a shared page is an exchange, which holds its CPU until it is done:
    /// it is done once.
    /// </summary>
    /// <param name="after">How long after the first one the second one comes.</param>
    /// <param name="to">For this actor; null: for anybody.</param>
    /// <param name="times">So many, then no more; null: all.</param>
    /// <param name="where">Which of this kind; null: any.</param>
    /// <param name="optional">It need not happen; one that is not optional, and meets none, fails the script.</param>
    /// <exception cref="NotSupportedException">Hardware does messages of this kind once.</exception>
    public InjectedFault Duplicate<T>(
        VirtualDuration after,
        ActorHandle? to = null,
        int? times = null,
        Func<T, bool>? where = null,
        bool optional = false
    )
        where T : Message
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(after, VirtualDuration.Zero);
        if (MessageFault.IsExchange(typeof(T)))
        {
            throw new NotSupportedException(
                $"hardware does a {typeof(T).Name} once; accepted: other kinds"
            );
        }
        return Inject(MessageFaultVerb.Duplicate, after, to, times, where, optional);
    }

    /// <summary>
    /// Turns the order of messages of this kind round: one is held back, and those that follow it to the same
    /// actor arrive before it, the last one first. Only what hardware may reorder is accepted: interrupts and
    /// IPIs on their way. A store to a shared page is an exchange, which holds its CPU until the line is there:
    /// weaken it with <see cref="Weaken"/>.
    /// </summary>
    /// <param name="within">How long one is held back, and the others have to overtake; more than zero.</param>
    /// <param name="to">For this actor; null: for anybody.</param>
    /// <param name="times">So many are held back or brought forward, then no more; null: all.</param>
    /// <param name="where">Which of this kind; null: any.</param>
    /// <param name="optional">
    /// It need not happen; one that is not optional, and whose messages nothing overtakes, fails the script.
    /// </param>
    /// <exception cref="NotSupportedException">Hardware keeps messages of this kind in order.</exception>
    public InjectedFault Reorder<T>(
        VirtualDuration within,
        ActorHandle? to = null,
        int? times = null,
        Func<T, bool>? where = null,
        bool optional = false
    )
        where T : Message
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(within, VirtualDuration.Smallest);
        if (!IsReorderable(typeof(T)))
        {
            throw new NotSupportedException(
                $"hardware keeps {typeof(T).Name} in order; accepted: {nameof(Ipi)}, "
                    + $"{nameof(PostedInterrupt)}, {nameof(Notification)}, {nameof(Wake)}"
            );
        }
        Overtaking overtaking = new(within);
        return Inject("Reorder", to, times, where, optional, overtaking.Hold, overtaking);
    }

    /// <summary>One side's xchg on the shared page becomes a plain store; before the clock moves.</summary>
    /// <exception cref="InvalidOperationException">No vCPU has a page.</exception>
    public void Weaken(WeakExchange exchange) =>
        _script.Adjust(scenario =>
            HasPages(scenario)
                ? scenario with
                {
                    PvTimer = scenario.PvTimer with { WeakExchange = exchange },
                }
                : throw new InvalidOperationException(
                    $"no vCPU has a page: the timers are {_script.Backend.Name}'s; accepted: {TimerBackends.PvTimer.Name}"
                )
        );

    /// <summary>A VM that has been described, or that will be, shares pages with its host.</summary>
    private bool HasPages(Scenario scenario) =>
        _script.Backend.UsesTimerCpu
        || scenario.Vms.Any(vm => vm.Backend is { UsesTimerCpu: true })
        || scenario.OtherHosts.Any(host => host.Backend is { UsesTimerCpu: true });

    /// <summary>
    /// Stops the actor of an entity. The supervision of its host restarts no actor of the machine: the run breaks
    /// with the next message for it, and a script that ends before one has come fails.
    /// </summary>
    public void Kill(ActorHandle actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        actor.ThrowIfOther(_script);
        ScriptedMachine machine = _script.Machine();
        machine.Kill(actor.IdIn(machine));
    }

    internal static bool IsReorderable(Type kind) =>
        kind == typeof(Ipi)
        || kind == typeof(PostedInterrupt)
        || kind == typeof(Notification)
        || kind == typeof(Wake);

    /// <summary>What was generated for a swarm, or comes from one.</summary>
    internal void Add(MessageFault fault)
    {
        _script.ThrowIfNotIdle();
        fault.PutIn(_script.FaultLine, () => _script.Now);
    }

    private InjectedFault Inject<T>(
        MessageFaultVerb verb,
        VirtualDuration by,
        ActorHandle? to,
        int? times,
        Func<T, bool>? where,
        bool optional
    )
        where T : Message =>
        Inject($"{verb}", to, times, where, optional, MessageFault.Deliveries(verb, by));

    private InjectedFault Inject<T>(
        string verb,
        ActorHandle? to,
        int? times,
        Func<T, bool>? where,
        bool optional,
        Func<Transit, ImmutableArray<VirtualDuration>> deliveries,
        Overtaking? overtaking = null
    )
        where T : Message
    {
        _script.ThrowIfNotIdle();
        to?.ThrowIfOther(_script);
        int most = times ?? int.MaxValue;
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(times));
        FaultRequest asked = new(
            $"{verb} of {typeof(T).Name}{(to is null ? "" : $" to {to.Name}")}",
            most,
            optional,
            transit =>
                transit.Message is T message
                && where?.Invoke(message) != false
                && (to is null || to.Is(_script.Machine(), transit.Target))
        );
        return new InjectedFault(
            _script.FaultLine,
            asked,
            () => _script.Now,
            deliveries,
            overtaking
        );
    }
}

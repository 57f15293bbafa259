using System;
using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <summary>
/// Runs the entities of one region, one event after the other in the order of their keys. The loop of the
/// whole emulator is <see cref="Step"/>.
/// </summary>
public sealed partial class Kernel : IEffects
{
    /// <summary>More steps than this at one instant, and 100 for each entity, mean that virtual time stands still.</summary>
    public const int MaxStepsPerInstant = 2_000_000;

    private const int Nobody = -1;

    // Configuration and wiring
    private readonly IMachine _machine;
    private readonly Partition _partition;
    private readonly IBatchLink? _link;
    private readonly IDelivery? _delivery;
    private readonly bool _isAlone;

    // Volatile state
    private readonly EventQueue _queue = new();
    private readonly LazyEvents? _lazy;
    private readonly Resident[] _residents;
    private readonly ScriptedKeys _scripted = new();
    private PendingEvent _current;
    private int _sender = Nobody;
    private bool _isKept;
    private VirtualTime _horizon;
    private long _stepsThisInstant;

    /// <param name="machine">The whole machine.</param>
    /// <param name="partition">Who runs what.</param>
    /// <param name="region">Which of the partition's regions this is.</param>
    /// <param name="link">The way to the peers; null if there are none.</param>
    /// <param name="delivery">The way to the entities; null: they are called directly.</param>
    /// <param name="from">What to go on from; null: the run begins at time zero.</param>
    /// <exception cref="StateFormatException">
    /// What was frozen is damaged, or another machine's, or an entity of this region is missing from it.
    /// </exception>
    public Kernel(
        IMachine machine,
        Partition partition,
        int region,
        IBatchLink? link = null,
        IDelivery? delivery = null,
        Resumption? from = null
    )
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(partition);
        _machine = machine;
        _partition = partition;
        Region = region;
        _link = link;
        _delivery = delivery;
        _isAlone = partition.Regions == 1;
        KeepsMessages = machine.KeepsMessages;
        _residents = new Resident[machine.Entities.Length];
        int hosts = 0;
        foreach (IEntity entity in machine.Entities)
        {
            if (partition.RegionOf(entity.Id) == region)
            {
                _residents[entity.Id.Index].Entity = entity;
                _residents[entity.Id.Index].Invariant = entity as IInvariant;
                _residents[entity.Id.Index].TakesLate = entity is ITakesLateMessages;
            }
            _residents[entity.Id.Index].Host = machine.HostOf(entity.Id);
            hosts = Math.Max(hosts, machine.HostOf(entity.Id) + 1);
        }
        _lazy = machine.StepsThroughAll ? null : new LazyEvents(_queue, hosts);
        Begin = from?.At ?? VirtualTime.Zero;
        bool[] thawed = from is null ? new bool[_residents.Length] : Thaw(from);
        for (int index = 0; index < _residents.Length; index++)
        {
            var id = new EntityId(index);
            if (IsResident(id) && !thawed[index])
            {
                Enqueue(id, id, VirtualTime.Zero, Start.Instance);
            }
        }
        foreach (ScriptedMessage message in machine.Script)
        {
            AddScripted(message);
        }
    }

    /// <summary>Where the run begins or goes on: nothing that is new happens before.</summary>
    public VirtualTime Begin { get; }

    public int Region { get; }

    /// <summary>See <see cref="IMachine.KeepsMessages"/>; true also if an observer may keep them.</summary>
    public bool KeepsMessages { get; init; }

    /// <summary>The instant of the event handled last.</summary>
    public VirtualTime Now { get; private set; }

    /// <summary>The earliest pending event here; <see cref="VirtualTime.MaxValue"/> if there is none.</summary>
    public VirtualTime NextTime => _queue.NextTime;

    /// <summary>The earliest pending event here; null if there is none.</summary>
    public PendingEvent? Next => _queue.First;

    /// <summary>The earliest event sent to a peer since the last <see cref="BeginWindow"/>.</summary>
    public VirtualTime EarliestSent { get; private set; } = VirtualTime.MaxValue;

    /// <summary>Events of the machine handled here, Start included.</summary>
    public long Handled { get; private set; }

    /// <summary>The event being handled, or the one handled last.</summary>
    public EventKey CurrentKey => _current.Key;

    public bool IsResident(EntityId entity) => _residents[entity.Index].Entity is not null;

    /// <summary>The digest of what has happened to one of this region's entities.</summary>
    public ulong DigestOf(EntityId entity) => _residents[entity.Index].Digest.Value;

    /// <summary>From now on events before <paramref name="horizon"/> may be run.</summary>
    public void BeginWindow(VirtualTime horizon)
    {
        _horizon = horizon;
        EarliestSent = VirtualTime.MaxValue;
    }

    /// <summary>Runs every event before the horizon, those that appear meanwhile included.</summary>
    /// <param name="budget">After so many steps it returns early, but never in the middle of an instant.</param>
    /// <exception cref="RunFailedException">An entity threw, or an invariant does not hold.</exception>
    /// <exception cref="RunAbandonedException">The way to the entities has ended.</exception>
    public void Run(long budget = long.MaxValue) => Run(budget, wholeInstants: true);

    /// <summary>Runs one event, unless none is pending before the horizon.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="RunFailedException">An entity threw, or an invariant does not hold.</exception>
    public bool RunOne() => Run(budget: 1, wholeInstants: false) == 1;

    /// <summary>
    /// Adds one more message from outside, as if it had stood in the machine's script behind those that
    /// reach the same target at the same instant. It is dropped if the target lives elsewhere, or if it lies
    /// before <see cref="Begin"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">It lies in the past.</exception>
    public void AddScripted(in ScriptedMessage message)
    {
        if (!IsResident(message.Target) || message.At < Begin)
        {
            return;
        }
        _queue.Add(new PendingEvent(_scripted.Next(message), message.Target, message.Message));
    }

    /// <summary>All that is pending here, in the order in which it will happen if nothing comes between.</summary>
    public IReadOnlyList<PendingEvent> Pending() => ResidentState.InOrder(_queue);

    private long Run(long budget, bool wholeInstants)
    {
        long steps = 0;
        // Where events are looked at one by one, or kept, they have to come in the order of all.
        _isLazy = wholeInstants && _lazy is not null && !KeepsMessages;
        try
        {
            while (NextTime < _horizon && (steps < budget || (wholeInstants && NextTime == Now)))
            {
                Step();
                steps++;
            }
            if (_isLazy)
            {
                EndLaziness();
            }
            return steps;
        }
        catch (Exception cause) when (cause is not (RunFailedException or RunAbandonedException))
        {
            throw Failure(cause.Message, cause);
        }
        finally
        {
            _sender = Nobody;
        }
    }

    /// <summary>Takes an event that a peer sent.</summary>
    /// <exception cref="InvalidOperationException">It should have happened before the horizon.</exception>
    public void Accept(in PendingEvent pending)
    {
        if (pending.Key.Time < _horizon)
        {
            throw new InvalidOperationException(
                $"event {pending.Key} for entity {pending.Target} came after its window, which ended at {_horizon}"
            );
        }
        _queue.Add(pending);
    }

    /// <summary>Something that two envelopes, or one, have to do with each other at an instant.</summary>
    /// <param name="source">On whose behalf; its own messages of that instant come first.</param>
    /// <param name="target">Whose step it counts as: what is sent meanwhile is sent by it.</param>
    /// <param name="due">When.</param>
    /// <param name="about">What to call it if it fails.</param>
    /// <param name="run">What to do.</param>
    public void ScheduleErrand(
        EntityId source,
        EntityId target,
        VirtualTime due,
        object about,
        Action run
    )
    {
        long number = EventKey.FirstErrand + _residents[source.Index].Errands++;
        _queue.Add(new(new EventKey(due, source, number), target, new Errand(about, run)));
    }

    void IEffects.Send(EntityId target, VirtualDuration latency, Message message) =>
        Send(target, latency, message, lazily: false);

    private void Send(EntityId target, VirtualDuration latency, Message message, bool lazily)
    {
        if (latency.Nanoseconds < 1 || target.Index == _sender)
        {
            throw new InvalidOperationException(
                $"{message} from entity {_sender} to entity {target} takes {latency}; "
                    + "accepted: another entity, at least 1 ns away"
            );
        }
        EntityId sender = SenderOrThrow(message);
        VirtualTime due = Now + latency;
        if (due < Begin)
        {
            throw new InvalidOperationException(
                $"{message} to entity {target} lies before {Begin}, where the run went on"
            );
        }
        if (!_isAlone && !IsResident(target))
        {
            SendToPeer(sender, target, latency, due, message, lazily);
        }
        else if (lazily)
        {
            EnqueueLazily(sender, target, due, message, mayWait: true);
        }
        else
        {
            Enqueue(sender, target, due, message);
        }
    }

    void IEffects.After(VirtualDuration delay, Message message)
    {
        EntityId sender = SenderOrThrow(message);
        Enqueue(sender, sender, Now + delay, message);
    }

    /// <summary>
    /// One event: (1) take the one with the smallest key, (2) handle what could wait until its target was asked for
    /// something, (3) move virtual time to it, (4) add it to its target's digest, (5) let the target take its step,
    /// whose effects enter the queue or a peer's batch, (6) ask the target whether its invariant holds. The
    /// message's object may be used again then.
    /// </summary>
    private void Step()
    {
        PendingEvent next = _queue.Remove();
        if (_isLazy && _residents[next.Target.Index].TakesLate)
        {
            CatchUp(next);
        }
        AdvanceTo(next.Key.Time);
        if (next.Message is not LazyBound)
        {
            Handle(next);
        }
    }

    private void Handle(in PendingEvent next)
    {
        _current = next;
        _sender = _current.Target.Index;
        _isKept = _current.Key.IsFromOutside;
        if (_current.Message is Errand errand)
        {
            errand.Run();
            return;
        }
        ref Resident resident = ref _residents[_sender];
        if (!_current.Key.IsLazy)
        {
            Handled++;
            resident.Handled++;
            resident.Digest.Add(_current.Key.Time.Nanoseconds);
            resident.Digest.Add((long)_current.Key.Source.Index);
            resident.Digest.Add(_current.Key.Sequence);
            _current.Message.AddTo(ref resident.Digest);
        }
        if (_delivery is null)
        {
            resident.Entity!.Step(Now, _current.Message, this);
        }
        else
        {
            _delivery.Deliver(_current.Key.Source, _current.Target, _current.Message);
        }
        if (resident.Invariant?.FindViolation() is { } violation)
        {
            throw Failure(violation, cause: null);
        }
        // Made here, on this thread, for this one step: what peers send would heap up where it goes to.
        if (!KeepsMessages && !_isKept && (_isAlone || IsResident(_current.Key.Source)))
        {
            _current.Message.Recycle();
        }
    }

    private void AdvanceTo(VirtualTime time)
    {
        if (time > Now)
        {
            Now = time;
            _stepsThisInstant = 0;
        }
        else if (++_stepsThisInstant > MaxStepsPerInstant + (100L * _residents.Length))
        {
            throw new InvalidOperationException(
                $"virtual time stands still: {_stepsThisInstant} steps at one instant"
            );
        }
    }

    private void Enqueue(EntityId source, EntityId target, VirtualTime due, Message message)
    {
        long number = _residents[source.Index].Sent++;
        _queue.Add(new PendingEvent(new EventKey(due, source, number), target, message));
    }

    private void SendToPeer(
        EntityId sender,
        EntityId target,
        VirtualDuration latency,
        VirtualTime due,
        Message message,
        bool lazily
    )
    {
        VirtualDuration minimum = _machine.MinimumLatency(
            _machine.UnitOf(sender),
            _machine.UnitOf(target)
        );
        if (latency < minimum)
        {
            throw new InvalidOperationException(
                $"{message} to {_machine.Entities[target.Index].Name} takes {latency}; "
                    + $"the machine declares at least {minimum}"
            );
        }
        long number = lazily ? NextLazy(sender) : _residents[sender.Index].Sent++;
        EarliestSent = VirtualTime.Min(EarliestSent, due);
        _link!
            .Outgoing(_partition.RegionOf(target))
            .Add(new PendingEvent(new EventKey(due, sender, number), target, message));
    }

    private EntityId SenderOrThrow(Message message)
    {
        _isKept |= ReferenceEquals(message, _current.Message);
        return _sender != Nobody
            ? new EntityId(_sender)
            : throw new InvalidOperationException($"{message} was sent outside of any step");
    }

    private RunFailedException Failure(string what, Exception? cause) =>
        new(
            _machine.Entities[_current.Target.Index].Name,
            Now,
            _current.Message?.ToString() ?? "nothing yet",
            what,
            cause
        );
}

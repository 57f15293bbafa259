using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Akka.Actor;
using PvTimer.Actors;
using PvTimer.Actors.Dispatch;
using PvTimer.Actors.Entities;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Moving;
using PvTimer.ActorTime.Worlds;
using PvTimer.Engine;
using PvTimer.Experiments;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Vcpus;
using PvTimer.Scenarios;
using PvTimer.TestKit.Faults;
using PvTimer.TestKit.Observing;
using PvTimer.TestKit.Properties;

namespace PvTimer.TestKit.Machines;

/// <summary>
/// The machine of one script while it runs: the actors, in an engine that the script steps, and what the
/// script has put around them.
/// </summary>
internal sealed partial class ScriptedMachine : ITimeline, IDisposable
{
    /// <summary>How far a machine is prepared to go; only VMs that wander by themselves care.</summary>
    private static readonly VirtualDuration Horizon = VirtualDuration.FromSeconds(1_000_000);

    private readonly ActorSystem _system;
    private readonly FaultLine _faults;
    private readonly Func<string, Probe?> _probeOf;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Dictionary<string, EntityId> _byName = new(StringComparer.Ordinal);
    private readonly List<string> _homes = [];
    private readonly SortedDictionary<string, VirtualTime> _killed = new(StringComparer.Ordinal);
    private readonly OccurrenceLog _log = new();
    private readonly OwnActors _own = new();
    private readonly ActorWorld _world;
    private EmulatedMachine _machine;
    private SteppedRun _run;
    private bool _isFinished;
    private bool _isInEvent;
    private bool _isBroken;

    /// <param name="system">Where the actors live.</param>
    /// <param name="scenario">What is run; its duration does not matter.</param>
    /// <param name="backend">One of its back-ends.</param>
    /// <param name="faults">What happens to messages on their way.</param>
    /// <param name="probeOf">What stands in the place of an entity of that name; null: its own actor.</param>
    public ScriptedMachine(
        ActorSystem system,
        Scenario scenario,
        TimerBackend backend,
        FaultLine faults,
        Func<string, Probe?> probeOf
    )
    {
        _world = WorldScheduler.WorldOf(system.Scheduler);
        _system = system;
        _faults = faults;
        _probeOf = probeOf;
        Scenario = scenario;
        Backend = backend;
        _machine = Build();
        _run = Start(from: null);
        _world.Told = (from, to, message) =>
            _log.Add(new Occurrence(Now, _own.Of(from), _own.Of(to), message));
        // The test's own actors may have been there before it.
        _run.RunBefore(VirtualTime.FromNanoseconds(_world.Now));
    }

    public Scenario Scenario { get; private set; }

    public TimerBackend Backend { get; }

    /// <summary>What the script has said about it once; null: nothing.</summary>
    public ScriptProperties? Properties { get; init; }

    public Turn Turn { get; } = new();

    /// <summary>What has happened.</summary>
    /// <exception cref="InvalidOperationException">Another thread moves the clock meanwhile.</exception>
    public OccurrenceLog Log
    {
        get
        {
            Turn.ThrowIfOthers();
            return _log;
        }
    }

    /// <summary>The first instant in which nothing has happened yet.</summary>
    public VirtualTime Now => _run.Now;

    /// <summary>Events that have happened, steps of the test's own actors included.</summary>
    public long Handled => _run.Handled + _world.Handled;

    public string TraceHash => _run.TraceHash;

    public VirtualTime NextTime =>
        _world.IsReady
            ? VirtualTime.Min(Now, _run.NextTime)
            : VirtualTime.Min(VirtualTime.FromNanoseconds(_world.NextAlarm), _run.NextTime);

    public string NameOf(EntityId entity) =>
        _own.NameOf(entity) ?? _machine.Entities[entity.Index].Name;

    /// <summary>Whether a number is that of this actor of the test's own.</summary>
    public bool IsOwn(EntityId id, string path) => _own.NameOf(id) == path;

    /// <exception cref="ScriptException">There is no entity of that name.</exception>
    public EntityId Find(string name) =>
        _byName.TryGetValue(name, out EntityId entity)
            ? entity
            : throw new ScriptException(
                $"there is no {name}; accepted: {string.Join(", ", _machine.Entities.Select(each => each.Name))}"
            );

    /// <summary>Whether an entity is this vCPU, here or on another host: "web-0@h2/vcpu-1" is "web-0/vcpu-1".</summary>
    public bool IsIncarnation(EntityId entity, string vcpu) =>
        entity.Index < _homes.Count && _homes[entity.Index] == vcpu;

    /// <summary>A vCPU where its VM is; on its way from one host to another still where it was.</summary>
    public EntityId FindHere(string vcpu)
    {
        EntityId first = Find(vcpu);
        foreach (IEntity entity in _machine.Entities)
        {
            if (entity is Vcpu { IsHere: true } && IsIncarnation(entity.Id, vcpu))
            {
                return entity.Id;
            }
        }
        return first;
    }

    /// <summary>Begins a movement of the clock; to be disposed of when it has ended.</summary>
    /// <param name="cancel">Ends it early.</param>
    public Advance Move(CancellationToken cancel = default) => new(this, cancel);

    /// <summary>Does something to the machine at <see cref="Now"/>, and makes it part of the scenario.</summary>
    /// <param name="happening">Its time is <see cref="Now"/>.</param>
    public void Do(EventSettings happening)
    {
        ThrowIfNotIdle();
        Scenario before = Scenario;
        DescriptionCheck.Accept(before, happening);
        Scenario = before with { Events = before.Events.Add(happening) };
        if (happening is MigrateSettings)
        {
            // The machine may need entities that it did not have: a new one goes on from its state.
            GoOnWith(_run.Freeze());
            return;
        }
        MachineEvent added = MachineDescriptionBuilder.EventOf(before, happening);
        _run.Add(_machine.Scripted(added));
    }

    /// <summary>A probe acts as the entity in whose place it stands: now, or at the event that it is handling.</summary>
    public void ActAs(EntityId entity, EntityId target, VirtualDuration latency, Message message)
    {
        if (
            RegionDriver.Current is { IsInVirtualTime: true } driver
            && _isInEvent
            && driver.Owner == entity
        )
        {
            Transit sent = new(driver.Now, entity, target, latency, message);
            InterceptedMachine.Send(sent, _faults.Pass, driver.Effects);
            return;
        }
        ThrowIfNotIdle();
        Transit transit = new(Now, entity, target, latency, message);
        _run.ActAs(
            entity,
            message,
            effects => InterceptedMachine.Send(transit, _faults.Pass, effects)
        );
    }

    /// <summary>Stops the actor of an entity: its host's supervision restarts none, so that the run breaks.</summary>
    public void Kill(EntityId entity)
    {
        ThrowIfNotIdle();
        _killed.TryAdd(NameOf(entity), Now);
        NotOwn(() => _run.Kill(entity));
    }

    /// <summary>An actor was killed: what was run is no scenario any more.</summary>
    public bool HasKilled => _killed.Count > 0;

    /// <summary>What the end of the script has to say about actors that were killed; null: nothing.</summary>
    public string? UnseenDeath =>
        _isBroken || _killed.Count == 0
            ? null
            : $"{EventTable.DeathOf(_killed.First())}, and no message has reached it since: nothing has come of it";

    /// <summary>Ends the script at <see cref="Now"/>.</summary>
    public BackendResult Finish()
    {
        ThrowIfNotIdle();
        RunOutcome outcome = null!; // reason: set by the next line, or it throws
        Guarded(() => outcome = _run.Outcome());
        _isFinished = true;
        return BackendResult.Of(
            Scenario,
            Backend,
            _machine,
            outcome,
            Stopwatch.GetElapsedTime(_started)
        );
    }

    /// <summary>What a script says when it fails: what was expected, and the events around the moment.</summary>
    /// <param name="what">A sentence.</param>
    /// <param name="isMeant">The events that the script looked at.</param>
    /// <param name="around">The instants that matter, in order; none: now.</param>
    public ScriptException Failure(
        string what,
        Func<Occurrence, bool> isMeant,
        params ReadOnlySpan<VirtualTime> around
    ) => new($"{what}\n\n{EventTable.Of(_log, _run.Pending, NameOf, isMeant, around)}");

    public void Dispose() => _run.Dispose();

    private void Guarded(Action run)
    {
        ThrowIfNotIdle();
        Turn.Take();
        _isInEvent = true;
        try
        {
            run();
            _world.MoveTo(Now.Nanoseconds);
        }
        catch (RunFailedException broken)
        {
            _isBroken = true;
            string table = EventTable.Of(_log, _run.Pending, NameOf, static _ => false);
            string killed = _killed.TryGetValue(broken.Entity, out VirtualTime at)
                ? $"\n{EventTable.DeathOf(new(broken.Entity, at))}"
                : "";
            throw new ScriptException(
                $"the run broke: {broken.Message}{killed}\n\n{table}",
                broken
            );
        }
        finally
        {
            _isInEvent = false;
            Turn.GiveBack();
        }
    }

    /// <summary>The script acts between two events, and not after its end.</summary>
    public void ThrowIfNotIdle()
    {
        ThrowIfInEvent();
        if (_isFinished)
        {
            throw new InvalidOperationException("the script is finished: it has given its result");
        }
        if (_isBroken)
        {
            throw new InvalidOperationException(
                "the run has broken before: what it is left with is no machine any more"
            );
        }
    }

    /// <summary>No event is being handled, and the clock is not moved by another thread.</summary>
    public void ThrowIfInEvent()
    {
        Turn.ThrowIfOthers();
        if (_isInEvent)
        {
            throw new InvalidOperationException(
                "an event is being handled: what is called during one (a fault's condition, a guest's program, an "
                    + "actor) can neither move the clock nor act; accepted: between two events"
            );
        }
    }

    private void GoOnWith(byte[] frozen)
    {
        NotOwn(_run.Dispose);
        _machine = Build();
        _run = Start(new Resumption([frozen]));
        foreach (string killed in _killed.Keys)
        {
            NotOwn(() => _run.Kill(Find(killed)));
        }
    }

    private EmulatedMachine Build()
    {
        Scenario unbounded = Scenario with { Duration = Horizon };
        MachineDescription description = MachineDescriptionBuilder.Build(unbounded, Backend);
        EmulatedMachine machine = EmulatedMachine.Build(
            description with
            {
                Vms =
                [
                    .. description.Vms.Select(vm =>
                        vm with
                        {
                            Guest = WatchedProgram.In(vm, Note),
                        }
                    ),
                ],
            }
        );
        foreach (IEntity entity in machine.Entities.Skip(_homes.Count))
        {
            _byName.Add(entity.Name, entity.Id);
            int at = entity.Name.IndexOf('@', StringComparison.Ordinal);
            _homes.Add(
                at < 0 ? entity.Name : entity.Name.Remove(at, entity.Name.IndexOf('/', at) - at)
            );
        }
        return machine;
    }

    private SteppedRun Start(Resumption? from)
    {
        SteppedRun run = null!; // reason: made by the next line
        NotOwn(() =>
            run = new(
                _system,
                new InterceptedMachine(_machine, _faults.Pass),
                entity =>
                    _probeOf(entity.Name) is { } probe
                        ? Props.Create(() => new ProbeActor(probe))
                        : EntityProps.Of(entity),
                happened =>
                    _log.Add(
                        new Occurrence(
                            happened.Key.Time,
                            happened.Key.Source,
                            happened.Target,
                            happened.Message,
                            happened.Key.IsFromOutside
                        )
                    ),
                from,
                beside: () => _world.Settle()
            )
        );
        return run;
    }

    /// <summary>A run starts, and ends, with actors that are not the test's own.</summary>
    private void NotOwn(Action act)
    {
        bool isInhabited = _world.IsInhabited;
        act();
        _world.IsInhabited = isInhabited;
    }

    private void Note(string vcpu, VirtualTime at, object what)
    {
        EntityId entity = Find(vcpu);
        _log.Add(new Occurrence(at, entity, entity, what));
    }
}

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Akka.Actor;
using PvTimer.Actors;
using PvTimer.Actors.Entities;
using PvTimer.Engine;
using PvTimer.Experiments;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.TestKit.Faults;
using PvTimer.TestKit.Observing;

namespace PvTimer.TestKit.Machines;

/// <summary>
/// The machine of one script while it runs: the actors, in an engine that the script steps, and what the
/// script has put around them.
/// </summary>
internal sealed class ScriptedMachine : IDisposable
{
    /// <summary>How far a machine is prepared to go; only VMs that wander by themselves care.</summary>
    private static readonly VirtualDuration Horizon = VirtualDuration.FromSeconds(1_000_000);

    private readonly ActorSystem _system;
    private readonly FaultLine _faults;
    private readonly Func<string, Probe?> _probeOf;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Dictionary<string, EntityId> _byName = new(StringComparer.Ordinal);
    private readonly List<string> _homes = [];
    private EmulatedMachine _machine;
    private SteppedRun _run;
    private bool _isFinished;

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
        _system = system;
        _faults = faults;
        _probeOf = probeOf;
        Scenario = scenario;
        Backend = backend;
        _machine = Build();
        _run = Start(from: null);
    }

    /// <summary>What is run, with all that the script has done to it so far.</summary>
    public Scenario Scenario { get; private set; }

    public TimerBackend Backend { get; }

    public OccurrenceLog Log { get; } = new();

    /// <summary>The first instant in which nothing has happened yet.</summary>
    public VirtualTime Now => _run.Now;

    /// <summary>The next event's time.</summary>
    public VirtualTime NextTime => _run.NextTime;

    public string NameOf(EntityId entity) => _machine.Entities[entity.Index].Name;

    /// <exception cref="ScriptException">There is no entity of that name.</exception>
    public EntityId Find(string name) =>
        _byName.TryGetValue(name, out EntityId entity)
            ? entity
            : throw new ScriptException(
                $"there is no {name}; accepted: {string.Join(", ", _machine.Entities.Select(each => each.Name))}"
            );

    /// <summary>Whether an entity is this vCPU, here or on another host: "web-0@h2/vcpu-1" is "web-0/vcpu-1".</summary>
    public bool IsIncarnation(EntityId entity, string vcpu) => _homes[entity.Index] == vcpu;

    public void RunBefore(VirtualTime instant) => Guarded(() => _run.RunBefore(instant));

    /// <summary>The next event happens, if it lies before an instant.</summary>
    public bool RunOne(VirtualTime before)
    {
        bool happened = false;
        Guarded(() => happened = _run.RunOne(before));
        return happened;
    }

    /// <summary>Does something to the machine at <see cref="Now"/>, and makes it part of the scenario.</summary>
    /// <param name="happening">Its time is <see cref="Now"/>.</param>
    public void Do(EventSettings happening)
    {
        ThrowIfFinished();
        Scenario before = Scenario;
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

    /// <summary>A probe acts as the entity in whose place it stands.</summary>
    public void ActAs(EntityId entity, EntityId target, VirtualDuration latency, Message message)
    {
        ThrowIfFinished();
        var transit = new Transit(Now, entity, target, latency, message);
        _run.ActAs(
            entity,
            message,
            effects => InterceptedMachine.Send(transit, _faults.Pass, effects)
        );
    }

    /// <summary>Stops the actor of an entity.</summary>
    public void Kill(EntityId entity) => _run.Kill(entity);

    /// <summary>Ends the script at <see cref="Now"/>.</summary>
    public BackendResult Finish()
    {
        ThrowIfFinished();
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
    /// <param name="cause">What made it fail; null: nothing but the expectation.</param>
    public ScriptException Failure(
        string what,
        Func<Occurrence, bool> isMeant,
        Exception? cause = null
    )
    {
        string table = EventTable.Of(Log, _run.Pending, NameOf, isMeant);
        string text = $"{what}\n\n{table}";
        return cause is null ? new ScriptException(text) : new ScriptException(text, cause);
    }

    public void Dispose() => _run.Dispose();

    private void Guarded(Action run)
    {
        ThrowIfFinished();
        try
        {
            run();
        }
        catch (RunFailedException broken)
        {
            throw Failure($"the run broke: {broken.Message}", static _ => false, broken);
        }
    }

    private void ThrowIfFinished()
    {
        if (_isFinished)
        {
            throw new InvalidOperationException("the script is finished: it has given its result");
        }
    }

    private void GoOnWith(byte[] frozen)
    {
        _run.Dispose();
        _machine = Build();
        _run = Start(new Resumption([frozen]));
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

    private SteppedRun Start(Resumption? from) =>
        new(
            _system,
            new InterceptedMachine(_machine, _faults.Pass),
            entity =>
                _probeOf(entity.Name) is { } probe
                    ? Props.Create(() => new ProbeActor(probe))
                    : EntityProps.Of(entity),
            happened =>
                Log.Add(
                    new Occurrence(
                        happened.Key.Time,
                        happened.Key.Source,
                        happened.Target,
                        happened.Message,
                        happened.Key.IsFromOutside
                    )
                ),
            from
        );

    private void Note(string vcpu, VirtualTime at, object what)
    {
        EntityId entity = Find(vcpu);
        Log.Add(new Occurrence(at, entity, entity, what));
    }
}

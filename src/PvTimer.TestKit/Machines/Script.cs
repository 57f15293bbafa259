using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using Akka.Actor;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Moving;
using PvTimer.ActorTime.Verbs;
using PvTimer.ActorTime.Worlds;
using PvTimer.Model.Backends;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;
using PvTimer.TestKit.Exploring;
using PvTimer.TestKit.Faults;
using PvTimer.TestKit.Observing;
using PvTimer.TestKit.Properties;
using PvTimer.TestKit.Results;

namespace PvTimer.TestKit.Machines;

/// <summary>
/// One script: first a machine is described, with probes in some places; with the first look at its clock it
/// is built and runs, and nothing can be added to it any more.
/// </summary>
internal sealed class Script(
    ActorSystem system,
    Func<Func<ITimeline>, AkkaProbe> newProbe,
    Races? races
) : IDisposable
{
    private readonly Dictionary<string, Probe> _probes = new(StringComparer.Ordinal);
    private readonly List<(HostHandle On, VmHandle Vm)> _vms = [];
    private Scenario? _scenario;
    private TimerBackend _backend = TimerBackends.PvTimer;
    private ScriptedMachine? _machine;
    private bool _isGone;
    private bool _isAsked;

    public FaultLine FaultLine { get; } = new();

    /// <summary>What is explored; null: nothing.</summary>
    public Races? Races => races;

    /// <summary>What it has said about its machine once.</summary>
    public ScriptProperties Properties => field ??= new ScriptProperties(Machine, races?.Reached);

    /// <summary>The same, to add something to it.</summary>
    public ScriptProperties ToBeAsked
    {
        get
        {
            ThrowIfNotIdle();
            return Properties;
        }
    }

    public ImmutableArray<HostHandle> Hosts { get; private set; } = [];

    public HostSettings HostSettings => Described.Host;

    /// <summary>What is run, with all that the script has done so far.</summary>
    public Scenario Scenario => _machine?.Scenario ?? Described;

    public TimerBackend Backend => _backend;

    private Scenario Described =>
        _scenario
        ?? throw new InvalidOperationException(
            "there is no machine yet; accepted: begin with Host(...), Hosts(...) or Scenario(file)"
        );

    /// <summary>The clock; a machine that is not built yet has not begun.</summary>
    public VirtualTime Now => _machine?.Now ?? VirtualTime.Zero;

    /// <summary>The hash of all that has happened so far; null: nothing has been built.</summary>
    public string? TraceHash => _machine?.TraceHash;

    /// <summary>
    /// The script has come to its end: what it has injected has happened. Asked once, when it ends in whatever way.
    /// </summary>
    /// <exception cref="ScriptException">Not all of it has.</exception>
    public void ThrowIfNotAllHappened()
    {
        if (_isAsked)
        {
            return;
        }
        _isAsked = true;
        ActorWorld world = WorldScheduler.WorldOf(system.Scheduler);
        world.ThrowIfEscaped();
        ImmutableArray<string> missed = [.. FaultLine.Missed(), .. world.Faults.Missed()];
        ImmutableArray<string> owed = Properties.Missed();
        if (races is not null)
        {
            FaultLine.NoteOptional(races.Reached);
        }
        if (_machine?.UnseenDeath is { } death)
        {
            missed = missed.Add(death);
        }
        if (!missed.IsEmpty)
        {
            throw new ScriptException(
                $"not all of the faults happened: {string.Join("; ", missed)}; accepted: messages that they meet, or optional: true"
            );
        }
        if (!owed.IsEmpty)
        {
            throw new ScriptException(string.Join("; ", owed));
        }
    }

    /// <summary>
    /// The time of the script: that of its machine, built if it is not there yet; as long as none is described, that of
    /// the test's own actors alone.
    /// </summary>
    public ITimeline Timeline =>
        _scenario is null ? WorldScheduler.WorldOf(system.Scheduler) : Machine();

    /// <summary>The machine; built if it is not there yet.</summary>
    /// <exception cref="InvalidOperationException">It is gone: the test has begun another one.</exception>
    public ScriptedMachine Machine()
    {
        ThrowIfGone();
        if (_machine is null)
        {
            AddDefaultVm();
            if (races is not null)
            {
                FaultLine.Add((in transit) => races.Delay(transit, Machine()));
            }
            _machine = new ScriptedMachine(
                system,
                races?.WithLines(Described) ?? Described,
                _backend,
                FaultLine,
                name => _probes.GetValueOrDefault(name)
            )
            {
                Properties = Properties,
            };
        }
        return _machine;
    }

    public ImmutableArray<HostHandle> Describe(int hosts, HostOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Begin(Description.Of(hosts, options), options.Backend);
        return Hosts;
    }

    /// <summary>Takes a machine that somebody else has described.</summary>
    public void Begin(Scenario scenario, TimerBackend backend)
    {
        if (_scenario is not null)
        {
            throw new InvalidOperationException(
                "a script has one machine, and this one has it already"
            );
        }
        DescriptionCheck.Accept(scenario with { Backends = [backend] });
        _scenario = scenario;
        _backend = backend;
        Hosts = [.. Enumerable.Range(0, scenario.Hosts).Select(host => new HostHandle(this, host))];
        foreach ((VmSettings of, string name, int host) in scenario.Instances)
        {
            _vms.Add((Hosts[host], new VmHandle(name, of.Vcpus, this)));
        }
    }

    public VmHandle AddVm(
        HostHandle on,
        string name,
        int vcpus,
        GuestDescription guest,
        ImmutableArray<int>? pins,
        VmOptions options
    )
    {
        ThrowIfRunning();
        ArgumentOutOfRangeException.ThrowIfLessThan(vcpus, 1);
        Scenario scenario = Described;
        if (NameRule.Vm.FlawOf(name) is { } flaw)
        {
            throw new ArgumentException($"{flaw}; accepted: {NameRule.Vm.Forms}", nameof(name));
        }
        if (scenario.Vms.Any(vm => vm.Name == name))
        {
            throw new ArgumentException($"there is a VM {name} already", nameof(name));
        }
        VmSettings added = Description.Vm(name, vcpus, on.Index, guest, pins, options);
        scenario = scenario with { Vms = scenario.Vms.Add(added) };
        DescriptionCheck.Accept(scenario);
        _scenario = scenario;
        VmHandle vm = new($"{name}-0", vcpus, this);
        _vms.Add((on, vm));
        return vm;
    }

    /// <summary>A host is not as the others are.</summary>
    /// <param name="host">Its number.</param>
    /// <param name="change">From what it was to what it is.</param>
    /// <exception cref="ArgumentException">No scenario file could say it.</exception>
    public void Differ(int host, Func<OtherHostSettings, OtherHostSettings> change)
    {
        ThrowIfRunning();
        OtherHostSettings other = change(Described.HostOf(host));
        Scenario scenario = Described with
        {
            OtherHosts = [.. Described.OtherHosts.Where(each => each.Host != host), other],
        };
        DescriptionCheck.Accept(scenario);
        _scenario = scenario;
    }

    /// <summary>The VMs that begin on a host.</summary>
    public IEnumerable<VmHandle> VmsOn(int host)
    {
        ThrowIfGone();
        AddDefaultVm();
        return _vms.Where(vm => vm.On.Index == host).Select(vm => vm.Vm);
    }

    public Probe ProbeAs(ActorHandle place)
    {
        ThrowIfRunning();
        place.ThrowIfOther(this);
        Probe probe = new(place, newProbe(() => Timeline), this);
        return _probes.TryAdd(place.Name, probe)
            ? probe
            : throw new InvalidOperationException($"there is a probe as {place.Name} already");
    }

    public void Adjust(Func<Scenario, Scenario> adjust)
    {
        ThrowIfRunning();
        _scenario = adjust(Described);
    }

    /// <summary>What the script has done so far, as a scenario that ends now.</summary>
    /// <exception cref="InvalidOperationException">It has done something that no scenario can say.</exception>
    public Scenario ToScenario()
    {
        ScriptedMachine machine = Machine();
        string? obstacle =
            _probes.Count > 0 ? "probes stand in the places of actors"
            : WorldScheduler.WorldOf(system.Scheduler).IsInhabited
                ? "actors of the test's own live in its time"
            : FaultLine.WasUsed ? "messages were tampered with"
            : machine.HasKilled ? "an actor was killed"
            : Scenario.Vms.Any(vm => vm.Guest is ProgrammedGuest)
                ? "a guest is a program of the test's own"
            : null;
        return obstacle is null
            ? Scenario with
            {
                Duration = machine.Now - VirtualTime.Zero,
                Backends = [_backend],
                Events = Scenario.Events.RemoveAll(later =>
                    VirtualTime.Zero + later.At > machine.Now
                ),
            }
            : throw new InvalidOperationException($"the script is no scenario: {obstacle}");
    }

    /// <summary>An instance of a VM by its name: "web-0".</summary>
    public VmHandle Vm(string name) =>
        Hosts.SelectMany(host => host.Vms).FirstOrDefault(vm => vm.Name == name)
        ?? throw new ArgumentException(
            $"there is no VM {name}; accepted: {string.Join(", ", Hosts.SelectMany(host => host.Vms).Select(vm => vm.Name))}",
            nameof(name)
        );

    /// <summary>Ends the script now, and gives its numbers.</summary>
    public ScriptResult Finish()
    {
        ScriptResult result = new(Machine().Finish());
        ThrowIfNotAllHappened();
        return result;
    }

    /// <summary>Writes what the script has done so far to a file.</summary>
    public void Save(string file)
    {
        Scenario scenario = ToScenario();
        if (scenario.Events.Any(happening => happening.At == scenario.Duration))
        {
            throw new InvalidOperationException(
                "what was done last has not happened yet, and a file that ends now would not have it; accepted: "
                    + "Clock.AdvanceBy(...) before"
            );
        }
        if (scenario.Duration == VirtualDuration.Zero)
        {
            throw new InvalidOperationException(
                "the clock has not moved, and a scenario has a duration; accepted: Clock.AdvanceTo(...) before"
            );
        }
        File.WriteAllText(file, ScenarioWriter.Write(scenario));
    }

    /// <summary>Something is added to what happens, or is asked, from now on: its machine has not come to its end.</summary>
    public void ThrowIfNotIdle()
    {
        ThrowIfGone();
        _machine?.ThrowIfNotIdle();
    }

    /// <summary>It can be given up: nothing of it is happening.</summary>
    public void ThrowIfInEvent() => _machine?.ThrowIfInEvent();

    /// <summary>A handle belongs to this script, and that is still there.</summary>
    public void ThrowIfOther(Script other)
    {
        ThrowIfGone();
        other.ThrowIfGone();
        if (other != this)
        {
            throw new InvalidOperationException(
                "this belongs to another test's machine; accepted: handles of this one"
            );
        }
    }

    /// <summary>What the script belongs to is still there: handles of an earlier one are refused.</summary>
    public void ThrowIfGone()
    {
        if (_isGone)
        {
            throw new InvalidOperationException(
                "this belongs to a machine that is gone, as the test has begun another one; accepted: "
                    + "handles, probes and faults of the machine that was described last"
            );
        }
    }

    public void Dispose()
    {
        _isGone = true;
        _machine?.Dispose();
        // The test's own actors are not there in the next script, which may give others the same names.
        ActorWorld world = WorldScheduler.WorldOf(system.Scheduler);
        if (world.IsInhabited)
        {
            foreach (IInternalActorRef own in AkkaInternals.UserActors(system))
            {
                own.Stop();
            }
            world.Settle();
        }
        world.Reset();
    }

    /// <summary>
    /// A script without any VM has one, on the first host, with a vCPU on each pCPU that takes vCPUs.
    /// </summary>
    private void AddDefaultVm()
    {
        if (Described.Vms.IsEmpty)
        {
            ImmutableArray<int> pins =
            [
                .. Enumerable.Range(0, HostSettings.Cpus).Where(HostSettings.TakesVcpus),
            ];
            AddVm(Hosts[0], "vm", pins.Length, new CommandedGuest(), pins, new VmOptions());
        }
    }

    private void ThrowIfRunning()
    {
        ThrowIfGone();
        if (_machine is not null)
        {
            throw new InvalidOperationException(
                "the machine runs already: VMs, probes and weak exchanges belong before the clock's first move"
            );
        }
    }
}

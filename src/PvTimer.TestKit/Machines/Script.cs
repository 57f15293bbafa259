using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Akka.Actor;
using Akka.TestKit;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Paravirt;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.TestKit.Exploring;
using PvTimer.TestKit.Faults;
using PvTimer.TestKit.Observing;

namespace PvTimer.TestKit.Machines;

/// <summary>
/// One script: first a machine is described, with probes in some places; with the first look at its clock it
/// is built and runs, and nothing can be added to it any more.
/// </summary>
internal sealed class Script(ActorSystem system, Func<TestProbe> newProbe) : IDisposable
{
    private readonly Dictionary<string, Probe> _probes = new(StringComparer.Ordinal);
    private readonly List<(HostHandle On, VmHandle Vm)> _vms = [];
    private Scenario? _scenario;
    private TimerBackend _backend;
    private ScriptedMachine? _machine;

    public FaultLine FaultLine { get; } = new();

    /// <summary>What is explored; null: nothing.</summary>
    public Races? Races { get; init; }

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

    /// <summary>The machine; built if it is not there yet.</summary>
    public ScriptedMachine Machine()
    {
        if (_machine is null)
        {
            AddDefaultVm();
            if (Races is { } races)
            {
                FaultLine.Add((in transit) => races.Delay(transit, Machine()));
            }
            _machine = new ScriptedMachine(
                system,
                Races?.WithLines(Described) ?? Described,
                _backend,
                FaultLine,
                name => _probes.GetValueOrDefault(name)
            );
        }
        return _machine;
    }

    public ImmutableArray<HostHandle> Describe(int hosts, HostOptions options)
    {
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
        _scenario = scenario;
        _backend = backend;
        Hosts = [.. Enumerable.Range(0, scenario.Hosts).Select(host => new HostHandle(this, host))];
        foreach ((VmSettings of, string name, int host) in scenario.Instances)
        {
            _vms.Add((Hosts[host], new VmHandle(name, of.Vcpus, Machine)));
        }
    }

    public VmHandle AddVm(
        HostHandle on,
        string name,
        int vcpus,
        GuestDescription guest,
        ImmutableArray<int>? pins
    )
    {
        ThrowIfRunning();
        Scenario scenario = Described;
        if (NameRule.Vm.FlawOf(name) is { } flaw)
        {
            throw new ArgumentException($"{flaw}; accepted: {NameRule.Vm.Forms}", nameof(name));
        }
        if (scenario.Vms.Any(vm => vm.Name == name))
        {
            throw new ArgumentException($"there is a VM {name} already", nameof(name));
        }
        VmSettings added = Description.Vm(scenario.Host.Tsc, name, vcpus, on.Index, guest, pins);
        _scenario = scenario with { Vms = scenario.Vms.Add(added) };
        VmHandle vm = new($"{name}-0", vcpus, Machine);
        _vms.Add((on, vm));
        return vm;
    }

    /// <summary>The VMs that begin on a host.</summary>
    public IEnumerable<VmHandle> VmsOn(int host)
    {
        AddDefaultVm();
        return _vms.Where(vm => vm.On.Index == host).Select(vm => vm.Vm);
    }

    public Probe ProbeAs(ActorHandle place)
    {
        ThrowIfRunning();
        Probe probe = new(place, newProbe(), Machine);
        return _probes.TryAdd(place.Name, probe)
            ? probe
            : throw new InvalidOperationException($"there is a probe as {place.Name} already");
    }

    public bool HasProbeAs(string name) => _probes.ContainsKey(name);

    public void Adjust(Func<Scenario, Scenario> adjust)
    {
        ThrowIfRunning();
        _scenario = adjust(Described);
    }

    public void Weaken(WeakExchange exchange) =>
        Adjust(scenario =>
            scenario with
            {
                PvTimer = scenario.PvTimer with { WeakExchange = exchange },
            }
        );

    /// <summary>What the script has done so far, as a scenario that ends now.</summary>
    /// <exception cref="InvalidOperationException">It has done something that no scenario can say.</exception>
    public Scenario ToScenario()
    {
        string? obstacle =
            _probes.Count > 0 ? "probes stand in the places of actors"
            : FaultLine.WasUsed ? "messages were tampered with"
            : Scenario.Vms.Any(vm => vm.Guest is ProgrammedGuest)
                ? "a guest is a program of the test's own"
            : null;
        return obstacle is null
            ? Scenario with
            {
                Duration = Machine().Now - VirtualTime.Zero,
                Backends = [_backend],
            }
            : throw new InvalidOperationException($"the script is no scenario: {obstacle}");
    }

    public void Dispose() => _machine?.Dispose();

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
            AddVm(Hosts[0], "vm", pins.Length, new CommandedGuest(), pins);
        }
    }

    private void ThrowIfRunning()
    {
        if (_machine is not null)
        {
            throw new InvalidOperationException(
                "the machine runs already: VMs, probes and weak exchanges belong before the clock's first move"
            );
        }
    }
}

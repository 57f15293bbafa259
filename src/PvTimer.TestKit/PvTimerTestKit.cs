using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using Akka.Configuration;
using PvTimer.Actors;
using PvTimer.Experiments;
using PvTimer.Model.Description;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.TestKit.Exploring;
using PvTimer.TestKit.Faults;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Observing;
using PvTimer.TestKit.Results;
using Xunit.Abstractions;

namespace PvTimer.TestKit;

/// <summary>
/// The base of a test class that scripts an emulated machine: describe hosts, put probes in the places of
/// actors, move the clock, make guests and hosts act, expect. The actors are those of every other run.
/// </summary>
/// <remarks>
/// Akka's TestKit is all there, for actors of the test's own. What waits on the wall there waits on the
/// wall; everything here takes virtual time only.
/// </remarks>
public abstract partial class PvTimerTestKit : Akka.TestKit.Xunit2.TestKit
{
    private static readonly Config Configuration = ConfigurationFactory
        .ParseString(
            "akka { loglevel = WARNING, stdout-loglevel = WARNING, log-dead-letters = off }"
        )
        .WithFallback(ActorOptions.HybridTime);

    private Script _script;

    /// <param name="output">Where Akka's log goes; null: nowhere.</param>
    protected PvTimerTestKit(ITestOutputHelper? output = null)
        : base(Configuration, "pvtimer", output)
    {
        _script = NewScript(races: null);
        Clock = new Clock(() => _script.Machine(), () => _script.Races);
    }

    /// <summary>The virtual clock.</summary>
    public Clock Clock { get; }

    /// <summary>What happens to messages on their way.</summary>
    public InjectedFaults Faults => new(_script);

    /// <summary>
    /// Describes a machine with one host. Unless VMs are added, it has one, "vm-0", with a commanded guest and
    /// a vCPU on each pCPU but the dedicated one.
    /// </summary>
    /// <param name="pcpus">pCPUs, at least 2.</param>
    /// <param name="timerCpu">The dedicated pCPU; null: the last one.</param>
    /// <param name="scanPeriod">Of the kthread; null: 250 us.</param>
    /// <param name="backend">How the guests' timers are emulated.</param>
    public HostHandle Host(
        int pcpus = 2,
        int? timerCpu = null,
        VirtualDuration? scanPeriod = null,
        TimerBackend backend = TimerBackend.PvTimer
    )
    {
        HostOptions options = new()
        {
            Pcpus = pcpus,
            TimerCpu = timerCpu ?? pcpus - 1,
            Backend = backend,
        };
        return Host(
            scanPeriod is { } period
                ? options with
                {
                    PvTimer = options.PvTimer with { ScanPeriod = period },
                }
                : options
        );
    }

    /// <summary>Describes a machine with one host.</summary>
    public HostHandle Host(HostOptions options) => Hosts(1, options)[0];

    /// <summary>Describes a machine with several hosts, all alike, connected by a network.</summary>
    /// <param name="count">At least 1.</param>
    /// <param name="options">What they are; null: the defaults.</param>
    public ImmutableArray<HostHandle> Hosts(int count, HostOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return _script.Describe(count, options ?? new HostOptions());
    }

    /// <summary>Takes the machine of a scenario file.</summary>
    /// <param name="file">Its path, relative to the current folder or to one above the test's assembly.</param>
    /// <param name="backend">One of the scenario's back-ends; null: its first.</param>
    /// <param name="sets">Changes of single keys: "host.cpus=8".</param>
    /// <returns>Its hosts.</returns>
    public ImmutableArray<HostHandle> Scenario(
        string file,
        TimerBackend? backend = null,
        params ImmutableArray<string> sets
    )
    {
        Scenario scenario = ScenarioReader.Read(ScenarioFile.Find(file), sets);
        return Scenario(scenario, backend);
    }

    /// <summary>Takes the machine of a scenario.</summary>
    /// <param name="scenario">Its duration does not matter: the script says when it ends.</param>
    /// <param name="backend">One of the scenario's back-ends; null: its first.</param>
    public ImmutableArray<HostHandle> Scenario(Scenario scenario, TimerBackend? backend = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        _script.Begin(scenario, backend ?? scenario.Backends[0]);
        return _script.Hosts;
    }

    /// <summary>An instance of a VM by its name: "web-0".</summary>
    public VmHandle Vm(string name) =>
        _script.Hosts.SelectMany(host => host.Vms).FirstOrDefault(vm => vm.Name == name)
        ?? throw new ArgumentException(
            $"there is no VM {name}; accepted: {string.Join(", ", _script.Hosts.SelectMany(host => host.Vms).Select(vm => vm.Name))}",
            nameof(name)
        );

    /// <summary>A probe takes the place of an actor, before the clock's first move.</summary>
    public Probe ProbeAs(ActorHandle place)
    {
        ArgumentNullException.ThrowIfNull(place);
        return _script.ProbeAs(place);
    }

    /// <summary>Ends the script now, and gives its numbers.</summary>
    public ScriptResult Finish() => new(_script.Machine().Finish());

    /// <summary>Gives this script up, and begins another one with a machine of its own.</summary>
    public void Anew() => Begin(NewScript(races: null));

    /// <summary>What the script has done so far, as a scenario that ends now: running it gives the same trace hash.</summary>
    /// <exception cref="InvalidOperationException">It has done something that no scenario can say.</exception>
    public Scenario ToScenario() => _script.ToScenario();

    /// <summary>Writes <see cref="ToScenario"/> to a file, for "pvtimer run".</summary>
    public void Save(string file) => File.WriteAllText(file, ScenarioWriter.Write(ToScenario()));

    /// <summary>Runs a whole scenario, to its end, as "pvtimer run" does.</summary>
    /// <param name="scenario">What to run; <see cref="ToScenario"/> gives a script as one.</param>
    /// <param name="backend">How timers are emulated; null: the scenario's first back-end.</param>
    public static ScriptResult Run(Scenario scenario, TimerBackend? backend = null) =>
        RunOn(EngineKind.Actors, scenario, backend);

    private static ScriptResult RunOn(
        EngineKind engine,
        Scenario scenario,
        TimerBackend? backend = null
    )
    {
        ArgumentNullException.ThrowIfNull(scenario);
        Scenario one = scenario with { Backends = [backend ?? scenario.Backends[0]] };
        ExperimentResult result = Experiment.Run(one, engine, 1, static (_, _) => true);
        return new ScriptResult(result.Backends[0]);
    }

    /// <inheritdoc/>
    protected override void AfterAll()
    {
        _script.Dispose();
        base.AfterAll();
    }

    private Script NewScript(Races? races) => new(Sys, () => CreateTestProbe()) { Races = races };
}

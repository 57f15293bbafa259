using System;
using System.Collections.Immutable;
using System.Threading;
using Akka.Configuration;
using PvTimer.Actors;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Faults;
using PvTimer.ActorTime.Moving;
using PvTimer.ActorTime.Verbs;
using PvTimer.ActorTime.Worlds;
using PvTimer.Experiments;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
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
/// Akka's verbs are all there, for its probes and for actors of the test's own, and take virtual time like
/// everything here; those that could only wait on the wall are refused, and say what to use instead.
/// </remarks>
public abstract partial class PvTimerTestKit : VirtualTestKit, IDisposable
{
    private static readonly Config Configuration = WorldConfig.With(
        ConfigurationFactory
            .ParseString("akka.loggers = [\"Akka.TestKit.TestEventListener, Akka.TestKit\"]")
            .WithFallback(ActorOptions.Mailboxes),
        typeof(ScriptScheduler)
    );

    private readonly AkkaTestKit _akka;
    private readonly Current _current;
    private readonly ActorWorld _world;

    /// <param name="output">Where Akka's log goes; null: nowhere.</param>
    protected PvTimerTestKit(ITestOutputHelper? output = null)
        : this(new AkkaTestKit(Configuration, output), new Current()) => Output = output;

    private PvTimerTestKit(AkkaTestKit akka, Current current)
        : base(akka, current.Timeline)
    {
        _akka = akka;
        _current = current;
        _world = WorldScheduler.WorldOf(Sys.Scheduler);
        Time = new WorldTime(_world);
        _world.Begin();
        _current.Script = NewScript(races: null);
        Clock = new Clock(() => Running.Machine(), () => Running.Races, _world.Limits);
    }

    /// <summary>Where the test writes to, as it was given; null: nowhere.</summary>
    protected ITestOutputHelper? Output { get; }

    /// <summary>The virtual clock.</summary>
    public Clock Clock { get; }

    /// <summary>What happens to messages on their way.</summary>
    public InjectedFaults Faults => new(Running);

    /// <summary>
    /// Describes a machine with one host. Unless VMs are added, it has one, "vm-0", with a commanded guest and
    /// a vCPU on each pCPU but the dedicated one.
    /// </summary>
    /// <param name="pcpus">pCPUs, at least 2.</param>
    /// <param name="timerCpu">The dedicated pCPU; null: the last one.</param>
    /// <param name="scanPeriod">Of the kthread; null: 250 us.</param>
    /// <param name="backend">How the guests' timers are emulated; null: with pvtimer.</param>
    public HostHandle Host(
        int pcpus = 2,
        int? timerCpu = null,
        VirtualDuration? scanPeriod = null,
        TimerBackend? backend = null
    ) => Host(HostOptions.Of(pcpus, timerCpu, scanPeriod, backend));

    /// <summary>Describes a machine with one host.</summary>
    public HostHandle Host(HostOptions options) => Running.Describe(1, options)[0];

    /// <summary>Describes a machine with several hosts, all alike, connected by a network.</summary>
    /// <param name="count">At least 1.</param>
    /// <param name="options">What they are; null: the defaults.</param>
    public ImmutableArray<HostHandle> Hosts(int count, HostOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return Running.Describe(count, options ?? new HostOptions());
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
        Running.Begin(scenario, backend ?? scenario.Backends[0]);
        return Running.Hosts;
    }

    /// <summary>An instance of a VM by its name: "web-0".</summary>
    public VmHandle Vm(string name) => Running.Vm(name);

    /// <summary>A probe takes the place of an actor, before the clock's first move.</summary>
    public Probe ProbeAs(ActorHandle place)
    {
        ArgumentNullException.ThrowIfNull(place);
        return Running.ProbeAs(place);
    }

    /// <summary>
    /// An actor of the test's own, in the time of the machine, and a tap on what reaches it. Actors that it makes, and those
    /// of <see cref="VirtualTestKit.ActorOf(Akka.Actor.Props)"/>, live in that time, too.
    /// </summary>
    /// <param name="props">Whatever dispatcher they name, the actor runs on the script's thread.</param>
    /// <param name="name">Its name below /user; null: one that Akka gives.</param>
    /// <returns>The actor, as a tap.</returns>
    public ActorInTime ActorInTime(Akka.Actor.Props props, string? name = null) =>
        new(ActorOf(props, name), Running);

    /// <inheritdoc cref="ActorInTime(Akka.Actor.Props, string?)"/>
    public ActorInTime ActorInTime(
        Action<Akka.Actor.Dsl.IActorDsl> configure,
        string? name = null
    ) => new(ActorOf(configure, name), Running);

    /// <summary>What happens to messages between actors of the test's own, and to these.</summary>
    public ActorFaults ActorFaults => new(_world);

    /// <summary>
    /// The script's clock for code that takes a <see cref="TimeProvider"/>: <c>Task.Delay(span, Time)</c>. The script begins
    /// at the Unix epoch.
    /// </summary>
    public TimeProvider Time { get; }

    /// <summary>Ends the script now, and gives its numbers.</summary>
    /// <exception cref="ScriptException">A fault that it has injected has not happened.</exception>
    public ScriptResult Finish() => Running.Finish();

    /// <summary>
    /// Gives this script up, and begins another one with a machine of its own: handles of the old one are refused.
    /// </summary>
    /// <exception cref="ScriptException">A fault that the old one has injected has not happened.</exception>
    public void Anew()
    {
        Script old = Running;
        old.ThrowIfInEvent();
        try
        {
            old.ThrowIfNotAllHappened();
        }
        finally
        {
            Begin(old.Races);
        }
    }

    /// <summary>
    /// What the script has done so far, as a scenario that ends now: running it gives the same trace hash. Before the
    /// clock has moved it has no duration.
    /// </summary>
    /// <exception cref="InvalidOperationException">It has done something that no scenario can say.</exception>
    public Scenario ToScenario() => Running.ToScenario();

    /// <summary>Writes <see cref="ToScenario"/> to a file, for "pvtimer run".</summary>
    /// <exception cref="InvalidOperationException">
    /// It has done something that no scenario can say, or the clock has not moved: a scenario has a duration.
    /// </exception>
    public void Save(string file) => Running.Save(file);

    /// <summary>Runs a whole scenario, to its end, as "pvtimer run" does.</summary>
    /// <param name="scenario">What to run; <see cref="ToScenario"/> gives a script as one.</param>
    /// <param name="backend">How timers are emulated; null: the scenario's first back-end.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="OperationCanceledException">The token says so.</exception>
    /// <exception cref="ScriptException">It takes more events or wall time than a clock's movement by default.</exception>
    public static ScriptResult Run(
        Scenario scenario,
        TimerBackend? backend = null,
        CancellationToken cancel = default
    ) => ScenarioRun.On(EngineKind.Actors, scenario, backend, cancel);

    /// <summary>Ends the test.</summary>
    /// <exception cref="ScriptException">A fault that it has injected has not happened.</exception>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the test: <see cref="AfterAll"/>, and then the actor system.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
        {
            return;
        }
        try
        {
            AfterAll();
        }
        finally
        {
            _world.Release();
            _akka.Dispose();
        }
    }

    /// <summary>What is done when the test has ended, and its actor system is still there.</summary>
    protected virtual void AfterAll()
    {
        try
        {
            Running.ThrowIfNotAllHappened();
        }
        finally
        {
            Running.Dispose();
        }
    }

    private Script Running
    {
        get => _current.Script!; // reason: the constructor sets it
        set => _current.Script = value;
    }

    private Script NewScript(Races? races) =>
        new(Sys, time => new(_akka.CreateTestProbe(), time, standsInMachine: true), races);

    /// <summary>The script that the test is at: it may have several, one after the other.</summary>
    private sealed class Current
    {
        public Script? Script { get; set; }

        public ITimeline Timeline() => Script!.Timeline; // reason: the constructor of the test sets it
    }

    /// <summary>Akka's own, for its actor system, its test actor and its log in the test's output.</summary>
    private sealed class AkkaTestKit(Config config, ITestOutputHelper? output)
        : Akka.TestKit.Xunit2.TestKit(config, "pvtimer", output);
}

using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using PvTimer.Experiments.Optimisation;
using PvTimer.Experiments.Statistics;
using PvTimer.Experiments.Survey;
using PvTimer.Experiments.Sweeps;
using PvTimer.Model.Backends;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;
using PvTimer.Scenarios.Costs;

namespace PvTimer.Experiments.Predictions;

/// <summary>What a guest would come to on each back-end, by its recording.</summary>
/// <param name="Request">Whose future was asked for.</param>
/// <param name="Survey">All back-ends on the whole recording.</param>
/// <param name="Tails">By back-end, over seeds and cost profiles.</param>
/// <param name="Tuning">The search for pvtimer's scan period and padding.</param>
/// <param name="BreakEvens">Against each back-end that KVM has as its default.</param>
/// <param name="ShortRun">Virtual time of the runs of search and break-even.</param>
public sealed record Prediction(
    PredictionRequest Request,
    BackendSurvey Survey,
    ImmutableArray<PredictedTail> Tails,
    OptimisationResult Tuning,
    ImmutableArray<BreakEven> BreakEvens,
    VirtualDuration ShortRun
)
{
    /// <summary>The back-ends that pvtimer would take the place of: KVM's default until 4.7, and since 5.8.</summary>
    private static readonly ImmutableArray<TimerBackend> Defaults =
    [
        TimerBackends.Hrtimer,
        TimerBackends.Of("fastpath"),
    ];

    /// <summary>Searches and growing numbers of guests run for so long, not for the whole recording.</summary>
    private static readonly VirtualDuration Longest = VirtualDuration.FromMilliseconds(1_000);

    private const int TuningRepetitions = 3;
    private const int MostVcpus = 64;

    /// <summary>The scenario that repeats it, in its directory.</summary>
    public const string ScenarioName = RunDirectory.ScenarioName;

    /// <param name="request">Whose future.</param>
    /// <param name="directory">Keeps what has been run, so that an interruption costs nothing; its scenario is written there.</param>
    /// <param name="step">Told what is done now.</param>
    /// <param name="report">Told how far that is.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="ScenarioException">A recording or the host cannot be used.</exception>
    /// <exception cref="SweepException">The host cannot have a timer CPU.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    public static Prediction Of(
        PredictionRequest request,
        string directory,
        Action<string> step,
        Action<SweepProgress> report,
        CancellationToken stop
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(step);
        (Scenario scenario, string text) = request.Scenario();
        string file = Path.Combine(directory, ScenarioName);
        WholeFile.Write(file, text);
        if (UnusedSettings.Of(scenario) is { } unused)
        {
            step($"{request.HostFile}: {unused}: a prediction does not evaluate them");
        }
        step("all back-ends on the whole recording");
        BackendSurvey survey = BackendSurvey.Of(file, [], stop);
        VirtualDuration shortRun = VirtualDuration.Min(scenario.Duration, Longest);
        Search search = new(file, survey, shortRun, new SweepStore(directory), report, stop);
        step("the tail: other seeds and other hosts' costs");
        ImmutableArray<PredictedTail> tails = search.Tails(request.Repetitions);
        step("pvtimer's scan period and padding");
        OptimisationResult tuning = search.Tuning();
        step("more and more guests for one timer CPU");
        return new Prediction(
            request,
            survey,
            tails,
            tuning,
            search.BreakEvens(scenario.Vms.Sum(vm => vm.Vcpus)),
            shortRun
        );
    }

    private sealed class Search(
        string file,
        BackendSurvey survey,
        VirtualDuration shortRun,
        SweepStore store,
        Action<SweepProgress> report,
        CancellationToken stop
    )
    {
        private static readonly MetricName Median = new("verdict.lateness_p50", IsSpan: true);
        private static readonly MetricName Tail = new("verdict.lateness_p99", IsSpan: true);
        private static readonly MetricName Extreme = new("lateness_ns.p99_9", IsSpan: true);
        private static readonly MetricName TimerCpu = new("timer_cpu.busy_ns", IsSpan: true);

        /// <summary>What the host does for guests; what guests do themselves is the same on every back-end.</summary>
        private static readonly MetricName[] HostTime =
        [
            new("cpu_ns.exit", IsSpan: true),
            new("cpu_ns.interrupt", IsSpan: true),
            new("cpu_ns.kthread", IsSpan: true),
        ];

        private static readonly MetricName Duration = new("duration_ns", IsSpan: true);

        private const string Priced = "priced.conf";

        private readonly string[] _backends =
        [
            .. survey
                .Backends.Where(each => each.Result is not null)
                .Select(each => each.Backend.Name),
        ];

        public ImmutableArray<PredictedTail> Tails(int repetitions)
        {
            VirtualDuration whole = survey.Scenario.Duration;
            SweepResult seeds = Sweep(_backends, [], repetitions, whole);
            (string Name, SweepResult? Of)[] profiles =
            [
                .. ShippedProfiles
                    .Names.Where(name => name != ShippedProfiles.Ideal)
                    .Select(name => (name, OnProfile(name, whole))),
            ];
            return
            [
                .. _backends.Select(backend => new PredictedTail(
                    backend,
                    IntervalOf(seeds, backend, Median),
                    IntervalOf(seeds, backend, Tail),
                    IntervalOf(seeds, backend, Extreme),
                    [
                        .. from profile in profiles
                        from run in profile.Of?.Of(profile.Of.Plan.Points[0], backend) ?? []
                        let tail = Tail.Of(run)
                        where tail is not null
                        select new ProfileTail(profile.Name, tail.Value),
                    ]
                )),
            ];
        }

        /// <summary>On the back-ends whose costs the profile has; null: on none.</summary>
        private SweepResult? OnProfile(string profile, VirtualDuration duration)
        {
            ImmutableArray<SweepAxis> axis = [SweepAxis.Parse($"host.costs={profile}")];
            string[] known = [.. _backends.Where(backend => IsPriced(backend, profile))];
            return known is [] ? null : Sweep(known, axis, repetitions: 1, duration);
        }

        private static bool IsPriced(string backend, string profile)
        {
            try
            {
                _ = ScenarioReader.Read(
                    Priced,
                    [],
                    HeldFiles.Of(
                        Priced,
                        $"scenario {{ duration = 1ms, backends = [{backend}], host {{ cpus = 2, costs = {profile} }}, vms = [ {{ name = g, guest {{ type = tick, hz = 1000 }} }} ] }}"
                    )
                );
                return true;
            }
            catch (ScenarioException)
            {
                return false;
            }
        }

        public OptimisationResult Tuning()
        {
            SweepPlan plan = PlanOf(
                [TimerBackends.PvTimer.Name],
                [
                    SweepAxis.Parse("pvtimer.scan-period=50us..3200us:x2"),
                    SweepAxis.Parse("pvtimer.padding=5000cycles,25000cycles,100000cycles"),
                ],
                TuningRepetitions,
                shortRun
            );
            OptimisationResult result = Optimiser.Run(
                new SweepRuns(plan, store, Runner()),
                [
                    Objective.Parse(plan, "exits"),
                    Objective.Parse(plan, "lateness.p99"),
                    Objective.Parse(plan, "cpu"),
                ],
                [],
                report,
                stop
            );
            stop.ThrowIfCancellationRequested();
            return result;
        }

        public ImmutableArray<BreakEven> BreakEvens(int vcpus)
        {
            int[] copies =
            [
                .. Enumerable
                    .Range(0, 31)
                    .Select(power => 1 << power)
                    .TakeWhile(each => each == 1 || each * vcpus <= MostVcpus),
            ];
            string counts = string.Join(',', copies);
            string cpus = string.Join(',', copies.Select(each => (each * vcpus) + 1));
            string vms = string.Concat(
                Enumerable
                    .Range(0, survey.Scenario.Vms.Length)
                    .Select(vm =>
                        string.Create(CultureInfo.InvariantCulture, $"vms.{vm}.count={counts}; ")
                    )
            );
            string[] backends =
            [
                .. Defaults.Select(each => each.Name).Where(_backends.Contains),
                TimerBackends.PvTimer.Name,
            ];
            SweepResult result = Sweep(
                backends,
                [SweepAxis.Parse($"{vms}host.cpus={cpus}")],
                repetitions: 1,
                shortRun,
                // The host grows with its guests, however many sockets the real one has.
                "host.sockets=1"
            );
            return
            [
                .. backends
                    .SkipLast(1)
                    .Select(backend => new BreakEven(
                        backend,
                        [
                            .. result.Plan.Points.Select(point =>
                                Point(result, point, backend, copies[point.Index] * vcpus)
                            ),
                        ]
                    )),
            ];
        }

        private static BreakEvenPoint Point(
            SweepResult result,
            SweepPoint point,
            string backend,
            int vcpus
        )
        {
            double given = Share(result, point, backend, HostTime);
            double own = Share(result, point, TimerBackends.PvTimer.Name, HostTime);
            double timer = Share(result, point, TimerBackends.PvTimer.Name, TimerCpu);
            return new BreakEvenPoint(vcpus, given - (own - timer), timer);
        }

        /// <summary>CPU seconds a second.</summary>
        private static double Share(
            SweepResult result,
            SweepPoint point,
            string backend,
            params ReadOnlySpan<MetricName> parts
        )
        {
            double sum = 0;
            foreach (MetricName part in parts)
            {
                sum +=
                    result
                        .Of(point, backend)
                        .Select(run => part.Of(run) / Duration.Of(run))
                        .FirstOrDefault()
                    ?? 0;
            }
            return sum;
        }

        private static ConfidenceInterval? IntervalOf(
            SweepResult result,
            string backend,
            MetricName metric
        ) => SweepDocument.IntervalOf(result, result.Plan.Points[0], backend, metric);

        private SweepResult Sweep(
            IEnumerable<string> backends,
            ImmutableArray<SweepAxis> axes,
            int repetitions,
            VirtualDuration duration,
            params string[] overrides
        )
        {
            SweepResult result = Sweeps.Sweep.Run(
                PlanOf(backends, axes, repetitions, duration, overrides),
                store,
                Runner(),
                report,
                stop
            );
            stop.ThrowIfCancellationRequested();
            return result.Failed.IsEmpty
                ? result
                : throw new SweepException($"a run failed: {result.Failed[0].Why}");
        }

        private static LocalRunner Runner() => new(Environment.ProcessorCount);

        private SweepPlan PlanOf(
            IEnumerable<string> backends,
            ImmutableArray<SweepAxis> axes,
            int repetitions,
            VirtualDuration duration,
            params string[] overrides
        ) =>
            SweepPlan.Of(
                new SweepRequest(
                    file,
                    [
                        ScenarioOverride.Set($"backends=[{string.Join(", ", backends)}]"),
                        ScenarioOverride.Set($"duration={Units.Write(duration)}"),
                        .. overrides.Select(ScenarioOverride.Set),
                    ],
                    axes,
                    repetitions
                )
            );
    }
}

/// <summary>How late the latest timers of a back-end would be, and how sure that is.</summary>
/// <param name="Backend">Its name.</param>
/// <param name="Median">Over the seeds; null: no timer fired.</param>
/// <param name="Tail">p99, over the seeds.</param>
/// <param name="Extreme">p99.9, over the seeds.</param>
/// <param name="ByProfile">p99 with the costs of each shipped host.</param>
public sealed record PredictedTail(
    string Backend,
    ConfidenceInterval? Median,
    ConfidenceInterval? Tail,
    ConfidenceInterval? Extreme,
    ImmutableArray<ProfileTail> ByProfile
);

/// <param name="Profile">A cost profile.</param>
/// <param name="Tail">p99 of lateness, nanoseconds.</param>
public sealed record ProfileTail(string Profile, double Tail);

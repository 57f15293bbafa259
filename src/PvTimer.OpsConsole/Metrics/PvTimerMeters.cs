using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using PvTimer.Model.Looks;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;

namespace PvTimer.OpsConsole.Metrics;

/// <summary>
/// The run and its cluster as OpenTelemetry instruments, and GET /metrics for Prometheus. A scrape takes a
/// sample like any viewer; between scrapes nothing is asked. Counters count from the start of the run.
/// </summary>
/// <remarks>
/// Labels are bounded: exit reasons, uses of a CPU, quantiles, member states, and the names of nodes. Hosts
/// and vCPUs are no labels: of those there are thousands.
/// </remarks>
public sealed class PvTimerMeters
{
    /// <summary>The meter's name.</summary>
    public const string Name = "PvTimer";

    private const string Path = "/metrics";

    private static readonly (string Label, int Permyriad)[] Quantiles =
    [
        ("0.5", 5_000),
        ("0.9", 9_000),
        ("0.99", 9_900),
        ("0.999", 9_990),
    ];

    private readonly Sampler _sampler;

    /// <param name="meters">Makes the meter.</param>
    /// <param name="sampler">What is measured.</param>
    public PvTimerMeters(IMeterFactory meters, Sampler sampler)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _sampler = sampler;
        Meter meter = meters.Create(Name);
        AddMachine(meter);
        AddTime(meter);
        AddCluster(meter);
    }

    internal static void AddTo(IServiceCollection services)
    {
        services.AddSingleton<PvTimerMeters>();
        services
            .AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("pvtimer"))
            .WithMetrics(metrics =>
                metrics
                    .AddMeter(Name)
                    .AddPrometheusExporter(exporter =>
                        exporter.ScrapeResponseCacheDurationMilliseconds = 0
                    )
            );
    }

    internal static void Map(WebApplication web, Sampler sampler)
    {
        web.Services.GetRequiredService<PvTimerMeters>();
        web.UseWhen(
            context => context.Request.Path == Path,
            scrape =>
                scrape.Use(
                    async (HttpContext context, RequestDelegate next) =>
                    {
                        await sampler
                            .Once(new View(ViewKind.Machine), context.RequestAborted)
                            .ConfigureAwait(false);
                        await next(context).ConfigureAwait(false);
                    }
                )
        );
        web.MapPrometheusScrapingEndpoint(Path);
    }

    private void AddMachine(Meter meter)
    {
        meter.CreateObservableCounter(
            "pvtimer.vm_exits",
            () =>
                All()
                    .SelectMany(HostRates.ExitsOf)
                    .Select(exit => Labelled(exit.Count, "reason", exit.Name)),
            unit: null,
            "VM-exits by reason, as perf prints it"
        );
        Count(meter, "pvtimer.timers_armed", "Deadlines that guests programmed", h => h.Armed);
        Count(meter, "pvtimer.timers_fired", "Timers delivered to their guests", h => h.Fired);
        Gauge(meter, "pvtimer.timers_pending", "Deadlines that wait", h => h.Pending);
        Gauge(meter, "pvtimer.timers_overdue", "Deadlines that wait and are past", h => h.Overdue);
        Count(meter, "pvtimer.scans", "Scans that kthreads began", h => h.Scans);
        Count(meter, "pvtimer.ipis", "Doorbells and guests' IPIs", h => h.Ipis);
        Count(
            meter,
            "pvtimer.posted_interrupts",
            "Timer interrupts that were posted",
            h => h.PostedInterrupts
        );
        Count(
            meter,
            "pvtimer.timer_migrations",
            "Armed timers that followed their vCPU",
            h => h.TimerMigrations
        );
        Gauge(meter, "pvtimer.vcpus", "vCPUs that live on a host", h => h.Vcpus);
        Gauge(meter, "pvtimer.runnable", "Threads in run queues", h => h.Threads.Runnable);
    }

    private void AddTime(Meter meter)
    {
        meter.CreateObservableGauge(
            "pvtimer.lateness",
            () =>
                All()
                    .Where(host => host.Fired > 0)
                    .SelectMany(host =>
                        Quantiles.Select(quantile =>
                            Labelled(
                                Seconds(host.Lateness.Quantile(quantile.Permyriad)),
                                "quantile",
                                quantile.Label
                            )
                        )
                    ),
            "s",
            "Deadline to the guest's interrupt entry, of every timer that has fired; too large by a quarter at most"
        );
        meter.CreateObservableCounter(
            "pvtimer.cpu_time",
            () => All().SelectMany(host => UsesOf(host.Cpu)),
            "s",
            "Where the pCPUs' virtual time went"
        );
        meter.CreateObservableCounter(
            "pvtimer.timer_cpu_time",
            () => All().SelectMany(host => UsesOf(host.TimerCpu)),
            "s",
            "Where the dedicated CPUs' virtual time went"
        );
    }

    private void AddCluster(Meter meter)
    {
        Measure(meter, "pvtimer.events", "", "Events handled", isCounter: true, run => run.Events);
        Measure(
            meter,
            "pvtimer.virtual_time",
            "s",
            "How far the run is",
            isCounter: false,
            run => run.ReachedNanoseconds / 1e9
        );
        Vital(meter, "pvtimer.duration", "s", "How long it is", v => v.DurationNanoseconds / 1e9);
        Vital(meter, "pvtimer.lookahead", "s", "Longest window", v => v.LookaheadNanoseconds / 1e9);
        Vital(meter, "pvtimer.checkpoints", "", "Whole checkpoints", v => v.Checkpoints);
        Vital(
            meter,
            "pvtimer.checkpoint_age",
            "s",
            "Since the last checkpoint, or the formation's beginning",
            v => v.CheckpointMilliseconds / 1e3
        );
        meter.CreateObservableGauge(
            "pvtimer.run_info",
            () => Runs().Select(run => Labelled(1, "phase", $"{run.Phase}".ToLowerInvariant())),
            unit: null,
            "1, with the run's phase"
        );
        meter.CreateObservableGauge(
            "pvtimer.members",
            () =>
                Clusters()
                    .SelectMany(cluster => cluster.Members.CountBy(StateOf))
                    .Select(state => Labelled(state.Value, "state", state.Key)),
            unit: null,
            "Members of the cluster by state"
        );
        Node(meter, "pvtimer.node_events", "", "Handled there", r => r.Events);
        Node(meter, "pvtimer.node_memory", "By", "Working set", r => r.MemoryBytes);
        Node(
            meter,
            "pvtimer.node_waited",
            "s",
            "For others' windows",
            r => r.WaitedMilliseconds / 1e3
        );
        meter.CreateObservableGauge(
            "pvtimer.sample_coverage_ratio",
            () =>
                Looks()
                    .Where(look => look.Regions > 0)
                    .Select(look => new Measurement<double>((double)look.Seen / look.Regions)),
            unit: null,
            "How much of the machine has answered, 0 to 1"
        );
        meter.CreateObservableGauge(
            "pvtimer.sample_stood",
            () => Looks().Select(look => new Measurement<double>(look.StoodMilliseconds / 1e3)),
            "s",
            "How long virtual time stood still for the sample"
        );
    }

    private void Count(Meter meter, string name, string what, Func<HostLook, long> of) =>
        meter.CreateObservableCounter(
            name,
            () => All().Select(host => new Measurement<long>(of(host))),
            unit: null,
            what
        );

    private void Gauge(Meter meter, string name, string what, Func<HostLook, long> of) =>
        meter.CreateObservableGauge(
            name,
            () => All().Select(host => new Measurement<long>(of(host))),
            unit: null,
            what
        );

    private void Measure(
        Meter meter,
        string name,
        string unit,
        string what,
        bool isCounter,
        Func<RunStatus, double> of
    )
    {
        IEnumerable<Measurement<double>> Read() =>
            Runs().Select(run => new Measurement<double>(of(run)));
        if (isCounter)
        {
            meter.CreateObservableCounter(name, Read, unit, what);
        }
        else
        {
            meter.CreateObservableGauge(name, Read, unit, what);
        }
    }

    private void Vital(
        Meter meter,
        string name,
        string unit,
        string what,
        Func<RunVitals, double> of
    ) =>
        meter.CreateObservableGauge(
            name,
            () =>
                Clusters()
                    .Where(cluster => cluster.Vitals is not null)
                    .Select(cluster => new Measurement<double>(of(cluster.Vitals!))),
            unit,
            what
        );

    private void Node(
        Meter meter,
        string name,
        string unit,
        string what,
        Func<Sharding.Nodes.NodeReport, double> of
    ) =>
        meter.CreateObservableGauge(
            name,
            () =>
                Clusters()
                    .SelectMany(cluster => cluster.Members)
                    .Select(member => member.Report)
                    .OfType<Sharding.Nodes.NodeReport>()
                    .Select(report => Labelled(of(report), "node", report.Seat.Name)),
            unit,
            what
        );

    private IEnumerable<ClusterStatus> Clusters() =>
        _sampler.Last is { } sample ? [sample.Cluster] : [];

    private IEnumerable<RunStatus> Runs() =>
        Clusters().Select(cluster => cluster.Run).OfType<RunStatus>();

    private IEnumerable<Sharding.Looks.LookAnswer> Looks() =>
        _sampler.Last?.Look is { } look ? [look] : [];

    /// <summary>All hosts together; nothing if there is no machine to see.</summary>
    private IEnumerable<HostLook> All() =>
        Looks()
            .Select(look => look.Look?.Hosts)
            .Where(hosts => hosts is { IsDefaultOrEmpty: false })
            .Select(hosts => HostLook.Sum(hosts!.Value));

    private static string StateOf(MemberStatusLine member) =>
        member.IsReachable ? member.Status.ToLowerInvariant() : "unreachable";

    private static IEnumerable<Measurement<double>> UsesOf(CpuTime time) =>
        [
            Labelled(Seconds(time.Guest), "use", "guest"),
            Labelled(Seconds(time.Exit), "use", "exit"),
            Labelled(Seconds(time.Kthread), "use", "kthread"),
            Labelled(Seconds(time.Interrupt), "use", "interrupt"),
            Labelled(Seconds(time.Poll), "use", "poll"),
            Labelled(Seconds(time.Idle), "use", "idle"),
        ];

    private static double Seconds(VirtualDuration span) => span.Nanoseconds / 1e9;

    private static Measurement<T> Labelled<T>(T value, string label, string of)
        where T : struct => new(value, KeyValuePair.Create(label, (object?)of));
}

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Model.Looks;
using PvTimer.Model.Processors;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;
using PvTimer.OpsConsole.Orders;
using PvTimer.OpsConsole.Watching;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;

namespace PvTimer.OpsConsole.Tests;

/// <summary>A cluster of two nodes that says what a test wants, and remembers what it was asked and told.</summary>
public sealed class FakeCluster : ICluster, IRunStarter
{
    private readonly Lock _gate = new();
    private readonly List<ClusterCommand> _commands = [];
    private readonly List<AskLook> _looks = [];
    private int _questions;

    /// <summary>What it was told to do.</summary>
    public ClusterCommand[] Commands
    {
        get
        {
            lock (_gate)
            {
                return [.. _commands];
            }
        }
    }

    /// <summary>What it was asked to show.</summary>
    public AskLook[] Looks
    {
        get
        {
            lock (_gate)
            {
                return [.. _looks];
            }
        }
    }

    /// <summary>How often anything was asked.</summary>
    public int Questions
    {
        get
        {
            lock (_gate)
            {
                return _questions;
            }
        }
    }

    /// <summary>It does not answer.</summary>
    public bool IsGone { get; set; }

    /// <summary>How long it takes over each answer.</summary>
    public TimeSpan Answers { get; set; }

    /// <summary>How long virtual time stands still for each look [ms].</summary>
    public double Stands { get; set; } = 1.5;

    /// <summary>The failure detector hears from node-2.</summary>
    public bool HearsNode2 { get; set; } = true;

    /// <summary>The process of both nodes.</summary>
    public ProcessMark Process { get; set; } = ProcessMark.Own;

    public RunPhase Phase { get; set; } = RunPhase.Held;

    public string RunId { get; set; } = "run-1";

    public long Epoch { get; set; } = 3;

    public VirtualTime At { get; set; } = VirtualTime.FromNanoseconds(5_000_000);

    /// <summary>Timers fired so far, on h0.</summary>
    public long Fired { get; set; } = 100;

    public long Arrivals { get; set; } = 1;

    /// <summary>Besides h0 and h1.</summary>
    public int MoreHosts { get; set; }

    public async Task<T> Ask<T>(object request)
    {
        if (Answers > TimeSpan.Zero)
        {
            await Task.Delay(Answers);
        }
        lock (_gate)
        {
            _questions++;
            if (IsGone)
            {
                throw new ClusterUnreachableException("no node answers at 127.0.0.1:1");
            }
            return (T)Answer(request);
        }
    }

    public string Start(string scenarioFile, string[] sets) => $"{scenarioFile} begins";

    public string ResumeFrom(string place) => $"{place} goes on";

    /// <summary>What the nodes run.</summary>
    public string ScenarioFile { get; set; } = "short.conf";

    /// <summary>Where the run's results are, if they are anywhere.</summary>
    public string? Directory { get; set; }

    private object Answer(object request)
    {
        switch (request)
        {
            case AskCluster:
                return Status();
            case CheckCommand check:
                return Check(check.Command.Subject);
            case AskLook look:
                _looks.Add(look);
                return Look();
            case ClusterCommand command:
                _commands.Add(command);
                return new CommandAnswer(true, $"{command.Verb} is done");
            default:
                throw new InvalidOperationException($"{request}");
        }
    }

    /// <summary>As a coordinator does: read with the scenario that is run.</summary>
    private CommandAnswer Check(string happening)
    {
        try
        {
            ScenarioAmendment.WithEvent(
                LiveConsole.Repository("config/scenarios/eight-hosts.conf"),
                happening,
                At - VirtualTime.Zero
            );
            return new CommandAnswer(true, "it can happen");
        }
        catch (ScenarioException e)
        {
            return new CommandAnswer(false, e.Message);
        }
    }

    public ClusterStatus Status() =>
        new(
            [Member("node-1", 4101, isOldest: true), Member("node-2", 4102, isOldest: false)],
            "akka.tcp://pvtimer@127.0.0.1:4102",
            [new CellHome("h0", "node-1"), new CellHome("h1", "node-2")],
            new RunStatus(
                RunId,
                Phase,
                Epoch,
                At.Nanoseconds,
                1_000,
                50,
                12.5,
                null,
                null,
                [
                    "12:00:00.000 formation 1 runs, after 90 ms",
                    "12:00:01.000 formation 3 runs, after 150 ms",
                ],
                Phase == RunPhase.Held ? At.Nanoseconds : null,
                Phase == RunPhase.Held ? At.Nanoseconds + 700 : null
            ),
            new RunVitals(
                "pvtimer",
                "short",
                ScenarioFile,
                42,
                20_000_000,
                50_000,
                "h0 - h1",
                null,
                2,
                700,
                4_000_000,
                3,
                9,
                90,
                150
            )
        );

    /// <summary>What a sampler would make of it, with rates since the one before.</summary>
    public Sample Sampled(Sample? before, DateTimeOffset at, long number)
    {
        (ClusterStatus status, LookAnswer look) = (Status(), Look());
        return new Sample(
            number,
            at,
            TimeSpan.FromMilliseconds(5),
            status,
            look,
            SampleRates.Between(before, status, look, at),
            1
        );
    }

    private MemberStatusLine Member(string name, int port, bool isOldest)
    {
        string address = $"akka.tcp://pvtimer@127.0.0.1:{port}";
        ClusterSeat seat = new(name, address, ["cpu"], 1, Process);
        return new MemberStatusLine(
            address,
            "Up",
            IsReachable: isOldest || HearsNode2,
            isOldest,
            IsDraining: false,
            new NodeReport(
                seat,
                NodePhase.Running,
                3,
                3,
                50,
                5_000_000,
                500,
                null,
                40,
                0,
                2_000,
                1,
                100_000_000
            ),
            80
        );
    }

    private LookAnswer Look() =>
        new(
            RunId,
            "pvtimer",
            Phase,
            Epoch,
            50,
            2,
            2,
            [],
            0,
            Stands,
            At.Nanoseconds + 7,
            Phase == RunPhase.Held ? "0123456789abcdef0123456789abcdef" : null,
            new MachineLook(
                At,
                [
                    Host("h0", Fired, Arrivals),
                    Host("h1", 7, 1),
                    .. Enumerable
                        .Range(2, MoreHosts)
                        .Select(host => Host($"h{host}", host + (At.Nanoseconds / 100_000), 1)),
                ],
                [
                    new PcpuLook(
                        "h0/pcpu-0",
                        "h0",
                        false,
                        "Guest",
                        "vm-0/vcpu-0",
                        0,
                        1,
                        VirtualTime.FromNanoseconds(6_000_000),
                        CpuTime.None,
                        3
                    ),
                ],
                [
                    new VcpuLook(
                        "vm-0/vcpu-0",
                        "h0",
                        "h0/pcpu-0",
                        "InGuest",
                        false,
                        120,
                        Fired,
                        33,
                        null
                    ),
                ],
                [
                    new PendingTimer(
                        "vm-0/vcpu-0",
                        VirtualTime.FromNanoseconds(5_200_000),
                        TimerPlace.Page,
                        "h0/timer-kthread",
                        VirtualTime.FromNanoseconds(5_250_000),
                        TimerRisk.LooksTooLate
                    ),
                ],
                [
                    new ActorLook(
                        "h0/pcpu-0",
                        [
                            new FieldLook("executor.activity", "Guest"),
                            new FieldLook("executor.account.since", "4990000 ns"),
                            new FieldLook("hrtimers.queue.byExpiry.count", "1"),
                            new FieldLook("hrtimers.queue.byExpiry[0].timer.owner", "vm-0/vcpu-0"),
                            new FieldLook("hrtimers.queue.byExpiry[0].timer.expires", "6000000 ns"),
                        ],
                        0
                    ),
                ]
            )
            {
                Kthreads = [Kthread()],
                HostTimers =
                [
                    new PendingTimer(
                        "vm-0/vcpu-0",
                        VirtualTime.FromNanoseconds(5_200_000),
                        TimerPlace.Page,
                        "h0/timer-kthread",
                        VirtualTime.FromNanoseconds(5_250_000),
                        TimerRisk.LooksTooLate
                    ),
                ],
            }
        );

    private static KthreadLook Kthread() =>
        new KthreadLook(
            "h0/timer-kthread",
            "h0",
            "Asleep",
            20,
            VirtualTime.FromNanoseconds(5_250_000),
            [
                new PageLook(
                    "vm-0/vcpu-0",
                    true,
                    VirtualTime.FromNanoseconds(5_200_000),
                    VirtualTime.FromNanoseconds(5_250_000),
                    VirtualTime.FromNanoseconds(5_000_000)
                ),
            ],
            0
        );

    private HostLook Host(string name, long fired, long arrivals)
    {
        VirtualDuration all = (At - VirtualTime.Zero);
        VirtualDuration busy = VirtualDuration.FromNanoseconds(all.Nanoseconds / 4);
        CpuTime cpu = CpuTime.None with { Guest = busy, Idle = all - busy };
        return new HostLook(
            name,
            2,
            1,
            arrivals,
            fired + 20,
            fired,
            1,
            0,
            [
                new ExitSum(VmExitReason.Hlt, fired, VirtualDuration.FromMicroseconds(fired)),
                new ExitSum(VmExitReason.MsrWrite, 3, VirtualDuration.FromMicroseconds(4)),
            ],
            new QuarterOctaves([
                new BucketCount(
                    QuarterOctaves.BucketOf(VirtualDuration.FromMicroseconds(13)),
                    fired
                ),
            ]),
            cpu,
            cpu,
            20,
            5,
            fired,
            0,
            new ThreadCounts(1, 0, 0, 0, 0)
        );
    }
}

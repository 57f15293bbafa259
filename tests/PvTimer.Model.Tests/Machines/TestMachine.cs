using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Reports;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Machines;

/// <summary>One host with one VM whose vCPUs run the given programs: what most behaviours need.</summary>
public sealed record TestMachine
{
    public TimerBackend Backend { get; init; } = TimerBackends.Hrtimer;

    /// <summary>Equal ones, connected if there are more than one; the VM begins on the first.</summary>
    public int Hosts { get; init; } = 1;

    /// <summary>By default a single short round.</summary>
    public MigrationParameters Migration { get; init; } = new() { Memory = new DataSize(1_000) };

    /// <summary>One way between two hosts.</summary>
    public VirtualDuration Latency { get; init; } = VirtualDuration.FromMicroseconds(50);

    public int Cpus { get; init; } = 4;

    public int Sockets { get; init; } = 1;

    /// <summary>The dedicated pCPU; null: none.</summary>
    public int? TimerCpu { get; init; } = 3;

    public CostProfile Costs { get; init; } = SimpleCosts.Plausible;

    public PvTimerParameters PvTimer { get; init; } = new();

    public VirtualDuration Duration { get; init; } = VirtualDuration.FromMilliseconds(20);

    public VirtualDuration HaltPoll { get; init; } = VirtualDuration.FromMicroseconds(200);

    public VirtualDuration TimerAdvance { get; init; }

    public bool TunesTimerAdvance { get; init; }

    public bool HvTimer { get; init; }

    public TscFrequency HostTsc { get; init; } = TscFrequency.FromMegahertz(2500);

    /// <summary>Of all hosts but the first; null: as the first one's.</summary>
    public TscFrequency? OtherTsc { get; init; }

    /// <summary>What all hosts but the first have for it; null: what the first one has.</summary>
    public TimerBackend? OtherBackend { get; init; }

    /// <summary>The VM's TSC has one rate on all of them.</summary>
    public bool TscScaling { get; init; } = true;

    public TscFrequency GuestTsc { get; init; } = TscFrequency.FromMegahertz(2500);

    public TscTicks TscAtStart { get; init; } = new(1_000_000_000);

    public VirtualDuration MoveEvery { get; init; }

    public bool InKernelLapic { get; init; } = true;

    public bool HasApicv { get; init; } = true;

    public bool HltExits { get; init; } = true;

    public bool HasMwait { get; init; }

    /// <summary>Null: the guest halts at once.</summary>
    public GuestHaltPolling? GuestHaltPolling { get; init; }

    /// <summary>Of each vCPU; null: it has none.</summary>
    public CpuBandwidth? Bandwidth { get; init; }

    public ImmutableArray<RestoreStep> RestoreOrder { get; init; } =
        Model.Migration.RestoreOrder.Default;

    public ImmutableArray<int>? Pcpus { get; init; }

    public ImmutableArray<MachineEvent> Events { get; init; } = [];

    public ImmutableArray<byte> EoiExitVectors { get; init; } = [];

    /// <summary>From outside: at, vCPU, message.</summary>
    public ImmutableArray<(VirtualDuration At, int Vcpu, Message Message)> Outside { get; init; } =
    [];

    /// <summary>A run with more events than that fails.</summary>
    public long MostSteps { get; init; } = 1_000_000;

    public MachineReport Run(params IGuestProgram[] programs) =>
        Run(new ProgrammedGuest(seat => programs[seat.Vcpu]), programs.Length);

    public MachineReport Run(GuestDescription guest, int vcpus = 1)
    {
        EmulatedMachine machine = EmulatedMachine.Build(Describe(guest, vcpus));
        RunOutcome outcome = SequentialEngine.Run(
            new BoundedMachine(new WithScript(machine, Outside), MostSteps),
            new RunOptions()
        );
        return machine.Report(outcome.Reached);
    }

    public MachineDescription Describe(GuestDescription guest, int vcpus = 1) =>
        new(
            Seed: 7,
            Duration,
            [.. Enumerable.Range(0, Hosts).Select(Host)],
            [
                new VmDescription(
                    "vm",
                    Host: 0,
                    Backend,
                    Pcpus ?? [.. Enumerable.Range(0, vcpus)],
                    GuestTsc,
                    TscAtStart,
                    MoveEvery,
                    guest
                )
                {
                    EoiExitVectors = EoiExitVectors,
                    InKernelLapic = InKernelLapic,
                    HasApicv = HasApicv,
                    HltExits = HltExits,
                    HasMwait = HasMwait,
                    GuestHaltPolling = GuestHaltPolling,
                    RestoreOrder = RestoreOrder,
                    TscScaling = TscScaling,
                    Bandwidth = Bandwidth,
                },
            ],
            PvTimer,
            Events
        )
        {
            Network = Hosts > 1 ? new(Latency, DataRate.FromGigabits(10)) : null,
            Migration = Migration,
        };

    private HostDescription Host(int index) =>
        new(
            $"h{index}",
            Cpus,
            Sockets,
            index > 0 && OtherTsc is { } other ? other : HostTsc,
            TimerCpu,
            Costs,
            HaltPoll,
            TimerAdvance,
            HvTimer
        )
        {
            TunesTimerAdvance = TunesTimerAdvance,
            Backend = index > 0 ? OtherBackend : null,
        };

    /// <summary>The machine, with messages from outside added to its script.</summary>
    private sealed class WithScript(
        EmulatedMachine machine,
        ImmutableArray<(VirtualDuration At, int Vcpu, Message Message)> outside
    ) : IMachine
    {
        public ImmutableArray<IEntity> Entities => machine.Entities;

        public ImmutableArray<ScriptedMessage> Script =>
            [
                .. machine
                    .Script.Concat(
                        outside.Select(message => new ScriptedMessage(
                            VirtualTime.Zero + message.At,
                            Find($"vm/vcpu-{message.Vcpu}"),
                            message.Message
                        ))
                    )
                    .OrderBy(message => message.At),
            ];

        public VirtualTime End => machine.End;

        public int UnitOf(EntityId entity) => machine.UnitOf(entity);

        public int HostOf(EntityId entity) => machine.HostOf(entity);

        public VirtualDuration MinimumLatency(int fromUnit, int toUnit) =>
            machine.MinimumLatency(fromUnit, toUnit);

        private EntityId Find(string name) =>
            machine.Entities.First(entity => entity.Name == name).Id;
    }
}

/// <summary>What tests ask a report.</summary>
public static class Reported
{
    public static long ExitsOf(this MachineReport report, VmExitReason reason) =>
        report.Exits.Where(exit => exit.Reason == reason).Sum(exit => exit.Count);

    public static long WritesOf(this MachineReport report, uint msr) =>
        report
            .Exits.Where(exit => exit.Reason == VmExitReason.MsrWrite)
            .SelectMany(exit => exit.ByMsr)
            .Where(count => count.Msr == msr)
            .Sum(count => count.Count);

    /// <summary>Deadline to interrupt entry, ascending.</summary>
    public static IEnumerable<VirtualDuration> LatenessAscending(this MachineReport report) =>
        report
            .Lateness.Ascending()
            .SelectMany(entry => Enumerable.Repeat(entry.Span, (int)entry.Count));
}

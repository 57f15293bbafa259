using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using CsCheck;
using PvTimer.Engine;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Scenarios;

namespace PvTimer.Determinism.Tests.Freezing;

/// <summary>
/// Every field of every part that can be frozen is frozen. A thawed machine is compared with the original
/// field by field; a field that nobody passes shows as a difference, provided that the runs gave it another
/// value than its first one, and that is checked as well.
/// </summary>
public class ForgottenFieldTests
{
    private const int Machines = 90;
    private const int Jumps = 12;
    private const int StepsPerJump = 12;
    private const int ManyJumps = 100;

    /// <summary>Threads as the pCPU was built with: after Start they are in its table, too.</summary>
    private const string InitialThreads = "Pcpu._initialThreads";

    /// <summary>What a barrier never sees changed, and why.</summary>
    private static readonly HashSet<string> NeverChanged =
    [
        // Configuration that is a table.
        "PageTable._byVcpu",
        // Set and cleared within one step.
        "TimerLoop._inHandler",
        "LapicTimerProgram._inHandler",
        "TscDeadlineProgram._inHandler",
        "TscDeadlineLatencyProgram._next",
        "SyntheticGuestTimer._asked",
        "RequestResponseProgram._inHandler",
        "EventLoopProgram._inHandler",
        "EventLoopProgram._expects",
        "TickBesideWorkProgram._arms",
        "Lapic._irr",
        "TimerKthread._goesOn",
        "TraceReplay._briefHandler",
        // Rare: a wrong interrupt of a wrong variant, a replay that strays from its recording. Their loss would
        // show in the reports that ThawedRunTests compares.
        "TimerLedger.<Unexpected>k__BackingField",
        "ReplayCredits._fired",
        "ReplayCredits.<Unmatched>k__BackingField",
        // A page withdrawn within the 50 ns in which it is being synchronised: one machine in thousands.
        "TimerKthread._withdrawsAfterSync",
        // Who watches a run is no state of its machine.
        "TimerLedger.<Tap>k__BackingField",
        "HrtimerQueue.<Tap>k__BackingField",
        "Observed._effects",
        // Made from the counts for those who look, and nobody looks.
        "BoundedDistribution._quarters",
        // More different latenesses than a vCPU has in a short run: BoundedDistributionTests freezes and thaws them.
        "BoundedDistribution._table",
        "BoundedDistribution.<IsRounded>k__BackingField",
        // What is in it is in the queue.
        "HrtimerQueue._keys",
    ];

    [Fact]
    public void Thawed_machine_equals_the_original_in_every_field_and_every_field_has_changed()
    {
        HashSet<string> changed = [];
        for (uint seed = 0; seed < Machines; seed++)
        {
            CompareOnTheWay(
                RandomMachines.All.Generate(new PCG(seed, 4711), null, out _),
                Jumps,
                changed
            );
        }
        CompareOnTheWay(Recorded("nginx"), ManyJumps, changed);
        CompareOnTheWay(Overwritten, ManyJumps, changed);
        CompareOnTheWay(Waiting, ManyJumps, changed);
        CompareOnTheWay(Migrated, ManyJumps, changed);
        CompareOnTheWay(Unheard, ManyJumps, changed);
        CompareOnTheWay(Overrun, ManyJumps, changed);
        CompareOnTheWay(SignalledMachine.Description, ManyJumps, changed);
        CompareOnTheWay(CrowdedMachine.Description, ManyJumps, changed);
        changed.UnionWith(NeverChanged);
        Assert.All(MutableFields(), field => Assert.Contains(field, changed));
    }

    /// <summary>Freezes and thaws the machine at many instants of its run, and compares each time.</summary>
    private static void CompareOnTheWay(
        MachineDescription description,
        int jumps,
        HashSet<string> changed
    )
    {
        EmulatedMachine original = EmulatedMachine.Build(description);
        Partition whole = Partition.IntoBlocks(original, regions: 1);
        Kernel kernel = new(original, whole, region: 0);
        // Freezing must not change anything either, so this one is never frozen.
        EmulatedMachine undisturbed = EmulatedMachine.Build(description);
        Kernel never = new(undisturbed, whole, region: 0);
        EmulatedMachine before = EmulatedMachine.Build(description);
        VirtualTime at = Begun;
        for (int step = 0; step < jumps * StepsPerJump && at < original.End; step++)
        {
            // In the middle of things: after each of a few events in a row, then somewhere else.
            if (step % StepsPerJump == 0)
            {
                at += VirtualDuration.FromNanoseconds(original.End.Nanoseconds / jumps);
            }
            VirtualTime next = VirtualTime.Min(kernel.NextTime, original.End);
            at = VirtualTime.Max(at, next + VirtualDuration.Smallest);
            foreach (Kernel running in (Kernel[])[kernel, never])
            {
                running.BeginWindow(at);
                running.Run();
            }
            byte[] blob = Freeze(kernel, original, at);
            EmulatedMachine thawed = EmulatedMachine.Build(description);
            Kernel other = new(thawed, whole, region: 0, from: new Resumption([blob]));
            Assert.Empty(Compare(undisturbed, thawed).Differences);
            Assert.Equal(blob, Freeze(other, thawed, at));
            changed.UnionWith(Compare(thawed, before).DifferingFields);
            before = thawed;
        }
    }

    private static byte[] Freeze(Kernel kernel, EmulatedMachine machine, VirtualTime at) =>
        kernel.Freeze([.. machine.Entities.Select(entity => entity.Id)], at);

    /// <summary>Every entity has started.</summary>
    private static VirtualTime Begun { get; } = VirtualTime.FromNanoseconds(1);

    private static DeepComparison Compare(EmulatedMachine left, EmulatedMachine right)
    {
        DeepComparison comparison = new(
            InitialThreads,
            "TraceReplay._steps",
            "HrtimerQueue._keys",
            "VmExit._isLetGo",
            "VmExit._isKept"
        );
        foreach (IEntity entity in left.Entities)
        {
            IEntity other = right.Entities[entity.Id.Index];
            comparison.Compare(entity, other, entity.Name);
        }
        return comparison;
    }

    /// <summary>Real guests replayed: the one program that random machines do not have.</summary>
    private static MachineDescription Recorded(string scenario) =>
        MachineDescriptionBuilder.Build(
            ScenarioReader.Read(ShippedScenarioTests.FileOf(scenario), ["duration=100ms"]),
            TimerBackends.PvTimer
        );

    /// <summary>
    /// Userspace writes the deadline every 2 us, so that some writes find KVM at work on one of the guest's own.
    /// </summary>
    private static MachineDescription Overwritten { get; } =
        new(
            Seed: 1,
            VirtualDuration.FromMilliseconds(1),
            [SmallMachine.Host("h0")],
            [
                SmallMachine.Vm("vm-0", host: 0) with
                {
                    Backend = TimerBackends.Hrtimer,
                    Pcpus = [0],
                    Guest = new NanosleepGuest(
                        VirtualDuration.FromMicroseconds(5),
                        VirtualDuration.FromMicroseconds(1)
                    ),
                },
            ],
            new PvTimerParameters(),
            [
                .. Enumerable
                    .Range(1, 450)
                    .Select(number => new VcpuSetMsr(
                        VirtualTime.FromNanoseconds(2_000 * number),
                        Vm: 0,
                        Vcpu: 0,
                        MsrIndex.Ia32TscDeadline,
                        1_000_000_000UL + (ulong)(5_000 * number)
                    )),
            ]
        );

    /// <summary>As posted on a host without a dedicated CPU: no CPU hears its doorbells.</summary>
    private static MachineDescription Unheard { get; } =
        Overwritten with
        {
            Hosts = [SmallMachine.Host("h0") with { TimerCpu = null }],
            Vms = [Overwritten.Vms[0] with { Backend = TimerBackends.PvTimer }],
            PvTimer = new PvTimerParameters
            {
                Variant = PvTimerVariant.AsPosted,
                Flaws = PvTimerFlaws.All,
            },
        };

    /// <summary>More requests than its ring has room for.</summary>
    private static MachineDescription Overrun { get; } =
        Overwritten with
        {
            Vms =
            [
                Overwritten.Vms[0] with
                {
                    Guest = new RedisLikeGuest(
                        VirtualDuration.FromMicroseconds(1),
                        IsPoisson: false,
                        VirtualDuration.FromMicroseconds(20),
                        VirtualDuration.FromMicroseconds(1),
                        VirtualDuration.FromMicroseconds(500),
                        VirtualDuration.FromMicroseconds(5)
                    ),
                },
            ],
            Events = [],
        };

    /// <summary>The registers of one vCPU are saved, those of the other not yet.</summary>
    private static MachineDescription Migrated { get; } =
        Overwritten with
        {
            Duration = VirtualDuration.FromMicroseconds(400),
            Hosts = [SmallMachine.Host("h0"), SmallMachine.Host("h1")],
            Vms = [SmallMachine.Vm("vm-0", host: 0)],
            Network = new NetworkDescription(
                VirtualDuration.FromMicroseconds(5),
                DataRate.FromGigabits(100)
            ),
            Migration = new MigrationParameters { Memory = new DataSize(1_000) },
            Events =
            [
                new VmMigration(
                    VirtualTime.FromNanoseconds(100_000),
                    Vm: 0,
                    ToHost: 1,
                    Pcpus: [0, 1]
                ),
            ],
        };

    /// <summary>A recorded guest in one long handler after the other, each of a wait that was broken.</summary>
    private static MachineDescription Waiting { get; } =
        Overwritten with
        {
            Vms =
            [
                Overwritten.Vms[0] with
                {
                    Guest = new TraceGuest(
                        new RecordedGuest(
                            TscTicks.Zero,
                            new TscTicks(2_500_000),
                            TscFrequency.FromMegahertz(2_500),
                            [
                                [
                                    .. Enumerable
                                        .Range(1, 450)
                                        .Select(number => new RecordedStep(
                                            number % 2 == 1
                                                ? RecordedStepKind.BrokenIpiInterrupt
                                                : RecordedStepKind.InterruptEnd,
                                            new TscTicks(5_000UL * (ulong)number),
                                            number % 2 == 1 ? 0x71UL : 0
                                        )),
                                ],
                            ]
                        ),
                        ReplayMode.ClosedLoop
                    ),
                },
            ],
            Events = [],
        };

    /// <summary>"Type.field" of what can change in the machine's parts.</summary>
    private static IEnumerable<string> MutableFields() =>
        typeof(IStateful)
            .Assembly.GetTypes()
            .Where(DeepComparison.IsPart)
            .SelectMany(type =>
                type.GetFields(
                    BindingFlags.Instance
                        | BindingFlags.Public
                        | BindingFlags.NonPublic
                        | BindingFlags.DeclaredOnly
                )
            )
            .Where(field => !field.IsInitOnly || DeepComparison.IsGrowing(field.FieldType))
            .Where(field => !IsParameter(field))
            .Select(DeepComparison.NameOf);

    /// <summary>The compiler's field for a parameter of the class; nobody assigns to them.</summary>
    private static bool IsParameter(FieldInfo field) =>
        field.Name.EndsWith(">P", StringComparison.Ordinal);
}

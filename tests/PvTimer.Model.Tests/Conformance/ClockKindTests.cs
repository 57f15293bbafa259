using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>LAPIC counters as a guest's clock, other bus clocks, TSCs that differ between vCPUs, an advance on both back-ends.</summary>
public class ClockKindTests
{
    private static readonly VirtualDuration s_millisecond = VirtualDuration.FromMilliseconds(1);

    [Theory]
    [InlineData("hrtimer", true)]
    [InlineData("hrtimer", false)]
    [InlineData("pvtimer", true)]
    [InlineData("pvtimer", false)]
    public void Guest_of_the_counter_ticks_and_programs_it_as_often_as_its_mode_asks_for(
        string backend,
        bool isPeriodic
    )
    {
        TestMachine machine = new() { Backend = TimerBackends.Of(backend) };
        MachineReport report = machine.Run(new LapicTimerGuest(s_millisecond, isPeriodic, default));
        Assert.InRange(report.Timers.Fired, 18, 20);
        Assert.Equal(0, report.Timers.Lost);
        long starts = report.WritesOf(MsrIndex.X2ApicInitialCount);
        Assert.Equal(isPeriodic ? 1 : report.Timers.Fired + 1, starts);
    }

    [Theory]
    [InlineData(1, 1_000_000)]
    [InlineData(4, 250_000)]
    [InlineData(10, 100_000)]
    public void Counter_counts_cycles_of_the_vms_bus(long cycle, uint count)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.X2ApicLvtTimer, 0x200ec)
            .Write(MsrIndex.X2ApicDivideConfiguration, 0xb)
            .Write(MsrIndex.X2ApicInitialCount, count)
            .Compute(500)
            .Read(MsrIndex.X2ApicCurrentCount)
            .Compute(3_000);
        MachineReport report = Run(
            new TestMachine { Duration = VirtualDuration.FromMilliseconds(4) },
            guest,
            vm => vm with { ApicBusCycle = VirtualDuration.FromNanoseconds(cycle) }
        );
        Assert.InRange(report.Timers.Fired, 2, 4);
        ulong left = guest.Accesses.Last(access => access.Msr == MsrIndex.X2ApicCurrentCount).Value;
        Assert.InRange(left * (ulong)cycle, 490_000UL, 500_000UL);
    }

    [Fact]
    public void Vcpus_have_tscs_of_their_own_and_their_deadlines_go_by_them()
    {
        ScriptedProgram[] guests =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(_ =>
                    new ScriptedProgram().Read(MsrIndex.Ia32Tsc).ProgramIn(700).Compute(3_000)
                ),
        ];
        foreach (TimerBackend backend in TimerBackends.All)
        {
            MachineReport report = Run(
                new TestMachine { Backend = backend },
                guests,
                vm => vm with { TscSkew = -100_000 }
            );
            Assert.Equal((3, 0, 0), (report.Timers.Fired, report.Timers.Lost, report.Timers.Early));
            Assert.True(report.Lateness.Quantile(10_000) < VirtualDuration.FromMicroseconds(10));
            ulong[] tscs = [.. guests.Select(guest => guest.Accesses[0].Value)];
            Assert.Equal((100_000UL, 200_000UL), (tscs[0] - tscs[1], tscs[0] - tscs[2]));
            guests =
            [
                .. guests.Select(_ =>
                    new ScriptedProgram().Read(MsrIndex.Ia32Tsc).ProgramIn(700).Compute(3_000)
                ),
            ];
        }
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Advance_takes_its_span_off_the_lateness_and_never_more(string backend)
    {
        VirtualDuration Late(long advance)
        {
            TestMachine machine = new()
            {
                Backend = TimerBackends.Of(backend),
                TimerAdvance = VirtualDuration.FromNanoseconds(advance),
            };
            MachineReport report = machine.Run(
                new CyclictestGuest(s_millisecond, 1, VirtualDuration.FromMicroseconds(17), default)
                {
                    Idle = GuestIdle.Poll,
                }
            );
            Assert.Equal((0, 0), (report.Timers.Early, report.Timers.Lost));
            return report.Lateness.Quantile(5_000);
        }
        VirtualDuration without = Late(0);
        Assert.Equal(without - VirtualDuration.FromNanoseconds(400), Late(400));
        // What is early is held until it is due: what is left is the way from there into the guest.
        VirtualDuration held = Late(100_000);
        Assert.True(held < without, $"{held} held, {without} without an advance");
        Assert.Equal(held, Late(50_000));
    }

    [Fact]
    public void Vcpus_that_share_a_pcpu_steal_from_each_other_what_the_others_have()
    {
        TestMachine machine = new() { Pcpus = [0, 0, 1] };
        MachineReport report = machine.Run(Busy(), Busy(), Busy());
        VirtualDuration[] steal = [.. report.Vcpus.Select(vcpu => vcpu.Steal)];
        Assert.InRange(steal[0].Nanoseconds, 8_000_000, 12_000_000);
        Assert.InRange(steal[1].Nanoseconds, 8_000_000, 12_000_000);
        Assert.Equal(VirtualDuration.Zero, steal[2]);
        Assert.Equal(steal[0] + steal[1], report.Steal);
    }

    private static ScriptedProgram Busy()
    {
        ScriptedProgram guest = new();
        for (int round = 0; round < 400; round++)
        {
            guest.ProgramIn(100).Compute(50);
        }
        return guest;
    }

    private static MachineReport Run(
        TestMachine machine,
        ScriptedProgram guest,
        System.Func<VmDescription, VmDescription> change
    ) => Run(machine, [guest], change);

    private static MachineReport Run(
        TestMachine machine,
        ScriptedProgram[] guests,
        System.Func<VmDescription, VmDescription> change
    )
    {
        MachineDescription description = machine.Describe(
            new ProgrammedGuest(seat => guests[seat.Vcpu]),
            guests.Length
        );
        EmulatedMachine built = EmulatedMachine.Build(
            description with
            {
                Vms = [change(description.Vms[0])],
            }
        );
        return built.Report(Engine.SequentialEngine.Run(built, new Engine.RunOptions()).Reached);
    }
}

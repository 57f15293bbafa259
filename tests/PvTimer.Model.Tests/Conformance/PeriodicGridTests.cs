using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>A periodic timer has one target expiration, which only the host's timer advances.</summary>
public class PeriodicGridTests
{
    private const byte Vector = 0xec;
    private const uint Periodic = (1u << 17) | Vector;
    private const uint DivideBy1 = 0b1011;
    private const long Period = 1_000_000;

    private static ScriptedProgram Ticking() =>
        new ScriptedProgram()
            .Write(MsrIndex.X2ApicLvtTimer, Periodic)
            .Write(MsrIndex.X2ApicDivideConfiguration, DivideBy1)
            .Write(MsrIndex.X2ApicInitialCount, (ulong)Period);

    [Fact]
    public void Counter_stays_on_the_hosts_grid_after_a_late_interrupt()
    {
        // A handler of 1.7 ms: every other tick is taken late, and none moves the others.
        ScriptedProgram guest = Ticking().Compute(100_000);
        guest.Handler = (_, taken) =>
            guest.Interrupts.Count == 3
                ? [Guests.GuestStep.Compute(VirtualDuration.FromNanoseconds(1_700_000))]
                : [Guests.GuestStep.ReadMsr(MsrIndex.X2ApicCurrentCount)];
        new TestMachine().Run(guest);
        VirtualTime started = guest.Accesses[2].At;
        List<MadeAccess> counts =
        [
            .. guest.Accesses.Where(access => access.Msr == MsrIndex.X2ApicCurrentCount),
        ];
        Assert.True(counts.Count > 10);
        foreach (MadeAccess count in counts)
        {
            long left = Period - ((count.At - started).Nanoseconds % Period);
            Assert.InRange((long)count.Value, left - 5, left + 5);
        }
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Snapshot_and_move_leave_the_grid_where_it_is(string backend)
    {
        for (int phase = 0; phase < 20; phase++)
        {
            VirtualDuration at = VirtualDuration.FromNanoseconds(5_000_000 + (phase * 60_000));
            ScriptedProgram guest = Ticking().Compute(100_000);
            MachineReport report = new TestMachine
            {
                Backend = TimerBackends.Of(backend),
                Outside = [(at, 0, SaveRestore.Instance), (at * 2, 0, new MoveVcpu(new(1)))],
            }.Run(guest);
            VirtualTime started = guest.Accesses[2].At;
            Assert.Equal(19, guest.Interrupts.Count);
            Assert.All(
                guest.Interrupts,
                taken =>
                    Assert.InRange(
                        (taken.At - started).Nanoseconds % Period,
                        0,
                        // A snapshot takes the time between its registers' reading and setting: some microseconds.
                        60_000
                    )
            );
            Assert.Equal(19, report.Timers.Fired);
        }
    }
}

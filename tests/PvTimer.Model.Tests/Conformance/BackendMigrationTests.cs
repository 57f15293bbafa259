using System;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>Live migration to a host that has another back-end, and back.</summary>
public class BackendMigrationTests
{
    private const int Timers = 40;

    public static TheoryData<string, string> Pairs
    {
        get
        {
            TheoryData<string, string> pairs = [];
            foreach (TimerBackend from in TimerBackends.All.Where(each => each.IsTransparent))
            {
                foreach (TimerBackend to in TimerBackends.All.Where(each => each.IsTransparent))
                {
                    pairs.Add(from.Name, to.Name);
                }
            }
            return pairs;
        }
    }

    /// <summary>Whatever has the timer when it is saved, registers are all that is left of it, and enough.</summary>
    [Theory]
    [MemberData(nameof(Pairs))]
    public void Behaviour_47_a_timer_fires_once_and_not_early_on_a_host_with_another_back_end(
        string from,
        string to
    )
    {
        foreach (bool halts in (bool[])[true, false])
        {
            for (int phase = 0; phase < 12; phase++)
            {
                MachineReport report = Machine(from, to, 5_000_000 + (phase * 43_001))
                    .Run(Guest(halts));
                Assert.Equal(
                    (Timers, Timers, 0, 0),
                    (
                        report.Timers.Armed,
                        report.Timers.Fired,
                        report.Timers.Early,
                        report.Timers.Lost
                    )
                );
                Assert.Equal(2, report.Migrations.Length);
                // Their clock stands still on the way.
                Assert.InRange(report.Lateness.Quantile(10_000).Nanoseconds, 0, 100_000);
            }
        }
    }

    /// <summary>
    /// Ten timers on the first host, about as many on the other, the rest on the first again: what programming and expiry exit
    /// for is what the host has that the VM is on.
    /// </summary>
    [Theory]
    [InlineData("hrtimer", "apicv-timer", true, false, false, false)]
    [InlineData("apicv-timer", "hrtimer", false, true, false, true)]
    [InlineData("hrtimer", "preemption-timer", true, true, true, false)]
    [InlineData("passthrough", "pi-inject", false, true, false, false)]
    public void Exits_are_those_of_the_host_that_the_vm_is_on(
        string from,
        string to,
        bool writesFirst,
        bool writesThere,
        bool countsDownThere,
        bool interruptsThere
    )
    {
        MachineReport both = Machine(from, to, 5_200_000).Run(Guest(halts: false));
        MachineReport first = Machine(from, from, 5_200_000).Run(Guest(halts: false));
        long written = both.WritesOf(MsrIndex.Ia32TscDeadline);
        Assert.Equal(writesFirst ? Timers : 0, first.WritesOf(MsrIndex.Ia32TscDeadline));
        Assert.InRange(
            written,
            writesFirst == writesThere ? (writesFirst ? Timers : 0)
                : writesFirst ? Timers - 14
                : 6,
            writesFirst == writesThere ? (writesFirst ? Timers : 0)
                : writesFirst ? Timers - 6
                : 14
        );
        Assert.Equal(countsDownThere, both.ExitsOf(VmExitReason.PreemptionTimer) > 0);
        long more =
            both.ExitsOf(VmExitReason.ExternalInterrupt)
            - first.ExitsOf(VmExitReason.ExternalInterrupt);
        Assert.Equal(interruptsThere, more > 0);
    }

    /// <summary>
    /// Each timer exits once in guest mode, on one host or the other, but those that expired on the way; the counts of the
    /// back-end that is left stay.
    /// </summary>
    [Theory]
    [InlineData("passthrough", "hrtimer")]
    [InlineData("hrtimer", "passthrough")]
    public void Exits_of_expiries_stay_counted(string from, string to)
    {
        MachineReport report = Machine(from, to, 5_200_000).Run(Guest(halts: false));
        long expiries = report.TimerExits - report.WritesOf(MsrIndex.Ia32TscDeadline);
        Assert.InRange(expiries, Timers - 2, Timers);
    }

    /// <summary>Its guest has its own part of it, which the other host knows nothing of.</summary>
    [Theory]
    [InlineData("pvtimer")]
    [InlineData("avic")]
    [InlineData("paratick")]
    public void Back_end_that_the_guest_can_tell_is_not_changed(string backend) =>
        Assert.Throws<ArgumentException>(() =>
            Machine(backend, "hrtimer", 5_000_000).Run(Guest(halts: true))
        );

    private static TestMachine Machine(string from, string to, long at) =>
        new()
        {
            Hosts = 2,
            Backend = TimerBackends.Of(from),
            OtherBackend = TimerBackends.Of(to),
            HaltPoll = VirtualDuration.Zero,
            Duration = VirtualDuration.FromMilliseconds(40),
            Events = [MigrateAt(at, to: 1), MigrateAt(at + 5_000_000, to: 0)],
        };

    private static VmMigration MigrateAt(long nanoseconds, int to) =>
        new(VirtualTime.FromNanoseconds(nanoseconds), Vm: 0, to, [0]);

    /// <summary>A timer each half millisecond, for which it halts or computes.</summary>
    private static ScriptedProgram Guest(bool halts)
    {
        ScriptedProgram guest = new();
        for (int timer = 0; timer < Timers; timer++)
        {
            guest.ProgramIn(500);
            guest = halts ? guest.Halt() : guest.Compute(600);
        }
        return guest;
    }
}

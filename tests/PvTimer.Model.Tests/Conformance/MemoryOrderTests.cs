using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>
/// Behaviour 52: the page's two exchanges are a Dekker pair. Over every interleaving of guest and scan, to
/// the nanosecond, at least one side sees the other; with either exchange weakened to a plain store there
/// are interleavings where neither does, and a deadline that is due before the next scan waits for it.
/// </summary>
public class MemoryOrderTests
{
    /// <summary>The second scan begins about here with the costs of the test.</summary>
    private const int ScanAt = 500_000;
    private const int Window = 6_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Behaviour_52_no_update_is_lost_in_any_interleaving(int sockets) =>
        Assert.Equal(0, LateIn(WeakExchange.None, sockets));

    [Theory]
    [InlineData(WeakExchange.Guest)]
    [InlineData(WeakExchange.Host)]
    public void Behaviour_52_a_weakened_exchange_loses_updates(WeakExchange weak) =>
        Assert.NotEqual(0, LateIn(weak, sockets: 2));

    /// <summary>In how many interleavings the deadline missed its time by more than its delivery takes.</summary>
    private static int LateIn(WeakExchange weak, int sockets) =>
        Enumerable.Range(ScanAt, Window).Count(at => Lateness(weak, sockets, at) > 50_000);

    private static long Lateness(WeakExchange weak, int sockets, int programAt)
    {
        ScriptedProgram guest = new();
        guest
            .Then(_ => Guests.GuestStep.Compute(VirtualDuration.FromNanoseconds(programAt)))
            .ProgramIn(100)
            .Compute(1000);
        MachineReport report = new TestMachine
        {
            Backend = TimerBackends.PvTimer,
            Sockets = sockets,
            PvTimer = new PvTimerParameters { WeakExchange = weak },
            Duration = VirtualDuration.FromMilliseconds(2),
        }.Run(guest);
        Assert.Equal(1, report.Timers.Fired);
        return report.Lateness.Quantile(10_000).Nanoseconds;
    }
}

using PvTimer.ActorTime;
using PvTimer.Model.Messages;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Observing;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Kit;

/// <summary>A tap sees from where it began, however much has happened since, or says that it does not.</summary>
public sealed class LogSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Fresh_tap_sees_an_interrupt_behind_a_long_run()
    {
        HostHandle host = Host(scanPeriod: 50.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        Clock.AdvanceTo(2.Seconds());
        Assert.True(host.Kthread.Count<ScanTick>() > 39_000);
        Assert.Equal(1, host.Vcpu(0).Count<InterruptTaken>());
        Assert.Equal(1, host.Vcpu(0).Only<InterruptTaken>().Count<InterruptTaken>());
        Assert.Throws<ScriptException>(() =>
            host.Vcpu(0).Guest.ExpectNoInterrupt(until: 2_001.Milliseconds())
        );
        host.Vcpu(0).Guest.ExpectTimer();
    }

    [Fact]
    public void What_is_skipped_is_behind()
    {
        HostHandle host = Host();
        host.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        Clock.AdvanceTo(2.Milliseconds());
        host.Vcpu(0).SkipToNow();
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 3.Milliseconds());
    }
}

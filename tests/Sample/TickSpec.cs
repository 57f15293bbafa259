using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Properties;
using PvTimer.TestKit.Results;
using Xunit;
using Xunit.Abstractions;

namespace Sample;

/// <summary>What somebody would write who has nothing but the package.</summary>
public sealed class TickSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Tick_of_1000_hz_never_exits_with_pvtimer()
    {
        Host(pcpus: 2).AddVm("tick", guest: new TickGuest(1_000, NoHz.Off, Work: default));
        Clock.AdvanceTo(50.Milliseconds());
        ScriptResult result = Finish().ShouldKeepItsPromises();
        Assert.Equal(0, result.WritesOf(0x6e0));
    }

    [Fact]
    public void Posted_interrupt_reaches_the_guest()
    {
        HostHandle host = Host();
        host.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 5.Milliseconds());
    }

    [Fact]
    public void Baseline_and_pvtimer_fire_the_same_timers() =>
        ForAll(
            Scripts.Of(new ScriptBounds { Hosts = 1, Outages = false }),
            (script, result) =>
            {
                result.ShouldKeepItsPromises();
                Run(script, TimerBackends.Hrtimer).ShouldKeepItsPromises();
            },
            runs: 20
        );
}

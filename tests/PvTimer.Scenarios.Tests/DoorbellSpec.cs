using PvTimer.Model.Messages;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests;

/// <summary>The doorbell: deadlines that the next scan would miss.</summary>
public sealed class DoorbellSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Deadline_before_the_next_scan_rings_the_doorbell()
    {
        HostHandle host = Host(pcpus: 2, timerCpu: 1, scanPeriod: 250.Microseconds());
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        host.Pcpu(1).ExpectIpi(from: 0);
        host.Vcpu(0).ExpectMsg<PostedInterrupt>();
        host.Vcpu(0).Guest.ExpectTimer();
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 10.Milliseconds());
    }
}

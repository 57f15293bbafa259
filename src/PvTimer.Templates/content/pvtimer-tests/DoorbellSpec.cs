using PvTimer.Model.Messages;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using Xunit;
using Xunit.Abstractions;

namespace PvTimerTests;

/// <summary>A script of the emulated machine to begin with.</summary>
public sealed class DoorbellSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Deadline_before_the_next_scan_rings_the_doorbell()
    {
        HostHandle host = Host(pcpus: 2, timerCpu: 1, scanPeriod: 250.Microseconds());
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds()); // the next scan is 150 us away
        host.Pcpu(1).ExpectIpi(from: 0); // so the guest exits, and its host rings
        host.Pcpu(1).ExpectTimerInterrupt(at: 150.Microseconds());
        host.Vcpu(0).ExpectMsg<PostedInterrupt>();
        host.Vcpu(0).Guest.ExpectTimer();
    }
}

using System.Linq;
using PvTimer.Model.Apic;
using PvTimer.Model.Backends;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;

namespace PvTimer.Model.Tests.Timers;

/// <summary>A pCPU's part of each back-end alone, on a port without a pCPU.</summary>
public class HostTimerTests
{
    public static TheoryData<string> Backends =>
        [.. TimerBackends.All.Select(backend => backend.Name)];

    /// <summary>
    /// What a stopped VM has slept through expires once, and the count goes on from now: also if "now" is the very
    /// instant at which it was asked for, as it is for a VM that arrives.
    /// </summary>
    [Theory]
    [MemberData(nameof(Backends))]
    public void Periodic_count_that_passed_several_times_while_its_vm_was_away_expires_once_and_goes_on(
        string backend
    )
    {
        FakeHostTimerPort port = new();
        HostTimer timer = TimerBackends.Of(backend).CreateHostTimer(port);
        KvmVcpu vcpu = FakeHostTimerPort.Vcpu();
        VirtualTime now = VirtualTime.FromNanoseconds(2_979_625);
        TimerRequest restored = TimerRequest.Arm(
            new TscTicks(1_000_654_332),
            VirtualTime.FromNanoseconds(465_126),
            VirtualDuration.FromNanoseconds(454_000)
        ) with
        {
            IsCount = true,
        };
        timer.Apply(now, asked: now, vcpu, restored, NoEffects.Instance);
        Assert.Equal(now, vcpu.Expired?.Next);
        Assert.Equal(now, (vcpu.InHardware ?? port.FindHrtimer(vcpu.Id))?.Expires);
    }
}

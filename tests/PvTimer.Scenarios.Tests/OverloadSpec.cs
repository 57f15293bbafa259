using PvTimer.Model.Guests;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Results;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests;

/// <summary>More than the dedicated CPU can do.</summary>
public sealed class OverloadSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Behaviour_58_scan_longer_than_its_period_makes_timers_late_and_loses_none()
    {
        // A look at a vCPU takes some 0.15 us: 128 of them do not fit into 5 us.
        PvTimerParameters posted = PvTimerParameters.AsPosted with
        {
            Worker = WorkerMode.Paced,
        };
        ScriptResult idle = Load(vcpus: 4, posted);
        ScriptResult overloaded = Load(vcpus: 128, posted).ShouldLose(0).ShouldConserve();
        Assert.True(
            overloaded.Lateness(9_900) > idle.Lateness(9_900) * 2,
            $"{overloaded.Lateness(9_900)} overloaded, {idle.Lateness(9_900)} not"
        );
    }

    [Fact]
    public void Overloaded_fixed_variant_keeps_every_timer_too() =>
        Load(vcpus: 128, new PvTimerParameters()).ShouldKeepItsPromises();

    [Fact]
    public void Storm_of_short_timers_keeps_the_dedicated_cpu_in_interrupts()
    {
        ScriptResult unfair = Storm(new PvTimerFlaws { NoFairnessBetweenGuests = true });
        Assert.True(unfair.Report.TimerCpu.Interrupt > 1.Milliseconds());
        Assert.True(unfair.Report.Ipis > 1_000, $"{unfair.Report.Ipis} IPIs");
        // Fixed, each may ring so often until the scan comes to it again.
        ScriptResult fair = Storm(PvTimerFlaws.None);
        Assert.True(
            fair.Report.Ipis <= 8 * PvTimerParameters.DoorbellsPerPromise * (fair.Report.Scans + 2),
            $"{fair.Report.Ipis} IPIs in {fair.Report.Scans} scans"
        );
    }

    private ScriptResult Storm(PvTimerFlaws flaws)
    {
        Anew();
        HostHandle host = Host(
            new HostOptions
            {
                Pcpus = 9,
                PvTimer = new PvTimerParameters { Flaws = flaws },
            }
        );
        host.AddVm(
            "storm",
            vcpus: 8,
            new NanosleepGuest(12.Microseconds(), default) { Idle = GuestIdle.Poll }
        );
        Clock.AdvanceTo(5.Milliseconds());
        return Finish().ShouldLose(0).ShouldConserve();
    }

    [Fact]
    public void Two_vcpus_of_one_pcpu_share_it_and_lose_no_timer()
    {
        HostHandle host = Host(pcpus: 2);
        host.AddVm("a", guest: new TickGuest(1_000, NoHz.Off, 300.Microseconds()), pins: [0]);
        host.AddVm("b", guest: new TickGuest(1_000, NoHz.Off, 300.Microseconds()), pins: [0]);
        Clock.AdvanceTo(50.Milliseconds());
        Finish().ShouldKeepItsPromises();
    }

    [Fact]
    public void Storm_of_one_vm_makes_its_neighbour_late_but_costs_it_no_timer()
    {
        HostHandle host = Host(pcpus: 6);
        VmHandle victim = host.AddVm("victim");
        host.AddVm(
            "storm",
            vcpus: 4,
            new NanosleepGuest(12.Microseconds(), default) { Idle = GuestIdle.Poll }
        );
        victim.Vcpu(0).Guest.InHandler(GuestInstruction.Program(500.Microseconds()));
        victim.Vcpu(0).Guest.ProgramDeadline(@in: 500.Microseconds());
        Clock.AdvanceTo(20.Milliseconds());
        for (int tick = 0; tick < 30; tick++)
        {
            victim.Vcpu(0).Guest.ExpectTimer();
        }
        Finish().ShouldLose(0);
    }

    /// <summary>Each vCPU on a pCPU of its own, with timers at random.</summary>
    private ScriptResult Load(int vcpus, PvTimerParameters pvTimer)
    {
        Anew();
        HostHandle host = Host(
            new HostOptions
            {
                Pcpus = vcpus + 1,
                TimerCpu = vcpus,
                PvTimer = pvTimer with { ScanPeriod = 5.Microseconds() },
            }
        );
        host.AddVm(
            "vm",
            vcpus,
            new UniformGuest(11.Microseconds(), 30.Microseconds()) { Idle = GuestIdle.Poll }
        );
        Clock.AdvanceTo(3.Milliseconds());
        return Finish();
    }
}

using System.Collections.Generic;
using System.IO;
using System.Linq;
using PvTimer.Experiments.Explain;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Explain;

/// <summary>What was done to a machine is what its latest timers are explained with.</summary>
public sealed class InjectedCauseTests : System.IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stalled_timer_CPU_is_named()
    {
        LatenessPart worst = WorstPart(
            """
            backends = [pvtimer]
            host { cpus = 4, costs = cascadelake-kvm }
            vms = [ { name = web, vcpus = 2, guest { type = cyclictest, period = 1ms } } ]
            events = [ { at = 7900us, stall = "h0/pcpu-3", for = 400us } ]
            """
        );
        Assert.Equal(LatenessCause.TimerCpuStalled, worst.Cause);
        Assert.Equal("h0/pcpu-3", worst.Where);
        // From the deadline at 8 ms to the end of a stall that began when the CPU had left idle.
        Assert.InRange(worst.Length.Nanoseconds, 300_000, 340_000);
    }

    [Fact]
    public void Stalled_pCPU_of_a_guest_in_guest_mode_is_named()
    {
        LatenessPart worst = WorstPart(
            """
            backends = [pvtimer]
            host { cpus = 4, costs = cascadelake-kvm }
            vms = [ { name = web, idle = poll, guest { type = cyclictest, period = 1ms } } ]
            events = [ { at = 7900us, stall = "h0/pcpu-0", for = 400us } ]
            """
        );
        Assert.Equal(LatenessCause.VcpuStalled, worst.Cause);
        Assert.Equal("h0/pcpu-0", worst.Where);
    }

    [Fact]
    public void Preempted_kthread_is_named()
    {
        string costs = Path.GetFullPath(ScenarioFolder.Repository("config/costs/skylake.conf"));
        File.WriteAllText(
            Path.Combine(_folder.Folder, "scenarios/noisy.conf"),
            $$"""
            include "{{costs}}"
            costs.noise = { every = 700us, length = 150us }
            """
        );
        ExplainedTimer[] preempted =
        [
            .. Explain(
                    """
                    backends = [pvtimer]
                    host { cpus = 33, noise = on, costs = noisy.conf }
                    pvtimer { flaws { padding-ignores-late-scan = true } }
                    vms = [ { name = g, vcpus = 32, idle = poll, guest { type = uniform, shortest = 90us, longest = 300us } } ]
                    """
                )
                .Where(timer => Worst(timer).Cause == LatenessCause.KthreadPreempted),
        ];
        Assert.NotEmpty(preempted);
        // It lay in its page while the timer CPU did something else in the middle of a scan.
        Assert.All(preempted, timer => Assert.Equal("h0/pcpu-32", Worst(timer).Where));
        Assert.All(preempted, timer => Assert.InRange(Worst(timer).Length.Nanoseconds, 1, 400_000));
    }

    [Fact]
    public void Preempted_vCPU_is_named()
    {
        LatenessPart worst = WorstPart(
            """
            backends = [hrtimer]
            host { cpus = 2, costs = cascadelake-kvm }
            vms = [ { name = busy, vcpus = 3, idle = poll, pin = [0, 0, 0], guest { type = cyclictest, period = 1ms } } ]
            """
        );
        Assert.Equal(LatenessCause.RunQueue, worst.Cause);
        Assert.Equal("h0/pcpu-0", worst.Where);
        Assert.True(worst.Length > VirtualDuration.FromMicroseconds(500), $"{worst}");
    }

    [Theory]
    [InlineData("hrtimer", LatenessCause.TimerCpuIdleExit)]
    [InlineData("pvtimer", LatenessCause.VcpuIdleExit)]
    public void Long_sleep_is_named(string backend, LatenessCause cause)
    {
        string scenario = $$"""
            backends = [{{backend}}]
            host { cpus = 2, costs = cascadelake-kvm, halt-poll = 0ns }
            vms = [ { name = s, guest { type = nanosleep, sleep = SLEEP } } ]
            """;
        long longest = Median(scenario.Replace("SLEEP", "8ms", System.StringComparison.Ordinal));
        long shortest = Median(scenario.Replace("SLEEP", "60us", System.StringComparison.Ordinal));
        Assert.True(longest > 2 * shortest, $"{longest} ns, {shortest} ns");
        Assert.Equal(
            cause,
            WorstPart(scenario.Replace("SLEEP", "8ms", System.StringComparison.Ordinal)).Cause
        );

        long Median(string of) =>
            Explain(of)
                .Select(timer =>
                    timer
                        .Parts.Where(part => part.Cause == cause)
                        .Sum(part => part.Length.Nanoseconds)
                )
                .Order()
                .ToList()
                is var spans
                ? spans[spans.Count / 2]
                : 0;
    }

    [Fact]
    public void Paused_VM_and_spent_quota_are_named()
    {
        Assert.Equal(
            LatenessCause.Paused,
            WorstPart(
                """
                backends = [hrtimer]
                host { cpus = 2, costs = cascadelake-kvm }
                vms = [ { name = web, guest { type = cyclictest, period = 1ms } } ]
                events = [ { at = 7900us, pause = "web-0", for = 2ms } ]
                """
            ).Cause
        );
        Assert.Equal(
            LatenessCause.Throttled,
            WorstPart(
                """
                backends = [hrtimer]
                host { cpus = 2, costs = cascadelake-kvm }
                vms = [ { name = web, idle = poll, cpu-quota = 2ms, cpu-period = 5ms, guest { type = cyclictest, period = 1ms } } ]
                """
            ).Cause
        );
    }

    private LatenessPart WorstPart(string scenario) =>
        Worst(Explain(scenario).MaxBy(timer => timer.Lateness)!);

    private static LatenessPart Worst(ExplainedTimer timer) =>
        timer.Parts.MaxBy(part => part.Length)!;

    private List<ExplainedTimer> Explain(string scenario)
    {
        Scenario read = _folder.Read($"scenario {{ duration = 40ms\n{scenario}\n}}");
        return ExplanationCheck
            .Of(read.Backends[0], MachineDescriptionBuilder.Build(read, read.Backends[0]))
            .Timers;
    }
}

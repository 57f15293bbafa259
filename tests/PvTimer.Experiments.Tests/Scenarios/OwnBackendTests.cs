using System;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Reports;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>A VM whose back-end is its own: one host runs several, in each of the runs that are compared.</summary>
public sealed class OwnBackendTests : IDisposable
{
    private const string Text = """
        scenario {
          duration = 20ms, backends = [COMPARED]
          host { cpus = 4, costs = COSTS }
          vms = [
            { name = plain, idle = poll, guest { type = cyclictest } }
            { name = own, backend = OWN, idle = poll, guest { type = cyclictest } }
          ]
        }
        """;

    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Scenario Read(string compared, string own, string costs = "skylake") =>
        _folder.Read(
            Text.Replace("COMPARED", compared, StringComparison.Ordinal)
                .Replace("OWN", own, StringComparison.Ordinal)
                .Replace("COSTS", costs, StringComparison.Ordinal)
        );

    private static MachineReport Run(Scenario scenario, string backend)
    {
        EmulatedMachine machine = EmulatedMachine.Build(
            MachineDescriptionBuilder.Build(scenario, TimerBackends.Of(backend))
        );
        return machine.Report(SequentialEngine.Run(machine, new RunOptions()).Reached);
    }

    [Fact]
    public void Vm_has_its_own_back_end_whatever_the_others_run_on()
    {
        Scenario scenario = Read("hrtimer, preemption-timer", own: "apicv-timer");
        foreach (TimerBackend compared in scenario.Backends)
        {
            MachineReport report = Run(scenario, compared.Name);
            VcpuReport plain = report.Vcpus.Single(each => each.Name == "plain-0/vcpu-0");
            VcpuReport own = report.Vcpus.Single(each => each.Name == "own-0/vcpu-0");
            Assert.True(plain.Timers.Fired > 15);
            Assert.Equal(plain.Timers.Fired, own.Timers.Fired);
            // A write and an expiry for each timer, and none at all.
            Assert.True(plain.Exits >= 2 * plain.Timers.Fired);
            Assert.Equal(0, own.Exits);
        }
    }

    [Theory]
    [InlineData("pvtimer")]
    [InlineData("pi-inject")]
    public void Vms_own_back_end_has_a_pcpu_set_aside_for_it(string own)
    {
        Scenario scenario = Read("hrtimer", own);
        Assert.Equal(3, scenario.Host.TimerCpu);
        MachineReport report = Run(scenario, "hrtimer");
        VcpuReport vcpu = report.Vcpus.Single(each => each.Name == "own-0/vcpu-0");
        Assert.True(vcpu.Timers.Fired > 15);
        Assert.Equal(vcpu.Timers.Fired, report.PostedInterrupts);
    }

    [Theory]
    [InlineData("vmx", "skylake", "vms.1.backend", "'vmx' is no back-end", "one of hrtimer")]
    [InlineData("[hrtimer]", "skylake", "vms.1.backend", "list", "")]
    [InlineData(
        "fastpath",
        "epyc-kvm",
        "vms.1.backend",
        "fastpath needs",
        "a profile that has it, or without fastpath"
    )]
    public void Mistake_says_where_it_is_and_what_is_accepted(
        string own,
        string costs,
        string where,
        string what,
        string accepted
    )
    {
        ScenarioException mistake = Assert.Throws<ScenarioException>(() =>
            Read("hrtimer", own, costs)
        );
        Assert.Contains(where, mistake.Message, StringComparison.Ordinal);
        Assert.Contains(what, mistake.Message, StringComparison.Ordinal);
        Assert.Contains(accepted, mistake.Message, StringComparison.Ordinal);
    }
}

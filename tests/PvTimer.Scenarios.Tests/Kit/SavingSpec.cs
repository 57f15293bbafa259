using System.IO;
using PvTimer.Model.Backends;
using PvTimer.Model.Guests;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Kit;

/// <summary>A script becomes a scenario file, and a scenario file a script.</summary>
public sealed class SavingSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Saved_script_runs_to_the_same_trace_hash()
    {
        HostHandle host = Host(pcpus: 3);
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        host.Vcpu(1).Guest.ProgramDeadline(@in: 800.Microseconds());
        host.Vcpu(1).Guest.Halt();
        host.Vcpu(0).Guest.ExpectTimer();
        host.Vcpu(0).Guest.InHandler(GuestInstruction.Program(1.Milliseconds()));
        host.Vcpu(0).Guest.WriteDeadline(@in: 30.Microseconds());
        Clock.StepOneEvent();
        host.Vcpu(0).RaiseInterrupt(0x31);
        host.Vcpu(1).Guest.ExpectTimer();
        host.Vcpu(0).SaveAndRestore();
        Clock.AdvanceBy(3.Milliseconds());
        string file = Path.GetTempFileName();
        Save(file);
        string hash = Finish().TraceHash;
        Scenario saved = ScenarioReader.Read(file, []);
        File.Delete(file);
        Run(saved).ShouldHaveHash(hash);
        Run(saved, TimerBackends.Hrtimer).ShouldKeepItsPromises();
    }
}

using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using Xunit.Abstractions;

// Four at a time, however few cores there are: scripts over processes spend most of their time waiting for
// failure detectors.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]

namespace PvTimer.Scenarios.Tests.Clusters;

/// <summary>
/// The machine of the scripts in this folder: a host for each of three nodes, with a guest each that never
/// rests. Its hash notices any event that is lost, doubled or late.
/// </summary>
public abstract class ThreeHosts : PvTimerTestKit
{
    protected ThreeHosts(ITestOutputHelper output)
        : base(output)
    {
        Machine = Hosts(3, new HostOptions { Pcpus = 3, TimerCpu = 2 });
        VmHandle[] vms = [.. Machine.Select(host => host.AddVm($"on-{host.Name}", vcpus: 2))];
        foreach (VcpuHandle vcpu in vms.SelectMany(vm => vm.Vcpus))
        {
            vcpu.Guest.InHandler(GuestInstruction.Program((70 + (30 * vcpu.Index)).Microseconds()));
            vcpu.Guest.ProgramDeadline(@in: 100.Microseconds());
        }
    }

    protected ImmutableArray<HostHandle> Machine { get; }

    /// <summary>Steps the script to 20 ms, here, without any cluster, and ends it.</summary>
    protected (Scenario Script, string Hash) Played()
    {
        Clock.AdvanceTo(20.Milliseconds());
        Scenario script = ToScenario();
        return (script, Finish().ShouldKeepItsPromises().TraceHash);
    }
}

using System.Collections.Generic;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <summary>
/// Both back-ends once more, written from the manual of the machine and of the keys, not from its code: as plain
/// stories of CPUs that take time. Uses nothing of what it is held against.
/// </summary>
internal static class NaiveMachine
{
    public static NaiveResult Run(NaiveConfiguration configuration, bool withPvTimer)
    {
        NaiveResult result = new();
        NaiveWorld world = new(configuration.Duration);
        List<NaiveVcpu> all = [];
        NaiveTimerCpu? timerCpu = withPvTimer ? new(configuration, result) : null;
        foreach (NaiveVm vm in configuration.Vms)
        {
            List<NaiveVcpu> vcpus = [];
            foreach (int pcpu in vm.Pcpus)
            {
                NaiveVcpu vcpu = new(configuration, vm, pcpu, timerCpu, result);
                world.Add(vcpu);
                vcpus.Add(vcpu);
                all.Add(vcpu);
            }
            timerCpu?.Vms.Add(vcpus);
        }
        if (timerCpu is not null)
        {
            world.Add(timerCpu);
        }
        world.Run();
        all.ForEach(vcpu => vcpu.Finish(configuration.Duration));
        return result;
    }
}

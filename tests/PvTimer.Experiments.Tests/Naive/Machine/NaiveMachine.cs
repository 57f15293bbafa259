using System.Collections.Generic;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <summary>
/// All back-ends once more, written from the manual of the machine and of the keys, not from its code: as plain
/// stories of CPUs that take time. Uses nothing of what it is held against.
/// </summary>
internal static class NaiveMachine
{
    public static NaiveResult Run(NaiveConfiguration configuration, NaiveBackEnd backEnd)
    {
        NaiveResult result = new();
        NaiveWorld world = new(configuration.Duration);
        List<NaiveVcpu> all = [];
        NaiveTimers timers = new(
            backEnd,
            backEnd == NaiveBackEnd.PvTimer ? new(configuration, result) : null,
            backEnd == NaiveBackEnd.PiInject ? new(configuration, result) : null
        );
        foreach (NaiveVm vm in configuration.Vms)
        {
            List<NaiveVcpu> vcpus = [];
            foreach (int pcpu in vm.Pcpus)
            {
                NaiveVcpu vcpu = new(configuration, vm, pcpu, timers, result);
                world.Add(vcpu);
                vcpus.Add(vcpu);
                all.Add(vcpu);
            }
            timers.TimerCpu?.Vms.Add(vcpus);
        }
        foreach (
            NaiveCpu? cpu in (NaiveCpu?[])
                [timers.TimerCpu?.OnTheWay, timers.TimerCpu, timers.HousekeepingCpu]
        )
        {
            if (cpu is not null)
            {
                world.Add(cpu);
            }
        }
        world.Run();
        all.ForEach(vcpu => vcpu.Finish(configuration.Duration));
        return result;
    }
}

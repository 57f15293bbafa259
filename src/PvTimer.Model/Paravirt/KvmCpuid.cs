using PvTimer.Model.Description;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Paravirt;

/// <summary>KVM's own CPUID leaves, as far as the series touches them (part 6).</summary>
public static class KvmCpuid
{
    /// <summary>KVM_CPUID_FEATURES.</summary>
    public const uint FeaturesLeaf = 0x4000_0001;

    /// <summary>
    /// EAX of the features leaf: the pvtimer bit is set for a VM that may use it. Without a dedicated CPU it
    /// is not offered, except as posted (flaw 12).
    /// </summary>
    public static uint Features(HostTopology host, TimerBackend backend)
    {
        bool served = host.TimerPcpu is not null || host.PvTimer.Flaws.NoFallbackWithoutTimerCpu;
        return backend == TimerBackend.PvTimer && served ? 1u << host.PvTimer.CpuidBit : 0;
    }
}

using PvTimer.Model.Topology;

namespace PvTimer.Model.Timers.Paravirt;

/// <summary>KVM's own CPUID leaves, as far as the series touches them (part 6).</summary>
public static class KvmCpuid
{
    /// <summary>KVM_CPUID_FEATURES.</summary>
    public const uint FeaturesLeaf = 0x4000_0001;

    /// <summary>EAX of the features leaf, for a VM with that back-end.</summary>
    public static uint Features(HostTopology host, TimerBackend backend) =>
        backend.CpuidFeatures(host);

    /// <summary>Without a dedicated CPU pvtimer is not offered, except as posted (flaw 12).</summary>
    internal static bool OffersPvTimer(HostTopology host) =>
        host.TimerPcpu is not null || host.PvTimer.Flaws.NoFallbackWithoutTimerCpu;
}

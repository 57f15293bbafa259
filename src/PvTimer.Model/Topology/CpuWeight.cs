using PvTimer.Model.Time;

namespace PvTimer.Model.Topology;

/// <summary>cpu.weight of a control group: of a pCPU that several want, each gets time in proportion to it.</summary>
public static class CpuWeight
{
    /// <summary>CGROUP_WEIGHT_DFL.</summary>
    public const int Usual = 100;

    /// <summary>CGROUP_WEIGHT_MAX; the least is 1.</summary>
    public const int Most = 10_000;

    /// <summary>calc_delta_fair: how far so much time on a pCPU takes a thread back in the order of who goes next.</summary>
    public static VirtualDuration Weighted(VirtualDuration ran, int weight) =>
        VirtualDuration.FromNanoseconds(ran.Nanoseconds * Usual / weight);
}

using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Determinism.Tests.Freezing;

/// <summary>Parts of machines that are small enough to look at every byte of them.</summary>
internal static class SmallMachine
{
    public static HostDescription Host(string name) =>
        new(
            name,
            Cpus: 4,
            Sockets: 1,
            TscFrequency.FromMegahertz(2500),
            TimerCpu: 3,
            SimpleCosts.Plausible,
            HaltPoll: VirtualDuration.FromMicroseconds(50),
            TimerAdvance: default,
            HvTimer: false
        );

    /// <summary>Two vCPUs that share a pCPU with each other.</summary>
    public static VmDescription Vm(string name, int host) =>
        new(
            name,
            host,
            TimerBackends.PvTimer,
            [0, 0],
            TscFrequency.FromMegahertz(2500),
            new TscTicks(1_000_000_000),
            MoveEvery: default,
            new ExponentialGuest(VirtualDuration.FromMicroseconds(150))
        );
}

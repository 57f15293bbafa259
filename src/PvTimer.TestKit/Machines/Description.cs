using System;
using System.Collections.Immutable;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Processors;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.TestKit.Machines;

/// <summary>What a script says about its hosts and VMs, as parts of a scenario.</summary>
internal static class Description
{
    /// <summary>Guests' TSCs do not begin at zero, which would hide who forgets an offset.</summary>
    private const long TscOffset = 1_000_000_000;

    /// <summary>Hosts without VMs; there is no end to speak of.</summary>
    /// <exception cref="ArgumentException">The timer advance is tuned, and given as well.</exception>
    public static Scenario Of(int hosts, HostOptions options) =>
        new()
        {
            Name = "script",
            Seed = options.Seed,
            Duration = VirtualDuration.FromSeconds(1),
            Backends = [options.Backend],
            Hosts = hosts,
            Host = new HostSettings(
                options.Pcpus,
                options.Sockets,
                options.Tsc,
                options.TimerCpu,
                options.TimerCpuShared,
                options.Costs,
                options.HaltPoll,
                Advance(options.TimerAdvance, options.TunesTimerAdvance),
                options.HvTimer,
                Noise: false
            )
            {
                Distances = options.Distances,
                HaltPolling = options.HaltPolling,
                TunesTimerAdvance = options.TunesTimerAdvance,
            },
            PvTimer = options.PvTimer,
            Vms = [],
            Network = hosts > 1 ? new(options.NetworkLatency, DataRate.FromGigabits(10)) : null,
            Migration = options.Migration,
            Events = [],
            Thresholds = [],
            Placement = new PlacementSettings(
                PlacementPolicy.PackByHost,
                ImmutableDictionary<string, string>.Empty
            ),
            Inputs = [],
            Warnings = [],
        };

    /// <param name="name">Its one instance is called name-0.</param>
    /// <param name="vcpus">At least 1.</param>
    /// <param name="host">Where it begins.</param>
    /// <param name="guest">What each vCPU does.</param>
    /// <param name="pins">For each vCPU its pCPU; null: the least used ones.</param>
    /// <param name="options">What else it is.</param>
    public static VmSettings Vm(
        string name,
        int vcpus,
        int host,
        GuestDescription guest,
        ImmutableArray<int>? pins,
        VmOptions options
    ) =>
        new(
            name,
            Count: 1,
            vcpus,
            pins is null ? PinPolicy.Spread : PinPolicy.Listed,
            pins ?? [],
            options.Tsc,
            TscOffset,
            MoveEvery: VirtualDuration.Zero,
            host,
            guest,
            TraceFile: null
        )
        {
            Backend = options.Backend,
            ClockEvent = options.ClockEvent,
            TscScaling = options.TscScaling,
            TscSkew = options.TscSkew,
            ApicBusCycle = options.ApicBusCycle,
            Bandwidth = options.Bandwidth,
            Weight = options.Weight,
            HasApicv = options.HasApicv,
            HltExits = options.HltExits,
            HasMwait = options.HasMwait,
            GuestHaltPolling = options.GuestHaltPolling,
        };

    /// <summary>Where the timer advance of a host begins.</summary>
    /// <exception cref="ArgumentException">It is tuned, and given as well.</exception>
    public static VirtualDuration Advance(VirtualDuration said, bool isTuned) =>
        !isTuned ? said
        : said == VirtualDuration.Zero ? TimerAdvanceTuning.Initial
        : throw new ArgumentException(
            $"the timer advance is tuned and {said}; accepted is one of the two",
            nameof(said)
        );
}

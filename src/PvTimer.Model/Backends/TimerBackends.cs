using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.ApicTimer;
using PvTimer.Model.Timers.Avic;
using PvTimer.Model.Timers.Fastpath;
using PvTimer.Model.Timers.Hrtimers;
using PvTimer.Model.Timers.Paratick;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Timers.Passthrough;
using PvTimer.Model.Timers.PostedTimer;
using PvTimer.Model.Timers.PreemptionTimer;
using PvTimer.Model.Timers.Synthetic;

namespace PvTimer.Model.Backends;

/// <summary>The back-ends that there are: the one place that names them.</summary>
public static class TimerBackends
{
    /// <summary>An hrtimer on the pCPU that the vCPU runs on (mainline, 2016 to 2019).</summary>
    public static TimerBackend Hrtimer => HrtimerBackend.Instance;

    /// <summary>The pvtimer series.</summary>
    public static TimerBackend PvTimer { get; } = new PvTimerBackend();

    /// <summary>All there are, in the order of tables.</summary>
    public static ImmutableArray<TimerBackend> All { get; } =
    [
        Hrtimer,
        new PreemptionTimerBackend(),
        new FastpathBackend(),
        new PiInjectBackend(),
        PvTimer,
        new ApicTimerBackend(),
        new PassthroughBackend(),
        new AvicBackend(),
        new ParatickBackend(),
    ];

    /// <summary>The one of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static TimerBackend Of(string name) =>
        All.FirstOrDefault(backend => backend.Name == name)
        ?? throw new ArgumentException(
            $"no back-end is called {name}; accepted: {string.Join(", ", All)}",
            nameof(name)
        );

    /// <summary>What a VM has instead, whatever the back-end is; null: its guests use their LAPICs' timers.</summary>
    public static TimerBackend? For(ClockEvent device) =>
        device switch
        {
            ClockEvent.HypervStimer => SyntheticTimers.Message,
            ClockEvent.HypervStimerDirect => SyntheticTimers.Direct,
            _ => null,
        };
}

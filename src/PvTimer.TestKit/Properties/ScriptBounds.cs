using PvTimer.Model.Backends;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.TestKit.Properties;

/// <summary>How large generated scripts are, and what is in them.</summary>
public sealed record ScriptBounds
{
    private static readonly VirtualDuration Shortest = VirtualDuration.FromMilliseconds(1);

    /// <summary>Most hosts, at least 1. VMs are migrated if there are several.</summary>
    public int Hosts { get; init; } = 2;

    /// <summary>Most VMs, at least 1.</summary>
    public int Vms { get; init; } = 2;

    /// <summary>Most vCPUs of a VM, at least 1.</summary>
    public int Vcpus { get; init; } = 2;

    /// <summary>Most events, at least 0.</summary>
    public int Events { get; init; } = 8;

    /// <summary>Virtual time of each, at least 1 ms.</summary>
    public VirtualDuration Duration { get; init; } = VirtualDuration.FromMilliseconds(20);

    /// <summary>How guests' timers are emulated.</summary>
    public TimerBackend Backend { get; init; } = TimerBackends.PvTimer;

    /// <summary>Which variant, with which flaws; scan periods are drawn.</summary>
    public PvTimerParameters PvTimer { get; init; } = new();

    /// <summary>
    /// Instead of those of <see cref="PvTimer"/> each script has flaws of its own, from none to all; a worker
    /// that sleeps or does not; and any weak exchange.
    /// </summary>
    public bool AnyFlaws { get; init; }

    /// <summary>All guests are told what to do; else some have programs of their own.</summary>
    public bool OnlyCommands { get; init; }

    /// <summary>
    /// Besides the deadlines of guests: moves, migrations, pauses, devices' interrupts, userspace that saves, restores
    /// and sets registers.
    /// </summary>
    public bool Disturbances { get; init; } = true;

    /// <summary>Any pCPU may stall, and the timer CPU go offline.</summary>
    public bool Outages { get; init; } = true;

    /// <summary>Some VMs have a CPU quota, which keeps them and their timers waiting.</summary>
    public bool Quotas { get; init; } = true;

    /// <summary>
    /// Not all clocks are the same: hosts may differ, TSCs follow their hosts or are skewed, the buses of LAPICs are of any
    /// speed. Nor does the same exit: VMs may be without APICv, halt in guest mode, or idle with MWAIT.
    /// </summary>
    public bool Differences { get; init; } = true;

    /// <summary>Which bound is less than the least; null: none.</summary>
    internal string? TooSmall =>
        Hosts < 1 ? "Hosts < 1"
        : Vms < 1 ? "Vms < 1"
        : Vcpus < 1 ? "Vcpus < 1"
        : Events < 0 ? "Events < 0"
        : Duration < Shortest ? "Duration < 1 ms"
        : null;
}

using System;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <summary>The series as it was posted in December 2017, or with our corrections.</summary>
public enum PvTimerVariant
{
    AsPosted,
    Fixed,
}

/// <summary>How the kthread waits between scans.</summary>
public enum WorkerMode
{
    /// <summary>As the cover letter says: woken by the pacing timer each period.</summary>
    Paced,

    /// <summary>As posted: it never sleeps, so it scans without pause (flaw 1).</summary>
    Busy,
}

/// <summary>A fault of the shared page's memory order, injected to show what the exchange is for.</summary>
public enum WeakExchange
{
    None,

    /// <summary>The guest's exchange becomes a plain store: it no longer waits for the line.</summary>
    Guest,

    /// <summary>The host's exchange of next_sync_tsc becomes a plain store.</summary>
    Host,
}

/// <summary>Everything about pvtimer that a scenario can set.</summary>
public sealed record PvTimerParameters
{
    /// <summary>MSR_KVM_PV_TIMER_EN as posted; upstream later gave the number to MSR_KVM_POLL_CONTROL.</summary>
    public const uint DefaultEnableMsr = 0x4b56_4d05;

    /// <summary>
    /// Fixed variant: so often may a vCPU ring the dedicated CPU until the scan comes to its page again. Timers of 50 us
    /// ring five times at the most in a period of 250 us.
    /// </summary>
    public const int DoorbellsPerPromise = 6;

    /// <summary>
    /// Fixed variant: so often may all vCPUs of a guest together, however many they are, so that others wait for no more than
    /// so many looks at pages: up to 200 us with the shipped profiles.
    /// </summary>
    public const int DoorbellsPerGuest = 256;

    /// <summary>The series as posted: all its flaws, and a worker that never sleeps.</summary>
    public static PvTimerParameters AsPosted { get; } =
        new()
        {
            Variant = PvTimerVariant.AsPosted,
            Flaws = PvTimerFlaws.All,
            Worker = WorkerMode.Busy,
        };

    /// <summary>How often one vCPU may ring for one promise: its share of its guest's, and no more than the limit of one.</summary>
    /// <param name="vcpu">Its index in its guest.</param>
    /// <param name="vcpus">How many that has.</param>
    public static int DoorbellsOf(int vcpu, int vcpus)
    {
        int share = ((vcpu + 1) * DoorbellsPerGuest / vcpus) - (vcpu * DoorbellsPerGuest / vcpus);
        return Math.Min(share, DoorbellsPerPromise);
    }

    public PvTimerVariant Variant { get; init; } = PvTimerVariant.Fixed;

    public PvTimerFlaws Flaws { get; init; } = PvTimerFlaws.None;

    public WorkerMode Worker { get; init; } = WorkerMode.Paced;

    /// <summary>PVTIMER_PERIOD_NS; at least 1 us.</summary>
    public VirtualDuration ScanPeriod { get; init; } = VirtualDuration.FromMicroseconds(250);

    /// <summary>PVTIMER_PADDING, in cycles of the guest's TSC.</summary>
    public long PaddingCycles { get; init; } = 25_000;

    public uint EnableMsr { get; init; } = DefaultEnableMsr;

    /// <summary>Bit of CPUID leaf 0x40000001 EAX that announces the feature (0-31).</summary>
    public int CpuidBit { get; init; } = 8;

    public WeakExchange WeakExchange { get; init; }
}

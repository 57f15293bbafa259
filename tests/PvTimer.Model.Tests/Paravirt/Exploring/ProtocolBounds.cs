using System.Collections.Immutable;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Tests.Paravirt.Exploring;

/// <summary>What a guest, or who runs it, does next.</summary>
internal enum Operation
{
    /// <summary>Programs a deadline that is due before the next scan: it rings.</summary>
    ProgramNear,

    /// <summary>Programs one that the next scan takes.</summary>
    ProgramFar,

    /// <summary>Shuts its clock event device down.</summary>
    Disarm,

    /// <summary>WRMSR of IA32_TSC_DEADLINE, past the page.</summary>
    WriteMsr,

    Disable,
    Enable,

    /// <summary>With an address that is no guest memory: #GP.</summary>
    EnableNowhere,

    /// <summary>With an address whose exchanges cross a cache line.</summary>
    EnableAcrossLines,

    /// <summary>Its thread goes on on the other pCPU.</summary>
    Move,

    /// <summary>Stopped, saved, restored: its page goes off the scan list and on it again.</summary>
    Migrate,
}

/// <summary>How much of the protocol is explored. One tick is one nanosecond of the machine's clock.</summary>
internal sealed record ProtocolBounds
{
    /// <summary>Operations of both vCPUs together.</summary>
    public int Operations { get; init; } = 2;

    /// <summary>vCPUs, 1 or 2.</summary>
    public int Vcpus { get; init; } = 2;

    public ImmutableArray<Operation> Alphabet { get; init; } =
    [
        Operation.ProgramNear,
        Operation.ProgramFar,
        Operation.Disarm,
        Operation.WriteMsr,
        Operation.Disable,
        Operation.Enable,
        Operation.EnableNowhere,
        Operation.EnableAcrossLines,
        Operation.Move,
        Operation.Migrate,
    ];

    /// <summary>Ticks that pass at most over what can happen: a message, an exit, the work of the dedicated CPU.</summary>
    public int Slack { get; init; } = 1;

    /// <summary>Ticks from one scan to the next.</summary>
    public int Period { get; init; } = 4;

    /// <summary>Ticks from an operation to a near deadline, and to one that a WRMSR asks for.</summary>
    public int Near { get; init; } = 1;

    /// <summary>Ticks to a far one.</summary>
    public int Far { get; init; } = 6;

    /// <summary>A deadline that is so many ticks overdue is lost.</summary>
    public int Grace { get; init; } = 12;

    /// <summary>lapic_timer_advance, in ticks.</summary>
    public int Advance { get; init; }

    /// <summary>The host's timers may be the processor's: flaw 14 has something to go wrong with.</summary>
    public bool HvTimer { get; init; }

    /// <summary>
    /// A WRMSR of the enable MSR ends behind what the dedicated CPU has taken from the page before: both hold a lock.
    /// </summary>
    public bool EnablingLocks { get; init; } = true;

    /// <summary>Orders are left out that make no difference.</summary>
    public bool Reduces { get; init; } = true;

    public PvTimerFlaws Flaws { get; init; } = PvTimerFlaws.None;

    public WeakExchange Weak { get; init; }
}

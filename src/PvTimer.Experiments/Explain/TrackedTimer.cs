using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Explain;

/// <summary>How a guest's deadline reached the host.</summary>
public enum TimerProgramming
{
    /// <summary>VM-exit MSR_WRITE.</summary>
    Exit,

    /// <summary>A VM-exit whose handler leaves interrupts off and does not leave the inner run loop.</summary>
    FastExit,

    /// <summary>A store to the shared page.</summary>
    Page,

    /// <summary>The page, and an exit that rings the timer CPU.</summary>
    PageAndDoorbell,

    /// <summary>Neither: the processor has it, or the host keeps it by itself.</summary>
    NoExit,

    /// <summary>By userspace, or on another host.</summary>
    Host,
}

/// <summary>Who has a timer.</summary>
internal enum Holder
{
    /// <summary>The guest has written it; the host has not seen that yet.</summary>
    Writer,

    /// <summary>An exit is under way that rings the timer CPU.</summary>
    Ringing,
    DoorbellSent,
    DoorbellArrived,

    /// <summary>The page, where the kthread will find it.</summary>
    Page,

    /// <summary>The kthread has found it, and the timer CPU programs it.</summary>
    Found,

    /// <summary>An hrtimer.</summary>
    Hrtimer,

    /// <summary>The processor while the vCPU is in guest mode.</summary>
    Hardware,

    /// <summary>The callback of its hrtimer has run for a thread of that pCPU, or one that is served from there.</summary>
    Callback,

    /// <summary>A posted interrupt is under way.</summary>
    Posted,

    /// <summary>Its bit is set in PIR.</summary>
    Descriptor,

    /// <summary>Its bit is set in IRR: as soon as the guest takes interrupts it comes.</summary>
    Requested,

    /// <summary>Another host.</summary>
    Elsewhere,
}

/// <summary>From when on a part of the machine had a timer.</summary>
/// <param name="At">From when on.</param>
/// <param name="Holder">Who.</param>
/// <param name="Pcpu">On which pCPU; the vCPU's own if it is none in particular.</param>
/// <param name="Expires">Hrtimer: when it expires.</param>
internal readonly record struct TimerStage(
    VirtualTime At,
    Holder Holder,
    EntityId? Pcpu = null,
    VirtualTime Expires = default
)
{
    /// <summary>Page, Found: pages that the scan came to first. Hrtimer: other callbacks that ran first.</summary>
    public int Others { get; init; }
}

/// <summary>One deadline on its way.</summary>
internal sealed class TrackedTimer(
    long number,
    TscTicks deadline,
    VirtualTime due,
    VirtualTime programmedAt
)
{
    public long Number { get; } = number;

    public TscTicks Deadline { get; } = deadline;

    public VirtualTime Due { get; } = due;

    public VirtualTime ProgrammedAt { get; } = programmedAt;

    /// <summary>Null: not known yet.</summary>
    public TimerProgramming? How { get; set; }

    public bool IsAccepted => Holder is Holder.Descriptor or Holder.Requested;

    /// <summary>All stages, the first ones of one that is moved about for long are dropped.</summary>
    public List<TimerStage> Stages { get; } = [];

    public Holder Holder => Stages.Count == 0 ? Holder.Writer : Stages[^1].Holder;

    public void Enter(TimerStage stage)
    {
        const int most = 64;
        Stages.Add(stage);
        if (Stages.Count > most)
        {
            // What came before the deadline explains nothing.
            Stages.RemoveAt(1);
        }
    }
}

using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <content>What the report and looks ask.</content>
public sealed partial class Pcpu
{
    /// <summary>IPIs that the host sent from here: doorbells and guests' IPIs.</summary>
    public long Ipis => Posting.Ipis;

    /// <summary>Armed timers that came here with their vCPU.</summary>
    public long TimerMigrations => Migration.TimerMigrations;

    /// <summary>EXTERNAL_INTERRUPT exits here in whose interrupt a guest's timer expired.</summary>
    public long TimerExpiryExits => Exits.TimerExpiryExits;

    /// <summary>What it is doing, as the name of its activity.</summary>
    internal string Doing => $"{Executor.Activity}";

    /// <summary>The vCPU whose thread has it; null: none.</summary>
    internal EntityId? CurrentVcpu => Scheduler.Current?.Vcpu;

    internal HrtimerQueue ArmedHrtimers => Hrtimers.Queue;

    /// <summary>The vCPUs whose threads are here, in the order of their entities.</summary>
    internal IEnumerable<(EntityId Vcpu, VcpuRunState State)> Threads =>
        Scheduler.Threads.ToArray().Select(each => (each.Vcpu, each.Thread.State));

    /// <summary>Timers that the processor has for them in guest mode.</summary>
    internal IEnumerable<Hrtimer> TimersInHardware =>
        Scheduler.Threads.ToArray().Select(each => each.Thread.Kvm.InHardware).OfType<Hrtimer>();

    /// <summary>How many of them stand where.</summary>
    internal ThreadCounts CountThreads()
    {
        int[] counts = new int[5];
        foreach ((_, VcpuThread thread) in Scheduler.Threads)
        {
            counts[(int)thread.State]++;
        }
        return new ThreadCounts(counts[0], counts[1], counts[2], counts[3], counts[4]);
    }

    /// <summary>The lapic_timer_advance_ns of a vCPU whose thread is here, as KVM has tuned it; null: it does not.</summary>
    internal VirtualDuration? TunedAdvanceOf(EntityId vcpu) =>
        Scheduler.Find(vcpu)?.Kvm.TunedAdvance;

    /// <summary>
    /// For how long until then this vCPU's thread was runnable here and did not run (`run_delay`, KVM's steal time).
    /// </summary>
    internal VirtualDuration StealUpTo(VirtualTime end, EntityId vcpu) =>
        Scheduler.StealUpTo(end, vcpu);

    /// <summary>The part of it in which its quota was spent (`throttled_usec` of cpu.stat).</summary>
    internal VirtualDuration ThrottledUpTo(VirtualTime end, EntityId vcpu) =>
        Scheduler.ThrottledUpTo(end, vcpu);

    public CpuTime TimeUpTo(VirtualTime end) => Executor.TimeUpTo(end);

    /// <summary>
    /// A timer of this vCPU is armed here, or has expired and will be injected: its thread runs, is about to,
    /// or does not want to be woken by it.
    /// </summary>
    /// <param name="vcpu">Whose.</param>
    /// <param name="entry">The vCPU's last VM-entry: a later one is on its way, with what it injects.</param>
    public bool KnowsTimerOf(EntityId vcpu, long entry) =>
        Hrtimers.Find(HrtimerFunction.ApicTimer, vcpu) is not null
        || (
            Scheduler.Find(vcpu) is { } thread
            && (
                (thread == Scheduler.Current && Guest.IsActive && thread.Kvm.Entry > entry)
                // The processor counts in guest mode only.
                || (thread.Kvm.InHardware is not null && !HasBlocked(vcpu))
                || (
                    thread.Kvm.Expired is not null && !(thread.Kvm.CanTimerWake && HasBlocked(vcpu))
                )
            )
        );

    /// <summary>This vCPU's thread sleeps here, and no wake-up is pending for it.</summary>
    public bool HasBlocked(EntityId vcpu) =>
        Scheduler.Find(vcpu) is { Sleeps: true }
        && !Interrupts.Knows(new PendingInterrupt(InterruptKind.WakeUp, vcpu));
}

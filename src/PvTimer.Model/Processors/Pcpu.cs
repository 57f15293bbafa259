using System;
using System.Collections.Immutable;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Processors;

/// <summary>
/// One physical CPU with the part of the Linux host that runs on it: run queue, hrtimers, interrupts, KVM's
/// exit handlers, and the accounting of its time.
/// </summary>
/// <remarks>
/// It does one thing at a time: a guest is in guest mode, or the host works (an exit's handler, polling, a
/// context switch, the kthread), or nothing runs. An interrupt suspends host work and is handled at once; a
/// guest in guest mode has to exit first, and idle has to be left first. The vCPU entity alone knows what
/// happens inside the guest: the two talk through <see cref="VmEntry"/>, <see cref="HostInterrupt"/> and
/// <see cref="VmExit"/>, each of which takes time.
/// <code>
///            VmEntry                     VmExit
///   host work ------> guest mode  ---------------> [interrupts] -> handler -> VmEntry
///       ^                 ^  HostInterrupt forces it                  |
///       | interrupt done  |                                           +--> HLT: poll -> block -> idle
/// </code>
/// It is made of parts, each with its own state, that know only those above them in this list. Here messages are
/// handed to the part that they are for, and what has ended is followed by what comes next.
/// <code>
///   CpuHrtimers        hrtimers, the LAPIC timer that is programmed for the earliest, hrtimer_interrupt
///   HostExecutor       what the pCPU does now, the host's piece of work, the account of its time
///   InterruptPosting   interrupts and IPIs to others, and what they cost
///   HostTimers         the back-ends' parts (TimerCpu: pvtimer's, on the dedicated CPU)
///   BoundKthread       turns of the timer kthread
///   ThreadScheduler    threads, run queue, slices, wake-up preemption, steal, quotas
///   GuestMode          the core in guest mode: entries, forced exits, system management mode
///   InterruptController  interrupts that are pending or handled
///   ThreadMigration    threads that come and go
///   GuestEntry, HaltHandler, ExitHandlers   vcpu_run
///   WakeUps, TimerRequests, InterruptHandlers, CpuHotplug   what others, interrupts and faults want
/// </code>
/// </remarks>
public sealed partial class Pcpu : IEntity, IStateful
{
    // Configuration
    private readonly ImmutableArray<(EntityId Vcpu, CpuBudget? Budget)> _initialThreads;

    internal Pcpu(
        EntityId id,
        HostTopology host,
        ImmutableArray<(EntityId Vcpu, CpuBudget? Budget)> threads
    )
    {
        Site = new PcpuSite(id, host);
        _initialThreads = threads;
        Hrtimers = new CpuHrtimers(Site);
        Executor = new HostExecutor(Site);
        Posting = new InterruptPosting(Site);
        Timers = new HostTimers(Site, Hrtimers, Posting);
        TimerCpu = host.TimerPcpu == id ? new TimerCpu(Timers) : null;
        Kthread = new BoundKthread(Site, Executor, TimerCpu);
        Scheduler = new ThreadScheduler(this);
        Guest = new GuestMode(Site, Executor);
        Interrupts = new InterruptController(this);
        Migration = new ThreadMigration(this);
        Exits = new ExitHandlers(this);
        Noise = host.Costs.Noise is { } noise ? new NoiseSource(noise, host.Seed, id) : null;
    }

    internal PcpuSite Site { get; }

    // Parts with state of their own

    internal CpuHrtimers Hrtimers { get; }

    internal HostExecutor Executor { get; }

    internal InterruptPosting Posting { get; }

    internal HostTimers Timers { get; }

    /// <summary>pvtimer's part of it; null: it is not the dedicated CPU.</summary>
    internal TimerCpu? TimerCpu { get; }

    internal BoundKthread Kthread { get; }

    internal ThreadScheduler Scheduler { get; }

    internal GuestMode Guest { get; }

    internal InterruptController Interrupts { get; }

    internal ThreadMigration Migration { get; }

    internal ExitHandlers Exits { get; }

    private NoiseSource? Noise { get; }

    // Parts without: what they do is done to those above

    internal GuestEntry Entry => new(this);

    internal HaltHandler Halts => new(this);

    internal TimerRequests Requests => new(this);

    private WakeUps WakeUps => new(this);

    private InterruptHandlers Handlers => new(this);

    private CpuHotplug Hotplug => new(this);

    public EntityId Id => Site.Id;

    public string Name => Site.Name;

    public void Step(VirtualTime now, Message message, IEffects effects)
    {
        if (Executor.Activity == CpuActivity.Offline)
        {
            Hotplug.StepOffline(message, effects);
            return;
        }
        switch (message)
        {
            case VmExit exit:
                OnVmExit(now, exit, effects);
                break;
            case WorkDone done:
                OnWorkDone(now, Executor.Finish(done.Epoch), effects);
                break;
            case HrtimerExpiry expiry:
                Requests.OnHrtimerExpiry(now, expiry, effects);
                break;
            case InterruptBegin:
                Interrupts.Begin(now, effects);
                break;
            case InterruptDone done when Interrupts.IsOver(done):
                OnInterruptDone(now, effects);
                break;
            case InterruptDone:
                break;
            case Wake wake:
                WakeUps.OnWake(now, wake, effects);
                break;
            case Posted posted:
                WakeUps.OnPosted(posted, effects);
                break;
            case RescheduleIpi ipi:
                WakeUps.OnRescheduleIpi(now, ipi.Vcpu, effects);
                break;
            case KickVcpu kick:
                WakeUps.OnKickVcpu(now, kick, effects);
                break;
            case Ipi ipi:
                Interrupts.Take(now, InterruptKind.Doorbell, ipi.Vcpu, effects);
                break;
            case SyncResult result:
                Handlers.OnSyncResult(now, result, effects);
                break;
            case KthreadSleep:
                OnKthreadSleep(now, effects);
                break;
            default:
                if (!Requests.Step(now, message, effects) && !Migration.Step(now, message, effects))
                {
                    StepFromOutside(now, message, effects);
                }
                break;
        }
    }

    /// <summary>The run's begin, and what is done to the host.</summary>
    private void StepFromOutside(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case Stall stall:
                Interrupts.OnStall(now, stall.Length, effects);
                break;
            case HostInterruption noise:
                Interrupts.TakeCore(now, noise.Length, effects);
                Noise!.SendNext(effects);
                break;
            case GoOffline:
                Interrupts.Take(now, InterruptKind.Teardown, null, effects);
                break;
            case Start:
                OnStart(now, effects);
                break;
            default:
                throw new InvalidOperationException($"a pCPU does not know {message}");
        }
    }

    private void OnStart(VirtualTime now, IEffects effects)
    {
        foreach ((EntityId vcpu, CpuBudget? budget) in _initialThreads)
        {
            Scheduler.Start(vcpu, budget);
        }
        Kthread.Start(now, effects);
        Noise?.SendNext(effects);
        Scheduler.PickNext(now, effects);
    }

    /// <summary>KVM enables interrupts right after an exit: the host's come before the handler.</summary>
    private void OnVmExit(VirtualTime now, VmExit exit, IEffects effects)
    {
        if (!Exits.Open(now, exit, effects))
        {
            return;
        }
        if (Interrupts.HasPending)
        {
            Interrupts.Begin(now, effects);
        }
        else
        {
            Exits.Start(now, effects);
        }
    }

    /// <summary>A piece of the host's work has ended.</summary>
    private void OnWorkDone(VirtualTime now, HostWork done, IEffects effects)
    {
        switch (done)
        {
            case HostWork.None:
                break;
            case HostWork.ExitHandler:
                Exits.Finish(now, effects);
                break;
            case HostWork.Posting:
                Exits.NotifyTarget(now, effects);
                break;
            case HostWork.Notifying:
                Exits.SendNext(now, effects);
                break;
            case HostWork.Entering:
                Entry.EnterOrYield(now, effects);
                break;
            case HostWork.Poll:
                Halts.Block(now, effects);
                break;
            case HostWork.PollExit:
                Halts.LeavePolling(now, effects);
                break;
            case HostWork.SwitchIn:
                Halts.AdaptPolling(now, Scheduler.Current!);
                Entry.EnterOrYield(now, effects);
                break;
            case HostWork.Halting:
                Halts.PollOrBlock(now, effects);
                break;
            case HostWork.KthreadSwitchIn:
                Kthread.Run(now, effects);
                break;
            default:
                Scheduler.PickNext(now, effects);
                break;
        }
    }

    private void OnInterruptDone(VirtualTime now, IEffects effects)
    {
        if (Executor.Activity != CpuActivity.Interrupt)
        {
            Interrupts.EndSystemManagement(now, effects);
            return;
        }
        PendingInterrupt done = Interrupts.Finish();
        if (done.Kind == InterruptKind.Teardown)
        {
            Hotplug.TearDown(now, effects);
            return;
        }
        Handlers.Handle(now, done, effects);
        if (Handlers.Continue(now, effects))
        {
            LeaveInterrupt(now, effects);
        }
    }

    /// <summary>The next interrupt, or back to what they interrupted.</summary>
    private void LeaveInterrupt(VirtualTime now, IEffects effects)
    {
        if (Interrupts.HasPending)
        {
            Interrupts.Begin(now, effects);
        }
        else if (Executor.Work != HostWork.None)
        {
            Halts.Resume(now, effects);
        }
        else if (Exits.HasExit)
        {
            Exits.Start(now, effects);
        }
        else
        {
            Scheduler.PickNext(now, effects);
        }
    }

    private void OnKthreadSleep(VirtualTime now, IEffects effects)
    {
        bool picks = Kthread.Sleep(Scheduler.ThreadsWait);
        if (Executor.Activity != CpuActivity.HostWork)
        {
            return;
        }
        if (picks)
        {
            Scheduler.PickNext(now, effects);
        }
        else
        {
            Executor.Resume(now, effects);
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Hrtimers.Transfer(state);
        Executor.Transfer(state);
        Posting.Transfer(state);
        TimerCpu?.Transfer(state);
        Kthread.Transfer(state);
        Scheduler.Transfer(state);
        Guest.Transfer(state);
        Interrupts.Transfer(state);
        Migration.Transfer(state);
        Exits.Transfer(state);
        Noise?.Transfer(state);
    }
}

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

    // Parts
    private readonly CpuHrtimers _hrtimers;
    private readonly HostExecutor _executor;
    private readonly InterruptPosting _posting;
    private readonly TimerCpu? _timerCpu;
    private readonly BoundKthread _kthread;
    private readonly ThreadScheduler _scheduler;
    private readonly GuestMode _guest;
    private readonly InterruptController _interrupts;
    private readonly ThreadMigration _migration;
    private readonly GuestEntry _entry;
    private readonly HaltHandler _halts;
    private readonly ExitHandlers _exits;
    private readonly WakeUps _wakeUps;
    private readonly TimerRequests _requests;
    private readonly InterruptHandlers _handlers;
    private readonly CpuHotplug _hotplug;
    private readonly NoiseSource? _noise;

    internal Pcpu(
        EntityId id,
        string name,
        HostTopology host,
        ImmutableArray<(EntityId Vcpu, CpuBudget? Budget)> threads
    )
    {
        PcpuSite site = new(id, host);
        Id = id;
        Name = name;
        _initialThreads = threads;
        _hrtimers = new CpuHrtimers(site);
        _executor = new HostExecutor(site);
        _posting = new InterruptPosting(site);
        HostTimers timers = new(site, _hrtimers, _posting);
        _timerCpu = host.TimerPcpu == id ? new TimerCpu(timers) : null;
        _kthread = new BoundKthread(site, _executor, _timerCpu);
        _scheduler = new ThreadScheduler(site, _hrtimers, _executor, _kthread, timers);
        _guest = new GuestMode(site, _executor);
        _interrupts = new InterruptController(site, _hrtimers, _executor, _scheduler, _guest);
        _migration = new ThreadMigration(site, _hrtimers, _scheduler, _interrupts);
        _entry = new GuestEntry(site, _scheduler, _guest, _migration);
        _halts = new HaltHandler(site, _hrtimers, _executor, _scheduler, _migration, _entry);
        _exits = new ExitHandlers(
            site,
            _hrtimers,
            _executor,
            _posting,
            _scheduler,
            _guest,
            _entry,
            _halts
        );
        _wakeUps = new WakeUps(
            site,
            _executor,
            _posting,
            _scheduler,
            _interrupts,
            _migration,
            _halts
        );
        _requests = new TimerRequests(
            site,
            _hrtimers,
            _scheduler,
            _guest,
            _interrupts,
            _migration,
            _halts,
            _timerCpu
        );
        _handlers = new InterruptHandlers(
            site,
            _hrtimers,
            _executor,
            _posting,
            _kthread,
            _scheduler,
            _interrupts,
            _exits,
            _timerCpu
        );
        _hotplug = new CpuHotplug(
            site,
            _hrtimers,
            _executor,
            _kthread,
            _interrupts,
            _requests,
            _timerCpu
        );
        _noise = host.Costs.Noise is { } noise ? new NoiseSource(noise, host.Seed, id) : null;
    }

    public EntityId Id { get; }

    public string Name { get; }

    public void Step(VirtualTime now, Message message, IEffects effects)
    {
        if (_executor.Activity == CpuActivity.Offline)
        {
            _hotplug.StepOffline(message, effects);
            return;
        }
        switch (message)
        {
            case VmExit exit:
                OnVmExit(now, exit, effects);
                break;
            case WorkDone done:
                OnWorkDone(now, _executor.Finish(done.Epoch), effects);
                break;
            case HrtimerExpiry expiry:
                _requests.OnHrtimerExpiry(now, expiry, effects);
                break;
            case InterruptBegin:
                _interrupts.Begin(now, effects);
                break;
            case InterruptDone done when _interrupts.IsOver(done):
                OnInterruptDone(now, effects);
                break;
            case InterruptDone:
                break;
            case Wake wake:
                _wakeUps.OnWake(now, wake, effects);
                break;
            case Posted posted:
                _wakeUps.OnPosted(posted, effects);
                break;
            case RescheduleIpi ipi:
                _wakeUps.OnRescheduleIpi(now, ipi.Vcpu, effects);
                break;
            case KickVcpu kick:
                _wakeUps.OnKickVcpu(now, kick, effects);
                break;
            case Ipi ipi:
                _interrupts.Take(now, InterruptKind.Doorbell, ipi.Vcpu, effects);
                break;
            case SyncResult result:
                _handlers.OnSyncResult(now, result, effects);
                break;
            case KthreadSleep:
                OnKthreadSleep(now, effects);
                break;
            default:
                if (
                    !_requests.Step(now, message, effects)
                    && !_migration.Step(now, message, effects)
                )
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
                _interrupts.OnStall(now, stall.Length, effects);
                break;
            case HostInterruption noise:
                _interrupts.TakeCore(now, noise.Length, effects);
                _noise!.SendNext(effects);
                break;
            case GoOffline:
                _interrupts.Take(now, InterruptKind.Teardown, null, effects);
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
            _scheduler.Start(vcpu, budget);
        }
        _kthread.Start(now, effects);
        _noise?.SendNext(effects);
        _scheduler.PickNext(now, effects);
    }

    /// <summary>KVM enables interrupts right after an exit: the host's come before the handler.</summary>
    private void OnVmExit(VirtualTime now, VmExit exit, IEffects effects)
    {
        if (!_exits.Open(now, exit, effects))
        {
            return;
        }
        if (_interrupts.HasPending)
        {
            _interrupts.Begin(now, effects);
        }
        else
        {
            _exits.Start(now, effects);
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
                _exits.Finish(now, effects);
                break;
            case HostWork.Posting:
                _exits.NotifyTargets(now, effects);
                break;
            case HostWork.Notifying or HostWork.Entering:
                _entry.EnterOrYield(now, effects);
                break;
            case HostWork.Poll:
                _halts.Block(now, effects);
                break;
            case HostWork.PollExit:
                _halts.LeavePolling(now, effects);
                break;
            case HostWork.SwitchIn:
                _halts.AdaptPolling(now, _scheduler.Current!);
                _entry.EnterOrYield(now, effects);
                break;
            case HostWork.Halting:
                _halts.PollOrBlock(now, effects);
                break;
            case HostWork.KthreadSwitchIn:
                _kthread.Run(now, effects);
                break;
            default:
                _scheduler.PickNext(now, effects);
                break;
        }
    }

    private void OnInterruptDone(VirtualTime now, IEffects effects)
    {
        if (_executor.Activity != CpuActivity.Interrupt)
        {
            _interrupts.EndSystemManagement(now, effects);
            return;
        }
        PendingInterrupt done = _interrupts.Finish();
        if (done.Kind == InterruptKind.Teardown)
        {
            _hotplug.TearDown(now, effects);
            return;
        }
        _handlers.Handle(now, done, effects);
        if (_handlers.Continue(now, effects))
        {
            LeaveInterrupt(now, effects);
        }
    }

    /// <summary>The next interrupt, or back to what they interrupted.</summary>
    private void LeaveInterrupt(VirtualTime now, IEffects effects)
    {
        if (_interrupts.HasPending)
        {
            _interrupts.Begin(now, effects);
        }
        else if (_executor.Work != HostWork.None)
        {
            _halts.Resume(now, effects);
        }
        else if (_exits.HasExit)
        {
            _exits.Start(now, effects);
        }
        else
        {
            _scheduler.PickNext(now, effects);
        }
    }

    private void OnKthreadSleep(VirtualTime now, IEffects effects)
    {
        bool picks = _kthread.Sleep(_scheduler.ThreadsWait);
        if (_executor.Activity != CpuActivity.HostWork)
        {
            return;
        }
        if (picks)
        {
            _scheduler.PickNext(now, effects);
        }
        else
        {
            _executor.Resume(now, effects);
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _hrtimers.Transfer(state);
        _executor.Transfer(state);
        _posting.Transfer(state);
        _timerCpu?.Transfer(state);
        _kthread.Transfer(state);
        _scheduler.Transfer(state);
        _guest.Transfer(state);
        _interrupts.Transfer(state);
        _migration.Transfer(state);
        _exits.Transfer(state);
        _noise?.Transfer(state);
    }
}

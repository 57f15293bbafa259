using System;
using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Processors;

/// <content>
/// The dedicated CPU (parts 3 and 4 of the series): the pacing timer, the kthread's turns, doorbells, arming
/// timers for vCPUs that run elsewhere, and delivering them as posted interrupts.
/// </content>
public sealed partial class Pcpu
{
    private readonly Queue<SyncVcpu> _syncs = new();
    private bool _kthreadRunnable;

    /// <summary>The worker called schedule() and may go on: picked again, nothing has to be switched.</summary>
    private bool _kthreadYielded;
    private VirtualTime _pacedAt;
    private VirtualTime _nextScan;
    private SyncVcpu? _syncing;

    /// <summary>Expired early by the advance, and not due yet: the interrupt under way waits with it.</summary>
    private SyncVcpu? _held;
    private long _postedInterrupts;
    private long _pageUpdates;
    private long _foreignVmcsWrites;
    private long _foreignAddressSpaceReads;

    /// <summary>Flaw 12: doorbells of this pCPU that no dedicated CPU was there to hear.</summary>
    public long UnansweredDoorbells { get; private set; }

    /// <summary>Flaw 16: time spent spinning in hrtimer_cancel with interrupts off.</summary>
    public VirtualDuration CancelSpin { get; private set; }

    /// <summary>Timer interrupts that were posted from here.</summary>
    public long PostedInterrupts => _postedInterrupts;

    /// <summary>Deadlines that were taken out of guests' pages.</summary>
    public long PageUpdates => _pageUpdates;

    /// <summary>Flaw 14: preemption timers armed through whatever VMCS was loaded here.</summary>
    public long ForeignVmcsWrites => _foreignVmcsWrites;

    /// <summary>Flaw 9: guest memory read by an IPI under another address space.</summary>
    public long ForeignAddressSpaceReads => _foreignAddressSpaceReads;

    private PvTimerFlaws Flaws => _host.PvTimer.Flaws;

    private void StartPacing(VirtualTime now, IEffects effects)
    {
        _nextScan = now + _host.PvTimer.ScanPeriod;
        StartHrtimer(
            now,
            new Hrtimer(HrtimerFunction.PvSyncTimer, Id, _nextScan, default, default),
            effects
        );
        if (_host.PvTimer.Worker == WorkerMode.Busy)
        {
            _kthreadRunnable = true;
        }
    }

    /// <summary>pv_sync_timer_callback: forwards itself by one period, wakes the worker. What waking it takes.</summary>
    private VirtualDuration PacingTimerExpired(Hrtimer timer, IEffects effects, VirtualTime now)
    {
        _pacedAt = timer.Expires;
        _nextScan = timer.Expires + _host.PvTimer.ScanPeriod;
        StartHrtimer(now, timer with { Expires = _nextScan }, effects);
        if (_host.PvTimer.Worker == WorkerMode.Busy)
        {
            return VirtualDuration.Zero;
        }
        bool sleeps =
            !_kthreadRunnable && _work is not (HostWork.Kthread or HostWork.KthreadSwitchIn);
        _kthreadRunnable = true;
        return sleeps ? _costs.ThreadWake : VirtualDuration.Zero;
    }

    private void RunKthread(VirtualTime now, IEffects effects)
    {
        _work = HostWork.Kthread;
        _workEpoch++;
        _activity = Activity.HostWork;
        _account.Switch(now, CpuUse.Kthread);
        effects.Send(
            _host.TimerKthread!.Value,
            VirtualDuration.Smallest,
            new ScanTick(_pacedAt, _nextScan)
        );
    }

    private void OnKthreadSleep(VirtualTime now, IEffects effects)
    {
        if (_host.PvTimer.Worker == WorkerMode.Busy)
        {
            // Flaw 1: it calls schedule() while runnable, so it only yields.
            _kthreadRunnable = true;
        }
        _kthreadYielded = true;
        _work = HostWork.None;
        if (!_kthreadRunnable && _runQueue.IsEmpty)
        {
            _kthreadYielded = false;
            _work = HostWork.KthreadSwitchOut;
            _workLeft = _costs.ContextSwitch;
        }
        if (_activity != Activity.HostWork)
        {
            return;
        }
        if (_work == HostWork.None)
        {
            PickNext(now, effects);
        }
        else
        {
            ResumeWork(now, effects);
        }
    }

    private void OnDoorbell(VirtualTime now, EntityId vcpu, IEffects effects) =>
        TakeInterrupt(now, new PendingInterrupt(InterruptKind.Doorbell, vcpu), effects);

    /// <summary>
    /// A doorbell's IPI is handled. As posted each has an interrupt of its own; fixed, one interrupt answers
    /// all that rang by now, and a vCPU that rang twice is looked at once.
    /// </summary>
    private void QueueDoorbells(EntityId vcpu)
    {
        QueueDoorbell(vcpu);
        if (Flaws.IpiPerDoorbell)
        {
            return;
        }
        int others = _pendingInterrupts.Count;
        for (int i = 0; i < others; i++)
        {
            PendingInterrupt pending = _pendingInterrupts.Dequeue();
            if (pending.Kind == InterruptKind.Doorbell)
            {
                QueueDoorbell(pending.Vcpu);
            }
            else
            {
                _pendingInterrupts.Enqueue(pending);
            }
        }
    }

    private void QueueDoorbell(EntityId vcpu)
    {
        if (!Flaws.IpiPerDoorbell)
        {
            foreach (SyncVcpu queued in _syncs)
            {
                if (queued.Vcpu == vcpu && queued.Cause == SyncCause.Doorbell)
                {
                    return;
                }
            }
        }
        if (Flaws.ForeignAddressSpace && _work != HostWork.Kthread)
        {
            _foreignAddressSpaceReads++;
        }
        _syncs.Enqueue(
            new SyncVcpu(vcpu, SyncCause.Doorbell, TscTicks.Zero, VirtualTime.Zero, _nextScan)
        );
    }

    /// <summary>
    /// The armed timer of a vCPU served from here expired. As posted it is delivered; fixed, the page is
    /// looked at first, so that a later deadline that is still there replaces it (flaw 2). How long it is still to be
    /// held, if it was started early by the advance.
    /// </summary>
    private VirtualDuration ServedTimerExpired(
        VirtualTime now,
        Hrtimer timer,
        VirtualTime? next,
        IEffects effects
    )
    {
        if (!timer.Served && now < timer.Due)
        {
            // Left behind by its vCPU, and started early by the advance: nobody would hold it until it is due.
            StartHrtimer(now, timer with { Expires = timer.Due }, effects);
            return VirtualDuration.Zero;
        }
        if (!timer.Served)
        {
            Post(timer.Owner, timer.Deadline, Poster.Interrupt, effects, next);
            return VirtualDuration.Zero;
        }
        SyncVcpu expired = new(timer.Owner, SyncCause.Expiry, timer.Deadline, timer.Due, _nextScan);
        if (Flaws.StaleArmedTimer)
        {
            return Deliver(now, expired, effects);
        }
        _syncs.Enqueue(expired);
        return VirtualDuration.Zero;
    }

    /// <summary>
    /// kvm_wait_lapic_expire, here: what was started early by the advance is held until it is due, and the CPU with
    /// it. As posted it is not (flaw 15).
    /// </summary>
    private VirtualDuration Deliver(VirtualTime now, SyncVcpu expired, IEffects effects)
    {
        if (now < expired.Due && !Flaws.AdvanceIsNotWaitedFor)
        {
            _held = expired;
            return expired.Due - now;
        }
        Post(expired.Vcpu, expired.Expired, Poster.Interrupt, effects);
        return VirtualDuration.Zero;
    }

    /// <summary>
    /// What was held until now is posted, fixed unless its page asks for something else by now (flaw 2); false: nothing
    /// was held.
    /// </summary>
    private bool EndHold(IEffects effects)
    {
        if (_held is not { } held)
        {
            return false;
        }
        _held = null;
        if (!Flaws.StaleArmedTimer)
        {
            StartSync(held with { Cause = SyncCause.Held }, effects);
            return true;
        }
        Post(held.Vcpu, held.Expired, Poster.Interrupt, effects);
        StayInInterrupt(WaitForPosting(), effects);
        return true;
    }

    /// <summary>In interrupt context: have the next queued vCPU synchronised; false if none is queued.</summary>
    private bool StartNextSync(IEffects effects)
    {
        if (!_syncs.TryDequeue(out SyncVcpu? sync))
        {
            return false;
        }
        StartSync(sync, effects);
        return true;
    }

    private void StartSync(SyncVcpu sync, IEffects effects)
    {
        _syncing = sync;
        effects.Send(_host.TimerKthread!.Value, VirtualDuration.Smallest, sync);
    }

    private void OnSyncResult(VirtualTime now, SyncResult result, IEffects effects)
    {
        VirtualDuration cost = Program(now, result, effects);
        if (!result.InInterrupt)
        {
            return;
        }
        SyncVcpu sync =
            _syncing ?? throw new InvalidOperationException("a result that nobody asked for");
        _syncing = null;
        if (sync.Cause != SyncCause.Doorbell && result.Outcome == SyncOutcome.Nothing)
        {
            cost += Deliver(now, sync, effects);
        }
        StayInInterrupt(cost + WaitForPosting(), effects);
    }

    /// <summary>kvm_set_lapic_tscdeadline_msr on this CPU: cancel, then arm here or deliver at once.</summary>
    private VirtualDuration Program(VirtualTime now, SyncResult result, IEffects effects)
    {
        if (result.Outcome == SyncOutcome.Nothing)
        {
            return VirtualDuration.Zero;
        }
        // The guest's page shows 0 again, and its LAPIC's deadline is the one that was found.
        if (!result.Found.IsNone)
        {
            _pageUpdates++;
            effects.Send(
                result.Vcpu,
                _costs.LineTransferSameSocket,
                new SharedPageUpdate(
                    result.Vcpu,
                    PageField.ExpireTsc,
                    result.Found.Deadline,
                    Id,
                    result.Found.Disarms
                )
            );
        }
        VirtualDuration cost = VirtualDuration.Zero;
        bool cancels = result.Outcome != SyncOutcome.Deliver || !Flaws.DeliverLeavesTimerArmed;
        if (cancels && CancelApicTimer(result.Vcpu, served: true))
        {
            cost += _costs.HrtimerCancel;
        }
        if (result.ArmedOn is { } elsewhere && elsewhere != Id)
        {
            // Flaw 16: first armed before pvtimer was enabled; the callback may be running there.
            VirtualDuration spin = _host.IpiLatency(Id, elsewhere) * 2;
            CancelSpin += spin;
            cost += spin;
            effects.Send(
                elsewhere,
                _host.IpiLatency(Id, elsewhere),
                new CancelTimer(result.Vcpu, Served: false)
            );
        }
        switch (result.Outcome)
        {
            case SyncOutcome.Arm:
                cost += _costs.HrtimerStart;
                Arm(now, result, effects);
                break;
            case SyncOutcome.Deliver:
                Post(
                    result.Vcpu,
                    result.Found.Deadline,
                    result.InInterrupt ? Poster.Interrupt : Poster.Kthread,
                    effects
                );
                break;
            default:
                break;
        }
        return cost;
    }

    private void Arm(VirtualTime now, SyncResult result, IEffects effects)
    {
        if (_host.HvTimer && Flaws.PreemptionTimerFromForeignCpu)
        {
            _foreignVmcsWrites++;
        }
        VirtualTime expires = VirtualTime.Max(now, result.Due - _host.TimerAdvance);
        StartHrtimer(
            now,
            new Hrtimer(
                HrtimerFunction.ApicTimer,
                result.Vcpu,
                expires,
                result.Found.Deadline,
                VirtualDuration.Zero
            )
            {
                Due = result.Due,
                Served = true,
            },
            effects
        );
    }

    /// <summary>kvm_apic_local_deliver with APICv: PIR bit, ON, notification. No exit.</summary>
    private void Post(
        EntityId vcpu,
        TscTicks deadline,
        Poster poster,
        IEffects effects,
        VirtualTime? next = null
    )
    {
        _postedInterrupts++;
        _isPosting |= poster == Poster.Interrupt;
        effects.Send(
            vcpu,
            _costs.LineTransferSameSocket,
            new PostedInterrupt(0, Id, deadline, next, poster)
        );
    }
}

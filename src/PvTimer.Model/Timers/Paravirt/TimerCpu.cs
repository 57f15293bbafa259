using System;
using System.Collections.Generic;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <summary>
/// The dedicated CPU (parts 3 and 4 of the series): the pacing timer, doorbells, arming timers for vCPUs that run
/// elsewhere, and delivering them as posted interrupts. When its interrupts and its kthread run is the pCPU's.
/// </summary>
internal sealed class TimerCpu(ITimerCpuPort pcpu) : IStateful
{
    private readonly ITimerCpuPort _pcpu = pcpu;
    private readonly Queue<SyncVcpu> _syncs = new();
    private VirtualTime _pacedAt;
    private VirtualTime _nextScan;
    private SyncVcpu? _syncing;

    /// <summary>Expired early by the advance, and not due yet: the interrupt under way waits with it.</summary>
    private SyncVcpu? _held;

    /// <summary>Deadlines that were taken out of guests' pages.</summary>
    public long PageUpdates { get; private set; }

    /// <summary>Flaw 14: preemption timers armed through whatever VMCS was loaded here.</summary>
    public long ForeignVmcsWrites { get; private set; }

    /// <summary>Flaw 9: guest memory read by an IPI under another address space.</summary>
    public long ForeignAddressSpaceReads { get; private set; }

    /// <summary>Flaw 16: time spent spinning in hrtimer_cancel with interrupts off.</summary>
    public VirtualDuration CancelSpin { get; private set; }

    /// <summary>Flaw 12: doorbells that came when it was unplugged.</summary>
    public long UnansweredDoorbells { get; private set; }

    /// <summary>Each doorbell has an interrupt of its own (flaw 13).</summary>
    public bool HasIpiPerDoorbell => Flaws.IpiPerDoorbell;

    /// <summary>The worker calls schedule() while it is runnable, so it only yields (flaw 1).</summary>
    public bool IsBusy => Parameters.Worker == WorkerMode.Busy;

    /// <summary>What starts a scan.</summary>
    public ScanTick Tick => ScanTick.Of(_pacedAt, _nextScan);

    private PvTimerParameters Parameters => _pcpu.Host.PvTimer;

    private PvTimerFlaws Flaws => Parameters.Flaws;

    private CostProfile Costs => _pcpu.Host.Costs;

    private EntityId Kthread => _pcpu.Host.TimerKthread!.Value;

    public void StartPacing(VirtualTime now, IEffects effects)
    {
        _nextScan = now + Parameters.ScanPeriod;
        _pcpu.StartHrtimer(
            now,
            new Hrtimer(HrtimerFunction.PvSyncTimer, _pcpu.Id, _nextScan, default, default),
            effects
        );
    }

    /// <summary>pv_sync_timer_callback: forwards itself by one period. Whether it wakes the worker is the pCPU's.</summary>
    public void PacingTimerExpired(VirtualTime now, Hrtimer timer, IEffects effects)
    {
        _pacedAt = timer.Expires;
        _nextScan = timer.Expires + Parameters.ScanPeriod;
        _pcpu.StartHrtimer(now, timer with { Expires = _nextScan }, effects);
    }

    /// <summary>A doorbell's IPI is handled; fixed, a vCPU that rang twice is looked at once.</summary>
    /// <param name="vcpu">Who rang.</param>
    /// <param name="interruptsKthread">The address space is the kthread's.</param>
    public void QueueDoorbell(EntityId vcpu, bool interruptsKthread)
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
        if (Flaws.ForeignAddressSpace && !interruptsKthread)
        {
            ForeignAddressSpaceReads++;
        }
        _syncs.Enqueue(
            new SyncVcpu(vcpu, SyncCause.Doorbell, TscTicks.Zero, VirtualTime.Zero, _nextScan)
        );
    }

    /// <summary>An IPI that came when this CPU was gone.</summary>
    public void MissDoorbell() => UnansweredDoorbells += Flaws.NoFallbackWithoutTimerCpu ? 1 : 0;

    /// <summary>
    /// The armed timer of a vCPU served from here expired. As posted it is delivered; fixed, the page is
    /// looked at first, so that a later deadline that is still there replaces it (flaw 2). How long it is still to be
    /// held, if it was started early by the advance.
    /// </summary>
    public VirtualDuration ServedTimerExpired(VirtualTime now, Hrtimer timer, IEffects effects)
    {
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
        _pcpu.Post(expired.Vcpu, expired.Expired, Poster.Interrupt, effects);
        return VirtualDuration.Zero;
    }

    /// <summary>What was held until now is posted, fixed unless its page asks for something else by now (flaw 2).</summary>
    public EndOfHold EndHold(IEffects effects)
    {
        if (_held is not { } held)
        {
            return EndOfHold.NothingHeld;
        }
        _held = null;
        if (!Flaws.StaleArmedTimer)
        {
            StartSync(held with { Cause = SyncCause.Held }, effects);
            return EndOfHold.AsksPage;
        }
        _pcpu.Post(held.Vcpu, held.Expired, Poster.Interrupt, effects);
        return EndOfHold.Posted;
    }

    /// <summary>In interrupt context: have the next queued vCPU synchronised; false if none is queued.</summary>
    public bool StartNextSync(IEffects effects)
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
        effects.Send(Kthread, VirtualDuration.Smallest, sync);
    }

    /// <summary>
    /// What a page asked for is done. What that took, of the interrupt that asked; null: the kthread did.
    /// </summary>
    public VirtualDuration? Take(VirtualTime now, SyncResult result, IEffects effects)
    {
        VirtualDuration cost = Program(now, result, effects);
        if (!result.InInterrupt)
        {
            return null;
        }
        SyncVcpu sync =
            _syncing ?? throw new InvalidOperationException("a result that nobody asked for");
        _syncing = null;
        if (sync.Cause != SyncCause.Doorbell && result.Outcome == SyncOutcome.Nothing)
        {
            cost += Deliver(now, sync, effects);
        }
        return cost;
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
            PageUpdates++;
            // Not lazily: a posted interrupt of the same instant comes behind it.
            effects.Send(
                result.Vcpu,
                Costs.LineTransferSameSocket,
                SharedPageUpdate.Of(
                    result.Vcpu,
                    PageField.ExpireTsc,
                    result.Found.Deadline,
                    _pcpu.Id,
                    result.Found.Disarms
                )
            );
        }
        VirtualDuration cost = VirtualDuration.Zero;
        bool cancels = result.Outcome != SyncOutcome.Deliver || !Flaws.DeliverLeavesTimerArmed;
        if (cancels && _pcpu.CancelHrtimer(result.Vcpu, served: true))
        {
            cost += Costs.HrtimerCancel;
        }
        if (result.ArmedOn is { } elsewhere && elsewhere != _pcpu.Id)
        {
            // Flaw 16: first armed before pvtimer was enabled; the callback may be running there.
            VirtualDuration spin = _pcpu.Host.IpiLatency(_pcpu.Id, elsewhere) * 2;
            CancelSpin += spin;
            cost += spin;
            effects.Send(
                elsewhere,
                _pcpu.Host.IpiLatency(_pcpu.Id, elsewhere),
                CancelTimer.Of(result.Vcpu, served: false)
            );
        }
        switch (result.Outcome)
        {
            case SyncOutcome.Arm:
                cost += Costs.HrtimerStart;
                Arm(now, result, effects);
                break;
            case SyncOutcome.Deliver:
                _pcpu.Post(
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
        if (_pcpu.Host.HvTimer && Flaws.PreemptionTimerFromForeignCpu)
        {
            ForeignVmcsWrites++;
        }
        VirtualTime expires = VirtualTime.Max(now, result.Due - _pcpu.Host.TimerAdvance);
        _pcpu.StartHrtimer(
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

    /// <summary>Nothing is under way for this vCPU any more.</summary>
    public void Drop(EntityId vcpu)
    {
        _held = _held?.Vcpu == vcpu ? null : _held;
        for (int left = _syncs.Count; left > 0; left--)
        {
            SyncVcpu sync = _syncs.Dequeue();
            if (sync.Vcpu != vcpu)
            {
                _syncs.Enqueue(sync);
            }
        }
    }

    /// <summary>The CPU is unplugged.</summary>
    public void TearDown(IEffects effects)
    {
        _syncs.Clear();
        _held = null;
        effects.Send(Kthread, VirtualDuration.Smallest, Retire.Instance);
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        state.Queue(_syncs, static (s, sync) => s.Message(sync) ?? throw s.Damaged("no message"));
        _syncing = state.Message(_syncing);
        _held = state.Message(_held);
        _pacedAt = state.Value(_pacedAt);
        _nextScan = state.Value(_nextScan);
        PageUpdates = state.Value(PageUpdates);
        ForeignVmcsWrites = state.Value(ForeignVmcsWrites);
        ForeignAddressSpaceReads = state.Value(ForeignAddressSpaceReads);
        CancelSpin = state.Value(CancelSpin);
        UnansweredDoorbells = state.Value(UnansweredDoorbells);
    }
}

/// <summary>What became of a timer that was held until it was due.</summary>
internal enum EndOfHold
{
    /// <summary>None was.</summary>
    NothingHeld,

    /// <summary>Its page is looked at first.</summary>
    AsksPage,

    /// <summary>Its interrupt was posted.</summary>
    Posted,
}

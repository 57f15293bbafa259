using PvTimer.Model.Collections;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>
/// The interrupts of the host at one pCPU: taking them out of guest mode, out of idle or out of host work, one after the
/// other, and how long each keeps the core. What their handlers do is <see cref="InterruptHandlers"/>'.
/// </summary>
internal sealed class InterruptController(Pcpu pcpu) : IStateful
{
    private readonly Pcpu _pcpu = pcpu;

    // Volatile state
    private SmallQueue<PendingInterrupt> _pending;

    /// <summary>How long the core is gone, of each that takes it.</summary>
    private SmallQueue<VirtualDuration> _stalls;
    private PendingInterrupt _handling;
    private long _epoch;

    public bool HasPending => _pending.Count > 0;

    /// <summary>It came, and its handler has not done its work yet.</summary>
    public bool Knows(PendingInterrupt interrupt) =>
        _handling == interrupt || _pending.IndexOf(interrupt) >= 0;

    /// <summary>The LAPIC timer's interrupt came, and is not being handled.</summary>
    public bool IsTimerPending =>
        _pending.IndexOf(new PendingInterrupt(InterruptKind.Hrtimer, _pcpu.Site.Id)) >= 0;

    /// <summary>Something for a thread; it is about the pCPU if it names none.</summary>
    public void Take(VirtualTime now, InterruptKind kind, EntityId? vcpu, IEffects effects)
    {
        _pending.Enqueue(new PendingInterrupt(kind, vcpu ?? _pcpu.Site.Id));
        switch (_pcpu.Executor.Activity)
        {
            case CpuActivity.Guest when _pcpu.Guest.IsInSystemManagement(now):
                // Blocked in system management mode: looked at when that ends.
                break;
            case CpuActivity.Guest:
                ForceExit(now, effects);
                break;
            case CpuActivity.Idle:
                _pcpu.Executor.LeaveIdle(now, effects);
                break;
            case CpuActivity.HostWork:
                _pcpu.Executor.Suspend(now, effects);
                Begin(now, effects);
                break;
            default:
                // LeavingIdle or Interrupt: handled after what is under way.
                break;
        }
    }

    /// <summary>The core is not to be had for this long: from guest mode with an exit.</summary>
    public void TakeCore(VirtualTime now, VirtualDuration length, IEffects effects)
    {
        _stalls.Enqueue(length);
        Take(now, InterruptKind.Taken, null, effects);
    }

    /// <summary>A thread that runs is to look at what should run; one that handles an interrupt will.</summary>
    public void Reschedule(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        if (_pcpu.Executor.Activity is CpuActivity.Guest or CpuActivity.HostWork)
        {
            Take(now, InterruptKind.Reschedule, thread.Vcpu, effects);
        }
    }

    /// <summary>
    /// An SMI. Out of guest mode it takes the core like an interrupt that nothing masks; in guest mode there is no exit for
    /// it (SDM vol. 3C, 31.14.1).
    /// </summary>
    public void OnStall(VirtualTime now, VirtualDuration length, IEffects effects)
    {
        if (!_pcpu.Guest.IsActive)
        {
            TakeCore(now, length, effects);
        }
        else if (
            _pcpu.Guest.BeginSystemManagement(now, _pcpu.Scheduler.Current!, length, effects) is
            { } stay
        )
        {
            Stay(stay, effects);
        }
    }

    /// <summary>Back in the guest, unless it was on its way out before.</summary>
    public void EndSystemManagement(VirtualTime now, IEffects effects)
    {
        if (!_pcpu.Guest.IsActive)
        {
            return;
        }
        _pcpu.Executor.EndSystemManagement(now);
        if (HasPending)
        {
            ForceExit(now, effects);
        }
    }

    private void ForceExit(VirtualTime now, IEffects effects) =>
        _pcpu.Guest.ForceExit(now, _pcpu.Scheduler.Current!, effects);

    /// <summary>Handles the next one that is pending.</summary>
    public void Begin(VirtualTime now, IEffects effects)
    {
        _pcpu.Executor.BeginInterrupt(now);
        _handling = _pending.Dequeue();
        VirtualDuration cost = _handling.Kind switch
        {
            InterruptKind.Hrtimer => _pcpu.Hrtimers.BeginInterrupt(),
            InterruptKind.Device => _pcpu.Site.Costs.IpiHandler + _pcpu.Site.Costs.ThreadWake,
            InterruptKind.Taken => _stalls.Dequeue(),
            _ => _pcpu.Site.Costs.IpiHandler,
        };
        Stay(cost, effects);
    }

    /// <summary>What is handled, or system management mode, keeps the core for so long; then <see cref="InterruptDone"/>.</summary>
    public void Stay(VirtualDuration length, IEffects effects) =>
        effects.After(length, InterruptDone.Of(++_epoch));

    /// <summary>Nothing has come since that would keep the core for longer.</summary>
    public bool IsOver(InterruptDone done) => done.Epoch == _epoch;

    /// <summary>The interrupt whose time is over; what its handler has still to do is a look at what should run.</summary>
    public PendingInterrupt Finish()
    {
        PendingInterrupt done = _handling;
        _handling = new PendingInterrupt(InterruptKind.Reschedule, _pcpu.Site.Id);
        return done;
    }

    /// <summary>Takes out the first of that kind that is pending, to be handled with another one of it.</summary>
    public bool TryWithdraw(InterruptKind kind, out EntityId vcpu)
    {
        for (int index = 0; index < _pending.Count; index++)
        {
            if (_pending[index].Kind == kind)
            {
                vcpu = _pending.RemoveAt(index).Vcpu;
                return true;
            }
        }
        vcpu = default;
        return false;
    }

    /// <summary>The core is offline: none is handled any more.</summary>
    public void Clear() => _pending.Clear();

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        state.Queue(ref _pending, PendingInterrupt.Transfer);
        state.Queue(ref _stalls, static (s, length) => s.Value(length));
        _handling = PendingInterrupt.Transfer(state, _handling);
        _epoch = state.Value(_epoch);
    }
}

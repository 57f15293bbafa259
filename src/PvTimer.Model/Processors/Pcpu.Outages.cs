using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <content>
/// A pCPU that is not there for a while (system management mode), or never again (CPU hotplug).
/// <code>
///   offline, fixed                  kthread                        vCPU
///   teardown on the dying CPU --->  Retire: off the scan list
///                                   TimerCpuGone ----------------> next_sync_tsc = the highest value;
///                                                                  what is in the page or armed goes to an
///                                                                  hrtimer of its own pCPU
///   from then on every deadline exits, and WRMSR is handled as without pvtimer
/// </code>
/// As posted nothing is torn down: what is armed here or in a page is lost, and doorbells are not answered.
/// </content>
public sealed partial class Pcpu
{
    private readonly Queue<VirtualDuration> _stalls = new();

    /// <summary>Who has a housekeeping CPU's timers when it is gone; null: it has none, or they are lost.</summary>
    private EntityId? Heir =>
        _host.HousekeepingPcpu == Id ? _host.Pcpus.First(pcpu => pcpu != Id) : null;

    /// <summary>A guest in guest mode stands still until then; what comes for the host meanwhile is blocked.</summary>
    private VirtualTime _smmUntil;

    /// <summary>
    /// An SMI. Out of guest mode it takes the core like an interrupt that nothing masks; in guest mode there is no exit for
    /// it (SDM vol. 3C, 31.14.1).
    /// </summary>
    private void OnStall(VirtualTime now, VirtualDuration length, IEffects effects)
    {
        if (_activity != Activity.Guest)
        {
            BeTaken(now, length, effects);
            return;
        }
        if (now < _inGuestFrom)
        {
            // During VM-entry it waits.
            effects.After(_inGuestFrom - now, new Stall(length));
            return;
        }
        VirtualTime recognised = now + _costs.InterruptRecognition;
        if (now >= _smmUntil)
        {
            _account.Switch(now, CpuUse.Guest);
            _account.Switch(recognised, CpuUse.Interrupt);
        }
        _smmUntil = VirtualTime.Max(recognised, _smmUntil) + length;
        effects.Send(
            _current!.Vcpu,
            _costs.InterruptRecognition,
            new SystemManagement(_current.Entry, length)
        );
        StayInInterrupt(_smmUntil - now, effects);
    }

    /// <summary>Back in the guest, unless it was on its way out before.</summary>
    private void LeaveSystemManagement(VirtualTime now, IEffects effects)
    {
        if (_activity != Activity.Guest)
        {
            return;
        }
        _account.Switch(now, CpuUse.Guest);
        if (_pendingInterrupts.Count > 0)
        {
            ForceExit(now, effects);
        }
    }

    /// <summary>The core is not to be had for this long: from guest mode with an exit.</summary>
    private void BeTaken(VirtualTime now, VirtualDuration length, IEffects effects)
    {
        _stalls.Enqueue(length);
        TakeInterrupt(now, new PendingInterrupt(InterruptKind.Taken, Id), effects);
    }

    private void OnGoOffline(VirtualTime now, IEffects effects)
    {
        if (_activity != Activity.Offline)
        {
            TakeInterrupt(now, new PendingInterrupt(InterruptKind.Teardown, Id), effects);
        }
    }

    /// <summary>Nothing happens here any more.</summary>
    private void TearDown(VirtualTime now, IEffects effects)
    {
        _activity = Activity.Offline;
        _account.Switch(now, CpuUse.Idle);
        _work = HostWork.None;
        _workEpoch++;
        _kthreadRunnable = false;
        _callbacks = Callbacks.None;
        if (Heir is { } heir)
        {
            // hrtimers_cpu_dying: those of guests go to another CPU. What pvtimer has armed here is its teardown's.
            foreach (Hrtimer timer in _hrtimers.ApicTimers().Where(timer => !timer.Served))
            {
                effects.Send(heir, _host.LineTransfer(Id, heir), new QueueTimer(timer));
            }
        }
        _hrtimers.Clear();
        _pendingInterrupts.Clear();
        _timerCpu?.TearDown(effects);
    }

    /// <summary>What still comes for a pCPU that is offline.</summary>
    private void StepOffline(Message message, IEffects effects)
    {
        switch (message)
        {
            case QueueTimer or CancelTimer or DropTimer when Heir is { } heir:
                effects.Send(heir, _host.LineTransfer(Id, heir), message);
                break;
            case Ipi:
                _timerCpu!.MissDoorbell();
                break;
            case DropTimer drop:
                OnDropTimer(drop.Vcpu, effects);
                break;
            default:
                break;
        }
    }
}

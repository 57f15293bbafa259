using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <content>VM-exits: what the guest's instructions cause, with KVM's view of the register written.</content>
public sealed partial class Vcpu
{
    private VectorBitmap _eoiExitBitmap;
    private VmExitReason? _exitReason;
    private uint _exitMsr;
    private VirtualTime _leftGuestAt;

    private void Exit(
        VirtualTime now,
        VmExitReason reason,
        uint msr,
        TimerRequest timer,
        GuestIpi? ipi,
        IEffects effects,
        VirtualDuration handling = default
    )
    {
        _inGuest = false;
        _exitReason = reason;
        _exitMsr = msr;
        _leftGuestAt = now;
        VirtualDuration transition = _configuration.Host.Costs.ExitTransition;
        effects.Send(
            _pcpu,
            transition,
            new VmExit(Id, reason, msr, now, timer, ipi, _timer.CanWake, handling)
        );
        if (reason != VmExitReason.Hlt)
        {
            return;
        }
        _halted = true;
        _descriptor.Nv = PostedInterruptDescriptor.WakeupVector;
        if (!_descriptor.Pir.IsEmpty || _nmiPending)
        {
            // Posted while it was on its way to HLT: the notification has no guest to interrupt any more.
            effects.Send(_pcpu, transition, new Wake(Id, _entry, null, Poster.None));
        }
    }

    private void RecordExit(VirtualTime entered)
    {
        VirtualTime exited = _leftGuestAt + _configuration.Host.Costs.ExitTransition;
        VirtualTime entry = entered - _configuration.Host.Costs.EntryTransition;
        VirtualDuration handled = VirtualDuration.Max(entry - exited, VirtualDuration.Zero);
        _exits.Add(_exitReason!.Value, _exitMsr, handled);
        _exitReason = null;
    }
}
